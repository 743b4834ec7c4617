"""Timing a stage of the journey: one run unmeasured, then the median of several."""

import statistics
from collections.abc import Callable

RUNS = 15

Timer = Callable[[], float]
"""Monotonic seconds."""


def median_ms(stage: Callable[[], object], timer: Timer) -> float:
    """Median of its runs, in milliseconds."""
    return statistics.median(times_s(stage, timer)) * 1000


def times_s(stage: Callable[[], object], timer: Timer) -> list[float]:
    """Each of its runs, in seconds."""
    stage()
    return [time_s(stage, timer) for _ in range(RUNS)]


def time_s(stage: Callable[[], object], timer: Timer) -> float:
    """One run, in seconds."""
    start = timer()
    stage()
    return timer() - start
