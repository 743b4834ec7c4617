"""From patch scores to an anomaly map of the picture's own size; the same for every method."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.preprocessing import Preprocessing
from engine.region import Look, laid_back

SIGMA_AT_224 = 2.5
"""Gaussian smoothing of the map in pixels of a 224-pixel input. The papers take 4; the map of
patches 8 pixels apart overlaps defects better with less (ARCHITECTURE.md, Defaults)."""
WIDEST = 384
"""Side beyond which a larger part, in tiles or not, is not smoothed more: small defects are what
it is looked at so finely for."""
LEAST_SHARE = 1e-3
"""Weight of open patches below which a place is too far from all of them to be given a score."""


def lay_over(
    patch_scores: NDArray[np.float32],
    preprocessing: Preprocessing,
    size: tuple[int, ...],
    found: Look | None = None,
) -> NDArray[np.float32]:
    """Upsample, smooth at the network's scale, and lay over the whole picture.

    Args:
        patch_scores: float32 (h, w), of all of the part that is seen. size: (H, W, …) of the
            picture. found: how it was looked at; None where nothing is ignored or located.

    Returns:
        float32 (H, W), zero outside the region of interest and where it is ignored.
    """
    roi = preprocessing.roi
    rows, columns = size[:2] if roi is None else roi[2:]
    filled = preprocessing.filled((rows, columns))
    open_patches = None if found is None else found.open_patches(patch_scores.shape[:2])
    if open_patches is None:
        smooth = _smoothed(patch_scores, filled)
    else:
        smooth = _smoothed_around(patch_scores, open_patches, filled)
    inside = smooth
    if smooth.shape != (rows, columns):
        inside = np.asarray(
            cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32
        )
    if found is None:
        return laid_back(inside, size, roi, (), None)
    if found.ignored is not None:
        inside[found.ignored] = 0
    return laid_back(inside, size, roi, preprocessing.ignored, found.location)


def _smoothed(scores: NDArray[np.float32], filled: tuple[int, int]) -> NDArray[np.float32]:
    fine = cv2.resize(scores, filled[::-1], interpolation=cv2.INTER_LINEAR)
    sigma = SIGMA_AT_224 * min((filled[0] * filled[1]) ** 0.5, WIDEST) / 224
    return np.asarray(cv2.GaussianBlur(fine, (0, 0), sigma, dst=fine), np.float32)


def _smoothed_around(
    scores: NDArray[np.float32], open_patches: NDArray[np.bool_], filled: tuple[int, int]
) -> NDArray[np.float32]:
    """Smooth over open patches alone: nothing leaks out of ignored ones, nothing fades into them.

    Normalised convolution (Knutsson and Westin, CVPR 1993): the smoothed scores of open patches
    over their smoothed weight.
    """
    weight = open_patches.astype(np.float32)
    share = _smoothed(weight, filled)
    total = _smoothed(np.where(open_patches, scores, np.float32(0)), filled)
    return np.divide(total, share, out=np.zeros_like(total), where=share > LEAST_SHARE)
