"""Triggers that the PLC gives, each with its part number, and which row belongs to which."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from station.errors import LedgerError
from station.inspection.part_queue import PartQueue
from station.inspection.triggers import Fired, NoteFired, Trigger

logger = logging.getLogger(__name__)

MOST_WAITING = 1024
"""Accepted triggers whose picture has not been taken; the PLC is told of any more as missed."""


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    fired: Fired


class LineTrigger(Trigger):
    """Fires once for each trigger of the PLC; every method may be called from any thread.

    A part is answered under the number it was triggered with, or not at all: `numbered` binds the
    trigger that `wait` gave out last to the row it becomes.
    """

    promises_part = True

    def __init__(
        self,
        capacity: int,
        *,
        numbers_are_ids: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build a trigger, disarmed.

        Args:
            capacity: parts under way before it asks the PLC to wait.
            numbers_are_ids: a part without a text from the PLC is called by its number; False
                leaves it without a name, for a code on it to say.
            clock: monotonic seconds.
        """
        self._capacity = capacity
        self._numbers_are_ids = numbers_are_ids
        self._clock = clock
        self._changed = threading.Condition()
        self._armed = False
        self._waiting: deque[_Part] = deque()
        self._given: _Part | None = None
        self._under_way: dict[int, _Part] = {}
        self._note_fired: NoteFired | None = None

    def note_in(self, fired: NoteFired, /) -> bool:
        """Note each trigger before the PLC hears that it was accepted."""
        with self._changed:
            self._note_fired = fired
        return True

    def arm(self) -> None:
        """Accept triggers from now on."""
        with self._changed:
            self._armed = True

    def disarm(self) -> None:
        """Accept no trigger; earlier ones are still given out."""
        with self._changed:
            self._armed = False
            self._changed.notify_all()

    def wait(self, _queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Give out each accepted trigger, in turn, named by the PLC's text or number."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._armed, timeout_s)
            if not self._waiting:
                return None
            self._given = self._waiting.popleft()
            return self._given.fired

    def numbered(self, sequence: int, /) -> None:
        """Bind the trigger given out last to the row it becomes."""
        with self._changed:
            if self._given is not None:
                self._under_way[sequence] = self._given
            self._given = None

    def withdrawn(self) -> None:
        """The trigger given out last is not counted and gets no row."""
        with self._changed:
            self._given = None

    def fire(self, number: int, part_id: str) -> bool:
        """Accept a part from the PLC.

        Returns:
            False when disarmed, when its number is under way, and where it cannot be noted.
        """
        with self._changed:
            known = any(each.number == number for each in self._all())
            if not self._armed or known or len(self._waiting) >= MOST_WAITING:
                return False
            name = part_id or (str(number) if self._numbers_are_ids else "")
            if not self._is_noted(name):
                return False
            self._waiting.append(_Part(number, Fired(self._clock(), name)))
            self._changed.notify_all()
            return True

    def _is_noted(self, name: str) -> bool:
        try:
            if self._note_fired is not None:
                self._note_fired(name)
        except LedgerError as error:
            logger.error("A trigger of the PLC is refused: %s", error)
            return False
        return True

    def answered(self, sequence: int) -> int:
        """Return the part number that this row was triggered with; 0 where nobody waits for it."""
        with self._changed:
            part = self._under_way.pop(sequence, None)
            return 0 if part is None else part.number

    def forget(self) -> None:
        """Answer none of the parts under way: the PLC that triggered them was lost."""
        with self._changed:
            for sequence, part in self._under_way.items():
                self._under_way[sequence] = replace(part, number=0)
            self._waiting = deque(replace(part, number=0) for part in self._waiting)
            if self._given is not None:
                self._given = replace(self._given, number=0)

    @property
    def under_way(self) -> int:
        """Accepted triggers that are not answered yet."""
        with self._changed:
            return len(self._all())

    @property
    def is_ready(self) -> bool:
        """True when one more part can be served at once."""
        with self._changed:
            return self._armed and len(self._all()) < self._capacity

    def _all(self) -> list[_Part]:
        given = [] if self._given is None else [self._given]
        return [*self._waiting, *given, *self._under_way.values()]


class GuardedTrigger(Trigger):
    """Another trigger that gives nothing out while the line is not controlled.

    What the inner trigger had promised before is still given out, so that it gets its row.
    """

    def __init__(self, inner: Trigger, controlled: Callable[[], bool]) -> None:
        """Guard `inner`; `controlled` says whether the line hears us now."""
        self._inner = inner
        self._controlled = controlled
        self._lock = threading.Lock()
        self._wanted = False
        self._inner_armed = False
        self._disarmed = threading.Event()
        self._disarmed.set()

    @property
    def promises_part(self) -> bool:
        """As the inner trigger."""
        return self._inner.promises_part

    def arm(self) -> None:
        """Fire from now on, whenever the line is controlled."""
        with self._lock:
            self._wanted = True
            self._disarmed.clear()
            self._follow()

    def disarm(self) -> None:
        """Stop firing."""
        with self._lock:
            self._wanted = False
            self._follow()
            self._disarmed.set()

    def wait(self, queue: PartQueue, timeout_s: float, /) -> Fired | None:
        """Give out what the inner trigger fires."""
        with self._lock:
            self._follow()
            armed = self._inner_armed
        fired = self._inner.wait(queue, timeout_s if armed else 0.0)
        if not armed and fired is None:
            self._disarmed.wait(timeout_s)
        return fired

    def numbered(self, sequence: int, /) -> None:
        """Tell the inner trigger."""
        self._inner.numbered(sequence)

    def withdrawn(self) -> None:
        """Tell the inner trigger."""
        self._inner.withdrawn()

    def _follow(self) -> None:
        arm = self._wanted and self._controlled()
        if arm != self._inner_armed:
            self._inner_armed = arm
            (self._inner.arm if arm else self._inner.disarm)()
