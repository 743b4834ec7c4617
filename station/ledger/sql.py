"""Between Python's values and the ledger's columns."""

import sqlite3
from datetime import datetime, timezone
from typing import Any

from station.ledger.row import Row
from station.parts import Verdict


def stamp(moment: datetime) -> str:
    """UTC with microseconds, always the same width: sorts as text as it sorts in time.

    Raises:
        ValueError: the time has no time zone, so nobody knows when it was.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone.")
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Inverse of `stamp`."""
    return datetime.fromisoformat(text)


def row_from(found: sqlite3.Row) -> Row:
    """Build the row from a line of the view `verdicts`."""
    return Row(
        sequence=found["sequence"],
        run=found["run"],
        verdict=Verdict(found["verdict"]),
        score=_score(found),
        threshold=found["threshold"],
        reason=found["reason"],
        text=found["text"],
        recipe=found["recipe"],
        revision=found["revision"],
        source=found["source"],
        captured_at=moment(found["captured_at"]),
        recorded_at=moment(found["recorded_at"]),
        elapsed_ms=found["elapsed_ms"],
        device=found["device"],
        operator=found["operator"],
        image_path=found["image_path"],
        map_path=found["map_path"],
        **_later_fields(found),
    )


_LATER_FIELDS = ("lane", "part_id", "image_sha256", "map_sha256", "previous_sha256", "sha256")


def _later_fields(found: sqlite3.Row) -> dict[str, Any]:
    # A ledger that no station has brought up to date yet can still be read.
    if "place" not in found.keys():  # noqa: SIM118
        return {}
    return {"place": found["place"], **{name: found[name] for name in _LATER_FIELDS}}


def _score(found: sqlite3.Row) -> float | None:
    # SQLite keeps nan as NULL; an NG part without a score had nan.
    if found["score"] is None and found["verdict"] == Verdict.NG.value:
        return float("nan")
    score: float | None = found["score"]
    return score
