"""What was done to the station, by whom: noted on the disk at once, taken into the ledger soon.

Whoever has something for the audit trail leaves a note: a file of its own, whole or not there. Who
opens the ledger next takes the notes in; so commands need no ledger, nor a station that is stopped.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from uuid import uuid4

from station.clock import Clock, utc_now
from station.files import fsync_folder, make_folder, write_durably
from station.home import Home

logger = logging.getLogger(__name__)

MAX_TEXT = 2000


class Kind(str, Enum):
    """What an entry is about."""

    REFUSED = "recipe refused"
    PUBLISHED = "recipe published"
    IMPORTED = "recipe imported"
    ROLLED_BACK = "recipe rolled back"
    CAMERA = "camera changed"
    QUARANTINED = "ledger quarantined"
    RESTORED = "backup restored"
    RETENTION = "pictures removed"
    STARTED = "station started"
    STOPPED = "station stopped"
    FAILED = "run failed"
    INTERRUPTED = "run interrupted"
    DAMAGED = "note damaged"


@dataclass(frozen=True, slots=True)
class Note:
    """An entry on its way into the ledger.

    key: 32 hex digits, its own, so that it is taken in once. at: UTC, as ISO 8601.
    """

    key: str
    at: str
    who: str
    kind: str
    text: str


def note(kind: Kind, text: str, who: str, at: datetime) -> Note:
    """Make a note; `at` has a time zone, text is cut where it is very long."""
    utc = at.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return Note(uuid4().hex, utc, _plain(who), kind.value, _plain(text)[:MAX_TEXT])


def leave(home: Home, kind: Kind, text: str, who: str = "", clock: Clock = utc_now) -> None:
    """Leave a note; it is on the disk on return. A disk that refuses goes to the log, not further:
    what was done stays done."""
    made = note(kind, text, who, clock())
    folder = home.audit_spool
    stamp = "".join(letter for letter in made.at[:26] if letter.isdigit())
    try:
        make_folder(folder)
        write_durably(folder / f"{stamp}-{made.key}.json", json.dumps(asdict(made)).encode("ascii"))
        fsync_folder(folder)
    except OSError as error:
        logger.error("No audit entry could be left (%s): %s", error, made)


def waiting(home: Home) -> Iterator[tuple[Path, Note]]:
    """Yield the notes that no ledger has yet, the oldest first; a damaged one says that it is."""
    for path in sorted(home.audit_spool.glob("*.json")):
        yield path, _read(path)


def forget(path: Path) -> None:
    """Take away a note that is in the ledger."""
    with suppress(OSError):
        path.unlink()


def _read(path: Path) -> Note:
    content = b""
    try:
        content = path.read_bytes()
        found = json.loads(content)
        return Note(**{name: str(found[name]) for name in Note.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        key = path.stem.rpartition("-")[2]
        text = f"A note that waited in '{path.name}' cannot be read: {content[:200]!r}"
        at = datetime.fromtimestamp(0, timezone.utc)
        return Note(key, at.isoformat(timespec="microseconds"), "", Kind.DAMAGED.value, text)


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
