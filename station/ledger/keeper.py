"""Looks after the ledger while the station runs: backups, room on the disk, old pictures."""

import logging
import threading
import time
from collections.abc import Callable

from station.clock import Clock, utc_now
from station.errors import LedgerError
from station.home import Home
from station.inspection.events import Event, StorageChanged
from station.ledger import ballast, kept, retention
from station.ledger.backup import Backup, Stopped, described, good_backups, make_backup
from station.ledger.connection import explained
from station.ledger.disk_watch import DiskWatch
from station.ledger.shared import SharedLedger
from station.ledger.shift_end import ShiftWatch
from station.settings import StorageSettings
from station.shifts import Shifts

logger = logging.getLogger(__name__)

BACKUP_EVERY_S = 3600.0
RETRY_S = 60.0
LOOK_EVERY_S = 10.0
AT_A_TIME = 100
"""Pictures that are let go before the free space is looked at again."""

_TICK_S = 0.25
_MIB = 1 << 20

Publish = Callable[[Event], None]


class KeeperLoop:
    """Host it in a thread of its own. It waits for nobody, and nobody waits for it."""

    def __init__(
        self,
        home: Home,
        shared: SharedLedger,
        settings: StorageSettings = StorageSettings(),  # noqa: B008  # frozen
        *,
        shifts: Shifts | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        free_bytes: Callable[[Home], int] = ballast.free_bytes,
    ) -> None:
        """Prepare; nothing is touched yet.

        Args:
            shared: lends the writer where pictures are let go.
            shifts: at the end of each a backup is made, and triggers are held against rows.
            monotonic: seconds. free_bytes: room on the disk of the home.
        """
        self._home = home
        self._shared = shared
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._free_bytes = free_bytes
        self._watch = DiskWatch()
        self._shifts = ShiftWatch(home, shifts, clock, monotonic) if shifts else None
        self._wanted = threading.Event()
        self._wake = threading.Event()
        self._backup_at_s = -BACKUP_EVERY_S
        self._look_at_s = -LOOK_EVERY_S
        self._newest: Backup | None = None
        self._said: dict[str, str] = {}

    def run(self, stop: threading.Event, publish: Publish) -> None:
        """Look after it until stopped; returns within a second. Troubles are told, never raised."""
        while not stop.is_set():
            self._wake.clear()
            self.look(stop, publish)
            self._wake.wait(_TICK_S)

    def backup_now(self) -> None:
        """Make a backup soon: a shift ended. From any thread."""
        self._wanted.set()
        self._wake.set()

    def look(self, stop: threading.Event, publish: Publish) -> None:
        """Do what is due."""
        now = self._monotonic()
        self._look_at_shift(publish)
        if self._home.ledger.exists() and now - self._look_at_s >= LOOK_EVERY_S:
            self._look_at_s = now
            self._try("audit", publish, self._take_in_notes)
            self._try("room", publish, lambda: self._look_at_disk(now, stop))
        wanted = self._wanted.is_set()
        if self._home.ledger.exists() and (wanted or now - self._backup_at_s >= BACKUP_EVERY_S):
            self._wanted.clear()
            self._backup_at_s = now
            if self._try("backup", publish, lambda: self._back_up(stop)):
                self._backup_at_s += RETRY_S - BACKUP_EVERY_S

    def _take_in_notes(self) -> str:
        self._shared.take_in_notes()
        return ""

    def _look_at_shift(self, publish: Publish) -> None:
        if self._shifts is None:
            return
        if self._shifts.look():
            self._wanted.set()
        if self._shifts.is_due:
            self._try("shift", publish, self._shifts.differences)

    def _try(self, what: str, publish: Publish, task: Callable[[], str]) -> str:
        """Do it, tell its trouble once, and once that it is over; return it, "" for none."""
        try:
            trouble = task()
        except LedgerError as error:
            trouble = str(error)
        except Exception as error:
            logger.exception("The keeper failed unexpectedly.")
            trouble = f"Looking after the ledger failed: {error}. The details are in the log."
        was = self._said.get(what, "")
        if trouble != was:
            self._said[what] = trouble
            logger.warning("%s", trouble or f"Over: {was}")
            publish(StorageChanged(*self._standing()))
        return trouble

    def _standing(self) -> tuple[bool, str]:
        troubles = [trouble for trouble in self._said.values() if trouble]
        room = f"There is room on the disk ({_amount(self._free_bytes(self._home))} free)."
        return not troubles, " ".join(troubles) or room

    def _back_up(self, stop: threading.Event) -> str:
        keep = self._settings.backups
        try:
            if self._is_backed_up():
                return ""
            self._newest = make_backup(self._home, self._clock, keep=keep, stopped=stop.is_set)
        except Stopped:
            return self._said.get("backup", "")
        except LedgerError as error:
            return f"The backup of the ledger failed. {error}"
        return ""

    def _is_backed_up(self) -> bool:
        self._newest = self._newest or next(good_backups(self._home), None)
        now = described(self._home.ledger)
        return self._newest is not None and self._newest.same_rows(now)

    def _look_at_disk(self, now: float, stop: threading.Event) -> str:
        with explained(self._home.ballast, "room was being kept for the last rows"):
            has_ballast = ballast.take_on(
                self._home, self._settings.ballast_mib * _MIB, self._free_bytes
            )
        spare = self._make_room(stop)
        free = self._free_bytes(self._home)
        self._watch.look(now, free)
        if not has_ballast:
            return (
                f"The disk is full ({_amount(free)} free). Inspection stops until there is room: "
                "move old pictures or other files away."
            )
        return self._forecast() if spare else _nothing_spare(free)

    def _make_room(self, stop: threading.Event) -> bool:
        """Let old pictures go until enough is free; False where none may go any more."""
        while self._is_short():
            if stop.is_set():
                return True
            if not self._let_go():
                return False
            self._watch.forget()
        return True

    def _is_short(self) -> bool:
        return self._free_bytes(self._home) < self._settings.keep_free_mib * _MIB

    def _let_go(self) -> list[retention.Spare]:
        for each in retention.left_over(self._home):
            kept.remove(self._home, each.files)
        spare = retention.spare(
            self._home,
            ok_share=self._settings.ok_share,
            borderline_share=self._settings.borderline_share,
            at_most=AT_A_TIME,
        )
        if spare:
            with self._shared.lease() as ledger:
                ledger.let_go(spare, retention.REASON)
        return spare

    def _forecast(self) -> str:
        days = self._watch.days_left()
        if days is None or days >= self._settings.warn_days:
            return ""
        left = "less than a day" if days < 1 else "1 day" if days < 2 else f"{int(days)} days"
        return (
            f"At this rate the disk will be full in {left}. Move old pictures or other files away."
        )


def _nothing_spare(free: int) -> str:
    return (
        f"Only {_amount(free)} are free on the disk, and no old picture may be let go any more: "
        "those of rejects are kept for good. Move old files away, or use a larger disk."
    )


def _amount(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / _MIB:.0f} MiB"
