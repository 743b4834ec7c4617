"""After a crash: every trigger that the dead station noted and gave no row gets one now."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from station.clock import Clock
from station.home import Home
from station.ledger import journal, writing
from station.ledger.journal import Left, Trigger
from station.ledger.kept import NOTHING_KEPT
from station.ledger.numbers import Numbers
from station.parts import Faulted, FaultReason

_TEXT = (
    "The station stopped, or its ledger was restored, before a verdict was on record. Treat the "
    "part as not inspected."
)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run that nobody ended (a crash, a power cut), closed when the ledger was opened.

    recovered: its triggers that had no verdict and were recorded as FAULT now.
    """

    run: int
    lane: str
    recovered: int

    @property
    def text(self) -> str:
        """For people, one sentence."""
        lane = f" of lane '{self.lane}'" if self.lane else ""
        closed = f"Run {self.run}{lane} had been interrupted and was closed"
        if not self.recovered:
            return f"{closed}."
        triggers = "1 trigger" if self.recovered == 1 else f"{self.recovered} triggers"
        return f"{closed}: {triggers} without a verdict, recorded as FAULT."

    def __str__(self) -> str:
        return str(self.run)


@dataclass(frozen=True, slots=True)
class _Open:
    run: int
    lane: str
    last_seen_at: str
    left: Left | None


def close_interrupted(
    connection: sqlite3.Connection, home: Home, clock: Clock, numbers: Numbers
) -> list[Interrupted]:
    """Give every run that nobody ended its missing rows and close it, in the caller's transaction.

    So are runs that only their journal still knows of: a backup from before them was restored.
    """
    journals = [left for _, left in journal.everything(home)]
    numbers.used(writing.next_number(connection, "parts", "sequence") - 1)
    for left in journals:
        numbers.used(max((each.sequence for each in left.numbered), default=0))
    closed = [_close(connection, each, clock, numbers) for each in _open_runs(connection, journals)]
    lost = [left for left in journals if not _is_known(connection, left)]
    return closed + [
        _close(connection, _reopened(connection, left), clock, numbers) for left in lost
    ]


def close_one(
    connection: sqlite3.Connection, home: Home, clock: Clock, numbers: Numbers, run: int
) -> Interrupted | None:
    """Do the same for one run while others go on; None where it is not open."""
    journals = [left for _, left in journal.everything(home)]
    found = [each for each in _open_runs(connection, journals) if each.run == run]
    return _close(connection, found[0], clock, numbers) if found else None


def _open_runs(connection: sqlite3.Connection, journals: Sequence[Left]) -> list[_Open]:
    lines = connection.execute(
        "SELECT number, lane, started_at, COALESCE((SELECT MAX(recorded_at) FROM parts "
        "WHERE run = number), started_at) AS last FROM runs WHERE ended_at IS NULL ORDER BY number"
    ).fetchall()
    by_key = {left.key: left for left in journals}
    return [
        _Open(
            line["number"],
            line["lane"],
            line["last"],
            by_key.get((line["started_at"], line["lane"])),
        )
        for line in lines
    ]


def _is_known(connection: sqlite3.Connection, left: Left) -> bool:
    query = "SELECT 1 FROM runs WHERE started_at = ? AND lane = ?"
    return connection.execute(query, left.key).fetchone() is not None


def _reopened(connection: sqlite3.Connection, left: Left) -> _Open:
    number = writing.next_number(connection, "runs", "number")
    writing.insert_run(connection, {**left.run, "number": number})
    return _Open(number, str(left.run["lane"]), str(left.run["started_at"]), left)


def _close(
    connection: sqlite3.Connection, of: _Open, clock: Clock, numbers: Numbers
) -> Interrupted:
    missing = _missing(connection, of.left, numbers)
    _record(connection, of.run, missing, clock)
    triggers = _rows(connection, of.run) if of.left else None
    writing.close_run(connection, of.run, of.last_seen_at, "interrupted", triggers)
    return Interrupted(of.run, of.lane, len(missing))


def _missing(connection: sqlite3.Connection, left: Left | None, numbers: Numbers) -> list[Trigger]:
    if left is None:
        return []
    missing = [each for each in left.numbered if not _has_row(connection, each.sequence)]
    fired = [Trigger(numbers.take(), each.at, each.part_id) for each in left.pending]
    return [*missing, *fired]


def _record(
    connection: sqlite3.Connection, run: int, triggers: Sequence[Trigger], clock: Clock
) -> None:
    nothing = np.zeros((0, 0, 3), np.uint8)
    for each in triggers:
        part = Faulted(
            each.sequence, each.at, "", FaultReason.STOPPED, _TEXT, nothing, each.part_id
        )
        writing.insert_part(connection, run, part, NOTHING_KEPT, clock)


def _has_row(connection: sqlite3.Connection, sequence: int) -> bool:
    query = "SELECT 1 FROM parts WHERE sequence = ?"
    return connection.execute(query, (sequence,)).fetchone() is not None


def _rows(connection: sqlite3.Connection, run: int) -> int:
    query = "SELECT COUNT(*) FROM parts WHERE run = ?"
    return int(connection.execute(query, (run,)).fetchone()[0])
