"""A video file, a network stream (RTSP) or a USB camera, through OpenCV."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from station.cameras import controls, looks
from station.cameras.camera import Camera, Picture
from station.cameras.capture import LiveReader, Source, VideoFile, rgb
from station.cameras.controls import Held
from station.cameras.opening import OPEN_TIMEOUT_S, Capture, is_network, open_with_opencv
from station.errors import CameraError

READ_TIMEOUT_S = 3.0


class VideoCamera(Camera):
    """A file gives every frame once; a stream or USB camera gives the next one after each grab.

    A live camera that stops is lost: `SteadyCamera` connects it again.
    """

    def __init__(
        self,
        address: str | int,
        *,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        open_capture: Callable[[str | int], Capture] = open_with_opencv,
        held: Mapping[str, float] | None = None,
        answers: Callable[[str | int], bool] = looks.answers,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            address: path of a file, "rtsp://…", or the index of a USB camera (0 is the first).
            open_timeout_s: until the first frame of a live camera.
            read_timeout_s: from one frame of a live camera to the next.
            open_capture: opens the address; OpenCV unless another is given.
            held: exposure, gain and white balance that a USB camera must take, by
                `controls.KEYS`; those that are not named stay as they are.
            answers: a cheap look whether a live camera is there.
        """
        self._address = address
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._open_capture = open_capture
        self._held = Held(dict(held or {}))
        self._answers = answers
        self._source: Source | None = None
        self._given = 0

    @property
    def name(self) -> str:
        """The file's name, the stream's host without user and password, or the USB index."""
        if isinstance(self._address, int):
            return f"USB camera {self._address}"
        if is_network(self._address):
            return public(self._address)
        return f"video {Path(self._address).name}"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """The address as given: with its password, since the recipe must reach the camera."""
        if isinstance(self._address, int):
            return {"kind": "usb", "index": self._address, **self._held.values}
        return {"kind": "video", "address": self._address}

    def open(self) -> None:
        """Connect and, where live, wait for the first frame. Raises CameraError."""
        self.close()
        self._given = 0
        if isinstance(self._address, str) and not is_network(self._address):
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
            CameraLost: a live camera gave no frame in time.
            CameraError: closed, or a file that cannot be read.
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

    def is_there(self) -> bool:
        """True while frames come; before that and after, whether a cheap look finds the camera."""
        if isinstance(self._source, LiveReader) and not self._source.closed:
            return self._source.alive
        return self._answers(self._address)

    @property
    def held(self) -> Held:
        """What is locked."""
        return self._held

    def lock(self) -> Held:
        """Keep exposure, gain and white balance as they are, as far as the camera can.

        Raises:
            CameraError: it is no live camera, or it does not answer.
        """
        held = self._reader().ask(controls.hold)
        assert isinstance(held, Held)
        self._held = held
        return held

    def unlock(self) -> Held:
        """Let the camera adjust itself again. Raises CameraError as `lock`."""
        self._reader().ask(controls.release)
        self._held = Held({})
        return self._held

    def brighten(self, brighter: bool) -> Held:
        """Lengthen or shorten a locked exposure by one step. Raises CameraError as `lock`."""
        values = dict(self._held.values)
        if "exposure" not in values:
            return self._held
        values["exposure"] = controls.brightened(values["exposure"], brighter)
        if not self._reader().ask(lambda capture: controls.apply(capture, values)):
            self._held = Held(values, self._held.refused)
        return self._held

    def _reader(self) -> LiveReader:
        if not isinstance(self._source, LiveReader):
            raise CameraError(f"Camera '{self.name}' has nothing to lock while it is not live.")
        return self._source

    def _capture(self) -> Capture:
        capture = self._open_capture(self._address)
        if self._held.values and capture.isOpened():
            wrong = controls.apply(capture, self._held.values)
            if wrong:
                capture.release()
                raise CameraError(
                    f"Camera '{self.name}' {wrong}, so its pictures are not lit as those that were "
                    "taught. Connect the camera that was locked, or lock this one anew."
                )
        return capture

    def _opened_file(self, path: str) -> VideoFile:
        if not Path(path).is_file():
            raise CameraError(f"There is no video file '{path}'. Choose another file.")
        return VideoFile(Path(path).name, self._capture)


def public(address: str) -> str:
    """Return what may be shown of a camera's address; a file's path as it is.

    Scheme, host and port: cheap cameras take the password in the path or the query too.
    """
    if not is_network(address):
        return address
    scheme, rest = address.split("://", 1)
    return f"{scheme}://{re.split(r'[/?#]', rest.rsplit('@', 1)[-1])[0]}"
