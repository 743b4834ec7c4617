"""The shift report as one page of simple HTML (tables and inline styles, no scripts, no links)."""

import math
from collections.abc import Sequence
from datetime import datetime
from html import escape

from engine.rates import Rate
from station.ledger.reader import RunRecord
from station.reports.shift_report import RecipeLine, Reject, ShiftReport

COLUMNS = 4
MAX_RECIPES = 6
MAX_NAMED = 5

_RECIPE_COLUMNS = (
    ("Recipe", 22),
    ("Revision", 9),
    ("NG from score", 13),
    ("Judged", 9),
    ("OK", 8),
    ("NG", 7),
    ("FAULT", 7),
    ("Yield (95 %)", 25),
)

_STYLE = """
<style>
.title { font-size: 20pt; font-weight: bold; }
.range { font-size: 11pt; }
.small { font-size: 7.5pt; color: #4C5863; }
.label { font-size: 8pt; color: #4C5863; }
.big { font-size: 21pt; font-weight: bold; }
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
    made_at = _local(report.made_at)
    return (
        f"Made {made_at:%Y-%m-%d %H:%M:%S} {_offset(made_at)} by {report.program}. Yield is OK of "
        "judged parts, with exact two-sided 95 % bounds (Clopper-Pearson)."
    )


def picture_name(reject: Reject) -> str:
    """What the page calls this reject's thumbnail."""
    return f"reject-{reject.row.sequence}"


def _head(report: ShiftReport) -> str:
    people = ", ".join(filter(None, report.operators)) or "nobody signed in"
    lines = [f"Station {report.station}"]
    if report.counts.total:
        lines.append(f"Operator: {people} · judged on {', '.join(report.devices)}")
    return (
        '<p class="title" style="margin:0">Shift report</p>'
        f'<p class="range" style="margin:0">{_range(report)}</p>'
        f'<p class="label" style="margin:3px 0 10px 0">{"<br>".join(map(escape, lines))}</p>'
    )


def _range(report: ShiftReport) -> str:
    start, end = _local(report.start), _local(report.end)
    first, last = f"{start:%A, %d %B %Y, %H:%M}", f"{end:%H:%M}"
    if start.date() != end.date():
        last = f"{end:%A, %d %B %Y, %H:%M}"
    if start.utcoffset() != end.utcoffset():
        first = f"{first} {_offset(start)}"
    return f"{first} to {last} {_offset(end)}"


def _figures(report: ShiftReport) -> str:
    counts = report.counts
    if not counts.total:
        return (
            '<p class="big" style="margin:30px 0 6px 0">No part was recorded.</p>'
            "<p>Nothing was triggered in this time range, or another range or home was meant.</p>"
        )
    cells = [
        _figure("Judged", f"{counts.judged:,}", "OK and NG"),
        _figure("OK", f"{counts.ok:,}", "&nbsp;"),
        _figure("NG", f"{counts.ng:,}", "&nbsp;"),
        _figure("FAULT", f"{counts.fault:,}", "could not be judged"),
        _figure("Yield", _percent(counts.yield_rate), _bounds(counts.yield_rate)),
    ]
    return (
        '<table width="100%" cellspacing="4" cellpadding="6" style="margin:0 -4px">'
        f"<tr>{''.join(cells)}</tr></table>"
    )


def _figure(label: str, value: str, below: str) -> str:
    width = 28 if label == "Yield" else 18
    return (
        f'<td width="{width}%" bgcolor="#EEF1F3"><span class="label">{label}</span><br>'
        f'<span class="big">{value}</span><br><span class="small">{below}</span></td>'
    )


def _speed(report: ShiftReport) -> str:
    if not report.counts.total:
        return ""
    lines = [f"{report.parts_per_minute:.1f} parts a minute while running"]
    if report.latency:
        at = report.latency
        lines[0] += (
            f"; picture to verdict {at.p50_ms:.0f} ms (median), {at.p95_ms:.0f} ms (95 % of the "
            f"parts are faster), {at.p99_ms:.0f} ms (99 %)"
        )
    if report.faults:
        reasons = ", ".join(f"{count:,} {escape(reason)}" for reason, count in report.faults)
        lines.append(f"FAULT by reason: {reasons}")
    return f'<p class="label" style="margin:6px 0 0 0">{"<br>".join(lines)}</p>'


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
        _number(line.threshold),
        *(f"{count:,}" for count in (counts.judged, counts.ok, counts.ng, counts.fault)),
        f"{_percent(counts.yield_rate)} ({_bounds(counts.yield_rate)})" if counts.judged else "–",
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
    sentences = [_verdict_on(report), *(_interruption(run) for run in report.interrupted)]
    sentences += [
        f"Run {run.number} is still under way ({run.rows:,} rows so far)."
        for run in report.runs
        if run.ended_at is None
    ]
    shown = "<br>".join(sentences[: MAX_NAMED + 1])
    more = _more(len(sentences) - MAX_NAMED - 1, "runs that were interrupted or are under way")
    return f'<p style="margin:12px 0 4px 0">{shown}</p>{more}'


def _verdict_on(report: ShiftReport) -> str:
    if report.unreconciled:
        named = "; ".join(
            f"run {run.number}: {run.triggers:,} triggers, {run.rows:,} rows"
            for run in report.unreconciled[:MAX_NAMED]
        )
        return f'<span class="alarm">Triggers and rows do not agree</span> ({named}).'
    ended = [run for run in report.runs if run.reconciles]
    if not ended:
        return "No run was ended in the usual way, so no triggers were counted."
    rows = sum(run.rows for run in ended)
    return f"<b>Triggers and rows agree</b>: {_runs(len(ended))}, {rows:,} triggers, {rows:,} rows."


def _interruption(run: RunRecord) -> str:
    return (
        f'<span class="alarm">Run {run.number} was interrupted</span> (a crash or a power cut) '
        f"after {run.rows:,} rows; its triggers were not counted."
    )


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
    row, at = reject.row, _local(reject.row.captured_at)
    return (
        f'<td width="{100 // COLUMNS}%" valign="top">{_picture(reject)}<br>'
        f"<b>Part {row.sequence}</b> {at:%H:%M:%S}<br>"
        f'<span class="label">score {_number(row.score)}, NG from {_number(row.threshold)}'
        f"<br>{escape(row.recipe)} r{row.revision}</span></td>"
    )


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


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.value:.1f} %" if rate.total else "–"


def _bounds(rate: Rate) -> str:
    return (
        f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %" if rate.total else "no part was judged"
    )


def _local(moment: datetime) -> datetime:
    return moment.astimezone()


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
