"""How SQLite is opened here, and how its complaints become sentences for people."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.errors import LedgerError

BUSY_TIMEOUT_S = 1.0
"""How long whoever opens the ledger waits for somebody else's lock."""

WRITING_TIMEOUT_S = 0.5
"""How long the writer waits while parts come; stopping must not take longer than 2 s."""

READER_TIMEOUT_S = 1.0
"""How long a reader waits; a screen must not freeze."""


def connect(path: Path, mode: str, timeout_s: float) -> sqlite3.Connection:
    """Open the file as URI mode "ro" or "rw" (never created); transactions are `atomic`'s alone.

    Connections may be handed from one thread to another (SQLite serialises), but share none.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def make_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to WAL + FULL and verify both. Raises LedgerError where the disk cannot do it."""
    connection.execute("PRAGMA foreign_keys = ON")
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (journal, synchronous) != ("wal", 2):
        raise LedgerError(
            f"The ledger {path} cannot be kept safe on this disk (journal '{journal}', synchronous "
            f"{synchronous}). Put the station's home on a local disk, not on a network share."
        )


def wait_at_most(connection: sqlite3.Connection, timeout_s: float) -> None:
    """Wait no longer than this for somebody else's lock from now on."""
    connection.execute(f"PRAGMA busy_timeout = {int(timeout_s * 1000)}")


@contextmanager
def atomic(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK when anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class DiskFull(LedgerError):
    """There is no room for what had to be written."""


@contextmanager
def explained(path: Path, doing: str) -> Iterator[None]:
    """Turn errors of SQLite and of the disk into a LedgerError: "… while recording part 7: …".

    It is a DiskFull where room is all that is missing.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _kind(error)(_sentence(path, doing, _sqlite_cause(error))) from error
    except OSError as error:
        raise _kind(error)(_sentence(path, doing, _disk_cause(error))) from error


def is_full(error: Exception) -> bool:
    """True where the disk, or this user's share of it, has no room left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, sqlite3.Error) and "is full" in str(error)


def _kind(error: Exception) -> type[LedgerError]:
    return DiskFull if is_full(error) else LedgerError


def _sentence(path: Path, doing: str, cause: str) -> str:
    return f"The ledger {path} failed while {doing}: {cause}"


_SQLITE_CAUSES = {
    "is full": "the disk is full. Free some space on it, then start again.",
    "readonly": "it may not be written. Give this user the right to write there, then start again.",
    "unable to open": "it could not be opened. Check that its folder exists and may be written.",
    "locked": "another program is holding it. Close that program, then start again.",
    "disk I/O": "the disk gave an error or is full. Check the disk, then start again.",
    "malformed": "it is damaged. Start again: the newest good backup takes its place and it is put "
    "away as evidence.",
    "not a database": "it is no ledger. Start again: the newest good backup takes its place and it "
    "is put away as evidence.",
}


def _sqlite_cause(error: sqlite3.Error) -> str:
    text = str(error)
    known = (cause for word, cause in _SQLITE_CAUSES.items() if word in text)
    return next(known, f"{text}. Nothing was written.")


_DISK_CAUSES = {
    errno.ENOSPC: "the disk is full. Free some space on it, then start again.",
    errno.EDQUOT: "this user's share of the disk is used up. Free some space, then start again.",
    errno.EACCES: "access is denied. Give this user the right to write there, then start again.",
    errno.EPERM: "access is denied. Give this user the right to write there, then start again.",
    errno.EROFS: "the disk may only be read. Make it writable, then start again.",
}


def _disk_cause(error: OSError) -> str:
    number = error.errno or 0
    cause = _DISK_CAUSES.get(number, f"{os.strerror(number)}. Check the disk, then start again.")
    return f"'{error.filename}': {cause}" if error.filename else cause
