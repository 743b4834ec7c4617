"""How good a model is on labelled pictures: AUROC, AUPRO and rates at a threshold."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.rates import Rate

AUPRO_LIMIT = 0.3


def auroc(scores: ArrayLike, bad: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a bad one scores above a good one, ties half.

    Args:
        scores: (N,) finite. bad: (N,) bool.

    Returns:
        A number in [0, 1]; nan where one class is missing.
    """
    values, labels = np.asarray(scores).ravel(), np.asarray(bad, bool).ravel()
    positives, negatives = np.sort(values[labels]), np.sort(values[~labels])
    if not len(positives) or not len(negatives):
        return float("nan")
    below = np.searchsorted(negatives, positives, "left").sum(dtype=np.float64)
    not_above = np.searchsorted(negatives, positives, "right").sum(dtype=np.float64)
    return float((below + not_above) / 2 / len(positives) / len(negatives))


def pixel_auroc(maps: Sequence[NDArray[np.float32]], masks: Sequence[NDArray[np.bool_]]) -> float:
    """AUROC over all pixels of all pictures; maps and masks (H, W), sizes may differ."""
    scores = np.concatenate([anomaly_map.ravel() for anomaly_map in maps])
    return auroc(scores, np.concatenate([mask.ravel() for mask in masks]))


def aupro(
    maps: Sequence[NDArray[np.float32]],
    masks: Sequence[NDArray[np.bool_]],
    limit: float = AUPRO_LIMIT,
) -> float:
    """Area under the per-region overlap curve up to a false positive rate of `limit`, normalised.

    Per-region overlap (Bergmann et al., CVPR 2019): at each threshold, the mean over connected
    defect regions (8-neighbours) of the share of their pixels at or above it. Every distinct
    score is a threshold: the curve is exact, not sampled.

    Returns:
        A number in [0, 1]; nan where no region or no good pixel exists.
    """
    good, regions = _pixels_by_region(maps, masks)
    if not regions or not len(good):
        return float("nan")
    scores = np.concatenate([good, *regions])
    steps_fpr = np.concatenate(
        [np.full(len(good), 1 / len(good)), np.zeros(len(scores) - len(good))]
    )
    steps_pro = np.concatenate(
        [np.zeros(len(good)), *(np.full(len(r), 1 / len(r) / len(regions)) for r in regions)]
    )
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.diff(scores[order]) != 0, True)
    fpr = np.append(0.0, np.cumsum(steps_fpr[order])[last_of_tie])
    pro = np.append(0.0, np.cumsum(steps_pro[order])[last_of_tie])
    return _area_up_to(fpr, pro, limit) / limit


def _pixels_by_region(
    maps: Sequence[NDArray[np.float32]], masks: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Scores of all good pixels, and one array of scores a defect region."""
    good, regions = [np.empty(0, np.float32)], []
    for anomaly_map, mask in zip(maps, masks, strict=True):
        good.append(anomaly_map[~mask])
        count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        regions += [anomaly_map[labels == label] for label in range(1, count)]
    return np.concatenate(good), regions


def _area_up_to(x: NDArray[np.float64], y: NDArray[np.float64], limit: float) -> float:
    """Trapezoid area of the curve for x in [0, limit]; x rises."""
    inside = x < limit
    xs = np.append(x[inside], limit)
    ys = np.append(y[inside], np.interp(limit, x, y))
    return float(np.sum(np.diff(xs) * (ys[1:] + ys[:-1]) / 2))


def false_rejects(good_scores: ArrayLike, threshold: float) -> Rate:
    """Good parts at or above the threshold."""
    scores = np.asarray(good_scores)
    return Rate(int((scores >= threshold).sum()), scores.size)


def escapes(bad_scores: ArrayLike, threshold: float) -> Rate:
    """Bad parts below the threshold."""
    scores = np.asarray(bad_scores)
    return Rate(int((scores < threshold).sum()), scores.size)
