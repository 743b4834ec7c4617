"""Is a part of the picture missing? What a cut-off transfer and two frames in one leave behind."""

import cv2
import numpy as np
from numpy.typing import NDArray

FILLED = 128
"""Grey level with which JPEG decoders fill what did not arrive."""
EMPTY = (0, 1, 2, 78, 79, 80, 127, 128, 129)
"""Black, the green that a YUV picture of zeros becomes, and what JPEG decoders fill with."""
BLOCKS = 16
LEAST_FILLED = 0.04
"""Share of the height at the bottom from which plain `FILLED` rows are called missing; by itself no
camera gives exactly one value."""


def flat_rows(grey: NDArray[np.uint8]) -> float:
    """Return the longest run of rows that have one grey level each, as a share of the height.

    Only levels count that a buffer or a decoder leaves where nothing arrived: a plain ground beside
    the part has others.

    grey: uint8 (H, W).
    """
    if grey.shape[1] < 2:
        return 0.0
    flat = (_row_sums(cv2.absdiff(grey[:, 1:], grey[:, :-1])) == 0) & np.isin(grey[:, 0], EMPTY)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return int(runs.max(initial=0)) / len(grey)


def step(grey: NDArray[np.uint8]) -> float:
    """Return by how many grey levels the picture jumps at its worst row, over half the width.

    Only what a jump has beyond the steps right above and below counts: a lens spreads every edge of
    the world over more than two rows, a seam between two frames is there from one to the next. Half
    of `BLOCKS` along the row must show it: a seam is as wide as the picture, a defect is not.

    grey: uint8 (H, W).
    """
    width = grey.shape[1] // BLOCKS * BLOCKS
    if not width or len(grey) < 4:
        return 0.0
    steps = cv2.absdiff(grey[1:, :width], grey[:-1, :width])
    alone = np.asarray(cv2.subtract(steps[1:-1], cv2.max(steps[:-2], steps[2:])))
    blocks = _row_sums(alone.reshape(-1, width // BLOCKS)).reshape(-1, BLOCKS)
    return float(np.median(blocks, axis=1).max() * BLOCKS / width)


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
