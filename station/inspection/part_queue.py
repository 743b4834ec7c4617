"""Numbers every accepted trigger and holds it until the inspect loop takes it; loses none.

Pictures are bounded: one too many becomes a `Missed(QUEUE_FULL)`, which is light, keeps its place
and always fits.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from station.parts import FaultReason, Frame, Missed

Part = Frame | Missed
MakePart = Callable[[int], Part]


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """An accepted part. since_s: monotonic seconds at its grab."""

    part: Part
    since_s: float


class PartQueue:
    """First in, first out, at most `capacity` pictures; used by one acquire and one inspect loop.

    Accepting a trigger and giving it its number is one step under one lock, so that after `close`
    the numbers handed out and the parts in the queue agree.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"A part queue holds at least 1 picture, not {capacity}.")
        self._capacity = capacity
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._number: Callable[[], int] = count().__next__
        self._accepted = 0
        self._frames = 0
        self._closed = False

    def number_with(self, number: Callable[[], int]) -> None:
        """Ask `number` for each accepted trigger's; call it before the first `accept`."""
        with self._changed:
            self._number = number

    def accept(self, make: MakePart, since_s: float) -> bool:
        """Number one trigger and queue the part that `make(sequence)` builds.

        What `make` raises passes; the part is then neither queued nor counted.

        Returns:
            False, and nothing counted, when the queue is closed.
        """
        with self._changed:
            if self._closed:
                return False
            part = self._fitting(make(self._number()))
            self._accepted += 1
            self._frames += isinstance(part, Frame)
            self._waiting.append(Waiting(part, since_s))
            self._changed.notify_all()
        return True

    def get(self, timeout_s: float) -> Waiting | None:
        """Take the oldest part; None when none came in time, or when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            if not self._waiting:
                return None
            waiting = self._waiting.popleft()
            self._frames -= isinstance(waiting.part, Frame)
            self._changed.notify_all()
        return waiting

    def wait_for_room(self, timeout_s: float, places: int | None = None) -> bool:
        """True as soon as one more picture fits; False when none did in time, or when closed.

        places: use no more of the queue than this, so that a picture does not wait for long.
        """
        limit = self._capacity if places is None else min(places, self._capacity)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._frames < limit, timeout_s)
            return not self._closed and self._frames < limit

    def close(self) -> None:
        """Accept nothing more; what is queued can still be taken. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def accepted(self) -> int:
        """Triggers numbered so far."""
        with self._changed:
            return self._accepted

    @property
    def closed(self) -> bool:
        """True when nothing more is accepted."""
        with self._changed:
            return self._closed

    @property
    def drained(self) -> bool:
        """True when closed and empty: every accepted part was taken."""
        with self._changed:
            return self._closed and not self._waiting

    def __len__(self) -> int:
        """Parts that wait, pictures and missed ones."""
        with self._changed:
            return len(self._waiting)

    def _fitting(self, part: Part) -> Part:
        if isinstance(part, Missed) or self._frames < self._capacity:
            return part
        text = (
            f"{self._capacity} parts were waiting to be judged already. "
            "Slow the line down or use a faster device."
        )
        return Missed(part.sequence, part.captured_at, FaultReason.QUEUE_FULL, text, part.part_id)
