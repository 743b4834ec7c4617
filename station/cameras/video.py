"""A video file, a network stream (RTSP) or a USB camera, through OpenCV."""

import re
from collections.abc import Callable
from pathlib import Path

import cv2

from station.cameras.camera import Camera, Picture
from station.cameras.capture import Capture, LiveReader, Source, VideoFile, rgb
from station.errors import CameraError

OPEN_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 3.0


def open_with_opencv(address: str | int) -> Capture:
    """Open a file, an address or a USB index; bounded in time where it is a network's."""
    if isinstance(address, int):
        return cv2.VideoCapture(address)
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_TIMEOUT_S * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(READ_TIMEOUT_S * 1000)),
    ]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits if _is_network(address) else [])


class VideoCamera(Camera):
    """A file gives every frame once; a stream or USB camera gives the next one after each grab.

    A live camera that stops is reconnected in the background: its grabs fail until it is back.
    """

    def __init__(
        self,
        address: str | int,
        *,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        open_capture: Callable[[str | int], Capture] = open_with_opencv,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            address: path of a file, "rtsp://…", or the index of a USB camera (0 is the first).
            open_timeout_s: until the first frame of a live camera.
            read_timeout_s: until the next frame of a live camera.
            open_capture: opens the address; OpenCV unless another is given.
        """
        self._address = address
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._open_capture = open_capture
        self._source: Source | None = None
        self._given = 0

    @property
    def name(self) -> str:
        """The file's name, the stream's host without user and password, or the USB index."""
        if isinstance(self._address, int):
            return f"USB camera {self._address}"
        if _is_network(self._address):
            return _public(self._address)
        return f"video {Path(self._address).name}"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """The address as given: with its password, since the recipe must reach the camera."""
        if isinstance(self._address, int):
            return {"kind": "usb", "index": self._address}
        return {"kind": "video", "address": self._address}

    def open(self) -> None:
        """Connect and, where live, wait for the first frame. Raises CameraError."""
        self.close()
        self._given = 0
        if isinstance(self._address, str) and not _is_network(self._address):
            self._source = self._opened_file(self._address)
        else:
            reader = LiveReader(
                self.name,
                self._capture,
                open_timeout_s=self._open_timeout_s,
                read_timeout_s=self._read_timeout_s,
            )
            self._source = reader
            reader.start()

    def grab(self) -> Picture:
        """Return the next frame.

        Raises:
            EndOfImages: the file is at its end.
            CameraError: closed, or no frame came in time.
        """
        if self._source is None:
            raise CameraError(f"Camera '{self.name}' is closed. Start it first.")
        pixels = rgb(self._source.read())
        self._given += 1
        return Picture(pixels, f"frame {self._given:06d}")

    def close(self) -> None:
        """Disconnect; a grab that waits in another thread ends with CameraError."""
        if self._source is not None:
            self._source.close()

    def _capture(self) -> Capture:
        return self._open_capture(self._address)

    def _opened_file(self, path: str) -> VideoFile:
        if not Path(path).is_file():
            raise CameraError(f"There is no video file '{path}'. Choose another file.")
        return VideoFile(Path(path).name, self._capture)


def _is_network(address: str) -> bool:
    return "://" in address


def _public(address: str) -> str:
    """Keep scheme, host and port: cheap cameras take the password in the path or the query too."""
    scheme, rest = address.split("://", 1)
    return f"{scheme}://{re.split(r'[/?#]', rest.rsplit('@', 1)[-1])[0]}"
