"""OpenCV's door: what a video source gives through it, file or live. BGR until `rgb`."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from queue import Empty, SimpleQueue
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.opening import Capture, OpenCapture
from station.errors import CameraError, CameraLost, EndOfImages

logger = logging.getLogger(__name__)


class Source(Protocol):
    """An open video source."""

    def read(self) -> NDArray[np.uint8]:
        """Return the next frame, BGR. Raises CameraError or EndOfImages."""

    def close(self) -> None:
        """Let go of it, from any thread; a waiting `read` ends with CameraError."""


class VideoFile:
    """Every frame of a file, in turn, none dropped."""

    def __init__(self, name: str, open_capture: OpenCapture) -> None:
        """Open it. Raises CameraError when it is not a video."""
        self._name = name
        self._given = 0
        self._closed = False
        self._lock = threading.Lock()
        self._capture = open_capture()
        if not self._capture.isOpened():
            raise CameraError(f"'{name}' is not a video that can be played. Choose another file.")

    def read(self) -> NDArray[np.uint8]:
        """Return the next frame, BGR."""
        with self._lock:
            if self._closed:
                raise CameraError(f"Camera '{self._name}' is closed. Start it first.")
            came, frame = self._capture.read()
        if came:
            self._given += 1
            return np.asarray(frame, np.uint8)
        if not self._given:
            raise CameraError(f"'{self._name}' has no picture that can be read. Copy it again.")
        raise EndOfImages(f"All {self._given} pictures of {self._name} were played.")

    def close(self) -> None:
        """Release the file once the frame in hand is read."""
        with self._lock:
            self._closed = True
            self._capture.release()


class LiveReader:
    """The newest frame of a stream or a USB camera, until that is lost or closed.

    Its own thread reads all the time, so that no old frame waits in a buffer and a driver that
    hangs, hangs nobody else (a frozen server held `read` for 9 s, then gave an old frame as new).
    """

    def __init__(
        self,
        name: str,
        open_capture: OpenCapture,
        *,
        open_timeout_s: float,
        read_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._open_capture = open_capture
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._clock = clock
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._frame: NDArray[np.uint8] | None = None
        self._came = 0
        self._came_s = 0.0
        self._ended = False
        self._trouble = ""
        self._asked: SimpleQueue[tuple[Callable[[Capture], object], Future[object]]] = SimpleQueue()
        # A daemon: a driver that never returns must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"video {name}", daemon=True)

    @property
    def closed(self) -> bool:
        """True once it is to end."""
        return self._closed.is_set()

    @property
    def alive(self) -> bool:
        """True while frames come."""
        with self._changed:
            return not self._ended and self._clock() - self._came_s <= self._read_timeout_s

    def start(self) -> None:
        """Connect. Raises CameraError when no frame comes within `open_timeout_s`."""
        self._thread.start()
        if self._newer_than(0, self._open_timeout_s) is None:
            self.close()
            raise CameraError(
                self._trouble
                or f"Camera '{self._name}' cannot be reached. Check its address, cable and power."
            )

    def read(self) -> NDArray[np.uint8]:
        """Return the first frame that arrives after this call, BGR.

        Raises:
            CameraLost: none came in time, or none will.
            CameraError: closed.
        """
        with self._changed:
            came = self._came
        frame = self._newer_than(came, self._read_timeout_s)
        if frame is None:
            raise self._why_none()
        return frame

    def ask(self, work: Callable[[Capture], object]) -> object:
        """Have the reading thread do something with the camera between two frames.

        Raises:
            CameraError: no frame came meanwhile. What `work` raises passes.
        """
        answer: Future[object] = Future()
        self._asked.put((work, answer))
        try:
            return answer.result(self._read_timeout_s)
        except NoAnswer as error:
            raise self._why_none() from error

    def close(self) -> None:
        """End the thread as soon as the driver returns; does not wait for it."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def _newer_than(self, came: int, timeout_s: float) -> NDArray[np.uint8] | None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._came > came or self._ended or self._closed.is_set(), timeout_s
            )
            return self._frame if self._came > came and not self._closed.is_set() else None

    def _why_none(self) -> CameraError:
        if self._closed.is_set():
            return CameraError(f"Camera '{self._name}' is closed. Start it first.")
        return CameraLost(
            f"Camera '{self._name}' stopped sending pictures. Check its cable and power; it is "
            "connected again by itself."
        )

    def _run(self) -> None:
        try:
            self._connect_and_read()
        except CameraError as error:
            self._trouble = str(error)
        except Exception:
            logger.exception("Camera '%s' failed.", self._name)
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _connect_and_read(self) -> None:
        capture = self._open_capture()
        try:
            self._read_until_lost(capture)
        finally:
            capture.release()

    def _read_until_lost(self, capture: Capture) -> None:
        while capture.isOpened() and not self._closed.is_set():
            asked_s = self._clock()
            came, frame = capture.read()
            now_s = self._clock()
            if not came or (self._came and now_s - asked_s > self._read_timeout_s):
                return
            with self._changed:
                self._frame, self._came_s = frame, now_s
                self._came += 1
                self._changed.notify_all()
            self._serve(capture)

    def _serve(self, capture: Capture) -> None:
        while not self._closed.is_set():
            try:
                work, answer = self._asked.get_nowait()
            except Empty:
                return
            try:
                answer.set_result(work(capture))
            except Exception as error:
                answer.set_exception(error)


def rgb(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a BGR or grey frame as uint8 (H, W, 3) RGB, contiguous and read-only."""
    code = cv2.COLOR_BGR2RGB if frame.ndim == 3 else cv2.COLOR_GRAY2RGB
    pixels = np.ascontiguousarray(cv2.cvtColor(frame, code), np.uint8)
    pixels.setflags(write=False)
    return pixels
