"""Scores of held-out good (and bad) pictures -> a threshold with its evidence.

Everything here is in the unit of the raw score. No method falls back to another: what cannot be
met is said.
"""

from math import ceil, isfinite, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from engine.errors import CalibrationError
from engine.rates import CONFIDENCE, Rate
from engine.threshold import BY_HAND, COST, ESCAPE_LIMIT, MEAN_SIGMA, QUANTILE, TAIL, Threshold
from engine.thresholds import evidence
from engine.thresholds.evidence import checked, with_evidence

MIN_GOOD = evidence.MIN_GOOD
FALSE_REJECT_GOAL = 0.02
ESCAPE_GOAL = 0.005


def mean_sigma(good: ArrayLike, bad: ArrayLike = (), k: float = 3.0) -> Threshold:
    """Set the threshold at mean + k·σ of the good scores (σ with n − 1).

    Raises:
        CalibrationError: fewer than 5 good scores, scores that are no numbers, or no spread.
    """
    scores = checked(good)
    sigma = float(scores.std(ddof=1))
    if sigma == 0:
        raise CalibrationError(
            "All held-out good pictures score the same: they are copies of one picture. "
            "Show different good parts."
        )
    return with_evidence(float(scores.mean()) + k * sigma, MEAN_SIGMA, {"k": k}, scores, bad)


def quantile(good: ArrayLike, bad: ArrayLike = (), share: float = 0.98) -> Threshold:
    """Set the threshold just above the empirical quantile `share` of the good scores.

    The distribution-free 95 % interval of that quantile travels as parameters "low" and "high";
    "high" is missing where there are too few scores to bound it from above.

    Raises:
        CalibrationError: as `mean_sigma`, or a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise CalibrationError(f"A share of {share} is not between 0 and 1. Try 0.98.")
    scores = np.sort(checked(good))
    value = float(np.nextafter(scores[ceil(share * len(scores)) - 1], np.inf))
    parameters = {"share": share, **_quantile_interval(scores, share)}
    return with_evidence(value, QUANTILE, parameters, scores, bad)


def escape_limit(good: ArrayLike, bad: ArrayLike, limit: float) -> Threshold:
    """Set the threshold that meets an escape limit at the lowest false-reject rate.

    Met means: the one-sided 95 % bound of the escape rate is at or below `limit`. Among the
    thresholds with the same rejects and escapes the middle of the gap is taken.

    Raises:
        CalibrationError: as `mean_sigma`, no bad scores, or so few that no threshold can back
            the limit; the text says how many it takes.
    """
    scores, lost = np.sort(checked(good)), np.sort(checked(bad, least=0, kind="bad"))
    allowed = _allowed_escapes(len(lost), limit)
    highest = float(lost[allowed])
    below = scores[scores < highest]
    lower = max([*below[-1:], *lost[allowed - 1 : allowed]], default=highest)
    value = (float(lower) + highest) / 2
    return with_evidence(value, ESCAPE_LIMIT, {"limit": limit}, scores, bad)


def by_hand(good: ArrayLike, bad: ArrayLike, value: float) -> Threshold:
    """Set the threshold where a person wants it, with the same evidence as any other.

    Raises:
        CalibrationError: as `mean_sigma`, or a value that is no finite number.
    """
    if not isfinite(value):
        raise CalibrationError(f"A threshold of {value} is no number. Give a score, such as 2.5.")
    return with_evidence(float(value), BY_HAND, {}, checked(good), bad)


def parts_needed(limit: float) -> int:
    """How many parts, all judged right, back "below `limit`" at 95 %."""
    return ceil(log(1 - CONFIDENCE) / log(1 - limit))


def claims(threshold: Threshold) -> list[str]:
    """What may be said of this threshold at 95 % confidence, in sentences."""
    return [_good_claim(threshold.false_rejects), _bad_claim(threshold.escapes)]


def remarks(threshold: Threshold) -> list[str]:
    """What else must be known of how this threshold was found, in sentences."""
    given, total = threshold.parameters, threshold.false_rejects.total
    if threshold.method == TAIL:
        return [_tail_remark(given, total)]
    if threshold.method == COST:
        return [
            "The cheapest threshold on the parts shown, and picked on those very parts: new parts "
            "tend to cost a little more."
        ]
    if threshold.method == BY_HAND:
        return ["Set by hand: no method stands behind it, only the parts that were shown."]
    return []


def _tail_remark(given: dict[str, float], total: int) -> str:
    beyond = given["rate"] * total < 1
    return (
        f"{'Extrapolated beyond any part seen' if beyond else 'Smoothed'}, from the "
        f"{given['exceedances']:.0f} highest of {total} good scores: 1 good part in "
        f"{1 / given['rate']:,.0f} reaches a score between {given['low']:.4g} and "
        f"{given['high']:.4g} (95 %)."
    )


def _good_claim(rate: Rate) -> str:
    text = (
        f"{rate.count} of {rate.total} held-out good parts rejected: the true false-reject rate "
        f"may be up to {rate.upper_bound:.1%} (95 %)"
    )
    return text + _missing(rate, FALSE_REJECT_GOAL, "good")


def _bad_claim(rate: Rate) -> str:
    if rate.total == 0:
        return "No bad part was shown: nothing is known of escapes, the threshold is provisional."
    text = (
        f"{rate.count} of {rate.total} bad parts missed: the true escape rate may be up to "
        f"{rate.upper_bound:.1%} (95 %)"
    )
    return text + _missing(rate, ESCAPE_GOAL, "bad")


def _missing(rate: Rate, goal: float, kind: str) -> str:
    if rate.upper_bound <= goal:
        return f"; that backs a claim of {goal:.1%}."
    if rate.count:
        return "."
    more = parts_needed(goal) - rate.total
    return f"; {more} more {kind} parts, all judged right, would back a claim of {goal:.1%}."


def _allowed_escapes(total: int, limit: float) -> int:
    """Largest number of escapes of `total` whose upper bound still meets `limit`."""
    if not 0 < limit < 1:
        raise CalibrationError(f"An escape limit of {limit} is not between 0 and 1. Try 0.05.")
    allowed = -1
    while allowed + 1 < total and Rate(allowed + 1, total).upper_bound <= limit:
        allowed += 1
    if allowed < 0:
        raise CalibrationError(
            f"An escape limit of {limit:.1%} cannot be met: {total} bad parts, none missed, only "
            f"back {Rate(0, total).upper_bound:.1%}. It takes {parts_needed(limit)} bad parts."
        )
    return allowed


def _quantile_interval(scores: NDArray[np.float64], share: float) -> dict[str, float]:
    """Order statistics that hold the true quantile with 95 % (two-sided, exact).

    x_(r) is above the quantile with P(Beta(r, n − r + 1) > share).
    """
    n, tail = len(scores), (1 - CONFIDENCE) / 2
    ranks = np.arange(1, n + 1)
    below = ranks[betaincinv(ranks, n - ranks + 1, 1 - tail) <= share]
    above = ranks[betaincinv(ranks, n - ranks + 1, tail) >= share]
    interval = {"low": float(scores[below[-1] - 1])} if len(below) else {}
    return interval | ({"high": float(scores[above[0] - 1])} if len(above) else {})
