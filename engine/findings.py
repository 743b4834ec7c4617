"""What trials with synthetic defects say: a curve for each kind, and where the part is blind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from math import isfinite
from typing import Any

from scipy.special import bdtr

from engine.pod import Curve, fit, size_bound
from engine.rates import Rate
from engine.size_search import SAME
from engine.synthetic.shapes import Kind

GOAL = 0.9
"""The probability that a90 is about."""
FEWEST = 20
"""Trials from which a curve is fitted."""
BAND = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
BY_CHANCE = 0.01
ALL_KINDS = "all kinds"
STRONG, WEAK = 60.0, 20.0
"""Grey levels of 255: well seen by eye; barely seen."""


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What is drawn, and how often.

    contrasts: grey levels; a missing patch is drawn once, with the contrast the picture gives it.
    trials: at most, for each kind and contrast; MIL-HDBK-1823A asks for 60 of hit/miss.
    cells: about as many squares as the map of blind places has. trials_a_cell: of each.
    """

    kinds: tuple[Kind, ...] = tuple(Kind)
    contrasts: tuple[float, ...] = (STRONG, WEAK)
    trials: int = 60
    cells: int = 48
    trials_a_cell: int = 4
    seed: int = 0

    @property
    def curves(self) -> list[tuple[Kind, float]]:
        """Kind and contrast of each curve; the contrast of a patch is 0."""
        drawn = [(k, c) for k in self.kinds if k is not Kind.PATCH for c in self.contrasts]
        return drawn + [(Kind.PATCH, 0.0)] * (Kind.PATCH in self.kinds)

    @property
    def judgements(self) -> int:
        """At most as many defects are judged, the map's included."""
        return len(self.curves) * self.trials + 2 * self.cells * self.trials_a_cell


class Outcome(str, Enum):
    """What a kind's trials allow to say.

    MEASURED: a90 and a90/95 lie among the sizes drawn. UNBOUNDED: a90 does, a90/95 does not.
    BELOW: already the smallest size drawn is found. NOT_REACHED: the largest is found in less
    than 90 %. NONE_FOUND. NO_RISE: larger ones are not found more often. TOO_FEW: trials.
    """

    MEASURED = "measured"
    UNBOUNDED = "unbounded"
    BELOW = "below"
    NOT_REACHED = "not reached"
    NONE_FOUND = "none found"
    NO_RISE = "no rise"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class BandPoint:
    """Sizes found with `probability`: estimate, and one-sided 95 % bounds; None is unbounded."""

    probability: float
    low: float
    size: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind at one contrast.

    kind: a `Kind`'s word, or "all kinds". contrast: 0 as the picture gives it.
    smallest, largest: the range in pixels that sizes were drawn from.
    sizes, hits: each trial, in the order drawn.
    a90: pixels, the size found with 90 % probability; None unless measured or unbounded.
    a90_95: its upper 95 % bound; also given where everything was found; None if it has none.
    """

    kind: str
    contrast: float
    smallest: float
    largest: float
    sizes: tuple[float, ...]
    hits: tuple[bool, ...]
    outcome: Outcome
    curve: Curve | None
    a90: float | None
    a90_95: float | None
    band: tuple[BandPoint, ...]

    @property
    def found(self) -> Rate:
        """Hits of all trials; depends on the sizes drawn."""
        return Rate(sum(self.hits), len(self.hits))


@dataclass(frozen=True, slots=True)
class BlindMap:
    """Shares found of one size over the part.

    kinds, contrast, size: what was drawn, kinds in turn; size in pixels.
    frame: (H, W) of the picture that `box`, (top, left, height, width), lies in.
    hits, trials: (rows, columns) of cells that divide `box` evenly; 0 trials: nothing fits there.
    """

    kinds: tuple[str, ...]
    contrast: float
    size: float
    frame: tuple[int, int]
    box: tuple[int, int, int, int]
    hits: tuple[tuple[int, ...], ...]
    trials: tuple[tuple[int, ...], ...]

    def rate(self, row: int, column: int) -> Rate:
        """Hits of the trials in one cell."""
        return Rate(self.hits[row][column], self.trials[row][column])

    def blind(self, row: int, column: int) -> bool:
        """True where as few hits have a chance below 1 % if 90 % were found.

        1 %, not 5 %: of some 50 cells two or three would look blind by chance.
        """
        rate = self.rate(row, column)
        return rate.total > 0 and float(bdtr(rate.count, rate.total, GOAL)) < BY_CHANCE

    @property
    def blind_cells(self) -> int:
        """How many are blind."""
        rows, columns = len(self.trials), len(self.trials[0])
        return sum(self.blind(i, j) for i in range(rows) for j in range(columns))


@dataclass(frozen=True, slots=True)
class Detection:
    """What is found of synthetic defects at one threshold.

    good: held-out pictures without a defect that are NG; no defect was drawn into those.
    findings: one for each kind and contrast, then one for each contrast over all kinds.
    blind_map: None where none was asked for.
    mm_per_px: None where it is not known.
    """

    settings: DetectionSettings
    threshold: float
    good: Rate
    findings: tuple[Finding, ...]
    blind_map: BlindMap | None
    mm_per_px: float | None = None

    def finding(self, kind: str, contrast: float) -> Finding:
        """Return one of the findings. Raises KeyError."""
        for each in self.findings:
            if (each.kind, each.contrast) == (kind, contrast):
                return each
        raise KeyError(f"No finding of {kind} at {contrast}.")

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Detection":
        """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on foreign data."""
        settings = dict(data["settings"])
        kinds = tuple(Kind(kind) for kind in settings["kinds"])
        settings |= {"kinds": kinds, "contrasts": tuple(settings["contrasts"])}
        own = {
            "settings": DetectionSettings(**settings),
            "good": Rate(**data["good"]),
            "findings": tuple(_finding(each) for each in data["findings"]),
            "blind_map": _blind_map(data["blind_map"]) if data["blind_map"] else None,
        }
        return cls(**{**data, **own})


def conclude(
    kind: str,
    contrast: float,
    sizes: Sequence[float],
    hits: Sequence[bool],
    drawn: tuple[float, float],
) -> Finding:
    """Fit what the trials of one kind allow, and say no more than that.

    drawn: the smallest and the largest size that trials could have.
    """
    smallest, largest = drawn
    outcome, curve = _outcome(sizes, hits, smallest, largest)
    band = _band(sizes, hits, curve) if curve is not None else ()
    a90, bound = None, None
    if curve is not None and outcome is Outcome.MEASURED:
        a90, bound = curve.size(GOAL), _finite(size_bound(sizes, hits, curve, GOAL))
        if bound is None or bound > largest:
            outcome, bound = Outcome.UNBOUNDED, None
    elif outcome is Outcome.BELOW and _all_at_once(sizes, hits, smallest):
        bound = smallest
    return Finding(
        kind, contrast, smallest, largest, tuple(map(float, sizes)), tuple(map(bool, hits)),
        outcome, curve, a90, bound, band,
    )  # fmt: skip


def _outcome(
    sizes: Sequence[float], hits: Sequence[bool], smallest: float, largest: float
) -> tuple[Outcome, Curve | None]:
    if len(hits) < FEWEST:
        return Outcome.TOO_FEW, None
    if not any(hits):
        return Outcome.NONE_FOUND, None
    if all(hits):
        return Outcome.BELOW, None
    curve = fit(sizes, hits)
    if curve.slope <= 0:
        return Outcome.NO_RISE, None
    a90 = curve.size(GOAL)
    if a90 < smallest:
        return Outcome.BELOW, curve
    return (Outcome.MEASURED if a90 <= largest else Outcome.NOT_REACHED), curve


def _all_at_once(sizes: Sequence[float], hits: Sequence[bool], smallest: float) -> bool:
    """29 of 29 of the smallest size."""
    there = [hit for size, hit in zip(sizes, hits, strict=True) if size <= smallest]
    return all(there) and len(there) >= SAME


def _band(sizes: Sequence[float], hits: Sequence[bool], curve: Curve) -> tuple[BandPoint, ...]:
    return tuple(
        BandPoint(
            probability,
            size_bound(sizes, hits, curve, probability, upper=False),
            curve.size(probability),
            _finite(size_bound(sizes, hits, curve, probability)),
        )
        for probability in BAND
    )


def _finite(size: float) -> float | None:
    return size if isfinite(size) else None


def _finding(data: dict[str, Any]) -> Finding:
    own = {
        "sizes": tuple(data["sizes"]),
        "hits": tuple(data["hits"]),
        "outcome": Outcome(data["outcome"]),
        "curve": Curve(**data["curve"]) if data["curve"] else None,
        "band": tuple(BandPoint(**each) for each in data["band"]),
    }
    return Finding(**{**data, **own})


def _blind_map(data: dict[str, Any]) -> BlindMap:
    flat = {name: tuple(data[name]) for name in ("kinds", "frame", "box")}
    cells = {name: tuple(map(tuple, data[name])) for name in ("hits", "trials")}
    return BlindMap(**{**data, **flat, **cells})
