"""Connecting a lost camera again: soon after it is back, and without hammering one that is not."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from station.cameras.camera import Camera
from station.errors import CameraError

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LOOK_S = 0.5
"""Between two cheap looks whether the camera is there."""


@runtime_checkable
class Noticed(Protocol):
    """A camera of which can be said cheaply whether it is there."""

    def is_there(self) -> bool:
        """True if it answers now, connected or not. Never raises; takes at most some 0.3 s."""


def pauses() -> Iterator[float]:
    """Seconds to wait after each attempt that failed: doubling from 1 to 30."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


class Return:
    """The way back of one camera that was closed after it was lost.

    A camera that can be looked for is opened when it is seen, and whether it is or not after the
    longest pause: some hide from a look and open all the same.
    """

    def __init__(
        self,
        camera: Camera,
        stop: threading.Event,
        *,
        tell: Callable[[str], None] = logger.info,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare. tell: takes why the camera could not be opened. clock: monotonic seconds."""
        self._camera = camera
        self._stop = stop
        self._tell = tell
        self._clock = clock

    def run(self) -> bool:
        """Open the camera, however long that takes; False if `stop` was set before it was."""
        waits = pauses()
        while not self._stop.is_set():
            pause_s = next(waits)
            if (self._may_be_there() or pause_s >= LONGEST_PAUSE_S) and self._opened():
                return True
            if self._returned_within(pause_s):
                waits = pauses()
        return False

    def _may_be_there(self) -> bool:
        return not isinstance(self._camera, Noticed) or self._camera.is_there()

    def _opened(self) -> bool:
        try:
            self._camera.open()
        except CameraError as error:
            self._tell(str(error))
        except Exception:
            logger.exception("Camera '%s' failed while it was opened.", self._camera.name)
        else:
            return True
        return False

    def _returned_within(self, pause_s: float) -> bool:
        """Wait so long, or until the camera is seen to come back after it was away."""
        was_there = self._may_be_there()
        until_s = self._clock() + pause_s
        while (left_s := until_s - self._clock()) > 0:
            if self._stop.wait(min(LOOK_S, left_s)):
                return False
            is_there = self._may_be_there()
            if is_there and not was_there:
                return True
            was_there = is_there
        return False
