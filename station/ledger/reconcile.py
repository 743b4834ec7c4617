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
from station.ledger.sql import moment
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
    connection: sqlite3.Connection, home: Home, clock: Clock, numbers: Numbers, only: int = 0
) -> list[Interrupted]:
    """Give every open run its missing rows and close it, inside the caller's transaction.

    Args:
        only: number of the one run to close; 0 closes all.
    """
    found = [each for each in _open_runs(connection, home) if only in (0, each.run)]
    recovered = {each.run: _recover_numbered(connection, each, clock) for each in found}
    numbers.used(writing.next_number(connection, "parts", "sequence") - 1)
    for each in found:
        recovered[each.run] += _recover_pending(connection, each, clock, numbers)
        triggers = _rows(connection, each.run) if each.left else None
        writing.close_run(connection, each.run, each.last_seen_at, "interrupted", triggers)
    return [Interrupted(each.run, each.lane, recovered[each.run]) for each in found]


def _open_runs(connection: sqlite3.Connection, home: Home) -> list[_Open]:
    lines = connection.execute(
        "SELECT number, lane, started_at, COALESCE((SELECT MAX(recorded_at) FROM parts "
        "WHERE run = number), started_at) AS last FROM runs WHERE ended_at IS NULL ORDER BY number"
    ).fetchall()
    return [_open_run(line, home) for line in lines]


def _open_run(line: sqlite3.Row, home: Home) -> _Open:
    left = journal.read(journal.path_of(home, line["number"]))
    if left and left.started_at != moment(line["started_at"]):
        left = None  # Of another run, which had this number in a ledger that is gone.
    return _Open(line["number"], line["lane"], line["last"], left)


def _recover_numbered(connection: sqlite3.Connection, of: _Open, clock: Clock) -> int:
    triggers = of.left.numbered if of.left else ()
    missing = [each for each in triggers if not _has_row(connection, each.sequence)]
    _record(connection, of.run, missing, clock)
    return len(missing)


def _recover_pending(
    connection: sqlite3.Connection, of: _Open, clock: Clock, numbers: Numbers
) -> int:
    if of.left is None or of.left.pending_at is None:
        return 0
    trigger = Trigger(numbers.take(), of.left.pending_at, "")
    _record(connection, of.run, [trigger], clock)
    return 1


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
