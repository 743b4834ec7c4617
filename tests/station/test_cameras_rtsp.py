"""A real RTSP server that is killed, frozen and started again under a camera that watches it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.cameras.catalogue import build_camera
from station.cameras.looks import network_answers
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost

CHILD = Path(__file__).with_name("rtsp_server.py")
NEEDS = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0'); "
    "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
    "assert Gst.ElementFactory.find('x264enc')"
)
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def interpreter() -> str:
    """The Python that can serve RTSP: this one, or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if (
            Path(python).exists()
            and not subprocess.run(
                [python, "-c", NEEDS], capture_output=True, check=False
            ).returncode
        ):
            return python
    pytest.skip(
        "needs apt: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base -good -ugly"
    )


class Server:
    """The server's process, on the same port each time."""

    def __init__(self, python: str) -> None:
        self.python = python
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"rtsp://user:secret@127.0.0.1:{self.port}/line"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.python, str(CHILD), str(self.port), "x264"], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"listening\n"

    def kill(self) -> None:
        if self.process is not None:
            assert self.process.stdout is not None
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def send(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)


@pytest.fixture
def server(interpreter: str) -> Iterator[Server]:
    server = Server(interpreter)
    server.start()
    yield server
    server.kill()


def lose(camera: SteadyCamera) -> None:
    """Grab until the camera is lost."""
    with pytest.raises(CameraLost, match=r"127\.0\.0\.1.*Check its") as error:
        grab_on(camera)
    assert "secret" not in str(error.value)


def grab_on(camera: SteadyCamera) -> None:
    while True:
        camera.grab()


def open_camera(server: Server) -> SteadyCamera:
    camera = build_camera({"kind": "video", "address": server.address})
    assert isinstance(camera, SteadyCamera)
    camera.open()
    return camera


def test_a_killed_server_is_missed_and_its_return_is_seen(server: Server) -> None:
    camera = open_camera(server)
    pictures = [camera.grab() for _ in range(3)]
    assert pictures[0].pixels.shape == (240, 320, 3)
    assert (pictures[0].pixels != pictures[2].pixels).any(), "the ball moves"
    server.kill()
    lose(camera)
    assert not camera.connected
    with pytest.raises(CameraLost):
        camera.grab()
    server.start()
    assert camera.wait_until_ready(PATIENCE_S)
    assert camera.grab().pixels.shape == (240, 320, 3)
    camera.close()


def test_a_frozen_server_is_missed_though_it_still_takes_connections(server: Server) -> None:
    camera = open_camera(server)
    camera.grab()
    server.send(signal.SIGSTOP)
    lose(camera)
    with socket.create_connection(("127.0.0.1", server.port), 1):
        assert not network_answers(server.address)
        assert not camera.wait_until_ready(0.0)
    server.send(signal.SIGCONT)
    assert camera.wait_until_ready(PATIENCE_S)
    camera.grab()
    camera.close()


def test_a_camera_is_closed_while_it_is_away(server: Server) -> None:
    camera = open_camera(server)
    server.kill()
    lose(camera)
    camera.close()
    with pytest.raises(CameraError, match="is closed"):
        camera.grab()
    with pytest.raises(CameraError, match=r"127\.0\.0\.1:\d+' cannot be reached"):
        camera.open()
