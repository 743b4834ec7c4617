"""What a threshold costs a shift, and the threshold that costs least."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from engine.errors import CalibrationError
from engine.rates import CONFIDENCE, Rate
from engine.threshold import COST, Threshold
from engine.thresholds.evidence import checked, with_evidence

MIN_BAD = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShiftCost:
    """Money a shift, from what was seen and from what may be true.

    false_rejects, escapes: what the observed rates cost; `escapes` is None while no bad part was
        shown: nobody knows.
    low, high: with the exact bounds of both rates, together right with 95 % or more.
    """

    false_rejects: float
    escapes: float | None
    low: float
    high: float

    @property
    def expected(self) -> float | None:
        """Both together; None while nothing is known of escapes."""
        return None if self.escapes is None else self.false_rejects + self.escapes


@dataclass(frozen=True, slots=True)
class Prices:
    """What mistakes cost, and how often they can be made.

    escape, false_reject: money for one. defect_rate: share of the parts that are bad.
    parts_per_shift: how many are judged.

    Raises:
        CalibrationError: a price below nothing or both nothing, a share outside [0, 1] or no part.
    """

    escape: float
    false_reject: float
    defect_rate: float = 0.001
    parts_per_shift: int = 1000

    def __post_init__(self) -> None:
        if not (min(self.escape, self.false_reject) >= 0 < self.escape + self.false_reject < 1e12):
            raise CalibrationError("Give what an escape and a false reject cost, 0 or more.")
        if not 0 < self.defect_rate < 1:
            raise CalibrationError(
                f"A defect rate of {self.defect_rate} is not between 0 and 1. "
                "Of 10,000 parts 10 bad ones are 0.001."
            )
        if self.parts_per_shift < 1:
            raise CalibrationError("Say how many parts are judged in a shift: 1 or more.")

    @property
    def weights(self) -> tuple[float, float]:
        """Money a shift if every good part were rejected, and if every bad part escaped."""
        bad = self.parts_per_shift * self.defect_rate
        return (self.parts_per_shift - bad) * self.false_reject, bad * self.escape

    def per_shift(self, false_rejects: Rate, escapes: Rate) -> ShiftCost:
        """What those rates cost; the bounds allow each rate its half of the 5 %."""
        of_good, of_bad = self.weights
        each = (1 + CONFIDENCE) / 2
        (low, high), (least, most) = false_rejects.interval(each), escapes.interval(each)
        return ShiftCost(
            of_good * false_rejects.value,
            of_bad * escapes.value if escapes.total else None,
            of_good * low + of_bad * least,
            of_good * high + of_bad * most,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def least_cost(good: ArrayLike, bad: ArrayLike, prices: Prices) -> Threshold:
    """Set the threshold whose mistakes on these very parts cost least a shift.

    Every threshold that judges some part otherwise is tried: the cost is that of the observed
    rates. Where a whole gap between two scores costs the same, as it does where good and bad parts
    lie apart, the smoothed scores of both decide inside it (Gaussian kernels of Silverman's width):
    nearer to the good ones, the dearer an escape. The gap travels as parameters "low" and "high".

    Raises:
        CalibrationError: as `mean_sigma`; fewer than 5 bad scores: with none shown, or nearly
            none, nothing is known of what escapes would cost; or judging all parts alike is
            cheapest.
    """
    scores = np.sort(checked(good))
    lost = np.sort(checked(bad, least=0, kind="bad"))
    if len(lost) < MIN_BAD:
        raise CalibrationError(
            f"{len(lost)} bad part(s) say too little about escapes, and so about their cost. "
            f"Show at least {MIN_BAD} bad parts."
        )
    low, high = _cheapest_gap(scores, lost, prices)
    _refuse_useless(high, scores, lost)
    value = _inside(low, high, scores, lost, prices)
    given = {**prices.to_json(), "low": low, "high": high}
    return with_evidence(value, COST, given, scores, lost)


def observed_cost(values: ArrayLike, good: Floats, bad: Floats, prices: Prices) -> Floats:
    """Money a shift at each threshold; good and bad sorted. NG is `score >= threshold`."""
    of_good, of_bad = prices.weights
    passed = np.searchsorted(good, values, "left") / len(good)
    missed = np.searchsorted(bad, values, "left") / len(bad)
    return np.asarray(of_good * (1 - passed) + of_bad * missed)


def smoothed_cost(values: ArrayLike, good: Floats, bad: Floats, prices: Prices) -> Floats:
    """The same with both scores smeared by a Gaussian kernel."""
    of_good, of_bad = prices.weights
    at = np.asarray(values, np.float64)[:, None]
    rejected = ndtr((good - at) / _width(good)).mean(axis=1)
    missed = ndtr((at - bad) / _width(bad)).mean(axis=1)
    return np.asarray(of_good * rejected + of_bad * missed)


def _cheapest_gap(good: Floats, bad: Floats, prices: Prices) -> tuple[float, float]:
    """Ends (low, high] of the thresholds that cost least; the widest gap where several do."""
    edges = np.unique(np.concatenate([good, bad]))
    # Between the last edge and this one every part is OK.
    edges = np.append(edges, edges[-1] + max(float(np.ptp(edges)), abs(edges[-1]) * 0.1, 1e-9))
    starts = np.append(edges[0] - (edges[-1] - edges[-2]), edges[:-1])
    costs = observed_cost(edges, good, bad, prices)
    tied = np.flatnonzero(costs <= costs.min() * (1 + 1e-12))
    best = tied[np.argmax((edges - starts)[tied])]
    return float(starts[best]), float(edges[best])


def _refuse_useless(value: float, good: Floats, bad: Floats) -> None:
    for useless, what in (
        (value > bad[-1], "let every part pass"),
        (value <= good[0], "reject all"),
    ):
        if useless:
            raise CalibrationError(
                f"At these prices it costs least to {what}: no threshold pays. Check the prices "
                "and the defect rate, or choose another method."
            )


def _inside(low: float, high: float, good: Floats, bad: Floats, prices: Prices) -> float:
    """The cheapest by smoothed scores of 255 thresholds strictly inside (low, high]."""
    inside = np.linspace(low, high, 257)[1:-1]
    value = float(inside[np.argmin(smoothed_cost(inside, good, bad, prices))])
    return value if low < value <= high else high


def _width(scores: Floats) -> float:
    """Silverman's rule of thumb (1986, equation 3.31); never nothing."""
    low, high = np.percentile(scores, (25, 75))
    spread = min(float(scores.std(ddof=1)), float(high - low) / 1.34) or float(scores.std(ddof=1))
    least = max(abs(float(scores.mean())) * 1e-3, 1e-9)
    return max(float(0.9 * spread * len(scores) ** -0.2), least)
