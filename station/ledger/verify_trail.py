"""Was the audit trail touched? Names each entry that was changed, replaced or deleted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from station.home import Home
from station.ledger import backup, schema, trail
from station.ledger.connection import BUSY_TIMEOUT_S, connect


@dataclass(frozen=True, slots=True)
class Audited:
    """What is wrong, a sentence each, and how many entries there are."""

    findings: tuple[str, ...] = ()
    entries: int = 0


def look_at_trail(home: Home, connection: sqlite3.Connection) -> Audited:
    """Walk the trail from its first entry, and hold it against the newest good backup."""
    if schema.version(connection) < trail.SINCE:
        return Audited()
    found = connection.execute("SELECT * FROM audit ORDER BY place").fetchall()
    return Audited((*_walk(found), *_backup_finding(home, connection)), len(found))


def _walk(found: list[sqlite3.Row]) -> Iterator[str]:
    place, sha256 = 0, ""
    for entry in found:
        if entry["place"] != place + 1:
            yield _deleted(place, entry["place"])
        elif entry["previous_sha256"] != sha256:
            yield f"Audit entry {place} was replaced, hash and all: the next one followed another."
        if trail.entry_sha256(dict(entry)) != entry["sha256"]:
            yield (
                f"Audit entry {entry['place']} ({entry['kind']}, {entry['at'][:19]}) was changed "
                "after it was recorded."
            )
        place, sha256 = entry["place"], entry["sha256"]


def _deleted(last: int, here: int) -> str:
    first, until = last + 1, here - 1
    which = f"entry {first} was" if first == until else f"entries {first} to {until} were"
    return f"Audit {which} deleted."


def _backup_finding(home: Home, connection: sqlite3.Connection) -> Iterator[str]:
    """Name the newest entry of the backup where the ledger has it no more."""
    newest = next(backup.good_backups(home), None)
    if newest is None:
        return
    with closing(connect(newest.path, "ro", BUSY_TIMEOUT_S)) as copy:
        if schema.version(copy) < trail.SINCE:
            return
        last = copy.execute("SELECT * FROM audit ORDER BY place DESC LIMIT 1").fetchone()
    if last is None:
        return
    query = "SELECT sha256 FROM audit WHERE place = ?"
    now = connection.execute(query, (last["place"],)).fetchone()
    if now is None or now["sha256"] != last["sha256"]:
        yield (
            f"Audit entry {last['place']} is in the backup '{newest.path.name}', but not in the "
            "ledger any more, or is another one."
        )
