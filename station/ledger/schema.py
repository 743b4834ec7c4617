"""The ledger's tables and how an older ledger becomes a newer one.

The rules that protect the rows (append-only, one row a trigger, NG at or above the threshold, an
unbroken chain) live in the schema itself: they hold for whoever opens the file, not only for this
program.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from station.ledger import step_1, step_2, step_3
from station.ledger.connection import atomic

APPLICATION_ID = 0x50544C47
"""Written into the file's header, so that a stranger's database is recognised: "PTLG"."""

Step = Sequence[str]

MIGRATIONS: tuple[Step, ...] = (step_1.STEP, step_2.STEP, step_3.STEP)
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
