"""GenICam cameras: the simulated ones of the producer that comes with genicam."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from station.cameras.catalogue import build_camera
from station.cameras.device import DeviceCamera
from station.cameras.features import Setup
from station.cameras.finding import find_cameras
from station.cameras.genicam import GenicamDriver, producers
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost

genicam = pytest.importorskip(
    "genicam", reason='needs harvesters: pip install "patchlight[genicam]"'
)

RED, GREEN = "VikyTL_DEV_red", "VikyTL_DEV_green"
PRODUCERS = Path(genicam.__file__).parent
PATIENCE_S = 60.0


class Simulated(GenicamDriver):
    """The simulator, of which a test can do what no camera setting does."""

    device: Any = None

    def connect(self, identity: str) -> Any:
        self.device = super().connect(identity)
        return self.device


@pytest.fixture(autouse=True)
def simulator(monkeypatch) -> None:
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(PRODUCERS))


def camera_of(identity: str, timeout_s: float = PATIENCE_S, **setup: Any) -> DeviceCamera:
    return DeviceCamera(Simulated(), identity, Setup(**setup), read_timeout_s=timeout_s)


@pytest.fixture
def red() -> Iterator[DeviceCamera]:
    with camera_of(RED) as camera:
        yield camera


def test_the_connected_cameras_are_found_and_build_themselves() -> None:
    found = [f for f in find_cameras() if f.settings.get("kind") == "genicam"]
    assert [f.settings["id"] for f in found] == [RED, GREEN, "VikyTL_DEV_blue"]
    assert not any(f.trouble for f in found)
    camera = build_camera(found[1].settings)
    assert camera.settings == found[1].settings
    with camera:
        assert camera.grab().pixels.shape == (400, 400, 3)


def test_pictures_are_in_colour_and_numbered(red: DeviceCamera) -> None:
    pictures = [red.grab() for _ in range(3)]
    numbers = [picture.frame_id for picture in pictures]
    assert numbers == sorted(set(numbers))
    means = pictures[0].pixels.mean((0, 1))
    assert means[0] > means[1], "the red camera plays with a red ball"
    assert red.is_there()


def test_another_pixel_format_is_taken_and_one_it_lacks_refused() -> None:
    with camera_of(RED, pixel_format="Mono8") as camera:
        pixels = camera.grab().pixels
    assert (pixels[..., 0] == pixels[..., 2]).all()
    with pytest.raises(CameraError, match=r"'YUV422_8'\. Choose one of RGBa8, Mono8"):
        camera_of(RED, pixel_format="YUV422_8").open()


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ({"exposure_us": 100.0}, "has no exposure in µs that can be set"),
        ({"trigger": "software"}, 'has no trigger input. Set its trigger to "free"'),
    ],
)
def test_what_a_camera_lacks_is_said(setup, sentence) -> None:
    with pytest.raises(CameraError, match=sentence):
        camera_of(RED, **setup).open()
    with camera_of(RED) as camera:
        camera.grab()


def test_two_cameras_and_looking_for_more_do_not_disturb_each_other(red: DeviceCamera) -> None:
    with camera_of("1") as green:
        assert len(GenicamDriver().seen()) == 3
        assert red.grab().frame_id > 0
        red.close()
        assert red.is_there(), "connected, though not open"
        assert green.grab().frame_id > 0
        red.open()
        assert red.grab().frame_id > 0


def test_one_that_is_used_by_another_is_refused(red: DeviceCamera) -> None:
    with pytest.raises(CameraError, match=r"cannot be opened: .*that no other program uses it"):
        camera_of("0").open()
    red.grab()


def test_a_camera_that_falls_silent_is_lost_and_comes_back() -> None:
    inner = camera_of(RED, timeout_s=0.3)
    with SteadyCamera(inner, watchdog_s=PATIENCE_S) as camera:
        camera.grab()
        inner._driver.device._nodes.AcquisitionStop.execute()
        with pytest.raises(CameraLost, match=r"gave no picture for 0\.3 s"):
            grab_on(camera)
        assert camera.wait_until_ready(PATIENCE_S)
        camera.grab()


def grab_on(camera: SteadyCamera) -> None:
    while True:
        camera.grab()


def test_one_that_is_not_connected_is_named() -> None:
    with pytest.raises(CameraError, match="GenICam camera '4711' is not connected"):
        camera_of("4711").open()
    assert not GenicamDriver().is_there("4711")
    assert GenicamDriver().is_there(GREEN)


def test_producers_are_found_in_folders_and_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.cti").touch()
    (tmp_path / "a.cti").touch()
    (tmp_path / "readme.txt").touch()
    assert list(producers(f"{tmp_path}:{tmp_path / 'none'}:{tmp_path / 'b.cti'}")) == [
        tmp_path / "a.cti",
        tmp_path / "b.cti",
        tmp_path / "b.cti",
    ]


def test_without_a_producer_or_harvesters_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setenv("GENICAM_GENTL64_PATH", "")
    with pytest.raises(CameraError, match="No GenTL producer is installed"):
        camera_of(RED).open()
    monkeypatch.setitem(sys.modules, "harvesters.core", None)
    with pytest.raises(CameraError, match=r'pip install "patchlight\[genicam\]"'):
        camera_of(RED).open()
