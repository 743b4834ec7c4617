"""Video files give every frame; live cameras give new ones, come back, and never hang a grab."""

import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import cv2
import numpy as np
import pytest

from station.cameras import opening, returning
from station.cameras.camera import Camera
from station.cameras.catalogue import build_camera
from station.cameras.looks import usb_answers
from station.cameras.opening import NO_OLD_FRAMES, VARIABLE, open_with_opencv
from station.cameras.steady import SteadyCamera
from station.cameras.video import VideoCamera
from station.errors import CameraError, CameraLost, EndOfImages

RED_BGR = (0, 0, 250)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "line 1.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), RED_BGR, np.uint8))
    writer.release()
    return path


class Device:
    """A scripted USB camera: `read` returns what the test puts into `frames`, or hangs."""

    def __init__(self, opened: bool = True) -> None:
        self.opened = opened
        self.frames: SimpleQueue[np.ndarray | None] = SimpleQueue()
        self.asked = threading.Semaphore(0)
        self.released = threading.Event()

    def isOpened(self) -> bool:
        return self.opened

    def read(self):
        self.asked.release()
        frame = self.frames.get()
        return frame is not None, frame

    def release(self) -> None:
        self.released.set()

    def send(self, level: int) -> None:
        self.frames.put(np.full((4, 6, 3), (0, 0, level), np.uint8))


@pytest.fixture
def device():
    device = Device()
    yield device
    device.frames.put(None)
    assert device.released.wait(10)


def grab_in_thread(camera: Camera) -> tuple[threading.Thread, list]:
    answer: list = []

    def grab() -> None:
        try:
            answer.append(camera.grab())
        except CameraError as error:
            answer.append(error)

    thread = threading.Thread(target=grab)
    thread.start()
    return thread, answer


def test_a_file_gives_every_frame_as_rgb_and_then_ends(video: Path) -> None:
    with VideoCamera(str(video)) as camera:
        assert camera.name == "video line 1.avi"
        pictures = [camera.grab() for _ in range(3)]
        with pytest.raises(EndOfImages, match="All 3 pictures"):
            camera.grab()
    assert [picture.source for picture in pictures] == [f"frame 00000{n}" for n in (1, 2, 3)]
    pixels = pictures[0].pixels
    assert pixels.shape == (48, 64, 3)
    assert pixels[20, 20] == pytest.approx([250, 0, 0], abs=8)
    assert pixels.flags.c_contiguous
    assert not pixels.flags.writeable


def test_a_file_can_be_played_again(video: Path) -> None:
    camera = VideoCamera(str(video))
    for _ in range(2):
        with camera:
            assert camera.grab().source == "frame 000001"


def test_a_missing_file_and_a_file_that_is_no_video_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"no video file .*gone\.avi"):
        VideoCamera(str(tmp_path / "gone.avi")).open()
    (tmp_path / "text.avi").write_text("no video")
    with pytest.raises(CameraError, match=r"'text\.avi' is not a video"):
        VideoCamera(str(tmp_path / "text.avi")).open()


def test_grabbing_from_a_closed_camera_is_a_sentence(video: Path, device: Device) -> None:
    closed = VideoCamera(str(video))
    with pytest.raises(CameraError, match="is closed"):
        closed.grab()
    closed.open()
    closed.close()
    closed.close()
    with pytest.raises(CameraError, match="is closed"):
        closed.grab()
    device.send(1)
    with VideoCamera(0, open_capture=lambda _: device) as camera:
        pass
    with pytest.raises(CameraError, match="is closed"):
        camera.grab()


def test_a_live_grab_waits_for_a_frame_newer_than_itself(device: Device) -> None:
    device.send(1)
    with VideoCamera(2, open_capture=lambda _: device, read_timeout_s=30) as camera:
        assert camera.name == "USB camera 2"
        device.asked.acquire(timeout=10)
        device.asked.acquire(timeout=10)
        thread, answer = grab_in_thread(camera)
        thread.join(0.05)
        assert thread.is_alive(), "the frame from before the grab must not be given"
        device.send(77)
        thread.join(10)
    assert answer[0].pixels[0, 0].tolist() == [77, 0, 0]


def test_a_live_camera_that_hangs_fails_the_grab_in_time(device: Device) -> None:
    device.send(1)
    with (
        VideoCamera(0, open_capture=lambda _: device, read_timeout_s=0.05) as camera,
        pytest.raises(CameraLost, match=r"USB camera 0' stopped sending pictures.*itself"),
    ):
        camera.grab()
    assert not camera.is_there()


def test_close_ends_a_grab_that_hangs(device: Device) -> None:
    device.send(1)
    camera = VideoCamera(0, open_capture=lambda _: device, read_timeout_s=600)
    camera.open()
    thread, answer = grab_in_thread(camera)
    camera.close()
    thread.join(10)
    assert not thread.is_alive()
    assert "is closed" in str(answer[0])


def steady(opened: Callable[[str | int], object]) -> SteadyCamera:
    inner = VideoCamera(
        0, open_capture=opened, open_timeout_s=30, read_timeout_s=30, answers=lambda _: True
    )
    return SteadyCamera(inner, watchdog_s=30)


def test_a_lost_camera_is_connected_again(device: Device, monkeypatch) -> None:
    monkeypatch.setattr(returning, "FIRST_PAUSE_S", 0.001)
    lost, unplugged = Device(), Device(opened=False)
    plugged = iter([lost, unplugged, device])
    lost.send(1)
    device.send(5)
    with steady(lambda _: next(plugged)) as camera:
        lost.frames.put(None)
        with pytest.raises(CameraLost, match=r"stopped sending pictures|cannot be reached"):
            camera.grab()
        assert camera.wait_until_ready(30)
        thread, answer = grab_in_thread(camera)
        while thread.is_alive():
            device.send(5)
            thread.join(0.01)
    assert lost.released.is_set()
    assert unplugged.released.is_set()
    assert answer[0].pixels[0, 0].tolist() == [5, 0, 0]


def test_an_idle_camera_whose_device_ends_is_missed(device: Device) -> None:
    device.send(1)
    with VideoCamera(0, open_capture=lambda _: device, read_timeout_s=600) as camera:
        assert camera.is_there()
        device.frames.put(None)
        assert device.released.wait(10)
        with pytest.raises(CameraLost):
            camera.grab()
        assert not camera.is_there()


def test_a_driver_that_raises_is_a_sentence_and_a_log_entry(caplog) -> None:
    def open_capture(_):
        raise cv2.error("driver")

    with pytest.raises(CameraError, match="USB camera 0' cannot be reached"):
        VideoCamera(0, open_capture=open_capture, open_timeout_s=30).open()
    assert "error: driver" in caplog.text


def test_a_usb_camera_is_there_while_the_system_shows_its_device(tmp_path: Path) -> None:
    (tmp_path / "video1").touch()
    assert usb_answers(1, tmp_path)
    assert usb_answers(0, tmp_path) is (platform.system() != "Linux")


def test_options_for_networks_never_touch_a_file(video: Path, monkeypatch) -> None:
    """FFmpeg's options against old frames take the first frame away from this very file."""
    monkeypatch.setenv(VARIABLE, "")
    seen = []
    went_on, opening_network = threading.Event(), threading.Event()

    def slow_network(*args: object) -> Device:
        seen.append(os.environ[VARIABLE])
        if "://" not in str(args[0]):
            return real(*args)
        opening_network.set()
        went_on.wait(30)
        return Device(opened=False)

    real = cv2.VideoCapture
    monkeypatch.setattr(opening.cv2, "VideoCapture", slow_network)
    network = threading.Thread(target=open_with_opencv, args=("rtsp://127.0.0.1/1",))
    file = threading.Thread(target=open_with_opencv, args=(str(video),))
    network.start()
    assert opening_network.wait(30)
    file.start()
    file.join(0.05)
    assert file.is_alive(), "a file must wait until no network is being opened"
    went_on.set()
    network.join(30)
    file.join(30)
    assert seen == [NO_OLD_FRAMES, ""]


def test_options_that_somebody_set_stay(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "rtsp_transport;udp")
    seen = []
    monkeypatch.setattr(opening.cv2, "VideoCapture", lambda *_: seen.append(os.environ[VARIABLE]))
    open_with_opencv("rtsp://127.0.0.1/1")
    assert seen == ["rtsp_transport;udp"] == [os.environ[VARIABLE]]


def test_a_camera_that_cannot_be_reached_is_refused_at_open() -> None:
    camera = VideoCamera(5, open_capture=lambda _: Device(opened=False), open_timeout_s=0.05)
    with pytest.raises(CameraError, match="USB camera 5' cannot be reached"):
        camera.open()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:hunter2@10.0.0.5:554/stream1", "rtsp://10.0.0.5:554"),
        ("rtsp://admin:hun/ter2@10.0.0.5/stream1", "rtsp://10.0.0.5"),
        ("rtsp://10.0.0.5/user=admin_password=hunter2_channel=1", "rtsp://10.0.0.5"),
        ("rtsp://10.0.0.5?password=hunter2", "rtsp://10.0.0.5"),
    ],
)
def test_a_password_is_never_shown_but_kept_in_the_settings(address: str, shown: str) -> None:
    camera = VideoCamera(address, open_capture=lambda _: Device(opened=False), open_timeout_s=0.01)
    assert camera.name == shown
    assert camera.settings == {"kind": "video", "address": address}
    with pytest.raises(CameraError) as error:
        camera.open()
    assert shown in str(error.value)
    assert "hunter2" not in str(error.value)


def test_an_rtsp_address_without_a_server_fails_soon() -> None:
    with pytest.raises(CameraError, match="cannot be reached"):
        VideoCamera("rtsp://user:pw@127.0.0.1:1/x", open_timeout_s=0.3).open()


@pytest.mark.parametrize("address", [3, "rtsp://user:pw@host/1", "parts.avi"])
def test_settings_build_the_same_camera(address: str | int) -> None:
    built = build_camera(VideoCamera(address).settings)
    live = address != "parts.avi"
    assert isinstance(built, SteadyCamera if live else VideoCamera)
    assert built.settings == VideoCamera(address).settings


def test_a_slow_camera_may_have_a_longer_watchdog() -> None:
    settings = {"kind": "usb", "index": 2, "watchdog_s": 4.0}
    assert build_camera(settings).settings == settings
    with pytest.raises(CameraError, match="limit of 0"):
        build_camera({**settings, "watchdog_s": 0})
