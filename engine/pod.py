"""Probability of detection against size from hits and misses, as non-destructive testing fits it.

The model is that of MIL-HDBK-1823A (2009), appendix G: logit of the probability is a straight line
over the logarithm of the size. Two choices beside it:

- The likelihood carries Firth's penalty, ½ log |I| (Biometrika 80, 1993; Heinze and Schemper,
  Statistics in Medicine 21, 2002). Without it hits and misses that do not overlap have no maximum,
  and with few trials the slope comes out too steep.
- Bounds are those of the profile likelihood ratio, not Wald's: the handbook prefers it for
  hit/miss data since Wald's bound is too low with few trials, and it does not depend on
  whether a90 or its logarithm is bounded.
"""

from dataclasses import dataclass
from math import exp, inf, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_expit, logit, ndtri

from engine.rates import CONFIDENCE

STEPS = 60
FARTHEST = 4.0
"""How far beyond the estimate a bound is looked for: a factor of e⁴, about 55."""
STEEPEST = 6.0
"""Slopes between e⁻⁶ and e⁶ times the estimate are looked at."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """logit p(a) = intercept + slope · ln a."""

    intercept: float
    slope: float

    def probability(self, size: ArrayLike) -> Values:
        """Return the probability to find a defect of that size, in its shape."""
        return np.asarray(expit(self.intercept + self.slope * np.log(size)), np.float64)

    def size(self, probability: float) -> float:
        """Return the size found with that probability; inf or 0 where a number is no number."""
        if self.slope == 0:
            return inf
        exponent = (float(logit(probability)) - self.intercept) / self.slope
        return exp(exponent) if abs(exponent) < 700 else (inf if exponent > 0 else 0.0)


def fit(sizes: ArrayLike, hits: ArrayLike) -> Curve:
    """Fit by penalised maximum likelihood (Newton with step halving).

    Args:
        sizes: (N,) above 0, at least two different ones. hits: (N,) bool.

    Raises:
        ValueError: all sizes are the same.
    """
    x, y, centre = _data(sizes, hits)
    beta = np.zeros(2)
    value = _penalised(beta, x, y)
    for _ in range(STEPS):
        step, before = _step(beta, x, y), value
        while (value := _penalised(beta + step, x, y)) < before - 1e-12:
            step /= 2
        beta = beta + step
        if np.abs(step).max() < 1e-7:
            break
    return Curve(float(beta[0] - beta[1] * centre), float(beta[1]))


def size_bound(
    sizes: ArrayLike, hits: ArrayLike, curve: Curve, probability: float, *, upper: bool = True
) -> float:
    """Return the one-sided 95 % bound of the size found with `probability` (a90/95 at 0.9).

    Those sizes are within the bound for which twice the loss of penalised log likelihood, with
    the slope chosen anew, stays below 2.71, the square of the one-sided 95 % normal quantile.

    Returns:
        inf (or 0 for the lower one) where the trials bound nothing, or the curve does not rise.
    """
    none = inf if upper else 0.0
    if curve.slope <= 0:
        return none
    x, y, centre = _data(sizes, hits)
    best = _penalised(np.array([curve.intercept + curve.slope * centre, curve.slope]), x, y)
    allowed = float(ndtri(CONFIDENCE)) ** 2 / 2
    start = log(curve.size(probability)) - centre
    end = start + (FARTHEST if upper else -FARTHEST)

    def lost(place: float) -> float:
        return best - _profiled(place, float(logit(probability)), curve.slope, x, y) - allowed

    return exp(float(brentq(lost, start, end, xtol=1e-5)) + centre) if lost(end) > 0 else none


def separated(sizes: ArrayLike, hits: ArrayLike) -> bool:
    """True where every hit is larger than every miss: the slope then rests on the penalty."""
    found, x = np.asarray(hits, bool), np.asarray(sizes, np.float64)
    return bool(x[found].min(initial=inf) > x[~found].max(initial=0))


def _data(sizes: ArrayLike, hits: ArrayLike) -> tuple[Values, Values, float]:
    """Return ln a about its mean, 1 for a hit, and that mean."""
    x = np.log(np.asarray(sizes, np.float64))
    if len(x) < 2 or np.ptp(x) < 1e-9:
        raise ValueError("A curve takes at least two different sizes.")
    return x - x.mean(), np.asarray(hits, np.float64), float(x.mean())


def _information(beta: Values, x: Values) -> tuple[Values, Values, float, float, float]:
    """Return p, the weights p(1 − p), and the sums of I = [[s, t], [t, u]]."""
    p = expit(beta[0] + beta[1] * x)
    weight = p * (1 - p)
    moment = weight * x
    return p, weight, float(weight.sum()), float(moment.sum()), float(moment @ x)


def _penalised(beta: Values, x: Values, y: Values) -> float:
    line = beta[0] + beta[1] * x
    _, _, s, t, u = _information(beta, x)
    likelihood = float(log_expit(np.where(y > 0, line, -line)).sum())
    return likelihood + 0.5 * log(max(s * u - t * t, 1e-300))


def _step(beta: Values, x: Values, y: Values) -> Values:
    """I⁻¹ times the modified score Xᵀ(y − p + h(½ − p)); h are the leverages."""
    p, weight, s, t, u = _information(beta, x)
    determinant = max(s * u - t * t, 1e-300)
    leverage = weight * (u - 2 * t * x + s * x * x) / determinant
    rest = y - p + leverage * (0.5 - p)
    first, second = float(rest.sum()), float(rest @ x)
    step = np.array([u * first - t * second, s * second - t * first]) / determinant
    return np.asarray(step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12)), np.float64)


def _profiled(place: float, level: float, slope: float, x: Values, y: Values) -> float:
    """Largest penalised likelihood of curves that pass `level` (a logit) at `place`."""

    def loss(factor: float) -> float:
        steep = slope * exp(factor)
        return -_penalised(np.array([level - steep * place, steep]), x, y)

    found = minimize_scalar(
        loss, bounds=(-STEEPEST, STEEPEST / 3), method="bounded", options={"xatol": 1e-4}
    )
    return -float(found.fun)
