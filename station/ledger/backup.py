"""Copies of the ledger beside it: made while the station writes, each looked at after writing."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from station.clock import Clock, utc_now
from station.errors import LedgerError
from station.files import replacing
from station.home import Home
from station.ledger import journal, opening, schema
from station.ledger.chain import Value
from station.ledger.connection import BUSY_TIMEOUT_S, connect, explained
from station.ledger.sql import moment

KEEP = 12
"""Backups that stay; the oldest go first."""

_PAGES_A_STEP = 1024
_NAME = re.compile(r"ledger-(\d{6})-(\d{8}T\d{6})Z\.sqlite3")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that passed the ledger's own checks.

    rows: how many. last_at: when the newest of them was recorded; None of an empty ledger.
    """

    path: Path
    rows: int
    last_at: datetime | None

    def same_rows(self, other: "Backup") -> bool:
        """True where the other one has nothing that this one has not."""
        return (self.rows, self.last_at) == (other.rows, other.last_at)


class Stopped(Exception):
    """The station stops; the copy that was being made is gone again."""


def make_backup(
    home: Home,
    clock: Clock = utc_now,
    *,
    keep: int = KEEP,
    stopped: Callable[[], bool] = lambda: False,
) -> Backup:
    """Copy the ledger as it stands at one moment, check the copy, and let the oldest ones go.

    The journals of runs that are whole in it go too.

    Args:
        keep: backups that stay, this one among them.
        stopped: asked every few megabytes whether to give up.

    Raises:
        LedgerError: no ledger, a disk that refuses, or a copy that is not sound.
        Stopped: `stopped` said so.
    """
    if not home.ledger.exists():
        raise LedgerError(f"There is no ledger in {home.root} to back up. Run the station once.")
    path = home.backups / _name(home, clock())
    with explained(home.ledger, "it was being backed up"), replacing(path) as temporary:
        _copy(home.ledger, temporary, stopped)
        opening.verify(temporary)
    journal.discard(home, _ended(path))
    for old in _paths(home)[keep:]:
        with suppress(OSError):
            old.unlink()
    return described(path)


def good_backups(home: Home) -> Iterator[Backup]:
    """Yield the backups that pass the checks, newest first; the others are passed over."""
    for path in _paths(home):
        with suppress(LedgerError):
            yield examined(path)


def examined(path: Path) -> Backup:
    """Check a file that is to be restored. Raises LedgerError where it may not be trusted."""
    if not path.is_file():
        raise LedgerError(f"There is no backup '{path}'. Name a file in the station's backups.")
    opening.verify(path)
    return described(path)


def put_in_place(home: Home, backup: Backup) -> None:
    """Make a copy of the backup the home's ledger; there must be none. Raises LedgerError."""
    with explained(home.ledger, "a backup was being restored"), replacing(home.ledger) as new:
        shutil.copyfile(backup.path, new)


def has_any(home: Home) -> bool:
    """True where a backup was ever made and kept, good or not."""
    return bool(_paths(home))


def _copy(source: Path, target: Path, stopped: Callable[[], bool]) -> None:
    def look(_status: int, _remaining: int, _total: int) -> None:
        if stopped():
            raise Stopped

    with (
        closing(connect(source, "ro", BUSY_TIMEOUT_S)) as station,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        # One moment for all of it, though the station goes on writing: else it would start over.
        station.execute("BEGIN")
        station.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        station.backup(copy, pages=_PAGES_A_STEP, progress=look)
        copy.execute("PRAGMA journal_mode = DELETE")  # One file, with nothing beside it.


def _name(home: Home, at: datetime) -> str:
    # Numbered, since a clock that was put back must not make a new backup look old.
    numbers = [int(match[1]) for match in map(_match, _paths(home)) if match]
    utc = at.astimezone(timezone.utc)
    return f"ledger-{max(numbers, default=0) + 1:06d}-{utc:%Y%m%dT%H%M%SZ}.sqlite3"


def _paths(home: Home) -> list[Path]:
    found = home.backups.glob("ledger-*.sqlite3")
    return sorted((path for path in found if _match(path)), reverse=True)


def _match(path: Path) -> "re.Match[str] | None":
    return _NAME.fullmatch(path.name)


def _ended(path: Path) -> set[tuple[Value, Value]]:
    """Runs that are whole in this backup; what their journals hold is not needed any more."""
    query = "SELECT started_at, lane FROM runs WHERE ended_at IS NOT NULL"
    with explained(path, "it was being read"), closing(connect(path, "ro", 1.0)) as connection:
        if schema.version(connection) < 2:
            return set()
        return {(run["started_at"], run["lane"]) for run in connection.execute(query)}


def described(path: Path) -> Backup:
    """Say what a ledger holds, without checking it. Raises LedgerError where it cannot be read."""
    query = "SELECT COUNT(*), MAX(recorded_at) FROM parts"
    with explained(path, "it was being read"), closing(connect(path, "ro", 1.0)) as connection:
        rows, last_at = connection.execute(query).fetchone()
    return Backup(path, int(rows), moment(last_at) if last_at else None)
