"""One line of the ledger, as everyone outside it sees it."""

from dataclasses import dataclass
from datetime import datetime

from station.parts import Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """A committed row.

    sequence: the trigger's number, unique in the ledger.
    run: number of the run (one start to one stop) it belongs to.
    score, threshold: raw engine units; None for a FAULT.
    reason, text: why a FAULT (a `FaultReason` value and a sentence); empty otherwise.
    captured_at, recorded_at: UTC, timezone-aware.
    elapsed_ms: grab to verdict.
    image_path, map_path: relative to the station's home; empty when not kept.
    """

    sequence: int
    run: int
    verdict: Verdict
    score: float | None
    threshold: float | None
    reason: str
    text: str
    recipe: str
    revision: int
    source: str
    captured_at: datetime
    recorded_at: datetime
    elapsed_ms: float
    device: str
    operator: str
    image_path: str
    map_path: str
