"""One writer a home: a second station would take the first one's run for an interrupted one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from station.errors import LedgerError
from station.files import make_folder
from station.home import Home
from station.ledger.connection import explained

_TIMEOUT_S = 0.5


class LedgerInUse(LedgerError):
    """Another station writes to this home's ledger."""


@contextmanager
def sole_writer(home: Home) -> Iterator[None]:
    """Hold a lock that one process can hold; the system frees it when that process dies.

    Raises:
        LedgerInUse: another station holds it.
        LedgerError: the home may not be written.
    """
    path = home.ledger.with_suffix(".lock")
    with explained(path, "it was being reserved for this station"):
        make_folder(home.root)
        lock = sqlite3.connect(
            path, timeout=_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    with closing(lock):
        _reserve(lock, home)
        yield


def _reserve(lock: sqlite3.Connection, home: Home) -> None:
    with explained(home.ledger, "it was being reserved for this station"):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise LedgerInUse(
                f"Another station is writing to the ledger in {home.root}. Close it, or start this "
                "one with another --home."
            ) from error
