"""Turns every fired trigger into exactly one queued part, with or without its picture."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from station.cameras.camera import Picture
from station.clock import Clock, utc_now
from station.inspection.latest import LatestSlot
from station.inspection.part_queue import PartQueue
from station.inspection.triggers import Fired, Trigger
from station.parts import FaultReason, Frame, Missed


class Journal(Protocol):
    """Keeps triggers until they have their rows; raises LedgerError where it cannot."""

    def fired(self, at: datetime, part_id: str = "") -> None:
        """A trigger fired; one of the next two settles the oldest that is not settled."""

    def numbered(self, sequence: int, at: datetime, part_id: str = "") -> None:
        """It is this part."""

    def withdrawn(self) -> None:
        """It meant no part."""


class Intake:
    """Holds the one trigger whose picture is being taken, until it is settled.

    Settling and closing share a lock: when the inspect loop gives up on a camera that hangs, the
    part gets one row from one of the two loops, never two and never none. Every method that settles
    raises LedgerError where the trigger cannot be noted.
    """

    def __init__(
        self,
        trigger: Trigger,
        queue: PartQueue,
        preview: LatestSlot[Frame],
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trigger = trigger
        self._queue = queue
        self._preview = preview
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._fired: Fired | None = None
        self._fired_at = clock()
        self._journal: Journal | None = None
        self._closed = False
        self._trigger_notes = False

    def note_in(self, journal: Journal) -> None:
        """Note every trigger there from now on."""
        self._journal = journal
        self._trigger_notes = self._trigger.note_in(
            lambda part_id: journal.fired(self._clock(), part_id)
        )

    def next(self, timeout_s: float) -> Fired | None:
        """Wait for the trigger; one of the next four settles what it gives out.

        Waiting and noting are one step: what was given out before `close` is noted before it.
        """
        with self._lock:
            fired = None if self._closed else self._trigger.wait(self._queue, timeout_s)
            if fired is not None:
                self._note(fired)
            return fired

    def picture_came(self, picture: Picture) -> None:
        """Queue the part with its picture and show it in the preview."""
        captured_at = self._clock()

        def frame(sequence: int) -> Frame:
            self._note_number(sequence, captured_at, part_id)
            made = Frame(
                picture.pixels, captured_at, sequence, picture.source, part_id, picture.frame_id
            )
            self._preview.put(made)
            return made

        with self._lock:
            if self._fired is not None:
                part_id, since_s = self._fired.part_id, self._since_s(self._fired)
                self._fired = None
                self._queue.accept(frame, since_s)

    def no_picture_came(self, text: str) -> None:
        """Queue the part without a picture; `text` says why."""
        self.missed(FaultReason.NO_FRAME, text)

    def missed(self, reason: FaultReason, text: str) -> None:
        """Queue the part without a picture, for another reason."""
        with self._lock:
            self._settle_missed(reason, text)

    def no_part_was_there(self) -> None:
        """There is no picture and no part: the trigger is not counted."""
        with self._lock:
            self._withdraw()

    def skipped(self, count: int, text: str) -> None:
        """Queue `count` parts whose pictures the camera took and never delivered."""
        with self._lock:
            fired, fired_at = self._fired, self._fired_at
            for _ in range(count):
                self._note(Fired(self._monotonic()))
                self._settle_missed(FaultReason.NO_FRAME, text)
            self._fired, self._fired_at = fired, fired_at

    def close(self, *, out_of_pictures: bool) -> None:
        """Accept nothing more. Safe to call twice and from either loop.

        Whatever fired and has no picture yet becomes a FAULT, except where no part can be there:
        the camera is out of pictures, or the trigger promises none.
        """
        self._trigger.disarm()
        lost = self._trigger.promises_part and not out_of_pictures
        with self._lock:
            self._give_up(lost)
            while fired := self._trigger.wait(self._queue, 0.0):
                self._note(fired)
                self._give_up(lost)
            self._closed = True
            self._queue.close()

    def _note(self, fired: Fired) -> None:
        self._fired, self._fired_at = fired, self._clock()
        if self._journal and self._trigger.promises_part and not self._trigger_notes:
            self._journal.fired(self._fired_at, fired.part_id)

    def _note_number(self, sequence: int, at: datetime, part_id: str) -> None:
        if self._journal:
            self._journal.numbered(sequence, at, part_id)
        self._trigger.numbered(sequence)

    def _withdraw(self) -> None:
        if self._fired is None:
            return
        self._fired = None
        self._trigger.withdrawn()
        if self._journal and self._trigger.promises_part:
            self._journal.withdrawn()

    def _since_s(self, fired: Fired) -> float:
        """When the part was there: with its trigger, or else with its picture."""
        return fired.since_s if self._trigger.promises_part else self._monotonic()

    def _give_up(self, lost: bool) -> None:
        if lost:
            text = "The station stopped before a picture was taken."
            self._settle_missed(FaultReason.STOPPED, text)
        self._withdraw()

    def _settle_missed(self, reason: FaultReason, text: str) -> None:
        if self._fired is None:
            return
        fired, self._fired = self._fired, None
        fired_at = self._fired_at

        def missed(sequence: int) -> Missed:
            self._note_number(sequence, fired_at, fired.part_id)
            return Missed(sequence, fired_at, reason, text, fired.part_id)

        self._queue.accept(missed, self._since_s(fired))
