"""Finding cameras, locking what adjusts itself, and watching one while it is set up."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from station.cameras.catalogue import build_camera
from station.cameras.controls import brightened
from station.cameras.finding import UsbCamera, listed_by_linux, tried
from station.cameras.preview import Look, PreviewLoop, Trouble
from station.cameras.video import VideoCamera
from station.errors import CameraError
from station.inspection.latest import LatestSlot
from tests.ui.station_parts import write_pictures

AUTO = {cv2.CAP_PROP_EXPOSURE: cv2.CAP_PROP_AUTO_EXPOSURE}
AUTO[cv2.CAP_PROP_WB_TEMPERATURE] = cv2.CAP_PROP_AUTO_WB


class Webcam:
    """A USB camera as its driver shows it: takes no value while its automatic is on.

    knows: the controls it has. stubborn: it says yes and keeps its own value.
    """

    def __init__(self, backend: str = "V4L2", knows: tuple[int, ...] = (), stubborn: bool = False):
        self.backend, self.stubborn = backend, stubborn
        v4l2 = backend == "V4L2"
        self.automatic_on = 3.0 if v4l2 else 1.0
        self.known = {
            cv2.CAP_PROP_EXPOSURE: 156.0,
            cv2.CAP_PROP_AUTO_EXPOSURE: self.automatic_on,
            cv2.CAP_PROP_GAIN: 8.0,
            cv2.CAP_PROP_WB_TEMPERATURE: 4600.0,
            cv2.CAP_PROP_AUTO_WB: 1.0,
        }
        self.known = {k: v for k, v in self.known.items() if not knows or k in knows}
        self.released = threading.Event()

    def isOpened(self) -> bool:
        return True

    def read(self):
        return True, np.full((48, 64, 3), 90, np.uint8)

    def release(self) -> None:
        self.released.set()

    def getBackendName(self) -> str:
        return self.backend

    def get(self, prop: int) -> float:
        return self.known.get(prop, -1.0)

    def set(self, prop: int, value: float) -> bool:
        automatic = self.known.get(AUTO.get(prop, -1), 0.0)
        manual = 1.0 if self.backend == "V4L2" and prop == cv2.CAP_PROP_EXPOSURE else 0.0
        if prop not in self.known or (prop in AUTO and automatic != manual):
            return False
        if not self.stubborn:
            self.known[prop] = value
        return True


def open_with(webcam: Webcam, **held: float) -> VideoCamera:
    return VideoCamera(0, open_capture=lambda _: webcam, open_timeout_s=5, held=held)


@pytest.mark.parametrize("backend", ["V4L2", "MSMF"])
def test_locking_keeps_what_the_automatics_had_reached(backend: str) -> None:
    webcam = Webcam(backend)
    with open_with(webcam) as camera:
        held = camera.lock()
        assert held.values == {"exposure": 156, "gain": 8, "white_balance": 4600}
        assert held.sentence == "Locked: exposure 156, gain 8, white balance 4600."
        assert webcam.known[cv2.CAP_PROP_AUTO_EXPOSURE] == (1.0 if backend == "V4L2" else 0.0)
        assert webcam.known[cv2.CAP_PROP_AUTO_WB] == 0.0
        assert camera.settings == {"kind": "usb", "index": 0, **held.values}
        assert camera.unlock().values == {}
        assert webcam.known[cv2.CAP_PROP_AUTO_EXPOSURE] == webcam.automatic_on
        assert camera.settings == {"kind": "usb", "index": 0}
    assert webcam.released.wait(10)


def test_a_camera_without_a_control_says_which() -> None:
    exposure = (cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE)
    with open_with(Webcam(knows=exposure)) as camera:
        held = camera.lock()
    assert held.values == {"exposure": 156}
    assert "does not let gain and white balance be locked" in held.sentence


def test_a_camera_whose_automatic_stays_on_is_not_called_locked() -> None:
    with open_with(Webcam(stubborn=True)) as camera:
        held = camera.lock()
    assert "exposure" not in held.values
    assert "white_balance" not in held.values


def test_what_was_locked_is_given_to_the_camera_when_it_is_opened() -> None:
    webcam = Webcam()
    with open_with(webcam, exposure=80.0, white_balance=5000.0) as camera:
        camera.grab()
    assert webcam.known[cv2.CAP_PROP_EXPOSURE] == 80
    assert webcam.known[cv2.CAP_PROP_WB_TEMPERATURE] == 5000
    assert webcam.known[cv2.CAP_PROP_GAIN] == 8


def test_a_camera_that_does_not_take_it_gives_no_picture() -> None:
    stubborn = Webcam(stubborn=True)
    camera = VideoCamera(
        0, open_capture=lambda _: stubborn, open_timeout_s=0.05, held={"exposure": 80.0}
    )
    with pytest.raises(CameraError, match=r"keeps adjusting its exposure itself.*lock this one"):
        camera.open()
    gone = Webcam(knows=(cv2.CAP_PROP_GAIN,))
    camera = VideoCamera(0, open_capture=lambda _: gone, open_timeout_s=0.05, held={"exposure": 80})
    with pytest.raises(CameraError, match="does not take exposure 80"):
        camera.open()


def test_brighter_and_darker_move_a_locked_exposure() -> None:
    webcam = Webcam()
    with open_with(webcam) as camera:
        assert camera.brighten(True).values == {}
        camera.lock()
        assert camera.brighten(True).values["exposure"] == 195
        assert camera.brighten(False).values["exposure"] == 156
        assert camera.settings["exposure"] == 156 == webcam.known[cv2.CAP_PROP_EXPOSURE]
    assert (brightened(-6, True), brightened(-6, False)) == (-5, -7)
    assert (brightened(1, False), brightened(1, True), brightened(2, True)) == (1, 2, 3)


def test_the_settings_of_a_locked_camera_build_it_again() -> None:
    settings = {"kind": "usb", "index": 2, "exposure": 156.0, "white_balance": 4600.0}
    assert build_camera(settings).settings == settings
    with pytest.raises(CameraError, match="cannot be set up so"):
        build_camera({**settings, "exposure": "long"})


def test_only_a_live_camera_has_something_to_lock(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="while it is not live"):
        VideoCamera(str(tmp_path / "line.avi")).lock()


class TestFinding:
    def device(self, root: Path, number: int, name: str, index: str | None = "0") -> None:
        folder = root / f"video{number}"
        folder.mkdir(parents=True)
        (folder / "name").write_text(name + "\n")
        if index is not None:
            (folder / "index").write_text(index + "\n")

    def test_linux_lists_each_camera_once_by_its_name(self, tmp_path: Path) -> None:
        self.device(tmp_path, 10, "Microscope", None)
        self.device(tmp_path, 0, "HD Webcam")
        self.device(tmp_path, 1, "HD Webcam", "1")
        (tmp_path / "videolan").mkdir()
        found = listed_by_linux(tmp_path)
        assert found == [UsbCamera(0, "HD Webcam"), UsbCamera(10, "Microscope")]
        assert listed_by_linux(tmp_path / "none") == []

    def test_elsewhere_they_are_tried_in_turn(self) -> None:
        assert [camera.index for camera in tried(lambda index: index < 2)] == [0, 1]
        assert tried(lambda index: False) == []


class Watched:
    """A preview loop in a thread, and what it published."""

    def __init__(self, settings: dict[str, object]) -> None:
        self.looks: LatestSlot[Look] = LatestSlot()
        self.events: list[object] = []
        self.came = threading.Semaphore(0)
        self.stop = threading.Event()
        self.loop = PreviewLoop(lambda: build_camera(settings), self.looks)
        self.thread = threading.Thread(target=self.loop.run, args=(self.stop, self.publish))

    def publish(self, event: object) -> None:
        self.events.append(event)
        self.came.release()

    def __enter__(self) -> "Watched":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.loop.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_the_preview_measures_the_virtual_line_and_does_what_is_asked() -> None:
    with Watched({"kind": "virtual line", "seed": 0, "height": 240, "width": 320}) as watched:
        for _ in range(3):
            watched.loop.ask(lambda camera: camera.name)
            assert watched.came.acquire(timeout=60)
    assert watched.events == ["virtual line"] * 3
    look = watched.looks.take()
    assert look is not None
    assert look.size == (240, 320)
    assert look.sharpness > 0
    assert look.exposure.histogram.sum() == 240 * 320


def test_a_folder_begins_again_and_one_bad_file_does_not_end_it(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "parts", [False] * 2)
    (folder / "zzz.png").write_bytes(b"no picture")
    with Watched({"kind": "folder", "path": str(folder)}) as watched:
        for _ in range(2):
            assert watched.came.acquire(timeout=60)
    assert all(isinstance(event, Trouble) for event in watched.events)
    assert "zzz.png" in watched.events[0].text


def test_a_waiting_grab_ends_when_the_preview_is_closed(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "parts", [False] * 2)
    watched = Watched({"kind": "folder", "path": str(folder), "rate_hz": 0.001})
    watched.loop.ask(lambda camera: "looked")
    with watched:
        assert watched.came.acquire(timeout=60)


def test_a_camera_that_is_not_there_is_said_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    with Watched({"kind": "folder", "path": str(folder)}) as watched:
        assert watched.came.acquire(timeout=60)
        assert "cannot be opened" in watched.events[0].text
        write_pictures(folder, [False] * 3)
        watched.loop.ask(lambda camera: "there now")
        while "there now" not in watched.events:
            assert watched.came.acquire(timeout=60)
