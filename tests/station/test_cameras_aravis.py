"""GigE Vision cameras: Aravis' fake one, killed, frozen, started again and losing packets."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from station.cameras.aravis import AravisDriver
from station.cameras.camera import Camera, Picture
from station.cameras.catalogue import build_camera
from station.cameras.device import DeviceCamera
from station.cameras.features import Setup
from station.cameras.finding import find_cameras
from station.cameras.looks import gige_answers
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost, IncompletePicture, NothingYet

HOST = "127.0.0.1"
NAME = "Aravis-Fake-PL1"
FAKE = shutil.which("arv-fake-gv-camera-0.8") or ""
PATIENCE_S = 60.0


def installed() -> bool:
    try:
        AravisDriver()._sdk  # noqa: B018
    except CameraError:
        return False
    return bool(FAKE)


pytestmark = pytest.mark.skipif(
    not installed(),
    reason="needs apt: aravis-tools-cli gir1.2-aravis-0.8 libgirepository1.0-dev libcairo2-dev, "
    'and pip install "patchlight[aravis]"',
)


class Fake:
    """The fake camera's process."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [FAKE, "-i", HOST, "-s", "PL1", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not gige_answers(HOST):
            assert self.process.poll() is None, "the fake camera did not start"

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def send(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)


@pytest.fixture(scope="module")
def port() -> Iterator[None]:
    """GigE Vision has one port: two runs of these tests take turns."""
    with (Path(tempfile.gettempdir()) / "patchlight-fake-camera.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def fake(port: None) -> Iterator[Fake]:
    fake = Fake()
    fake.start()
    yield fake
    fake.kill()


def camera_of(identity: str = NAME, **setup: Any) -> DeviceCamera:
    return DeviceCamera(AravisDriver(), identity, Setup(**setup), read_timeout_s=PATIENCE_S)


@pytest.fixture
def steady(fake: Fake) -> Iterator[SteadyCamera]:
    """As the station builds it, with its own watchdog."""
    camera = build_camera({"kind": "aravis", "id": NAME, "exposure_us": 4000.0})
    assert isinstance(camera, SteadyCamera)
    with camera:
        first_of(camera)
        yield camera


def first_of(camera: Camera) -> Picture:
    """The first whole picture: on a busy machine packets of the fake camera get lost."""
    while True:
        with suppress(IncompletePicture):
            return camera.grab()


def grab_on(camera: Camera, *passing: type[CameraError]) -> None:
    """Grab until something else than the passing errors happens."""
    while True:
        with suppress(*passing):
            camera.grab()


def wait_until_lost(camera: SteadyCamera) -> None:
    while camera.connected:
        threading.Event().wait(0.02)


def test_the_connected_camera_is_found_and_builds_itself(fake: Fake) -> None:
    found = [f for f in find_cameras() if f.settings.get("kind") == "aravis"]
    assert [(f.name, f.settings["id"], f.trouble) for f in found] == [
        (f"Aravis Fake (PL1) at {HOST}", NAME, "")
    ]
    with build_camera(found[0].settings) as camera:
        assert camera.name == f"GigE {NAME}"
        assert first_of(camera).pixels.shape == (512, 512, 3)


@pytest.mark.parametrize("identity", [NAME, "PL1", HOST])
def test_it_has_a_name_a_serial_number_and_an_address(fake: Fake, identity: str) -> None:
    with camera_of(identity) as camera:
        assert camera.is_there()
        numbers = [first_of(camera).frame_id for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert camera.is_there()


def test_exposure_gain_and_format_are_given_to_the_camera(fake: Fake) -> None:
    with camera_of(exposure_us=1234.0, gain=3.0, pixel_format="Mono8") as camera:
        device: Any = camera._device
        assert device.features.device.get_float_feature_value("ExposureTimeAbs") == 1234
        assert device.features.device.get_integer_feature_value("GainRaw") == 3
        pixels = first_of(camera).pixels
    assert (pixels[..., 0] == pixels[..., 2]).all()


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ({"exposure_us": 2e7}, r"takes exposure in µs from 10 to 10000000, not 20000000\."),
        ({"pixel_format": "YUV422_8"}, r"does not send pixel format 'YUV422_8'\. Choose one of"),
        ({"trigger": "hardware", "trigger_line": "L7"}, r"no trigger 'L7'\. Choose one of Line0"),
    ],
)
def test_what_it_cannot_do_is_refused_when_it_is_opened(fake: Fake, setup, sentence) -> None:
    with pytest.raises(CameraError, match=sentence):
        camera_of(**setup).open()
    with camera_of(trigger="software") as camera:
        first_of(camera)


def test_without_a_signal_from_the_line_there_is_nothing_yet(fake: Fake) -> None:
    with camera_of(trigger="hardware", trigger_line="Line0") as camera:
        with pytest.raises(NothingYet):
            camera.grab()
        assert camera.is_there()


def test_a_killed_camera_is_missed_and_comes_back_with_its_setup(fake, steady) -> None:
    for _ in range(2):
        fake.kill()
        with pytest.raises(CameraLost, match="Check its cable"):
            grab_on(steady, IncompletePicture)
        fake.start()
        assert steady.wait_until_ready(PATIENCE_S)
        assert first_of(steady).pixels.shape == (512, 512, 3)
    device = steady.inner._device.features.device
    assert device.get_float_feature_value("ExposureTimeAbs") == 4000


def test_a_frozen_camera_is_missed_and_comes_back(fake: Fake, steady: SteadyCamera) -> None:
    fake.send(signal.SIGSTOP)
    with pytest.raises(CameraLost, match="Check its cable"):
        grab_on(steady, IncompletePicture)
    assert not gige_answers(HOST)
    fake.send(signal.SIGCONT)
    assert steady.wait_until_ready(PATIENCE_S)
    first_of(steady)


def test_a_camera_that_goes_while_it_waits_for_the_line_is_missed(fake: Fake) -> None:
    inner = camera_of(trigger="hardware", trigger_line="Line0")
    with SteadyCamera(inner) as camera:
        fake.kill()
        with pytest.raises(CameraLost, match="Check its cable"):
            grab_on(camera, NothingYet)


def test_a_camera_that_goes_while_idle_is_missed(fake: Fake, steady: SteadyCamera) -> None:
    fake.kill()
    wait_until_lost(steady)
    with pytest.raises(CameraLost):
        steady.grab()


def test_one_that_heeds_another_computer_is_missed(fake: Fake) -> None:
    with camera_of() as camera:
        first_of(camera)
        device: Any = camera._device
        device.features.device.leave_control()
        assert not camera.is_there()
        with pytest.raises(CameraLost, match="does not heed this computer"):
            grab_on(camera, IncompletePicture)


def test_nothing_of_the_station_is_called_by_the_thread_of_the_heartbeats(fake: Fake) -> None:
    """Closed meanwhile, that thread would wait for its own end and GLib would abort the process."""
    from gi.repository import GObject

    with camera_of() as camera:
        inside: Any = camera._device
        device = inside.features.device
        signal_id = GObject.signal_lookup("control-lost", device.__gtype__)
        assert signal_id
        assert not GObject.signal_has_handler_pending(device, signal_id, 0, True)


def test_lost_packets_make_an_incomplete_picture(fake: Fake) -> None:
    fake.kill()
    fake.start("-r", "20")
    with camera_of() as camera, pytest.raises(IncompletePicture, match="parts missing"):
        grab_on(camera)


def test_one_that_is_not_connected_is_named(fake: Fake) -> None:
    with pytest.raises(CameraError, match="GigE camera '4711' is not connected"):
        camera_of("4711").open()


def test_nothing_answers_where_no_camera_is(port: None) -> None:
    assert not gige_answers(HOST)
    assert not gige_answers("no such host.invalid")


def test_without_aravis_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "gi", None)
    with pytest.raises(CameraError, match=r'pip install "patchlight\[aravis\]"'):
        camera_of().open()
