"""Numbers, times and findings of a shift report as people read them. Plain text, no markup."""

import math
from collections.abc import Sequence
from datetime import datetime

from engine.rates import Rate
from station.ledger.reader import RunRecord
from station.reports.shift_report import LaneLine, Latency, ShiftReport

MAX_NAMED = 5


def local(moment: datetime) -> datetime:
    """The same moment on this computer's clock."""
    return moment.astimezone()


def offset(moment: datetime) -> str:
    """Say how the clock stands: "UTC+01:00"."""
    text = f"{moment:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"


def time_range(report: ShiftReport) -> str:
    """Name start and end on the local clock, and both offsets if the clock was changed between."""
    start, end = local(report.start), local(report.end)
    first, last = f"{start:%A, %d %B %Y, %H:%M}", f"{end:%H:%M}"
    if start.date() != end.date():
        last = f"{end:%A, %d %B %Y, %H:%M}"
    if start.utcoffset() != end.utcoffset():
        first = f"{first} {offset(start)}"
    return f"{first} to {last} {offset(end)}"


def shift(report: ShiftReport) -> str:
    """Name the shift and say its hours, the unusual ones of a night when the clocks changed too;
    "" where the report is of another range."""
    if report.shift is None:
        return ""
    over = "" if report.shift.end <= report.made_at else ", still under way"
    return f"Shift {report.shift.text}{over}"


def names(of: Sequence[str]) -> str:
    """Name the first few and count the others."""
    left = len(of) - MAX_NAMED
    return ", ".join(of[:MAX_NAMED]) + (f" and {left} more" if left > 0 else "")


def number(value: float | None) -> str:
    """A score or threshold, or a dash for none."""
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def percent(rate: Rate) -> str:
    """The observed share, or a dash for 0 of 0."""
    return f"{100 * rate.value:.1f} %" if rate.total else "–"


def bounds(rate: Rate) -> str:
    """Its 95 % interval, with a second decimal where it is narrow."""
    if not rate.total:
        return "no part was judged"
    digits = 1 if rate.high - rate.low > 0.005 else 2
    return f"{100 * rate.low:.{digits}f} to {100 * rate.high:.{digits}f} %"


def lane(line: LaneLine) -> str:
    """Say how long a lane's parts took, and how many were late for its takt."""
    takt = None if line.takt_s is None else f"takt {1000 * line.takt_s:,.0f} ms"
    of = ", ".join(filter(None, (line.lane and f"Lane {line.lane}", takt)))
    late = f"{line.late:,} late" if line.late else "none late"
    return f"{of or 'No takt'}: {_times(line.latency)}; {late}"


def _times(latency: Latency | None) -> str:
    if latency is None:
        return "no part was judged"
    within = zip(
        ("half of the parts", "95 %", "99 %"),
        (latency.p50_ms, latency.p95_ms, latency.p99_ms),
        strict=True,
    )
    return ", ".join(f"{share} {_within(ms)}" for share, ms in within)


def _within(ms: float) -> str:
    return f"within {ms:,.0f} ms" if math.isfinite(ms) else "not in time"


def agreement(report: ShiftReport) -> tuple[str, str]:
    """Say whether triggers and rows agree, and the figures behind that."""
    if report.unreconciled:
        return "Triggers and rows do not agree", f" ({_differences(report.unreconciled)})."
    ended = [run for run in report.runs if run.reconciles]
    if not ended:
        return "", "No run was ended in the usual way, so no triggers were counted."
    rows = sum(run.rows for run in ended)
    runs = "1 run" if len(ended) == 1 else f"{len(ended):,} runs"
    return "Triggers and rows agree", f": {runs}, {rows:,} triggers, {rows:,} rows."


def _differences(runs: Sequence[RunRecord]) -> str:
    return names(
        [f"run {run.number}: {run.triggers:,} triggers, {run.rows:,} rows" for run in runs]
    )


def unfinished(report: ShiftReport) -> list[tuple[str, str]]:
    """Name the runs whose triggers are not known, and why."""
    interrupted = [
        (
            f"Run {run.number} was interrupted",
            f" (by a crash, a power cut or a full disk) after {run.rows:,} rows; its triggers were "
            f"{'not' if run.triggers is None else 'all'} counted.",
        )
        for run in report.interrupted
    ]
    under_way = [
        ("", f"Run {run.number} is still under way ({run.rows:,} rows so far).")
        for run in report.runs
        if run.ended_at is None
    ]
    return interrupted + under_way
