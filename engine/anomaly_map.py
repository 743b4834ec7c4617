"""From patch scores to an anomaly map of the picture's own size; the same for every method."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.preprocessing import Preprocessing

SIGMA_AT_224 = 2.5
"""Gaussian smoothing of the map in pixels of a 224-pixel input. The papers take 4; the map of
patches 8 pixels apart overlaps defects better with less (ARCHITECTURE.md, Defaults)."""
WIDEST = 384
"""Side beyond which a larger part, in tiles or not, is not smoothed more: small defects are what
it is looked at so finely for."""


def lay_over(
    patch_scores: NDArray[np.float32], preprocessing: Preprocessing, size: tuple[int, ...]
) -> NDArray[np.float32]:
    """Upsample, smooth at the network's scale, and lay over the whole picture.

    Args:
        patch_scores: float32 (h, w), of all of the part that is seen. size: (H, W, …) of the
            picture.

    Returns:
        float32 (H, W), zero outside the region of interest.
    """
    region = size if preprocessing.roi is None else preprocessing.roi[2:]
    height, width = preprocessing.filled(region)
    fine = cv2.resize(patch_scores, (width, height), interpolation=cv2.INTER_LINEAR)
    sigma = SIGMA_AT_224 * min((height * width) ** 0.5, WIDEST) / 224
    smooth = cv2.GaussianBlur(fine, (0, 0), sigma, dst=fine)
    if preprocessing.roi is None:
        top, left, rows, columns = 0, 0, size[0], size[1]
    else:
        top, left, rows, columns = preprocessing.roi
    inside = smooth
    if smooth.shape != (rows, columns):
        inside = cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR)
    if (rows, columns) == tuple(size[:2]):
        return inside.astype(np.float32, copy=False)
    whole = np.zeros(size[:2], np.float32)
    whole[top : top + rows, left : left + columns] = inside
    return whole
