"""Is it this product at all? A defect is somewhere; another product is everywhere.

The three sets that the figures were chosen on, each taught and shown the other two: 75 % of a good
picture's area reach 13.8 (`bottle`), 28.2 (`magnetic_tile`), 14.7 (virtual line) at most, of a
defective one 17.5, 33.2 and 15.1, of another product's 52.1, 51.7 and 44.1 at least.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from engine.region import Polygon, Roi, drawn

SHARE = 0.75
"""Share of the area looked at that must be beyond everything taught."""
FACTOR = 1.5
"""How far beyond: times the most that any good picture showed over that share."""
OF_SCORE = 0.75
"""And at least this share of the highest good score: compared by position, most of a good picture
is at nothing at all (`bottle` 0.4 at most, its worst defect 6.5, other products 84 at least)."""
_EVERY = 4
"""Rows and columns between the pixels that are looked at; maps are smooth."""


def area(size: tuple[int, int], roi: Roi | None, ignored: Sequence[Polygon]) -> int:
    """Return how many pixels of a picture (H, W) are looked at."""
    if not ignored:
        return prod(size if roi is None else roi[2:])
    top, left, height, width = roi or (0, 0, *size)
    mask = drawn(ignored, size)[top : top + height, left : left + width]
    return mask.size - int(np.count_nonzero(mask))


def reached(anomaly_map: NDArray[np.float32], pixels: int) -> float:
    """Return what `SHARE` of the area reach: so many of its `pixels` are at that value or above.

    anomaly_map: float32 (H, W), zero outside the area, wherever that lies.
    """
    values = anomaly_map[::_EVERY, ::_EVERY].ravel()
    count = min(round(SHARE * pixels * values.size / max(anomaly_map.size, 1)), values.size)
    return float(np.partition(values, -count)[-count]) if count else 0.0


def limit(reached_by_good: Sequence[float], scores: Sequence[float]) -> float:
    """Return from which `reached` on a part is another product.

    Args:
        reached_by_good, scores: of good pictures that were not taught; one at least.
    """
    return max(FACTOR * max(reached_by_good), OF_SCORE * max(scores))
