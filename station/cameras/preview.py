"""Watching a camera while it is set up: newest picture, meters, and commands to it. Qt-free."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.meters import Exposure, Pace, exposure, pace, sharpness
from station.cameras.camera import Camera
from station.errors import CameraError, EndOfImages, NothingYet
from station.inspection.latest import LatestSlot

MEASURED_EVERY_S = 0.1
"""Pictures in between are only counted, so that measuring does not slow a fast camera down."""
RETRY_S = 1.0
KEPT_TIMES = 120
WIDEST = 960
"""Pixels of the longer side of what is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One measured picture.

    shown: uint8 (H, W, 3) RGB, scaled for the screen. size: (H, W) in pixels of the picture itself.
    at_s: when it came, in the loop's clock.
    """

    shown: NDArray[np.uint8]
    size: tuple[int, int]
    at_s: float
    sharpness: float
    exposure: Exposure
    pace: Pace


@dataclass(frozen=True, slots=True)
class Trouble:
    """No picture comes; text says why. It is tried again by itself."""

    text: str


Ask = Callable[[Camera], object]


class PreviewLoop:
    """Opens the camera, fills `looks`, and opens it again after trouble, until it is stopped.

    publish: a `Trouble`, and the results of what was asked.
    """

    def __init__(
        self,
        build: Callable[[], Camera],
        looks: LatestSlot[Look],
        *,
        least_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare. least_s: between pictures of a camera that gives one whenever it is asked."""
        self._build = build
        self._looks = looks
        self._least_s = least_s
        self._clock = clock
        self._asked: SimpleQueue[Ask] = SimpleQueue()
        self._camera: Camera | None = None
        self._times: deque[float] = deque(maxlen=KEPT_TIMES)
        self._measured_s = float("-inf")

    def ask(self, work: Ask) -> None:
        """Have the loop do something with the open camera between two pictures."""
        self._asked.put(work)

    def close(self) -> None:
        """End a grab that waits; call it after setting `stop`."""
        if self._camera is not None:
            self._camera.close()

    def run(self, stop: threading.Event, publish: Callable[[object], None]) -> None:
        """Watch until `stop` is set; the camera is closed on return."""
        while not stop.is_set():
            try:
                self._camera = self._camera or self._build()
                with self._camera as camera:
                    self._watch(camera, stop, publish)
            except EndOfImages:
                stop.wait(self._least_s)
            except CameraError as error:
                self._tell(error, stop, publish)

    def _watch(
        self, camera: Camera, stop: threading.Event, publish: Callable[[object], None]
    ) -> None:
        self._times.clear()
        while not stop.is_set():
            began = self._clock()
            try:
                self._look(camera.grab().pixels)
                self._serve(camera, publish)
            except EndOfImages:
                raise
            except NothingYet:
                self._serve(camera, publish)
            except CameraError as error:
                self._tell(error, stop, publish)
            stop.wait(max(0.0, began + self._least_s - self._clock()))

    def _look(self, pixels: NDArray[np.uint8]) -> None:
        now = self._clock()
        self._times.append(now)
        if now - self._measured_s < MEASURED_EVERY_S:
            return
        self._measured_s = now
        self._looks.put(
            Look(
                shown=_for_screen(pixels),
                size=(pixels.shape[0], pixels.shape[1]),
                at_s=now,
                sharpness=sharpness(pixels),
                exposure=exposure(pixels),
                pace=pace(self._times),
            )
        )

    def _serve(self, camera: Camera, publish: Callable[[object], None]) -> None:
        while True:
            try:
                work = self._asked.get_nowait()
            except Empty:
                return
            publish(work(camera))

    def _tell(
        self, error: CameraError, stop: threading.Event, publish: Callable[[object], None]
    ) -> None:
        self._times.clear()
        if not stop.is_set():
            publish(Trouble(str(error)))
            stop.wait(RETRY_S)


def _for_screen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = WIDEST / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
