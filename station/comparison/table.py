"""A comparison's figures: as a table for people, as JSON for scripts."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engine.rates import Rate
from station.comparison.recommendation import Candidate, recommend

UNKNOWN = float("nan")
NO_PARTS = Rate(0, 0)
MIB = 1 << 20
HEADINGS = (
    ("", "image", "pixel", "AUPRO", "false rejects", "escapes", "teach", "a part", "memory"),
    ("", "AUROC", "AUROC", "to 0.3", "(95 %)", "(95 %)", "s", "ms", "MiB"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One contender; nan and empty where it cannot be said. Times in the unit of their name."""

    name: str
    note: str = ""
    failed: bool = False
    device: str = ""
    image_auroc: float = UNKNOWN
    pixel_auroc: float = UNKNOWN
    aupro: float = UNKNOWN
    threshold: float = UNKNOWN
    false_rejects: Rate = NO_PARTS
    escapes: Rate = NO_PARTS
    teach_seconds: float = UNKNOWN
    score_ms_median: float = UNKNOWN
    peak_bytes: int = 0
    loaded_bytes: int = 0
    scores: tuple[float, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        added = (self.peak_bytes - self.loaded_bytes) / MIB
        memory = f"{self.peak_bytes / MIB:.0f} (+{added:.0f})" if self.peak_bytes else "–"
        return (
            self.name,
            *(_number(value, 4) for value in (self.image_auroc, self.pixel_auroc, self.aupro)),
            _rate(self.false_rejects),
            _rate(self.escapes),
            _number(self.teach_seconds, 1),
            _number(self.score_ms_median, 1),
            memory,
        )

    def to_json(self) -> dict[str, object]:
        """Flat names, rates with `_low` and `_high`; null where there is no number."""
        data = asdict(self)
        for name, rate in (("false_rejects", self.false_rejects), ("escapes", self.escapes)):
            data |= {name: rate.count, f"{name}_of": rate.total}
            data |= {f"{name}_low": rate.low, f"{name}_high": rate.high}
        return {name: _json(value) for name, value in data.items()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `patchlight compare` found. bad: of each test picture, in the scores' order."""

    rows: tuple[Row, ...]
    bad: tuple[bool, ...]
    taught: int
    held_out: int

    def recommendation(self) -> list[str]:
        """Which contender to use and how sure that is, in sentences."""
        return recommend(
            [
                Candidate(row.name, row.image_auroc, row.score_ms_median, row.scores)
                for row in self.rows
                if row.scores
            ],
            self.bad,
        )

    def to_json(self) -> dict[str, object]:
        """The rows, what they were measured on, and the recommendation's sentences."""
        return {
            "taught": self.taught,
            "held_out": self.held_out,
            "good_tests": len(self.bad) - sum(self.bad),
            "bad_tests": sum(self.bad),
            "contenders": [row.to_json() for row in self.rows],
            "recommendation": self.recommendation(),
        }

    def as_text(self) -> str:
        """The same for people."""
        good = len(self.bad) - sum(self.bad)
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        return "\n".join(
            [
                f"{self.taught} pictures taught, {self.held_out} held out for the threshold "
                f"(mean + 3 sigma), {good} good and {sum(self.bad)} bad tested",
                "",
                *_aligned([*HEADINGS, *(row.cells() for row in self.rows)]),
                "",
                "memory: the most that the contender's process held (+ what came on top once it "
                "began to teach)",
                *notes,
                "",
                *self.recommendation(),
            ]
        )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _rate(rate: Rate) -> str:
    if not rate.total:
        return "–"
    return f"{rate.count} of {rate.total} ({rate.low:.1%} – {rate.high:.1%})"


def _json(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
