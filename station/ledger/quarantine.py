"""Where a ledger goes that cannot be used: never deleted, a folder each time."""

import shutil
from datetime import datetime, timezone
from pathlib import Path

from station.clock import Clock
from station.files import fsync_folder, make_folder
from station.home import Home
from station.ledger.connection import explained


def move_away(home: Home, why: str, clock: Clock) -> Path:
    """Move the ledger, with all that SQLite keeps beside it, to the quarantine as evidence.

    The journals of its triggers stay, for the ledger that comes in its place; copies go with it.

    Returns:
        The folder, which also holds `why` as a text.

    Raises:
        LedgerError: the disk refuses.
    """
    with explained(home.ledger, "it was being moved to quarantine"):
        folder = _new_folder(home, clock())
        (folder / "why.txt").write_text(why + "\n", "utf-8")
        for name in ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"):
            if (home.root / name).exists():
                (home.root / name).replace(folder / name)
        for path in home.triggers.glob("run-*.jsonl"):
            shutil.copy(path, folder)
        fsync_folder(folder)
        fsync_folder(home.root)
    return folder


def _new_folder(home: Home, at: datetime) -> Path:
    make_folder(home.quarantine)
    name = f"{at.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"
    taken = [path.name for path in home.quarantine.iterdir()]
    names = (f"{name}-{again}" if again else name for again in range(len(taken) + 1))
    free = next(each for each in names if each not in taken)
    make_folder(home.quarantine / free)
    return home.quarantine / free
