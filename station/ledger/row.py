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
    reason, text: why a FAULT (a `FaultReason` value and a sentence), or why an NG where its score
        alone does not say it (an `NgReason` value); empty otherwise.
    captured_at, recorded_at: UTC, timezone-aware.
    elapsed_ms: grab to verdict.
    image_path, map_path: relative to the station's home; empty when not kept.
    lane: of its run. part_id: what the trigger or a code on the part called it; "" for nothing.
    place: order of recording, 1, 2, 3 … without gaps (numbers of two lanes may be recorded in
        another order than they were given); 0 in a ledger from before there were places.
    image_sha256, map_sha256: of the kept files, hex; empty when not kept.
    previous_sha256, sha256: of the row at the place before, and of this one (see `chain`); empty
        for rows from before there was a chain.
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
    lane: str = ""
    part_id: str = ""
    place: int = 0
    image_sha256: str = ""
    map_sha256: str = ""
    previous_sha256: str = ""
    sha256: str = ""
