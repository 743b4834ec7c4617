"""The station's side of the soak's camera: pictures over TCP, one for each that is asked for."""

import contextlib
import socket

import numpy as np

from station.cameras.camera import Camera, Picture
from station.errors import CameraError, CameraLost
from tests.soak.camera_server import ASK, HEADER

KIND = "soak camera"
CONNECT_S = 0.3


class NetCamera(Camera):
    """Connects to a `CameraServer`; to be wrapped in a SteadyCamera."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return "soak"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """A live camera: no picture may come twice."""
        return {"kind": KIND, "port": self._port}

    def open(self) -> None:
        """Connect."""
        self.close()
        try:
            self._socket = self._connect()
            self._socket.settimeout(None)
        except OSError as error:
            raise CameraError(
                f"Camera 'soak' does not answer: {error}. Check its cable."
            ) from error

    def grab(self) -> Picture:
        """Ask for a picture and wait for it."""
        if (link := self._socket) is None:
            raise CameraLost("Camera 'soak' is closed.")
        try:
            link.sendall(ASK)
            return _picture(link)
        except OSError as error:
            raise CameraLost("Camera 'soak' has gone. Check its cable.") from error

    def is_there(self) -> bool:
        """Whether somebody answers on its port."""
        try:
            self._connect().close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Disconnect; ends a grab that waits."""
        link, self._socket = self._socket, None
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), CONNECT_S)


def _picture(link: socket.socket) -> Picture:
    frame_id, height, width, named = HEADER.unpack(_exactly(link, HEADER.size))
    source = _exactly(link, named).decode()
    pixels = np.frombuffer(_exactly(link, 3 * height * width), np.uint8)
    return Picture(pixels.reshape(height, width, 3), source, frame_id)


def _exactly(link: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        more = link.recv(min(count - len(data), 1 << 20))
        if not more:
            raise ConnectionError("it hung up")
        data += more
    return bytes(data)
