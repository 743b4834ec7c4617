"""Where a defect of a size fits."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.synthetic.shapes import SMALLEST, reach

LARGEST_SHARE = 0.25
"""Largest defect drawn, as a share of the side of a square as large as what may be drawn on."""


def distance_inside(allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each pixel is from the nearest forbidden one or the border, (H, W)."""
    padded = np.pad(allowed.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance[1:-1, 1:-1], np.float32)


def largest_size(allowed: NDArray[np.bool_]) -> float:
    """Return the largest size in pixels to be drawn where `allowed`, bool (H, W), is true."""
    room = float(distance_inside(allowed).max(initial=0))
    low, high = 0.0, LARGEST_SHARE * float(np.sqrt(allowed.sum()))
    if reach(high) <= room:
        return high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if reach(middle) <= room else (low, middle)
    return low


def free_centres(allowed: NDArray[np.bool_], size: float) -> NDArray[np.bool_]:
    """Say around which pixels a defect of that size lies wholly within `allowed`, bool (H, W)."""
    return np.asarray(distance_inside(allowed) >= reach(max(size, SMALLEST)), np.bool_)


def pick_centre(free: NDArray[np.bool_], random: np.random.Generator) -> tuple[int, int]:
    """Draw one of the free pixels, (row, column). Raises ValueError where there is none."""
    places = np.flatnonzero(free)
    if not len(places):
        raise ValueError("No place is free.")
    row, column = divmod(int(places[random.integers(len(places))]), free.shape[1])
    return row, column
