"""The shift report as one page of simple HTML (tables and inline styles, no scripts, no links)."""

from collections.abc import Sequence
from html import escape

from station.ledger.row import Row
from station.reports import wording
from station.reports.shift_report import LaneLine, RecipeLine, Reject, ShiftReport
from station.reports.wording import MAX_NAMED

COLUMNS = 4
MAX_RECIPES = 6
MAX_PART_ID = 24

_RECIPE_COLUMNS = (
    ("Recipe", 20),
    ("Revision", 8),
    ("NG from score", 12),
    ("Judged", 10),
    ("OK", 10),
    ("NG", 8),
    ("FAULT", 8),
    ("Yield (95 %)", 24),
)

_STYLE = """
<style>
.title { font-size: 20pt; font-weight: bold; }
.range { font-size: 11pt; }
.small { font-size: 7.5pt; color: #4C5863; }
.label { font-size: 8pt; color: #4C5863; }
.big { font-weight: bold; }
.alarm { color: #B02F08; font-weight: bold; }
.heading { font-size: 11pt; font-weight: bold; }
th { font-size: 8pt; color: #4C5863; font-weight: normal; }
td { font-size: 9pt; }
</style>
"""


def page(report: ShiftReport, shown: int) -> str:
    """Lay out the report with the first `shown` rejects.

    Pictures are named by `picture_name`; whoever draws the page supplies them.
    """
    rejects = report.rejects[:shown]
    return _STYLE + "".join(
        [
            _head(report),
            _figures(report),
            _speed(report),
            _recipes(report.recipes),
            _reconciliation(report),
            _rejects(rejects, report.counts.ng),
        ]
    )


def footer(report: ShiftReport) -> str:
    """When and by what the page was made."""
    made_at = wording.local(report.made_at)
    return (
        f"Made {made_at:%Y-%m-%d %H:%M:%S} {wording.offset(made_at)} by {report.program}. Yield is "
        "OK of judged parts, with exact two-sided 95 % bounds (Clopper-Pearson)."
    )


def picture_name(reject: Reject) -> str:
    """What the page calls this reject's thumbnail."""
    return f"reject-{reject.row.sequence}"


def _head(report: ShiftReport) -> str:
    people = wording.names([name for name in report.operators if name]) or "nobody signed in"
    times = filter(None, (wording.shift(report), wording.time_range(report)))
    lines = [f"Station {report.station}"]
    if report.counts.total:
        lines.append(f"Operator: {people} · judged on {wording.names(report.devices)}")
    return (
        '<p class="title" style="margin:0">Shift report</p>'
        f'<p class="range" style="margin:0">{"<br>".join(map(escape, times))}</p>'
        f'<p class="label" style="margin:3px 0 10px 0">{"<br>".join(map(escape, lines))}</p>'
    )


def _figures(report: ShiftReport) -> str:
    counts = report.counts
    if not counts.total:
        return (
            '<p class="title" style="margin:30px 0 6px 0">No part was recorded.</p>'
            "<p>Nothing was triggered in this time range, or another range or home was meant.</p>"
        )
    cells = [
        _figure("Judged", f"{counts.judged:,}", "OK and NG"),
        _figure("OK", f"{counts.ok:,}", "&nbsp;"),
        _figure("NG", f"{counts.ng:,}", "&nbsp;"),
        _figure("FAULT", f"{counts.fault:,}", "could not be judged"),
        _figure("Yield", wording.percent(counts.yield_rate), wording.bounds(counts.yield_rate)),
    ]
    return (
        '<table width="100%" cellspacing="4" cellpadding="6" style="margin:0 -4px">'
        f"<tr>{''.join(cells)}</tr></table>"
    )


def _figure(label: str, value: str, below: str) -> str:
    width = 24 if label == "Yield" else 19
    points = 21 if len(value) <= 6 else 14
    return (
        f'<td width="{width}%" bgcolor="#EEF1F3"><span class="label">{label}</span><br>'
        f'<span class="big" style="font-size: {points}pt">{value}</span><br>'
        f'<span class="small">{below}</span></td>'
    )


def _speed(report: ShiftReport) -> str:
    if not report.counts.total:
        return ""
    lines = [f"{report.parts_per_minute:.1f} parts a minute while running"]
    if report.latency:
        at = report.latency
        lines[0] += (
            f"; trigger to verdict {at.p50_ms:.0f} ms (median), {at.p95_ms:.0f} ms (95 % of the "
            f"parts are faster), {at.p99_ms:.0f} ms (99 %)"
        )
    lines += _lanes(report.lanes)
    if report.faults:
        reasons = ", ".join(f"{count:,} {escape(reason)}" for reason, count in report.faults)
        lines.append(f"FAULT by reason: {reasons}")
    return f'<p class="label" style="margin:6px 0 0 0">{"<br>".join(lines)}</p>'


def _lanes(lanes: Sequence[LaneLine]) -> list[str]:
    told = [line for line in lanes if line.lane or line.takt_s is not None or line.late]
    sentences = [f"{escape(wording.lane(line))}." for line in told[:MAX_NAMED]]
    left = len(told) - MAX_NAMED
    return [*sentences, *([f"… and {left} more lanes."] if left > 0 else [])]


def _recipes(lines: Sequence[RecipeLine]) -> str:
    if not lines:
        return ""
    heads = "".join(
        f'<th width="{width}%" align="{"right" if place else "left"}">{title}</th>'
        for place, (title, width) in enumerate(_RECIPE_COLUMNS)
    )
    rows = "".join(_recipe(line) for line in lines[:MAX_RECIPES])
    return (
        '<table width="100%" cellspacing="0" cellpadding="3" style="margin-top:14px">'
        f"<tr>{heads}</tr>{rows}</table>" + _more(len(lines) - MAX_RECIPES, "revisions")
    )


def _recipe(line: RecipeLine) -> str:
    counts = line.counts
    cells = [
        str(line.revision),
        wording.number(line.threshold),
        *(f"{count:,}" for count in (counts.judged, counts.ok, counts.ng, counts.fault)),
        f"{wording.percent(counts.yield_rate)} ({wording.bounds(counts.yield_rate)})"
        if counts.judged
        else "–",
    ]
    values = "".join(f'<td align="right">{cell}</td>' for cell in cells)
    evidence = " ".join(line.evidence) or "This revision is no longer in the recipe store."
    return (
        f"<tr><td><b>{escape(line.recipe)}</b></td>{values}</tr>"
        f'<tr><td colspan="8" class="small" style="padding-bottom:8px">{escape(evidence)}</td></tr>'
    )


def _reconciliation(report: ShiftReport) -> str:
    if not report.runs:
        return ""
    headline, figures = wording.agreement(report)
    style = ' class="alarm"' if report.unreconciled else ""
    sentences = [f"<b{style}>{headline}</b>{figures}"]
    unfinished = wording.unfinished(report)
    sentences += [
        f'<span class="alarm">{what}</span>{more}' for what, more in unfinished[:MAX_NAMED]
    ]
    more = _more(len(unfinished) - MAX_NAMED, "runs that were interrupted or are under way")
    return f'<p style="margin:12px 0 4px 0">{"<br>".join(sentences)}</p>{more}'


def _rejects(rejects: Sequence[Reject], total: int) -> str:
    if not total:
        return ""
    if not rejects:
        return f'<p class="heading">{total:,} NG parts: see the table export.</p>'
    left = total - len(rejects)
    what = f"the newest {len(rejects)} of {total:,}; {left:,} more are in the table export"
    what = what if left else f"all {total:,}, newest first"
    rows = (rejects[start : start + COLUMNS] for start in range(0, len(rejects), COLUMNS))
    grid = "".join(
        f"<tr>{''.join(map(_reject, row))}{_blank(COLUMNS - len(row))}</tr>" for row in rows
    )
    return (
        f'<p style="margin:12px 0 4px 0"><span class="heading">NG parts</span> ({what})</p>'
        f'<table width="100%" cellspacing="0" cellpadding="4" style="margin:0 -4px">{grid}</table>'
    )


def _reject(reject: Reject) -> str:
    row, at = reject.row, wording.local(reject.row.captured_at)
    score, threshold = wording.number(row.score), wording.number(row.threshold)
    return (
        f'<td width="{100 // COLUMNS}%" valign="top">{_picture(reject)}<br>'
        f'<b>Part {row.sequence}</b> <span class="label">{at:%H:%M:%S}<br>{_part_id(row)}'
        f"score {score}, NG from {threshold}<br>"
        f"{at:%d %b} · {escape(row.recipe)} r{row.revision}</span></td>"
    )


def _part_id(row: Row) -> str:
    """Return what the part is called, cut to what fits beside the others."""
    named = row.part_id if len(row.part_id) <= MAX_PART_ID else row.part_id[:MAX_PART_ID] + "…"
    return f"{escape(named)}<br>" if named else ""


def _picture(reject: Reject) -> str:
    height, width = reject.thumbnail.shape[:2]
    if not height:
        return '<span class="label"><br>picture not available<br></span>'
    scale = min(162 / width, 122 / height)
    size = f'width="{round(width * scale)}" height="{round(height * scale)}"'
    return f'<img src="{picture_name(reject)}" {size}>'


def _blank(cells: int) -> str:
    return f'<td width="{100 // COLUMNS}%"></td>' * cells


def _more(count: int, what: str) -> str:
    return f'<p class="label">… and {count:,} more {what}.</p>' if count > 0 else ""
