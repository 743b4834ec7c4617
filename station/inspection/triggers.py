"""What says that a part is there: nothing (free run), a clock, a key, or the camera itself."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from station.inspection.part_queue import PartQueue


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing. since_s: monotonic seconds. part_id: what it calls the part; "" for nothing."""

    since_s: float
    part_id: str = ""


NoteFired = Callable[[str], None]
"""Notes a firing, given what it calls its part; raises LedgerError where that cannot be."""


class Trigger(Protocol):
    """Fires once a part. Armed while the run accepts parts, disarmed while it is paused.

    Triggers inherit from it, and override what they need of the last three.

    promises_part: True when firing means that a part is there, picture or not; False when only
        the picture makes the part, so that a stop during the grab has lost nothing.
    """

    @property
    def promises_part(self) -> bool: ...

    def arm(self) -> None:
        """Fire from now on; what happened while disarmed is forgotten. Any thread."""

    def disarm(self) -> None:
        """Stop firing. What fired before is still given out by `wait`. Any thread."""

    def wait(self, queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Give out the next firing; None at once when disarmed, else after at most `timeout_s`."""

    def note_in(self, fired: NoteFired, /) -> bool:  # noqa: ARG002
        """Call `fired` from now on before anybody is told that a firing was accepted.

        Returns:
            False where firings are only noted once they are given out: nobody is told before.
        """
        return False

    def numbered(self, sequence: int, /) -> None:  # noqa: ARG002
        """Hear which number the part of the firing given out last has got."""
        return

    def withdrawn(self) -> None:
        """Hear that the firing given out last is not counted: no part was there."""
        return


class _Switched(Trigger):
    """A trigger that is either armed or not, and keeps nothing for later."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Build it disarmed. clock: monotonic seconds."""
        self._clock = clock
        self._disarmed = threading.Event()
        self._disarmed.set()

    def arm(self) -> None:
        """Fire from now on."""
        self._disarmed.clear()

    def disarm(self) -> None:
        """Stop firing."""
        self._disarmed.set()


class FreeRun(_Switched):
    """Fire as soon as nothing waits: as fast as camera and engine go, and no picture grows old."""

    promises_part = False

    def wait(self, queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Fire when no picture waits to be judged."""
        if self._disarmed.is_set() or not queue.wait_for_room(timeout_s, places=1):
            return None
        return Fired(self._clock())


class CameraTrigger(_Switched):
    """The camera takes a picture when its own input fires: a picture is a part, none is none.

    Fires whether or not the queue has room: what the camera sends must be recorded.
    """

    promises_part = False

    def wait(self, _queue: PartQueue, _timeout_s: float, /) -> Fired | None:
        """Look at the camera again."""
        return None if self._disarmed.is_set() else Fired(self._clock())


class Interval(_Switched):
    """Fire every `period_s` seconds whether or not the queue has room; the first one at once.

    A firing that comes due while the camera is busy is not dropped: it is given out late.
    """

    promises_part = True

    def __init__(self, period_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not period_s > 0:
            raise ValueError(f"An interval trigger needs more than 0 seconds, not {period_s}.")
        super().__init__(clock)
        self._period_s = period_s
        self._due_s = 0.0

    def arm(self) -> None:
        """Start the clock anew; the first part is due now."""
        self._due_s = self._clock()
        super().arm()

    def wait(self, _queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Fire when a part is due."""
        ahead_s = self._due_s - self._clock()
        if self._disarmed.wait(max(0.0, min(ahead_s, timeout_s))) or ahead_s > timeout_s:
            return None
        fired = Fired(self._due_s)
        self._due_s += self._period_s
        return fired


class KeyTrigger(Trigger):
    """Fire once for each accepted press, of a key or of whatever else calls `fire`."""

    promises_part = True

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._armed = False
        self._fired: deque[Fired] = deque()

    def fire(self, part_id: str = "") -> bool:
        """Press the key, from any thread. False when ignored: not started, paused or stopped."""
        with self._changed:
            if self._armed:
                self._fired.append(Fired(self._clock(), part_id))
            self._changed.notify_all()
            return self._armed

    def arm(self) -> None:
        """Heed presses from now on."""
        with self._changed:
            self._armed = True

    def disarm(self) -> None:
        """Ignore presses from now on; earlier ones are still given out."""
        with self._changed:
            self._armed = False
            self._changed.notify_all()

    def wait(self, _queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Give out each accepted press, in turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._fired or not self._armed, timeout_s)
            return self._fired.popleft() if self._fired else None
