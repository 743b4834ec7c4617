"""Before the ledger is opened: what cannot be used is moved away, the newest good backup put in."""

import logging
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from station.clock import Clock
from station.errors import LedgerError
from station.home import Home
from station.ledger import backup, journal, opening, quarantine
from station.ledger.backup import Backup
from station.ledger.connection import connect
from station.ledger.opening import Unusable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A ledger that may be opened.

    said: what had to be done about it, a sentence each, for an alarm; empty where all was well.
    last_number: no number up to here may be handed out, though the rows may be lost; 0 for none.
    """

    said: tuple[str, ...] = ()
    last_number: int = 0


def make_ready(home: Home, clock: Clock) -> Ready:
    """Verify the home's ledger, make a new one where there never was one, or rescue what can be.

    Raises:
        LedgerError: newer than this program, altered, locked, or a disk that refuses: a person
            must decide. Nothing was changed.
    """
    if not home.ledger.exists() and not _is_lost(home):
        opening.create(home.ledger)
        return Ready()
    try:
        if not home.ledger.exists():
            raise Unusable(f"The ledger {home.ledger} is gone.")
        opening.verify(home.ledger)
    except Unusable as error:
        return _rescued(home, str(error), clock)
    return Ready()


def restore(home: Home, clock: Clock, wanted: Path | None = None) -> Ready:
    """Put a backup in the ledger's place on a person's wish; hold the writer's lock around it.

    Args:
        wanted: this file; None takes the newest good backup.

    Raises:
        LedgerError: no good backup, or a disk that refuses. Nothing was changed.
    """
    chosen = backup.examined(wanted) if wanted else next(backup.good_backups(home), None)
    if chosen is None:
        raise LedgerError(f"There is no good backup in '{home.backups}'. Nothing was changed.")
    return _replaced(home, "It was replaced by a backup on a person's wish.", chosen, clock)


def _is_lost(home: Home) -> bool:
    """No ledger, yet traces of one: a log with its latest rows, or backups."""
    wal = home.ledger.with_name(home.ledger.name + "-wal")
    return (wal.exists() and wal.stat().st_size > 0) or backup.has_any(home)


def _rescued(home: Home, why: str, clock: Clock) -> Ready:
    return _replaced(home, why, next(backup.good_backups(home), None), clock)


def _replaced(home: Home, why: str, chosen: Backup | None, clock: Clock) -> Ready:
    folder = quarantine.move_away(home, why, clock)
    last_number = _last_number(home, folder / home.ledger.name)
    if chosen is None:
        opening.create(home.ledger)
    else:
        backup.put_in_place(home, chosen)
    logger.error("%s Moved to '%s'; in its place: %s", why, folder, _instead(chosen))
    moved = f"What was there of it is kept in '{folder}'."
    return Ready((why, moved, _instead(chosen)), last_number)


def _instead(chosen: Backup | None) -> str:
    if chosen is None:
        return "There was no good backup: a new ledger was begun. Tell who keeps the records."
    until = f" up to {chosen.last_at:%Y-%m-%d %H:%M:%S} UTC" if chosen.last_at else ""
    rows = "1 row" if chosen.rows == 1 else f"{chosen.rows:,} rows"
    return (
        f"The backup '{chosen.path.name}' with {rows}{until} was put in its place. Later rows are "
        "only in what was moved away. Tell who keeps the records."
    )


def _last_number(home: Home, moved: Path) -> int:
    """The highest part number that anything still knows of."""
    return max(_last_row(moved), _last_trigger(home), _last_picture(home))


def _last_row(moved: Path) -> int:
    with suppress(LedgerError, sqlite3.Error), closing(connect(moved, "ro", 1.0)) as connection:
        found = connection.execute("SELECT MAX(sequence) FROM parts").fetchone()[0]
        return int(found or 0)
    return 0


def _last_trigger(home: Home) -> int:
    left = [left for _, left in journal.everything(home)]
    return max((each.sequence for of in left for each in of.numbered), default=0)


def _last_picture(home: Home) -> int:
    numbers = [path.name[:8] for path in home.images.glob("*/*_*_*.*")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)
