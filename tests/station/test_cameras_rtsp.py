"""A real RTSP server that is killed, frozen and started again under a camera that watches it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_station import Station

from station.cameras.catalogue import build_camera
from station.cameras.looks import network_answers
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost
from station.home import Home
from station.inspection.events import RunState
from station.inspection.triggers import FreeRun, KeyTrigger
from station.parts import FaultReason

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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_run_names_the_lost_camera_faults_its_part_and_goes_on_by_itself(
    server: Server, tmp_path: Path, number: int
) -> None:
    camera = build_camera({"kind": "video", "address": server.address})
    station = Station(Home(tmp_path), camera, FreeRun(), frame_size=(0, 0)).start()
    station.wait_for_rows(3)
    server.send(number)
    station.wait_for(lambda: bool(station.camera_changes) and not station.camera_changes[-1].ok)
    assert "Check its" in station.camera_changes[-1].text
    station.wait_for(lambda: station.reasons[-1] == FaultReason.NO_FRAME.value)
    if number == signal.SIGKILL:
        server.kill()
        server.start()
    else:
        server.send(signal.SIGCONT)
    judged = len(station.recorded)
    station.wait_for_rows(judged + 3)
    assert station.camera_changes[-1].ok
    station.finish()
    assert set(station.reasons) == {"", FaultReason.NO_FRAME.value}


def test_every_trigger_of_a_run_whose_camera_is_away_is_a_fault(
    server: Server, tmp_path: Path
) -> None:
    camera, key = build_camera({"kind": "video", "address": server.address}), KeyTrigger()
    station = Station(Home(tmp_path), camera, key, frame_size=(0, 0)).start()
    station.wait_for_state(RunState.RUNNING)
    server.kill()
    station.wait_for(lambda: not station.camera_changes[-1].ok)
    assert all(key.fire() for _ in range(5))
    station.wait_for_rows(5)
    assert station.reasons == [FaultReason.NO_FRAME.value] * 5
    station.finish()
