"""Opening a video through OpenCV: files untouched, networks without old frames, bounded in time."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import cv2

OPEN_TIMEOUT_S = 5.0
NETWORK_TIMEOUT_S = 3.0
"""Until FFmpeg gives up reading; a watchdog gives up sooner, this ends the thread it left."""
VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
NO_OLD_FRAMES = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay|analyzeduration;200000"
"""FFmpeg otherwise looks at 1.5 s of a stream and gives all of that first, as if it were new."""


class Capture(Protocol):
    """The part of `cv2.VideoCapture` used here."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, Any]: ...

    def release(self) -> None: ...


OpenCapture = Callable[[], Capture]


def open_with_opencv(address: str | int) -> Capture:
    """Open a file, an address or a USB index; bounded in time where it is a network's."""
    if isinstance(address, int):
        return cv2.VideoCapture(address)
    if not is_network(address):
        with _options.none():
            return cv2.VideoCapture(address, cv2.CAP_FFMPEG)
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_TIMEOUT_S * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(NETWORK_TIMEOUT_S * 1000)),
    ]
    with _options.for_network():
        return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)


def is_network(address: str) -> bool:
    """Tell "rtsp://…" from the path of a file."""
    return "://" in address


class _Options:
    """FFmpeg's options, which OpenCV takes from the environment alone, when it opens something.

    They take the first frames away from files (of one with B-frames, all of them). So networks may
    be opened at the same time, and a file only while no network is. Options that were in the
    environment before stay for both: somebody wanted them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._networks = 0

    @contextmanager
    def for_network(self) -> Iterator[None]:
        with self._changed:
            self._networks += 1
            if not os.environ.get(VARIABLE):
                os.environ[VARIABLE] = NO_OLD_FRAMES
        try:
            yield
        finally:
            with self._changed:
                self._networks -= 1
                # Emptied, not removed: the list of variables that other threads read stays.
                if not self._networks and os.environ[VARIABLE] == NO_OLD_FRAMES:
                    os.environ[VARIABLE] = ""
                self._changed.notify_all()

    @contextmanager
    def none(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._networks)
            yield


_options = _Options()
