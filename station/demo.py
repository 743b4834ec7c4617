"""The demo: a station teaches itself a board from the virtual line, then judges that line.

The line knows the truth of every board, so the demo can say what escaped and what was rejected
for nothing; a real line cannot.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.coreset import CoresetSize
from engine.images import load_image
from engine.location import Anchor
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.rates import Rate
from engine.teach import TeachSettings
from station.cameras.virtual_line import DefectKind, VirtualLine
from station.home import Home
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, collect, teach

RECIPE = "demo board"
BOARDS_A_MINUTE = 120
DEFECT_RATE = 0.1
GOOD_BOARDS = 120
STEP = 16
"""One good board in 16 is taken, so that the slow drift of the light is taught whole."""
SETTINGS = TeachSettings(side=554, size=CoresetSize(cap=6_000))
"""Side 554 enlarges or shrinks nothing of 480 × 640: the smallest defects are 6 pixels wide."""
FIRST_JUDGED = 100_000
"""Boards from this number on are judged; those before it were taught."""


def judging_line(seed: int) -> VirtualLine:
    """Return the line whose boards are judged; none of them was taught."""
    return VirtualLine(seed, DEFECT_RATE, first_board=FIRST_JUDGED)


def prepare(
    home: Home,
    seed: int,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Recipe:
    """Collect good boards from the line, teach and publish the demo's recipe.

    Raises:
        StationError, EngineError: what is wrong; nothing was published. Cancelled.
    """
    store = RecipeStore(home)
    with VirtualLine(seed, defect_rate=0, step=STEP) as line:
        images = collect(line, home.teaching / RECIPE, GOOD_BOARDS, progress, cancelled)
        settings = replace(SETTINGS, seed=seed, roi=line.roi, anchor=_anchor(line, images[0]))
    request = TeachRequest(
        name=RECIPE,
        images=images,
        camera=judging_line(seed).settings,
        published_by="demo",
        note="taught on the virtual line",
        settings=settings,
    )
    return teach(request, store, progress, cancelled)


def _anchor(line: VirtualLine, reference: Path) -> Anchor:
    """Return the middle of the board: a stop leaves boards a little play."""
    top, left, height, width = line.roi
    middle = (top + height // 4, left + width // 4, height // 2, width // 2)
    return Anchor.of(load_image(reference), middle)


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts of a demo run held against the truth. A FAULT is a reject, never an escape."""

    triggers: int
    rows: int
    verdicts: dict[Verdict, int]
    escapes: Rate
    false_rejects: Rate
    by_kind: dict[str, Rate]

    def to_json(self) -> dict[str, object]:
        """Counts by name, each rate with its exact two-sided 95 % interval."""
        rates = {"escape_rate": self.escapes, "false_reject_rate": self.false_rejects}
        return {
            "triggers": self.triggers,
            "rows": self.rows,
            **{verdict.value.lower(): self.verdicts[verdict] for verdict in Verdict},
            "escapes": self.escapes.count,
            "false_rejects": self.false_rejects.count,
            "defective": self.escapes.total,
            "good": self.false_rejects.total,
            **{name: _interval(rate) for name, rate in rates.items()},
            "by_kind": {
                kind: {"defective": rate.total, "escapes": rate.count, **_interval(rate)}
                for kind, rate in self.by_kind.items()
            },
        }

    def table(self) -> str:
        """The same for people."""
        lines = [f"{'defect':24} {'boards':>7} {'missed':>7}   true escape rate (95 %)"]
        for kind, rate in [*self.by_kind.items(), ("all defects", self.escapes)]:
            lines.append(f"{kind:24} {rate.total:7} {rate.count:7}   {_bounds(rate)}")
        rejects = self.false_rejects
        lines.append(
            f"{'good boards':24} {rejects.total:7} {rejects.count:7}   "
            f"rejected; true false-reject rate {_bounds(rejects)}"
        )
        counted = ", ".join(f"{self.verdicts[v]} {v.value}" for v in Verdict)
        lines.append(f"{self.triggers} triggers, {self.rows} rows: {counted}")
        return "\n".join(lines)


def tally(line: VirtualLine, rows: Sequence[Row], triggers: int) -> Tally:
    """Hold rows against what the line knows of each board."""
    truth = [(line.defect(board_number(row)), row.verdict) for row in rows if row.source]
    kinds: dict[str, Rate] = {
        kind.value: _escapes(verdict for defect, verdict in truth if defect is kind)
        for kind in DefectKind
    }
    good = [verdict for defect, verdict in truth if defect is None]
    return Tally(
        triggers,
        len(rows),
        {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict},
        _escapes(verdict for defect, verdict in truth if defect is not None),
        Rate(sum(verdict is not Verdict.OK for verdict in good), len(good)),
        kinds,
    )


def board_number(row: Row) -> int:
    """Return the board that a row's source names ("board 000017")."""
    return int(row.source.rsplit(" ", 1)[-1])


def _escapes(verdicts: Iterable[Verdict]) -> Rate:
    judged = list(verdicts)
    return Rate(sum(verdict is Verdict.OK for verdict in judged), len(judged))


def _interval(rate: Rate) -> dict[str, float | None]:
    value = rate.value if math.isfinite(rate.value) else None
    return {"rate": value, "low": rate.low, "high": rate.high}


def _bounds(rate: Rate) -> str:
    return f"{rate.low:.1%} – {rate.high:.1%}" if rate.total else "nothing can be said"
