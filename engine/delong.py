"""Whether two AUROCs on the same pictures differ by more than chance explains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from engine.rates import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Difference:
    """AUROC of one less that of another, with its two-sided 95 % interval; nan if unknown."""

    value: float
    low: float
    high: float

    @property
    def told_apart(self) -> bool:
        """True where the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def auroc_difference(one: ArrayLike, other: ArrayLike, bad: ArrayLike) -> Difference:
    """Compare the scores of two methods on the same N pictures (DeLong et al., 1988).

    Args:
        one, other: (N,) finite, higher is worse. bad: (N,) bool.

    Returns:
        All nan with fewer than 2 good or 2 bad pictures: there is no variance to go by.
    """
    labels = np.asarray(bad, bool).ravel()
    if min(labels.sum(), (~labels).sum()) < 2:
        return Difference(float("nan"), float("nan"), float("nan"))
    bad_one, good_one = _placements(np.asarray(one, np.float64).ravel(), labels)
    bad_other, good_other = _placements(np.asarray(other, np.float64).ravel(), labels)
    of_bad, of_good = bad_one - bad_other, good_one - good_other
    variance = of_bad.var(ddof=1) / len(of_bad) + of_good.var(ddof=1) / len(of_good)
    value, reach = float(of_bad.mean()), float(ndtri((1 + CONFIDENCE) / 2) * np.sqrt(variance))
    return Difference(value, value - reach, value + reach)


def _placements(
    scores: NDArray[np.float64], bad: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """V₁₀: for each bad one the share of good ones below it; V₀₁: for each good one of bad above.

    Ties count half.
    """
    positives, negatives = scores[bad], scores[~bad]
    return _share_below(negatives, positives), 1 - _share_below(positives, negatives)


def _share_below(many: NDArray[np.float64], each: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.sort(many)
    below = np.searchsorted(ordered, each, "left") + np.searchsorted(ordered, each, "right")
    return np.asarray(below / (2 * len(many)), np.float64)
