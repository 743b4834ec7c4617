"""What says that a part is there: nothing (free run), a clock, or a key. Knows no camera."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from station.inspection.part_queue import PartQueue


class Trigger(Protocol):
    """Fires once a part. Armed while the run accepts parts, disarmed while it is paused.

    promises_part: True when firing means that a part is there, picture or not; False when only
        the picture makes the part, so that a stop during the grab has lost nothing.
    """

    @property
    def promises_part(self) -> bool: ...

    def arm(self) -> None:
        """Fire from now on; what happened while disarmed is forgotten. Any thread."""

    def disarm(self) -> None:
        """Stop firing. What fired before is still given out by `wait`. Any thread."""

    def wait(self, queue: PartQueue, timeout_s: float, /) -> bool:
        """True when it fired; False at once when disarmed, else after at most `timeout_s`."""


class FreeRun:
    """Fire as soon as nothing waits: as fast as camera and engine go, and no picture grows old."""

    promises_part = False

    def __init__(self) -> None:
        self._disarmed = _raised_event()

    def arm(self) -> None:
        """Fire from now on."""
        self._disarmed.clear()

    def disarm(self) -> None:
        """Stop firing."""
        self._disarmed.set()

    def wait(self, queue: PartQueue, timeout_s: float, /) -> bool:
        """True when no picture waits to be judged."""
        return not self._disarmed.is_set() and queue.wait_for_room(timeout_s, places=1)


class Interval:
    """Fire every `period_s` seconds whether or not the queue has room; the first one at once.

    A firing that comes due while the camera is busy is not dropped: it follows late.
    """

    promises_part = True

    def __init__(self, period_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not period_s > 0:
            raise ValueError(f"An interval trigger needs more than 0 seconds, not {period_s}.")
        self._period_s = period_s
        self._clock = clock
        self._due_s = 0.0
        self._disarmed = _raised_event()

    def arm(self) -> None:
        """Start the clock anew; the first part is due now."""
        self._due_s = self._clock()
        self._disarmed.clear()

    def disarm(self) -> None:
        """Stop firing."""
        self._disarmed.set()

    def wait(self, _queue: PartQueue, timeout_s: float, /) -> bool:
        """True when a part is due."""
        ahead_s = self._due_s - self._clock()
        if self._disarmed.wait(max(0.0, min(ahead_s, timeout_s))) or ahead_s > timeout_s:
            return False
        self._due_s += self._period_s
        return True


class KeyTrigger:
    """Fire once for each accepted press."""

    promises_part = True

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._armed = False
        self._pressed = 0

    def fire(self) -> bool:
        """Press the key, from any thread. False when ignored: not started, paused or stopped."""
        with self._changed:
            self._pressed += self._armed
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

    def wait(self, _queue: PartQueue, timeout_s: float, /) -> bool:
        """True for each accepted press, in turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._pressed or not self._armed, timeout_s)
            fired = self._pressed > 0
            self._pressed -= fired
            return fired


def _raised_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
