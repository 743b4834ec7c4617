"""The audit trail in the ledger: entries in a chain of their own, written once, never changed."""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from station.audit import Note, forget, waiting
from station.clock import Clock, utc_now
from station.errors import LedgerError
from station.home import Home
from station.ledger import opening, schema
from station.ledger.chain import Value
from station.ledger.connection import READER_TIMEOUT_S, atomic, connect, explained, make_durable
from station.ledger.lock import sole_writer
from station.ledger.sql import moment, stamp

logger = logging.getLogger(__name__)

FIELDS = ("place", "key", "at", "recorded_at", "who", "kind", "text", "previous_sha256")
"""What an entry's hash is over; fixed with step 3 of the schema."""

SINCE = 3
"""Ledgers of this version have a trail."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the trail.

    place: 1, 2, 3 … without gaps; 0 for a note that waits to be taken in. at: when it happened,
    UTC. recorded_at: when the ledger took it in; None while it waits. kind: a `Kind`'s value.
    """

    place: int
    at: datetime
    recorded_at: datetime | None
    who: str
    kind: str
    text: str


def entry_sha256(entry: Mapping[str, Value]) -> str:
    """SHA-256 (hex) over the canonical text of an entry, as SQLite gives it back."""
    text = json.dumps([entry[name] for name in FIELDS], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def append(connection: sqlite3.Connection, notes: Iterable[Note], clock: Clock) -> None:
    """Add the notes that are not there yet, inside the caller's transaction."""
    for each in notes:
        if not _has(connection, each.key):
            _insert(connection, each, stamp(clock()))


def take_in(home: Home, connection: sqlite3.Connection, clock: Clock) -> None:
    """Add what waits and, once it is committed, forget it; in a transaction of its own."""
    found = list(waiting(home))
    if not found:
        return
    with atomic(connection):
        append(connection, (each for _, each in found), clock)
    for path, _ in found:
        forget(path)


def take_in_unless_busy(home: Home, clock: Clock = utc_now) -> None:
    """Add what waits where no station writes to the ledger; otherwise the station will.

    For commands that need no ledger: makes none, mends none, brings none up to date.
    """
    try:
        if not home.ledger.exists() or not any(waiting(home)):
            return
        with sole_writer(home):
            opening.verify_kind(home.ledger)
            with (
                explained(home.ledger, "its audit trail was being written"),
                closing(connect(home.ledger, "rw", READER_TIMEOUT_S)) as connection,
            ):
                make_durable(connection, home.ledger)
                if schema.version(connection) >= SINCE:
                    take_in(home, connection, clock)
    except (LedgerError, OSError) as error:
        logger.info("Audit entries wait for the station: %s", error)


def entries(home: Home, start: datetime, end: datetime) -> Iterator[Entry]:
    """Yield the entries of [start, end) in the order of recording, then those that still wait.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    if home.ledger.exists():
        opening.verify_kind(home.ledger)
        with (
            explained(home.ledger, "its audit trail was being read"),
            closing(connect(home.ledger, "ro", READER_TIMEOUT_S)) as connection,
        ):
            yield from _recorded(connection, start, end)
    for _, each in waiting(home):
        if start <= moment(each.at) < end:
            yield Entry(0, moment(each.at), None, each.who, each.kind, each.text)


def _recorded(connection: sqlite3.Connection, start: datetime, end: datetime) -> Iterator[Entry]:
    if schema.version(connection) < SINCE:
        return
    query = "SELECT * FROM audit WHERE at >= ? AND at < ? ORDER BY place"
    for line in connection.execute(query, (stamp(start), stamp(end))):
        at, recorded_at = moment(line["at"]), moment(line["recorded_at"])
        yield Entry(line["place"], at, recorded_at, line["who"], line["kind"], line["text"])


def _has(connection: sqlite3.Connection, key: str) -> bool:
    return connection.execute("SELECT 1 FROM audit WHERE key = ?", (key,)).fetchone() is not None


def _insert(connection: sqlite3.Connection, note: Note, recorded_at: str) -> None:
    last = connection.execute("SELECT place, sha256 FROM audit ORDER BY place DESC LIMIT 1")
    place, previous = last.fetchone() or (0, "")
    names = [each.name for each in fields(note)]
    entry: dict[str, Value] = {
        **dict(zip(names, astuple(note), strict=True)),
        "place": place + 1,
        "recorded_at": recorded_at,
        "previous_sha256": previous,
    }
    columns = (*FIELDS, "sha256")
    values = {**entry, "sha256": entry_sha256(entry)}
    connection.execute(
        f"INSERT INTO audit ({', '.join(columns)}) VALUES (:{', :'.join(columns)})", values
    )
