"""A threshold never travels without the evidence that defends it."""

from dataclasses import asdict, dataclass
from typing import Any

from engine.rates import Rate

MEAN_SIGMA = "mean + k·sigma"
QUANTILE = "quantile"
TAIL = "extreme-value tail"
ESCAPE_LIMIT = "escape limit"
COST = "cost"
BY_HAND = "by hand"
METHODS = (MEAN_SIGMA, QUANTILE, TAIL, ESCAPE_LIMIT, COST, BY_HAND)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where OK ends, in the unit of the raw score, and why there.

    value: NG is `score >= value`.
    method: one of `METHODS`.
    parameters: what the method was asked for, e.g. {"k": 3.0}.
    false_rejects: held-out good pictures at or above `value`.
    escapes: bad pictures below `value`; 0 of 0 when none were shown.
    good_median: median score of the held-out good pictures.
    heatmap_high: score painted in the strongest colour; `value` is where the colour starts.
    """

    value: float
    method: str
    parameters: dict[str, float]
    false_rejects: Rate
    escapes: Rate
    good_median: float
    heatmap_high: float

    @property
    def provisional(self) -> bool:
        """True while no bad part was ever shown: escapes are then unknown."""
        return self.escapes.total == 0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Threshold":
        """Inverse of `to_json`. Raises KeyError or TypeError on foreign data."""
        rates = {name: Rate(**data[name]) for name in ("false_rejects", "escapes")}
        return cls(**{**data, **rates})
