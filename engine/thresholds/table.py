"""Every method side by side: what each would do, or why it cannot be backed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from numpy.typing import ArrayLike

from engine.calibration import (
    ESCAPE_GOAL,
    by_hand,
    claims,
    escape_limit,
    mean_sigma,
    quantile,
    remarks,
)
from engine.errors import CalibrationError
from engine.threshold import BY_HAND, COST, ESCAPE_LIMIT, MEAN_SIGMA, QUANTILE, TAIL, Threshold
from engine.thresholds.cost import Prices, ShiftCost, least_cost
from engine.thresholds.tail import TAIL_RATE, tail


@dataclass(frozen=True, slots=True)
class Wanted:
    """What each method is asked for.

    sigmas: k of mean + k·sigma. share: of the good parts that pass, for the quantile.
    tail_rate: of good parts that may be rejected, by extrapolation.
    escape_limit: the most that may escape, backed at 95 %.
    prices: what mistakes cost; None leaves the cost out. value: a threshold set by hand, or none.
    """

    sigmas: float = 3.0
    share: float = 0.98
    tail_rate: float = TAIL_RATE
    escape_limit: float = ESCAPE_GOAL
    prices: Prices | None = None
    value: float | None = None

    def methods(self) -> dict[str, Callable[[ArrayLike, ArrayLike], Threshold]]:
        """The methods that were asked for, by name, each as (good, bad) -> Threshold."""
        found: dict[str, Callable[[ArrayLike, ArrayLike], Threshold]] = {
            MEAN_SIGMA: partial(mean_sigma, k=self.sigmas),
            QUANTILE: partial(quantile, share=self.share),
            TAIL: partial(tail, rate=self.tail_rate),
            ESCAPE_LIMIT: partial(escape_limit, limit=self.escape_limit),
        }
        if self.prices is not None:
            found[COST] = partial(least_cost, prices=self.prices)
        if self.value is not None:
            found[BY_HAND] = partial(by_hand, value=self.value)
        return found


@dataclass(frozen=True, slots=True)
class Alternative:
    """What one method would do. cost: None while no prices were given."""

    method: str
    threshold: Threshold
    cost: ShiftCost | None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only."""
        return {
            "threshold": self.threshold.to_json(),
            "claims": claims(self.threshold),
            "remarks": remarks(self.threshold),
            "cost": _cost_json(self.cost),
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A method that cannot be backed, and why: a sentence that says what to do."""

    method: str
    refusal: str

    def to_json(self) -> dict[str, Any]:
        """Plain words only."""
        return {"refusal": self.refusal}


@dataclass(frozen=True, slots=True)
class Alternatives:
    """All methods on the same scores, in one order."""

    wanted: Wanted
    rows: tuple[Alternative | Refused, ...]

    def __iter__(self) -> Iterator[Alternative | Refused]:
        return iter(self.rows)

    def of(self, method: str) -> Alternative:
        """The row of that method.

        Raises:
            CalibrationError: it was refused, or not asked for.
        """
        for row in self.rows:
            if row.method == method and isinstance(row, Alternative):
                return row
            if row.method == method and isinstance(row, Refused):
                raise CalibrationError(row.refusal)
        raise CalibrationError(f"The method '{method}' was not asked for: give what it takes.")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only."""
        prices = self.wanted.prices
        return {
            "prices": prices.to_json() if prices else None,
            "methods": {row.method: row.to_json() for row in self.rows},
        }

    def as_text(self) -> str:
        """A table for a terminal; a refusal stands in its method's line."""
        lines = [_aligned("method", "threshold", "good rejected", "bad escaped", "cost a shift")]
        return "\n".join(lines + [_line(row) for row in self.rows])


def alternatives(good: ArrayLike, bad: ArrayLike, wanted: Wanted | None = None) -> Alternatives:
    """Try every method on the same scores; what cannot be backed is refused in its row."""
    wanted = wanted or Wanted()
    rows = tuple(
        _row(name, method, good, bad, wanted.prices) for name, method in wanted.methods().items()
    )
    return Alternatives(wanted, rows)


def evidence(
    threshold: Threshold, good: Sequence[float], bad: Sequence[float], wanted: Wanted
) -> dict[str, Any]:
    """What a published threshold is defended with: itself, its claims, all methods, all scores."""
    prices = wanted.prices
    cost = prices.per_shift(threshold.false_rejects, threshold.escapes) if prices else None
    return {
        "threshold": threshold.to_json(),
        "provisional": threshold.provisional,
        "claims": claims(threshold),
        "remarks": remarks(threshold),
        "cost": _cost_json(cost),
        "alternatives": alternatives(good, bad, replace(wanted, value=None)).to_json(),
        "good_scores": [float(score) for score in good],
        "bad_scores": [float(score) for score in bad],
    }


def _row(
    name: str,
    method: Callable[[ArrayLike, ArrayLike], Threshold],
    good: ArrayLike,
    bad: ArrayLike,
    prices: Prices | None,
) -> Alternative | Refused:
    try:
        found = method(good, bad)
    except CalibrationError as error:
        return Refused(name, str(error))
    cost = prices.per_shift(found.false_rejects, found.escapes) if prices else None
    return Alternative(name, found, cost)


def _cost_json(cost: ShiftCost | None) -> dict[str, float | None] | None:
    if cost is None:
        return None
    return {
        "false_rejects": cost.false_rejects,
        "escapes": cost.escapes,
        "expected": cost.expected,
        "low": cost.low,
        "high": cost.high,
    }


def _line(row: Alternative | Refused) -> str:
    if isinstance(row, Refused):
        return f"{row.method:20}refused: {row.refusal}"
    rejected, escaped = row.threshold.false_rejects, row.threshold.escapes
    lost = f"{escaped.count} of {escaped.total}" if escaped.total else "unknown"
    return _aligned(
        row.method,
        f"{row.threshold.value:.4f}",
        f"{rejected.count} of {rejected.total}",
        lost,
        _money(row.cost),
    )


def _aligned(method: str, threshold: str, rejected: str, lost: str, cost: str) -> str:
    return f"{method:20}{threshold:>11}  {rejected:>14}  {lost:>14}  {cost}"


def _money(cost: ShiftCost | None) -> str:
    if cost is None:
        return "-"
    middle = "unknown" if cost.expected is None else f"{cost.expected:,.2f}"
    return f"{middle} ({cost.low:,.2f} to {cost.high:,.2f})"
