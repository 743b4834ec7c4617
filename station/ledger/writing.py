"""Rows of a run and of a part, inside a transaction that the caller holds."""

import sqlite3
from collections.abc import Mapping

from station.clock import Clock
from station.errors import LedgerError
from station.ledger import kept
from station.ledger.chain import RUN_FIELDS, Value, as_stored, row_sha256
from station.ledger.row import Row
from station.ledger.sql import row_from, stamp
from station.parts import Faulted, Inspection, Judged


def next_number(connection: sqlite3.Connection, table: str, column: str) -> int:
    """One more than the highest so far, 1 in an empty table."""
    query = f"SELECT COALESCE(MAX({column}), 0) + 1 FROM {table}"
    return int(connection.execute(query).fetchone()[0])


def insert_run(connection: sqlite3.Connection, columns: Mapping[str, Value]) -> None:
    """Open a run; columns: `RUN_FIELDS`."""
    _insert(connection, "runs", columns)


def insert_part(
    connection: sqlite3.Connection,
    run: int,
    inspection: Inspection,
    files: kept.Kept,
    clock: Clock,
) -> None:
    """Add the part's row to the end of the chain."""
    place, previous = _end_of_chain(connection)
    columns = {
        **_columns(run, inspection, files),
        "recorded_at": stamp(clock()),
        "place": place + 1,
        "previous_sha256": previous,
    }
    part = {name: as_stored(value) for name, value in columns.items()}
    _insert(connection, "parts", {**part, "sha256": row_sha256(part, run_columns(connection, run))})


def close_run(
    connection: sqlite3.Connection, number: int, ended_at: str, ending: str, triggers: int | None
) -> None:
    """End a run with the rows it has by now. Raises LedgerError if there is none."""
    closed = connection.execute(
        "UPDATE runs SET ended_at = ?, ending = ?, triggers = ?, rows_at_end = "
        "(SELECT COUNT(*) FROM parts WHERE run = number) WHERE number = ?",
        (ended_at, ending, triggers, number),
    )
    if closed.rowcount != 1:
        raise LedgerError(f"The ledger has no run {number} to end.")


def insert_removal(
    connection: sqlite3.Connection, sequence: int, removed_at: str, reason: str
) -> None:
    """Note that the part's kept files are removed on purpose."""
    columns: dict[str, Value] = {"sequence": sequence, "removed_at": removed_at, "reason": reason}
    _insert(connection, "removals", columns)


def find_row(connection: sqlite3.Connection, sequence: int) -> Row | None:
    """Return the part's row, None where it has none yet."""
    query = "SELECT * FROM verdicts WHERE sequence = ?"
    found = connection.execute(query, (sequence,)).fetchone()
    return row_from(found) if found else None


def _insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Value]) -> None:
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", columns)


def _end_of_chain(connection: sqlite3.Connection) -> tuple[int, str]:
    query = "SELECT place, sha256 FROM parts ORDER BY place DESC LIMIT 1"
    found = connection.execute(query).fetchone()
    return (int(found["place"]), str(found["sha256"])) if found else (0, "")


def run_columns(connection: sqlite3.Connection, number: int) -> Mapping[str, Value]:
    """Return the `RUN_FIELDS` of a run. Raises LedgerError if there is none."""
    query = f"SELECT {', '.join(RUN_FIELDS)} FROM runs WHERE number = ?"
    found = connection.execute(query, (number,)).fetchone()
    if not found:
        raise LedgerError(f"The ledger has no run {number}. Stop, then start again.")
    return dict(found)


def _columns(run: int, inspection: Inspection, files: kept.Kept) -> dict[str, Value]:
    of = kept.picture_of(inspection)
    return {
        "sequence": of.sequence,
        "run": run,
        "verdict": kept.verdict_of(inspection).value,
        **(_judgement(inspection) if isinstance(inspection, Judged) else _fault(inspection)),
        "part_id": of.part_id,
        "source": of.source,
        "captured_at": stamp(of.captured_at),
        "image_path": files.image_path,
        "map_path": files.map_path,
        "image_sha256": files.image_sha256,
        "map_sha256": files.map_sha256,
    }


def _judgement(judged: Judged) -> dict[str, Value]:
    return {
        "score": float(judged.score.value),
        "threshold": float(judged.threshold),
        "reason": judged.reason,
        "text": judged.text,
        "elapsed_ms": float(judged.elapsed_ms),
    }


def _fault(faulted: Faulted) -> dict[str, Value]:
    return {
        "score": None,
        "threshold": None,
        "reason": faulted.reason.value,
        "text": faulted.text,
        "elapsed_ms": 0.0,
    }
