"""The ledger's tables and how an older ledger becomes a newer one.

The rules that protect the rows (append-only, one row a trigger, NG at or above the threshold) live
in the schema itself: they hold for whoever opens the file, not only for this program.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from station.ledger.connection import atomic

APPLICATION_ID = 0x50544C47
"""Written into the file's header, so that a stranger's database is recognised: "PTLG"."""

_RUNS = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    recipe TEXT NOT NULL,
    revision INTEGER NOT NULL,
    model_sha256 TEXT NOT NULL,
    threshold REAL NOT NULL,
    device TEXT NOT NULL,
    operator TEXT NOT NULL,
    camera TEXT NOT NULL,
    ended_at TEXT,
    ending TEXT CHECK (ending IN ('complete', 'interrupted')),
    triggers INTEGER CHECK (triggers >= 0),
    rows_at_end INTEGER,
    CHECK ((ended_at IS NULL) = (ending IS NULL)),
    CHECK ((ended_at IS NULL) = (rows_at_end IS NULL)),
    CHECK ((triggers IS NOT NULL) = (ending IS 'complete'))
)
"""

_PARTS = """
CREATE TABLE parts (
    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
    run INTEGER NOT NULL REFERENCES runs (number),
    verdict TEXT NOT NULL CHECK (verdict IN ('OK', 'NG', 'FAULT')),
    score REAL,
    threshold REAL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    elapsed_ms REAL NOT NULL,
    image_path TEXT NOT NULL,
    map_path TEXT NOT NULL,
    CHECK ((verdict = 'FAULT') = (threshold IS NULL)),
    CHECK ((verdict = 'FAULT') = (reason <> '')),
    CHECK (verdict <> 'FAULT' OR score IS NULL),
    CHECK (verdict <> 'OK' OR (score IS NOT NULL AND score < threshold)),
    CHECK (verdict <> 'NG' OR score IS NULL OR score >= threshold)
)
"""

_VERDICTS = """
CREATE VIEW verdicts AS
SELECT parts.*, runs.recipe, runs.revision, runs.model_sha256, runs.device, runs.operator
FROM parts JOIN runs ON runs.number = parts.run
"""


def _refuse(name: str, moment: str, when: str, sentence: str) -> str:
    guard = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} {guard}BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )


_OPENING_FIELDS = (
    "number, first_sequence, started_at, recipe, revision, model_sha256, threshold, device, "
    "operator, camera"
)
_OLD = ", ".join(f"OLD.{name}" for name in _OPENING_FIELDS.split(", "))
_NEW = ", ".join(f"NEW.{name}" for name in _OPENING_FIELDS.split(", "))

# INSERT OR REPLACE deletes without firing a DELETE trigger: the two "twice" triggers stop it first.
_RULES = (
    _refuse("parts_update", "UPDATE ON parts", "", "a recorded part is never changed"),
    _refuse("parts_delete", "DELETE ON parts", "", "a recorded part is never deleted"),
    _refuse(
        "parts_twice",
        "INSERT ON parts",
        "EXISTS (SELECT 1 FROM parts WHERE sequence = NEW.sequence)",
        "this part has its row already",
    ),
    _refuse(
        "parts_closed",
        "INSERT ON parts",
        "(SELECT ended_at FROM runs WHERE number = NEW.run) IS NOT NULL",
        "this run is closed",
    ),
    _refuse(
        "parts_before",
        "INSERT ON parts",
        "NEW.sequence < (SELECT first_sequence FROM runs WHERE number = NEW.run)",
        "this part was triggered before its run",
    ),
    _refuse(
        "runs_update",
        "UPDATE ON runs",
        f"OLD.ended_at IS NOT NULL OR ({_OLD}) IS NOT ({_NEW})",
        "a run may only be closed, and only once",
    ),
    _refuse("runs_delete", "DELETE ON runs", "", "a run is never deleted"),
    _refuse(
        "runs_twice",
        "INSERT ON runs",
        "EXISTS (SELECT 1 FROM runs WHERE number = NEW.number OR ended_at IS NULL)",
        "another run is still open, or has this number",
    ),
)

_INDEXES = (
    "CREATE INDEX parts_by_time ON parts (captured_at, verdict)",
    "CREATE INDEX parts_by_verdict ON parts (verdict, captured_at)",
    "CREATE INDEX parts_by_run ON parts (run)",
    "CREATE INDEX parts_kept ON parts (sequence) WHERE image_path <> ''",
)

Step = Sequence[str]

MIGRATIONS: tuple[Step, ...] = ((_RUNS, _PARTS, _VERDICTS, *_RULES, *_INDEXES),)
"""Step n takes a ledger from version n to n + 1. Published steps are never edited: add one."""


def version(connection: sqlite3.Connection) -> int:
    """How many steps this ledger has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] | None = None) -> None:
    """Take the missing steps, each in one transaction that also commits the new version."""
    steps = MIGRATIONS if steps is None else steps
    for number in range(version(connection), len(steps)):
        with atomic(connection):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            for statement in steps[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def differences(connection: sqlite3.Connection) -> list[str]:
    """Name what the schema lacks, has too much or has altered, e.g. "trigger parts_delete"."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, MIGRATIONS[: version(connection)])
        return sorted({name for name, _ in _objects(fresh) ^ _objects(connection)})


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    found = connection.execute(
        "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    )
    return {(str(name), str(sql)) for name, sql in found}
