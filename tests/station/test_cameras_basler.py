"""Basler cameras: pylon's own emulator is listed, set up, triggered, unplugged and plugged in."""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from station.cameras.basler import BaslerDriver
from station.cameras.camera import Picture
from station.cameras.catalogue import build_camera
from station.cameras.device import DeviceCamera
from station.cameras.features import Setup
from station.cameras.finding import find_cameras
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost, IncompletePicture, NothingYet

pytest.importorskip("pypylon", reason='needs pypylon: pip install "patchlight[basler]"')

pytestmark = pytest.mark.timeout(120, method="thread")
"""pylon waits for ever once somebody has set and cleared the process's alarm clock (SIGALRM)."""

FIRST = "0815-0000"
PATIENCE_S = 60.0


class Emulated(BaslerDriver):
    """pylon's emulator, of which a test can turn the features that only it has."""

    def __init__(self, **chosen: str) -> None:
        self.chosen = chosen
        self.device: Any = None

    def connect(self, identity: str) -> Any:
        self.device = super().connect(identity)
        for name, value in self.chosen.items():
            self.device.features.choose(name, value)
        return self.device

    def value(self, name: str) -> Any:
        return self.device._camera.GetNodeMap().GetNode(name).GetValue()

    def unplug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYLON_CAMEMU", "0")
        self.device.features.execute("FirePnPCallback")


@pytest.fixture(autouse=True)
def emulator(monkeypatch) -> None:
    monkeypatch.setenv("PYLON_CAMEMU", "2")


@pytest.fixture
def driver() -> Emulated:
    return Emulated()


def camera_of(driver: BaslerDriver, timeout_s: float = PATIENCE_S, **setup: Any) -> DeviceCamera:
    return DeviceCamera(driver, FIRST, Setup(**setup), read_timeout_s=timeout_s)


@pytest.fixture
def steady(driver: Emulated) -> Iterator[SteadyCamera]:
    inner = camera_of(driver, exposure_us=4000.0, trigger="software")
    with SteadyCamera(inner, watchdog_s=PATIENCE_S) as camera:
        yield camera


def test_the_connected_cameras_are_found_and_build_themselves() -> None:
    found = [f for f in find_cameras() if f.settings.get("kind") == "basler"]
    assert [(f.name, f.trouble) for f in found] == [
        ("Basler Emulation (0815-0000)", ""),
        ("Basler Emulation (0815-0001)", ""),
    ]
    camera = build_camera(found[1].settings)
    assert camera.name == "Basler 0815-0001"
    assert camera.settings == found[1].settings
    with camera:
        assert camera.grab().pixels.shape == (1040, 1024, 3)


def test_its_whole_setup_is_in_its_settings() -> None:
    setup = {"exposure_us": 2000.0, "gain": 6.0, "trigger": "hardware", "trigger_line": "Line3"}
    settings = {"kind": "basler", "id": FIRST, "pixel_format": "Mono8", "watchdog_s": 2.0, **setup}
    assert build_camera(settings).settings == settings


def test_pictures_are_numbered_and_those_before_the_grab_are_not_given(driver: Emulated) -> None:
    with camera_of(driver) as camera:
        numbers = [camera.grab().frame_id for _ in range(4)]
    assert numbers == sorted(set(numbers))


def test_colours_and_places_are_those_of_the_picture(tmp_path: Path) -> None:
    scene = np.zeros((1040, 1024, 3), np.uint8)
    scene[:500, :300] = (10, 90, 250)
    cv2.imwrite(str(tmp_path / "scene.png"), scene)
    file = {"TestImageSelector": "Off", "ImageFilename": str(tmp_path), "ImageFileMode": "On"}
    with camera_of(Emulated(**file), trigger="software") as camera:
        pixels = camera.grab().pixels
    assert (pixels == scene[..., ::-1]).all()


def test_exposure_gain_and_format_are_given_to_the_camera(driver: Emulated) -> None:
    with camera_of(driver, exposure_us=1234.0, gain=6.0, pixel_format="BayerRG8") as camera:
        assert driver.value("ExposureTime") == pytest.approx(1234)
        assert driver.value("Gain") == pytest.approx(6, abs=0.1)
        assert driver.value("PixelFormat") == "BayerRG8"
        assert camera.grab().pixels.shape == (1040, 1024, 3)


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ({"exposure_us": 0.1}, r"takes exposure in µs from 1 to 10000000, not 0\.1"),
        ({"white_balance_red": 1.5}, "has no red that can be set"),
        ({"pixel_format": "YUV422_8"}, "does not send pixel format 'YUV422_8'. Choose one of RGB"),
        ({"trigger": "hardware", "trigger_line": "Line9"}, "has no trigger 'Line9'. Choose one of"),
    ],
)
def test_what_it_cannot_do_is_refused_when_it_is_opened(driver, setup, sentence) -> None:
    with pytest.raises(CameraError, match=rf"Camera 'Basler 0815-0000' {sentence}"):
        camera_of(driver, **setup).open()
    with camera_of(driver) as camera:
        camera.grab()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"trigger": "sometimes"}, "no trigger 'sometimes'. Choose one of free, software, hardw"),
        ({"pixel_format": "Mono12p"}, "'Mono12p' cannot be read. Choose one of RGB8"),
        ({"gain": "much"}, "cannot be set up so"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, sentence) -> None:
    with pytest.raises(CameraError, match=sentence):
        build_camera({"kind": "basler", "id": FIRST, **settings})


def test_each_software_trigger_gives_one_picture(driver: Emulated) -> None:
    with camera_of(driver, trigger="software") as camera:
        assert [camera.grab().frame_id for _ in range(4)] == [0, 1, 2, 3]


def test_without_a_signal_from_the_line_there_is_nothing_yet(driver: Emulated) -> None:
    with camera_of(driver, trigger="hardware") as camera:
        with pytest.raises(NothingYet, match="was not triggered yet"):
            camera.grab()
        driver.device.features.choose("TriggerSource", "Software")
        for number in range(3):
            assert triggered(camera, driver.device).frame_id == number


def triggered(camera: DeviceCamera, device: Any) -> Picture:
    """Trigger again where a busy machine was not ready for it, or took longer than a moment."""
    while True:
        device.trigger()
        with suppress(NothingYet):
            return camera.grab()


def test_an_incomplete_buffer_is_thrown_away_and_the_next_is_whole(driver: Emulated) -> None:
    with camera_of(driver, trigger="software") as camera:
        driver.device._camera.GetNodeMap().GetNode("ForceFailedBufferCount").SetValue(1)
        driver.device.features.execute("ForceFailedBuffer")
        with pytest.raises(IncompletePicture, match="parts missing; it was thrown away"):
            camera.grab()
        assert camera.grab().frame_id == 1


def test_an_unplugged_camera_comes_back_with_its_setup(driver, steady, monkeypatch) -> None:
    steady.grab()
    driver.unplug(monkeypatch)
    with pytest.raises(CameraLost, match=r"unplugged\. Check its cable|is gone\. Check its cable"):
        steady.grab()
    assert not steady.wait_until_ready(0.0)
    monkeypatch.setenv("PYLON_CAMEMU", "2")
    assert steady.wait_until_ready(PATIENCE_S)
    assert steady.grab().frame_id == 0
    assert driver.value("ExposureTime") == pytest.approx(4000)


def test_a_camera_that_is_unplugged_while_idle_is_missed(driver, steady, monkeypatch) -> None:
    driver.unplug(monkeypatch)
    for _ in range(3000):
        if not steady.connected:
            break
        threading.Event().wait(0.02)
    assert not steady.connected


def test_a_camera_that_falls_silent_is_set_up_anew(driver: Emulated) -> None:
    inner = camera_of(driver, timeout_s=0.3, trigger="software")
    with SteadyCamera(inner, watchdog_s=PATIENCE_S) as camera:
        camera.grab()
        driver.device.features.execute("AcquisitionStop")
        with pytest.raises(CameraLost, match=r"gave no picture for 0\.3 s"):
            camera.grab()
        assert camera.wait_until_ready(PATIENCE_S)
        camera.grab()


def test_close_ends_a_grab_that_waits(driver: Emulated) -> None:
    camera = camera_of(driver, trigger="software")
    camera.open()
    driver.device.features.execute("AcquisitionStop")
    errors: list[CameraError] = []

    def grab() -> None:
        try:
            camera.grab()
        except CameraError as error:
            errors.append(error)

    thread = threading.Thread(target=grab)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive(), "it waits for a picture that never comes"
    camera.close()
    thread.join(PATIENCE_S)
    assert "is closed" in str(errors[0])


def test_one_that_is_not_connected_and_one_of_several_are_named(driver: Emulated) -> None:
    with pytest.raises(CameraError, match=r"'4711' is not connected. Check its cable"):
        DeviceCamera(driver, "4711", Setup()).open()
    with pytest.raises(CameraError, match="Name one by its id: 0815-0000, 0815-0001"):
        DeviceCamera(driver, "", Setup()).open()


def test_the_only_one_needs_no_name(driver: Emulated, monkeypatch) -> None:
    monkeypatch.setenv("PYLON_CAMEMU", "1")
    with DeviceCamera(driver, "", Setup()) as camera:
        assert camera.settings == {"kind": "basler", "id": FIRST}
    monkeypatch.setenv("PYLON_CAMEMU", "0")
    with pytest.raises(CameraError, match="No Basler camera is connected"):
        DeviceCamera(driver, "", Setup()).open()


def test_without_pylon_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pypylon", None)
    with pytest.raises(CameraError, match=r'pip install "patchlight\[basler\]"'):
        build_camera({"kind": "basler", "id": FIRST}).open()
