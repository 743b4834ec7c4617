"""Which size of defect to draw next, so that few judgements say most about the curve."""

from collections.abc import Sequence

import numpy as np

from engine.pod import fit

FIRST = 6
"""Sizes spread over the whole range before the curve says where to look."""
TARGETS = (0.5, 0.9, 0.2, 0.8, 0.95)
"""Shares found that are aimed at in turn. 18 % and 82 % determine a logistic curve best; 90 % and
above are what a90 asks for."""
REFIT = 3
SPREAD = 0.12
"""Sizes vary around the aim by this standard deviation of their logarithm."""
SAME = 29
"""29 of 29 found back 90 % with 95 % confidence (0.9²⁹ < 0.05), whatever the curve's shape."""
HOPELESS = 24
"""None of as many found: the search ends."""


def next_size(
    sizes: Sequence[float],
    hits: Sequence[bool],
    low: float,
    high: float,
    random: np.random.Generator,
) -> float:
    """Return the size to draw after those drawn so far, from `low` to `high`.

    First the range is walked once from large to small; then sizes are drawn where the curve so far
    expects 20 to 95 % to be found. While all are found, small ones are drawn; while none is,
    large ones.
    """
    if len(sizes) < FIRST:
        return float(high * (low / high) ** (len(sizes) / (FIRST - 1)))
    if all(hits):
        return low
    if not any(hits):
        return float(high * (low / high) ** (random.random() / 3))
    known = len(sizes) - len(sizes) % REFIT
    known = known if any(hits[:known]) and not all(hits[:known]) else len(sizes)
    curve = fit(sizes[:known], hits[:known])
    if curve.slope <= 0:
        return float(high * (low / high) ** random.random())
    aim = curve.size(TARGETS[len(sizes) % len(TARGETS)]) * np.exp(random.normal(0, SPREAD))
    return float(np.clip(aim, low, high))


def decided(sizes: Sequence[float], hits: Sequence[bool], low: float) -> bool:
    """True where more trials would change nothing: nothing is found, or everything of `low`."""
    if not any(hits):
        return len(hits) >= HOPELESS
    return all(hits) and sum(size <= low for size in sizes) >= SAME
