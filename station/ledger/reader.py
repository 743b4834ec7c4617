"""The reading side of the ledger: it can look at everything and change nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from engine.rates import Rate
from station.errors import LedgerError
from station.home import Home
from station.ledger import opening
from station.ledger.connection import READER_TIMEOUT_S, connect, explained
from station.ledger.row import Row
from station.ledger.sql import moment, row_from, stamp
from station.parts import Verdict

_RUNS_QUERY = """
SELECT *, (SELECT COUNT(*) FROM parts WHERE run = number) AS rows FROM runs
WHERE (started_at < ? AND (ended_at IS NULL OR ended_at >= ?))
OR number IN (SELECT run FROM parts WHERE captured_at >= ? AND captured_at < ?) ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parts ended how. `judged` is OK and NG; a FAULT part was not judged."""

    ok: int
    ng: int
    fault: int

    @property
    def judged(self) -> int:
        """Parts with a score."""
        return self.ok + self.ng

    @property
    def total(self) -> int:
        """Rows."""
        return self.judged + self.fault

    @property
    def yield_rate(self) -> Rate:
        """OK of judged, with its exact 95 % bounds."""
        return Rate(self.ok, self.judged)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One start to one stop.

    ended_at: None while it runs; of an interrupted run, when its last row was recorded.
    triggers: None while it runs, and of an interrupted run that left no journal of its triggers.
    rows: rows of this run in the ledger now.
    """

    number: int
    first_sequence: int
    started_at: datetime
    ended_at: datetime | None
    interrupted: bool
    triggers: int | None
    rows: int
    recipe: str
    revision: int
    model_sha256: str
    threshold: float
    device: str
    operator: str
    camera: str
    lane: str = ""

    @property
    def reconciles(self) -> bool | None:
        """Whether triggers and rows agree; None where the triggers are not known."""
        return None if self.triggers is None else self.triggers == self.rows


class LedgerReader:
    """A read-only connection, to be used by one thread at a time while a station may be writing.

    Every method raises LedgerError where the file cannot be read. Times have a time zone; ranges
    are [start, end) by the time a part was captured.
    """

    def __init__(self, home: Home, connection: sqlite3.Connection) -> None:
        """Use `LedgerReader.open`."""
        self._home = home
        self._connection = connection

    @classmethod
    def open(cls, home: Home) -> "LedgerReader":
        """Open the home's ledger. Raises LedgerError if there is none, or none of ours."""
        if not home.ledger.exists():
            raise LedgerError(
                f"There is no ledger in {home.root} yet. Check the folder, or run the station once."
            )
        opening.verify_kind(home.ledger)
        with explained(home.ledger, "it was being opened"):
            return cls(home, connect(home.ledger, "ro", READER_TIMEOUT_S))

    def counts(self, start: datetime, end: datetime) -> Counts:
        """Count the range's parts by verdict."""
        found = self._all(
            "SELECT verdict, COUNT(*) AS n FROM parts WHERE captured_at >= ? AND captured_at < ? "
            "GROUP BY verdict",
            (stamp(start), stamp(end)),
        )
        by_verdict = {line["verdict"]: line["n"] for line in found}
        return Counts(*(by_verdict.get(verdict.value, 0) for verdict in Verdict))

    def last_number(self) -> int:
        """Return the highest number of a part that has a row, 0 where there is none."""
        return int(self._all("SELECT COALESCE(MAX(sequence), 0) FROM parts", ())[0][0])

    def numbers_of(self, run: int) -> set[int]:
        """Numbers of the run's parts that have rows."""
        found = self._all("SELECT sequence FROM parts WHERE run = ?", (run,))
        return {line["sequence"] for line in found}

    def rows(
        self,
        start: datetime,
        end: datetime,
        *,
        verdict: Verdict | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Row]:
        """Return the range's rows in the order of their numbers, or the other way round."""
        return list(
            self.each_row(start, end, verdict=verdict, limit=limit, newest_first=newest_first)
        )

    def each_row(
        self,
        start: datetime,
        end: datetime,
        *,
        verdict: Verdict | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Row]:
        """Like `rows`, one at a time: a year does not fit in memory."""
        query = "SELECT * FROM verdicts WHERE captured_at >= ? AND captured_at < ?"
        wanted: list[str | int] = [stamp(start), stamp(end)]
        if verdict is not None:
            query += " AND verdict = ?"
            wanted.append(verdict.value)
        query += f" ORDER BY sequence {'DESC' if newest_first else 'ASC'} LIMIT ?"
        with self._reading(), closing(self._connection.cursor()) as cursor:
            found = cursor.execute(query, (*wanted, -1 if limit is None else limit))
            yield from map(row_from, found)

    def row(self, sequence: int) -> Row:
        """Return one part's row. Raises LedgerError if there is none with this number."""
        found = self._all("SELECT * FROM verdicts WHERE sequence = ?", (sequence,))
        if not found:
            raise LedgerError(f"The ledger {self._home.ledger} has no part {sequence}.")
        return row_from(found[0])

    def runs(self, start: datetime, end: datetime) -> list[RunRecord]:
        """Return the runs that were under way at any time of the range, or have parts of it.

        The computer's clock may have been put back during a run: then it ends before it starts.
        """
        found = self._all(_RUNS_QUERY, (stamp(end), stamp(start), stamp(start), stamp(end)))
        return [_run_from(line) for line in found]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything read inside come from one moment, though the station goes on writing."""
        with self._reading():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._connection.close()

    def __enter__(self) -> "LedgerReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with explained(self._home.ledger, "it was being read"):
            yield

    def _all(self, query: str, wanted: tuple[str | int, ...]) -> list[sqlite3.Row]:
        with self._reading():
            return self._connection.execute(query, wanted).fetchall()


def _run_from(line: sqlite3.Row) -> RunRecord:
    return RunRecord(
        number=line["number"],
        first_sequence=line["first_sequence"],
        started_at=moment(line["started_at"]),
        ended_at=moment(line["ended_at"]) if line["ended_at"] else None,
        interrupted=line["ending"] == "interrupted",
        triggers=line["triggers"],
        rows=line["rows"],
        recipe=line["recipe"],
        revision=line["revision"],
        model_sha256=line["model_sha256"],
        threshold=line["threshold"],
        device=line["device"],
        operator=line["operator"],
        camera=line["camera"],
        lane=line["lane"] if "lane" in line.keys() else "",  # noqa: SIM118
    )
