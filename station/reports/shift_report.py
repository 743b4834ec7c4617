"""What a supervisor asks of a time range, gathered from the ledger; nobody's page yet."""

import platform
from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from engine.calibration import claims
from station.clock import Clock, utc_now
from station.errors import RecipeError
from station.home import Home
from station.ledger.reader import Counts, LedgerReader, RunRecord
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.reports.latency import LaneLine, LaneTally, Latency, latency, takts
from station.reports.thumbnails import thumbnail
from station.shifts import Shift

__all__ = ["MAX_THUMBNAILS", "LaneLine", "Latency", "RecipeLine", "Reject", "ShiftReport", "gather"]

MAX_THUMBNAILS = 12


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """What one revision judged in the range.

    threshold: the one its parts were judged with; nan where it judged none (faults only).
    evidence: what may be claimed of the threshold, in sentences; empty where the recipe is gone.
    """

    recipe: str
    revision: int
    threshold: float
    counts: Counts
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reject:
    """An NG part; thumbnail uint8 (h, w, 3) RGB, (0, 0, 3) where its picture cannot be had."""

    row: Row
    thumbnail: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ShiftReport:
    """Everything that was recorded in [start, end), counted.

    faults: parts by reason, most frequent first.
    latency: of the judged parts of all lanes; None where there are none.
    lanes: each lane that has rows, by name.
    parts_per_minute: rows per minute of the range in which a run was under way; 0 for none.
    runs: under way at any time of the range, with all their triggers and rows.
    rejects: the newest NG parts, newest first, at most `MAX_THUMBNAILS`; `counts.ng` has them all.
    operators, devices: whoever and whatever judged, sorted.
    shift: the one that the range is of; None for any other range.
    """

    start: datetime
    end: datetime
    counts: Counts
    faults: tuple[tuple[str, int], ...]
    recipes: tuple[RecipeLine, ...]
    parts_per_minute: float
    latency: Latency | None
    lanes: tuple[LaneLine, ...]
    runs: tuple[RunRecord, ...]
    rejects: tuple[Reject, ...]
    operators: tuple[str, ...]
    devices: tuple[str, ...]
    station: str
    made_at: datetime
    program: str
    shift: Shift | None = None

    @property
    def unreconciled(self) -> tuple[RunRecord, ...]:
        """Ended runs whose triggers and rows differ: something was lost."""
        return tuple(run for run in self.runs if run.reconciles is False)

    @property
    def interrupted(self) -> tuple[RunRecord, ...]:
        """Runs that nobody ended; their triggers are not known."""
        return tuple(run for run in self.runs if run.interrupted)


def gather(
    reader: LedgerReader,
    home: Home,
    start: datetime,
    end: datetime,
    *,
    shift: Shift | None = None,
    clock: Clock = utc_now,
) -> ShiftReport:
    """Read the range [start, end) as it stands at one moment, though a station may be writing.

    shift: the one that the range is of, for its name and hours.

    Raises:
        LedgerError: the ledger cannot be read. Pictures and recipes that are gone are no error.
    """
    made_at = clock()
    with reader.snapshot():
        tally = _Tally()
        for row in reader.each_row(start, end):
            tally.add(row)
        runs = reader.runs(start, end)
        newest = reader.rows(
            start, end, verdict=Verdict.NG, limit=MAX_THUMBNAILS, newest_first=True
        )
    recipes = _Recipes(RecipeStore(home))
    return ShiftReport(
        start=start,
        end=end,
        counts=_counts(tally.verdicts),
        faults=tuple(tally.faults.most_common()),
        recipes=tuple(_lines(tally, recipes)),
        parts_per_minute=_rate(tally, runs, start, min(end, made_at)),
        latency=latency(tally.elapsed_ms),
        lanes=_lanes(tally, home),
        runs=tuple(runs),
        rejects=tuple(Reject(row, thumbnail(home, row, recipes.of(row))) for row in newest),
        operators=tuple(sorted(tally.operators)),
        devices=tuple(sorted(tally.devices)),
        station=f"{platform.node()} · {home.root}",
        made_at=made_at,
        program=f"Patchlight {version('patchlight')}",
        shift=shift,
    )


@dataclass(slots=True)
class _Tally:
    """Counts rows one by one, so that a year needs no more memory than a shift."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    by_recipe: dict[tuple[str, int], Counter[Verdict]] = field(default_factory=dict)
    thresholds: dict[tuple[str, int], float] = field(default_factory=dict)
    elapsed_ms: "array[float]" = field(default_factory=lambda: array("d"))
    lanes: dict[str, LaneTally] = field(default_factory=dict)
    operators: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)

    def add(self, row: Row) -> None:
        key = (row.recipe, row.revision)
        self.verdicts[row.verdict] += 1
        self.by_recipe.setdefault(key, Counter())[row.verdict] += 1
        self.lanes.setdefault(row.lane, LaneTally()).add(row)
        self.operators.add(row.operator)
        self.devices.add(row.device)
        if row.threshold is None:
            self.faults[row.reason] += 1
        else:
            self.thresholds[key] = row.threshold
            self.elapsed_ms.append(row.elapsed_ms)


class _Recipes:
    """Loads each revision once; None for one that is gone or does not verify."""

    def __init__(self, store: RecipeStore) -> None:
        self._store = store
        self._loaded: dict[tuple[str, int], Recipe | None] = {}

    def of(self, row: Row) -> Recipe | None:
        return self.load(row.recipe, row.revision)

    def load(self, name: str, revision: int) -> Recipe | None:
        key = (name, revision)
        if key not in self._loaded:
            try:
                self._loaded[key] = self._store.load(name, revision)
            except RecipeError:
                self._loaded[key] = None
        return self._loaded[key]


def _counts(verdicts: Counter[Verdict]) -> Counts:
    return Counts(verdicts[Verdict.OK], verdicts[Verdict.NG], verdicts[Verdict.FAULT])


def _lines(tally: _Tally, recipes: _Recipes) -> list[RecipeLine]:
    return [
        _line(key, verdicts, tally.thresholds.get(key, float("nan")), recipes.load(*key))
        for key, verdicts in sorted(tally.by_recipe.items())
    ]


def _line(
    key: tuple[str, int], verdicts: Counter[Verdict], threshold: float, recipe: Recipe | None
) -> RecipeLine:
    evidence = tuple(claims(recipe.threshold)) if recipe else ()
    return RecipeLine(*key, threshold, _counts(verdicts), evidence)


def _lanes(tally: _Tally, home: Home) -> tuple[LaneLine, ...]:
    takt_s = takts(home)
    return tuple(lane.line(name, takt_s.get(name)) for name, lane in sorted(tally.lanes.items()))


def _rate(tally: _Tally, runs: list[RunRecord], start: datetime, end: datetime) -> float:
    under_way = _under_way(runs, start, end)
    return sum(tally.verdicts.values()) / (under_way.total_seconds() / 60) if under_way else 0.0


def _under_way(runs: list[RunRecord], start: datetime, end: datetime) -> timedelta:
    """Time of the range in which any run was under way; those of two lanes may overlap."""
    total, counted_to = timedelta(), start
    for run in sorted(runs, key=lambda run: run.started_at):
        first, last = max(run.started_at, counted_to), min(run.ended_at or end, end)
        total += max(last - first, timedelta())
        counted_to = max(counted_to, last)
    return total
