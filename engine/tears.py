"""Is a part of the picture missing? What a cut-off transfer and two frames in one leave behind."""

import cv2
import numpy as np
from numpy.typing import NDArray

FILLED = 128
"""Grey level with which JPEG decoders fill what did not arrive."""
LEAST_FILLED = 0.04
"""Share of the height at the bottom from which plain `FILLED` rows are called missing; by itself no
camera gives exactly one value."""


WHITE = 250


def flat_rows(grey: NDArray[np.uint8]) -> float:
    """Return the longest run of rows that have one grey level each, as a share of the height.

    A buffer that was never filled is black or grey over whole rows. Rows at the white end of the
    scale do not count: that is what a bright ground looks like.

    grey: uint8 (H, W).
    """
    if grey.shape[1] < 2:
        return 0.0
    flat = (_row_sums(cv2.absdiff(grey[:, 1:], grey[:, :-1])) == 0) & (grey[:, 0] < WHITE)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return int(runs.max(initial=0)) / len(grey)


def step(grey: NDArray[np.uint8]) -> float:
    """Return by how many grey levels the picture jumps at its worst row, on the mean over the row.

    Only what a jump has beyond the steps right above and below counts: a lens spreads every edge of
    the world over more than two rows, a seam between two frames is there from one to the next.

    grey: uint8 (H, W).
    """
    if grey.shape[0] < 4:
        return 0.0
    steps = cv2.absdiff(grey[1:], grey[:-1])
    alone = cv2.subtract(steps[1:-1], cv2.max(steps[:-2], steps[2:]))
    return float(_row_sums(alone).max() / grey.shape[1])


def filled_rows(pixels: NDArray[np.uint8]) -> float:
    """Return the share of the height that is filled with `FILLED` up to the bottom edge.

    pixels: uint8 (H, W, 3) RGB.
    """
    rows = len(pixels)
    while rows and bool((pixels[rows - 1] == FILLED).all()):
        rows -= 1
    return 1 - rows / max(len(pixels), 1)


def _row_sums(values: "cv2.typing.MatLike") -> NDArray[np.int32]:
    return np.asarray(cv2.reduce(values, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S), np.int32).ravel()
