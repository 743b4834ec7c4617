"""The virtual line behind a TCP port: a camera that can be pulled, hang, freeze and go blind."""

import contextlib
import socket
import socketserver
import struct
import threading

import numpy as np

from station.cameras.virtual_line import VirtualLine
from tests.soak.spoiling import SPOILERS

HEADER = struct.Struct("!qiii")
"""Frame id, height, width, bytes of the source's name; the name and the pixels follow."""

ASK = b"g"
GOOD, FROZEN, HANGING = "good", "frozen", "hanging"


class CameraServer:
    """Gives the next board for each `ASK`. port: where; the same again after `stop` and `start`.

    mode: GOOD, FROZEN (the picture before, once more), HANGING (no answer), or a spoiler's name,
        which is then in the picture's source, too.
    spoiled: how many pictures were given spoiled. repeated: how often one was given again.
    """

    def __init__(self, line: VirtualLine, seed: int) -> None:
        self.port = 0
        self.mode = GOOD
        self.spoiled = self.repeated = 0
        self._line = line
        self._chance = np.random.default_rng(seed)
        self._lock = threading.Lock()
        self._frame_id = 0
        self._last = b""
        self._server: _Server | None = None
        line.open()
        line.grab()

    def start(self) -> None:
        """Answer on the port."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.camera = self
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="camera server", daemon=True
        ).start()

    def stop(self) -> None:
        """Pull the cable: connections break, new ones are refused."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.cut()

    def answer(self) -> bytes:
        """Take a picture, as well as the mode lets it."""
        with self._lock:
            if self.mode == FROZEN and self._last:
                self.repeated += 1
                return self._last
            self._frame_id += 1
            self._last = self._pictured()
            return self._last

    def _pictured(self) -> bytes:
        picture = self._line.grab()
        pixels, source = picture.pixels, picture.source
        if self.mode in SPOILERS:
            pixels = SPOILERS[self.mode](pixels, self._chance)
            source = f"{source}, {self.mode}"
            self.spoiled += 1
        name = source.encode()
        return HEADER.pack(self._frame_id, *pixels.shape[:2], len(name)) + name + pixels.tobytes()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    camera: CameraServer

    def __init__(self, *arguments) -> None:
        self._sockets: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address) -> None:
        self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._sockets.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """Break every connection."""
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while self.request.recv(1) == ASK:
                camera = self.server.camera
                if camera.mode == HANGING:
                    self.request.recv(1)  # Nothing more is said until the other side gives up.
                    return
                self.request.sendall(camera.answer())
