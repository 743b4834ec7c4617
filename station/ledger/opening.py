"""Is this file a ledger that may be trusted? What is wrong with it is said, never mended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from station.errors import LedgerError
from station.files import fsync_folder, make_folder
from station.ledger import schema
from station.ledger.connection import (
    BUSY_TIMEOUT_S,
    WRITING_TIMEOUT_S,
    connect,
    explained,
    make_durable,
    wait_at_most,
)

_WAY_OUT = (
    "It was left untouched. 'patchlight ledger restore' keeps it as evidence and puts the newest "
    "good backup in its place."
)


class Unusable(LedgerError):
    """Empty, damaged, or no ledger at all: the station can only go on with another file."""


def create(path: Path) -> None:
    """Make an empty ledger in one step: it appears under its name complete or not at all.

    Raises:
        LedgerError: the disk refuses.
    """
    new = path.with_name(path.name + ".new")
    with explained(path, "it was being made"):
        make_folder(path.parent)
        new.unlink(missing_ok=True)
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            schema.migrate(connection)
        new.replace(path)
        fsync_folder(path.parent)


def verify_kind(path: Path) -> None:
    """Check that the file is a ledger this program can read. Changes nothing; takes no time.

    Raises:
        LedgerError: empty, not a database, another program's, or newer than this program.
    """
    with _looking(path) as connection:
        _verify_kind(connection, path)


def verify(path: Path) -> None:
    """Look at the whole file through a read-only connection before anything may write.

    Raises:
        LedgerError: as `verify_kind`, or damaged, or with an altered schema.
    """
    with _looking(path) as connection:
        _verify_kind(connection, path)
        _verify_content(connection, path)


@contextmanager
def _looking(path: Path) -> Iterator[sqlite3.Connection]:
    with explained(path, "it was being opened"):
        if path.stat().st_size == 0:
            raise Unusable(f"The ledger {path} is empty (0 bytes).")
        with closing(connect(path, "ro", BUSY_TIMEOUT_S)) as connection:
            yield connection


@contextmanager
def writable(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a verified ledger for writing, durable and in today's version.

    Raises:
        LedgerError: the disk cannot keep it safe, or refuses.
    """
    with explained(path, "it was being opened"):
        connection = connect(path, "rw", BUSY_TIMEOUT_S)
    with closing(connection):
        with explained(path, "it was being brought up to date"):
            make_durable(connection, path)
            schema.migrate(connection)
            wait_at_most(connection, WRITING_TIMEOUT_S)
        yield connection


def _verify_kind(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = schema.version(connection)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise Unusable(f"The file {path} is not a ledger, or is damaged.") from error
    if application != schema.APPLICATION_ID:
        raise Unusable(f"The file {path} belongs to another program.")
    if version > len(schema.MIGRATIONS):
        raise LedgerError(
            f"The ledger {path} was written by a newer Patchlight (ledger version {version}, this "
            f"program knows {len(schema.MIGRATIONS)}). Update this program; nothing was changed."
        )


def _verify_content(connection: sqlite3.Connection, path: Path) -> None:
    try:
        finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        altered = schema.differences(connection)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        finding, altered = str(error), []
    if finding != "ok":
        raise Unusable(f"The ledger {path} is damaged ({finding}).")
    if altered:
        raise LedgerError(
            f"The ledger {path} was altered from outside: {', '.join(altered)} is not as this "
            f"program made it. {_WAY_OUT}"
        )
