"""Notices a thread that is stuck and says which, with its stack. Mends nothing."""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from station.inspection.events import Stuck

logger = logging.getLogger(__name__)

LOOK_S = 0.5


class Pulse:
    """What one thread shows while it is alive. `beat` is its own thread's; the rest anybody's.

    limit_s: silence after which it counts as stuck.
    """

    def __init__(
        self, name: str, limit_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._limit_s = limit_s
        self._clock = clock
        self._thread = 0
        self._beat_s: float | None = None

    def beat(self) -> None:
        """Say that the calling thread is alive."""
        self._thread = threading.get_ident()
        self._beat_s = self._clock()

    def rest(self) -> None:
        """Be watched no longer: the thread has nothing more to do."""
        self._beat_s = None

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat where that is too long; else 0."""
        beat_s = self._beat_s
        silent_s = 0.0 if beat_s is None else self._clock() - beat_s
        return silent_s if silent_s > self._limit_s else 0.0

    @property
    def stack(self) -> str:
        """Where its thread is now, as Python prints it; "" when it has ended."""
        frame = sys._current_frames().get(self._thread)
        return "" if frame is None else "".join(traceback.format_stack(frame))


class Watchdog:
    """Looks at every pulse twice a second; tells each silence once."""

    def __init__(self, pulses: Callable[[], Sequence[Pulse]], look_s: float = LOOK_S) -> None:
        self._pulses = pulses
        self._look_s = look_s
        self._told: set[Pulse] = set()

    def run(self, stop: threading.Event, publish: Callable[[Stuck], object]) -> None:
        """Watch until `stop` is set."""
        while not stop.wait(self._look_s):
            self.look(publish)

    def look(self, publish: Callable[[Stuck], object]) -> None:
        """Look once."""
        for pulse in self._pulses():
            silent_s = pulse.silent_s
            if not silent_s:
                self._told.discard(pulse)
            elif pulse not in self._told:
                self._told.add(pulse)
                self._tell(pulse, silent_s, publish)

    def _tell(self, pulse: Pulse, silent_s: float, publish: Callable[[Stuck], object]) -> None:
        stuck = Stuck(pulse.name, silent_s, pulse.stack)
        logger.error("%s\n%s", stuck.text, stuck.stack)
        publish(stuck)
