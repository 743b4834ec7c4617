"""The triggers of a run, on the disk before anything is done about them.

A station that dies between a trigger and its row leaves the trigger here; the next one that opens
the ledger gives it its row. One line an entry, JSON, appended and synced by the acquire thread.

A journal stays until a backup holds its run, so that a ledger that is lost loses no trigger: the
first line has all that the run's own row says.
"""

import json
import os
import re
import threading
from collections import deque
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from station.errors import LedgerError
from station.files import fsync_folder, make_folder
from station.home import Home
from station.ledger.ballast import MakeRoom, no_room
from station.ledger.chain import Value
from station.ledger.connection import explained, is_full
from station.ledger.sql import moment, stamp

_FIRED, _NUMBERED, _WITHDRAWN, _RUN = "fired", "numbered", "withdrawn", "run"

_LENGTHS = {_FIRED: 3, _NUMBERED: 4, _WITHDRAWN: 1, _RUN: 2}

Entry = Sequence[Value | Mapping[str, Value]]

_sync = getattr(os, "fdatasync", os.fsync)
_AS_IT_IS = getattr(os, "O_BINARY", 0)  # Windows would write \r\n.


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that got its number. at: when it fired, UTC."""

    sequence: int
    at: datetime
    part_id: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that got no number. at: when it fired, UTC."""

    at: datetime
    part_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """What a run's journal holds.

    run: the columns of the run it belongs to (`RUN_FIELDS`).
    numbered: triggers with their numbers, in order.
    pending: triggers that fired and got no number any more, in order.
    """

    run: Mapping[str, Value]
    numbered: tuple[Trigger, ...]
    pending: tuple[Fired, ...]

    @property
    def key(self) -> tuple[Value, Value]:
        """Which run it is, though its number may be another one in a restored ledger."""
        return self.run["started_at"], self.run["lane"]


class TriggerJournal:
    """Of one run, made by `Ledger.journal`, closed by `Ledger.end_run`. Any thread may write.

    `numbered` and `withdrawn` return once their entry is on the disk, `fired` once it would survive
    the program's death. All raise LedgerError if that cannot be: the station must then stop, since
    a trigger nobody noted could be lost.
    """

    def __init__(self, path: Path, run: Mapping[str, Value], make_room: MakeRoom = no_room) -> None:
        """Make the file of this run (its `RUN_FIELDS`), durably. Raises LedgerError."""
        self.path = path
        self._make_room = make_room
        self._lock = threading.Lock()
        self._length = 0
        with explained(path, "it was being made"):
            make_folder(path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | _AS_IT_IS
            self._file = os.open(path, flags, 0o644)
            self._append((_RUN, run))
            fsync_folder(path.parent)

    def fired(self, at: datetime, part_id: str = "") -> None:
        """A trigger fired; one of the next two settles the oldest that is not settled.

        Not synced: the picture must not wait for the disk. A power cut before it is taken takes
        this entry with it, and nobody was told anything of that part.
        """
        self._note(_FIRED, stamp(at), part_id, sync=False)

    def numbered(self, sequence: int, at: datetime, part_id: str = "") -> None:
        """The trigger that fired at `at` is this part: from now on it will have a row."""
        self._note(_NUMBERED, sequence, stamp(at), part_id)

    def withdrawn(self) -> None:
        """The trigger that fired meant no part."""
        self._note(_WITHDRAWN)

    def close(self) -> None:
        """Let go of the file, which stays. Safe to call twice."""
        with self._lock, suppress(OSError):
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _note(self, *entry: str | int, sync: bool = True) -> None:
        with self._lock, explained(self.path, "a trigger was being noted"):
            if self._file < 0:
                raise LedgerError(f"The run of '{self.path.name}' is over; it takes no trigger.")
            try:
                self._append(entry, sync)
            except OSError as error:
                if not is_full(error) or not self._make_room():
                    raise
                self._append(entry, sync)

    def _append(self, entry: Entry, sync: bool = True) -> None:
        data = (json.dumps(entry) + "\n").encode("ascii")
        try:
            written = os.write(self._file, data)
            if written < len(data):
                os.write(self._file, data[written:])
            if sync:
                _sync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._length)
            raise
        self._length += len(data)


def path_of(home: Home, run: Mapping[str, Value]) -> Path:
    """Where the journal of this run is; a restored ledger may give its number to another one."""
    began = re.sub(r"[^0-9]", "", str(run["started_at"])[:26])
    return home.triggers / f"run-{int(run['number'] or 0):08d}-{began}.jsonl"


def everything(home: Home) -> Iterator[tuple[Path, Left]]:
    """Yield all journals that can be read, the oldest run first. Raises LedgerError."""
    for path in sorted(home.triggers.glob("run-*.jsonl")):
        left = read(path)
        if left is not None:
            yield path, left


def discard(home: Home, ended: Container[tuple[Value, Value]]) -> None:
    """Take away the journals of these runs (their `Left.key`): a backup holds them."""
    for path, left in everything(home):
        if left.key in ended:
            with suppress(OSError):
                path.unlink()


def read(path: Path) -> Left | None:
    """Return what a journal holds, or None where there is none or its first line is not whole.

    A line that a power cut tore was never answered for; it is left out.

    Raises:
        LedgerError: the file cannot be read.
    """
    with explained(path, "its triggers were being read"):
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    entries = list(_entries(lines))
    if not entries or entries[0][0] != _RUN:
        return None
    return Left(entries[0][1], _numbered(entries), _pending(entries))


def _entries(lines: list[bytes]) -> Iterator[list[Any]]:
    for line in lines:
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, list) and len(entry) == _LENGTHS.get(entry[0]):
                yield entry


def _numbered(entries: list[list[Any]]) -> tuple[Trigger, ...]:
    return tuple(
        Trigger(int(entry[1]), moment(str(entry[2])), str(entry[3]))
        for entry in entries
        if entry[0] == _NUMBERED
    )


def _pending(entries: list[list[Any]]) -> tuple[Fired, ...]:
    """What fired and was neither numbered nor withdrawn, first in, first out."""
    pending: deque[Fired] = deque()
    for kind, *rest in entries:
        if kind == _FIRED:
            pending.append(Fired(moment(str(rest[0])), str(rest[1])))
        elif kind in (_NUMBERED, _WITHDRAWN) and pending:
            pending.popleft()
    return tuple(pending)
