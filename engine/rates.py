"""Proportions with exact binomial bounds, and the sentences they allow."""

from dataclasses import dataclass

from scipy.special import betaincinv

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `total`, with the two-sided exact (Clopper-Pearson) 95 % interval.

    With total 0 the rate is nan and the interval is the whole of [0, 1].
    """

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.count} of {self.total} is not a proportion.")

    @property
    def value(self) -> float:
        """The observed proportion."""
        return self.count / self.total if self.total else float("nan")

    @property
    def low(self) -> float:
        """Lower end of the two-sided interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the two-sided interval."""
        return self.interval()[1]

    @property
    def upper_bound(self) -> float:
        """One-sided 95 % upper bound: what may be claimed ("below x")."""
        return self._upper(CONFIDENCE)

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Exact two-sided interval (low, high) at that confidence (Clopper and Pearson 1934)."""
        return self._lower((1 + confidence) / 2), self._upper((1 + confidence) / 2)

    def _lower(self, confidence: float) -> float:
        if self.count == 0:
            return 0.0
        return float(betaincinv(self.count, self.total - self.count + 1, 1 - confidence))

    def _upper(self, confidence: float) -> float:
        if self.count == self.total:
            return 1.0
        return float(betaincinv(self.count + 1, self.total - self.count, confidence))
