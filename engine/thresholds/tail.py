"""Extreme-value tail: where good scores reach only so rarely that hardly any was seen.

Peaks over threshold (Pickands 1975; Coles 2001, chapter 4): scores above a high level u exceed it
by a generalized Pareto amount, P(X > u + y | X > u) = (1 + ξ·y/σ)^(−1/ξ). A picture's score is the
largest of its patches' distances, the very case that theory is for.

Held-out good parts are few, so 20 exceedances are common. There the maximum-likelihood fit
(scipy.stats.genpareto) is too sure of itself: on simulated scores of 60 to 300 parts the 95 %
interval of its profile held 79 to 93 % of the truths, and probability-weighted moments (Hosking
and Wallis 1987) gave thresholds that mostly rejected 1.5 to 3 times as often as asked. Instead
every (ξ, σ) on a grid is weighed by its likelihood, with a weak prior on ξ (normal, 0 ± 0.4), 1/σ
on σ and Jeffreys' Beta on the share of exceedances. The threshold is the median of what they say,
the interval its middle 95 %; the tests count how often that holds the truth. Half of such
thresholds reject more than asked: with 60 to 100 parts and 0.1 % wanted, 0.2 to 0.6 % on average.
"""

from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from engine.errors import CalibrationError
from engine.rates import CONFIDENCE
from engine.threshold import TAIL, Threshold
from engine.thresholds.evidence import checked, with_evidence

TAIL_RATE = 0.001
MIN_EXCEEDANCES = 20
MAX_EXCEEDANCES = 300
"""More would be known more exactly than the grid is fine."""
MIN_PARTS = 3 * MIN_EXCEEDANCES
"""Fewer, and the "tail" would begin in the bulk of the scores."""
TAIL_SHARE = 0.1
"""Share of the scores that is taken for the tail where there are enough."""
REACH = 20
"""How far it extrapolates: to one good part in `REACH` times as many as were shown."""
_SHAPES = np.linspace(-0.9, 0.9, 46)
_SHAPE_SPREAD = 0.4
_SHARES = (np.arange(25) + 0.5) / 25

Floats = NDArray[np.float64]


def tail(good: ArrayLike, bad: ArrayLike = (), rate: float = TAIL_RATE) -> Threshold:
    """Set the threshold that a share `rate` of all good parts is expected to reach.

    Its 95 % interval travels as parameters "low" and "high", the level that the tail begins at as
    "from" and the scores above it as "exceedances". It extrapolates: beyond 1 in len(good) it
    rests on the tail's shape, not on parts that were seen.

    Raises:
        CalibrationError: as `mean_sigma`, fewer than 60 good scores, too many alike, or a rate
            outside what so many scores can speak of; the text says how many it takes.
    """
    scores = np.sort(checked(good))
    count = exceedances(len(scores))
    _refuse(len(scores), count, rate)
    start = float(scores[-count - 1])
    above = scores[-count:] - start
    if len(np.unique(above)) < MIN_EXCEEDANCES // 2 or above.mean() <= 0:
        raise CalibrationError(
            "Too many of the highest good scores are alike: pictures were copied, or rounded. "
            "Show different good parts."
        )
    low, value, high = start + _quantiles(above, len(scores), rate)
    found = {"low": float(low), "high": float(high), "from": start, "exceedances": float(count)}
    return with_evidence(float(value), TAIL, {"rate": rate, **found}, scores, bad)


def exceedances(total: int) -> int:
    """How many of `total` scores are taken for the tail."""
    return min(max(MIN_EXCEEDANCES, ceil(TAIL_SHARE * total)), MAX_EXCEEDANCES)


def parts_for(rate: float) -> int:
    """How many good parts it takes before the tail may be asked for that rate."""
    return max(MIN_PARTS, ceil(1 / (REACH * rate) - 1e-9))


def _refuse(total: int, count: int, rate: float) -> None:
    if not 0 < rate < 1:
        raise CalibrationError(f"A false-reject rate of {rate} is not between 0 and 1. Try 0.001.")
    if total < MIN_PARTS:
        raise CalibrationError(
            f"{total} held-out good parts have no tail to speak of: the extreme-value method takes "
            f"{MIN_EXCEEDANCES} of them in the upper third. Show {MIN_PARTS - total} more."
        )
    if total < parts_for(rate):
        raise CalibrationError(
            f"{total} good parts cannot speak of one reject in {1 / rate:,.0f}: that is more than "
            f"{REACH} times beyond what was seen. It takes {parts_for(rate)} good parts; or ask "
            f"for {1 / (REACH * total):.2%}."
        )
    if rate >= count / total / 2:
        raise CalibrationError(
            f"A false-reject rate of {rate:.1%} is no tail of {total} good parts. "
            f"Use the quantile {1 - rate:g} instead, or ask for less."
        )


def _quantiles(above: Floats, total: int, rate: float) -> Floats:
    """(3,): lower end, median and upper end of what the weighed tails say, above the level."""
    weights, shapes, scales = _weighed(above)
    shares = betaincinv(len(above) + 0.5, total - len(above) + 0.5, _SHARES)
    reach = np.log(shares / rate)
    levels = (scales / shapes)[:, None] * np.expm1(shapes[:, None] * reach)
    order = np.argsort(levels, axis=None)
    mass = np.cumsum(np.repeat(weights / len(shares), len(shares))[order])
    margin = (1 - CONFIDENCE) / 2
    found: Floats = np.interp([margin, 0.5, 1 - margin], mass, levels.ravel()[order])
    return np.maximum(found, 0.0)


def _weighed(above: Floats) -> tuple[Floats, Floats, Floats]:
    """Posterior weights, and the (ξ, σ) of the grid that they belong to; each (K,)."""
    scales = np.geomspace(above.mean() / 8, above.mean() * 4, 60)
    shape, scale = (grid.ravel() for grid in np.meshgrid(_SHAPES, scales, indexing="ij"))
    grown = 1 + (shape / scale)[:, None] * above
    possible = grown.min(axis=1) > 0
    shape, scale, grown = shape[possible], scale[possible], grown[possible]
    likelihood = -len(above) * np.log(scale) - (1 / shape + 1) * np.log(grown).sum(axis=1)
    likelihood -= (shape / _SHAPE_SPREAD) ** 2 / 2
    weights = np.exp(likelihood - likelihood.max())
    kept = weights > 1e-6
    return weights[kept] / weights[kept].sum(), shape[kept], scale[kept]
