"""A camera whose pictures are also seen by somebody else, at a pace that lets parts change."""

import time
from collections.abc import Callable
from threading import Event

from engine.progress import IsCancelled, raise_if
from station.cameras.camera import Camera, Picture

SLICE_S = 0.05


class WatchedCamera(Camera):
    """Wraps `camera`; after the first picture each one is `pause_s` seconds later."""

    def __init__(
        self,
        camera: Camera,
        show: Callable[[Picture], None],
        pause_s: float,
        cancelled: IsCancelled,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._show = show
        self._pause_s = pause_s
        self._cancelled = cancelled
        self._clock = clock
        self._due_s = clock()

    @property
    def name(self) -> str:
        """The camera's own."""
        return self._camera.name

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """The camera's own."""
        return self._camera.settings

    def open(self) -> None:
        """Connect."""
        self._camera.open()

    def grab(self) -> Picture:
        """Wait for the pace, then return the next picture and show it. Raises Cancelled."""
        never = Event()
        while not self._cancelled() and self._clock() < self._due_s:
            never.wait(SLICE_S)
        raise_if(self._cancelled)
        picture = self._camera.grab()
        self._due_s = self._clock() + self._pause_s
        self._show(picture)
        return picture

    def close(self) -> None:
        """Disconnect."""
        self._camera.close()
