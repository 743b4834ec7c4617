"""From patch scores to an anomaly map of the picture's own size; the same for every method."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.preprocessing import Preprocessing

SIGMA_AT_224 = 4.0
"""Gaussian smoothing of the map in pixels of a 224-pixel input, as in the papers."""
WIDEST = 384
"""Side beyond which a larger part, in tiles or not, is not smoothed more: small defects are what
it is looked at so finely for."""


def lay_over(
    patch_scores: NDArray[np.float32], preprocessing: Preprocessing, size: tuple[int, ...]
) -> NDArray[np.float32]:
    """Upsample, smooth at the network's scale, and lay over the whole picture.

    Args:
        patch_scores: float32 (h, w), of the whole part. size: (H, W, …) of the picture.

    Returns:
        float32 (H, W), zero outside the region of interest.
    """
    height, width = preprocessing.tiling.size
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
