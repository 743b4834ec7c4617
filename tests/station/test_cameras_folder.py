"""A folder of pictures behaves like a camera: in order, in its own time, one bad file at a time."""

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from station.cameras.catalogue import build_camera
from station.cameras.folder import FolderCamera
from station.cameras.virtual_line import VirtualLine
from station.errors import CameraError, EndOfImages


def write_pictures(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((6, 8, 3), (10, 20, 200), np.uint8))
    return folder


def sources(camera: FolderCamera, count: int) -> list[str]:
    return [camera.grab().source for _ in range(count)]


def test_plays_in_the_order_people_count_and_then_ends(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "parts", "p10.png", "P9.png", "p1.png", "a2b10.png")
    with FolderCamera(folder) as camera:
        assert camera.name == "folder parts/"
        assert sources(camera, 4) == ["a2b10.png", "p1.png", "P9.png", "p10.png"]
        with pytest.raises(EndOfImages, match=r"All 4 pictures of folder parts/"):
            camera.grab()


def test_takes_every_kind_of_picture_and_nothing_else(tmp_path: Path) -> None:
    names = ["1.png", "2.JPG", "3.jpeg", "4.BMP", "5.tif", "6.Tiff"]
    folder = write_pictures(tmp_path, *names)
    (folder / "7.txt").write_text("no picture")
    (folder / "8.png").mkdir()
    with FolderCamera(folder) as camera:
        assert sources(camera, 6) == names
        with pytest.raises(EndOfImages):
            camera.grab()


def test_pictures_are_rgb_and_read_only(tmp_path: Path) -> None:
    with FolderCamera(write_pictures(tmp_path, "1.png")) as camera:
        pixels = camera.grab().pixels
    assert pixels.shape == (6, 8, 3)
    assert pixels[0, 0].tolist() == [200, 20, 10]
    assert not pixels.flags.writeable
    assert pixels.flags.c_contiguous


def test_a_loop_begins_again(tmp_path: Path) -> None:
    with FolderCamera(write_pictures(tmp_path, "1.png", "2.png"), loop=True) as camera:
        assert sources(camera, 5) == ["1.png", "2.png", "1.png", "2.png", "1.png"]


def test_a_shuffle_is_repeatable_complete_and_new_each_round(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(20)]
    camera = FolderCamera(write_pictures(tmp_path, *names), loop=True, shuffle_seed=3)
    with camera:
        first, second = sources(camera, 20), sources(camera, 20)
    with camera:
        again = sources(camera, 40)
    assert again == first + second
    assert sorted(first) == sorted(second) == sorted(names)
    assert len({tuple(names), tuple(first), tuple(second)}) == 3


def test_a_spoiled_file_fails_its_own_grab_only(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path, "1.png", "2.png", "3.png", "4.png")
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:40])
    with FolderCamera(folder) as camera:
        (folder / "3.png").unlink()
        assert camera.grab().source == "1.png"
        with pytest.raises(CameraError, match=r"2\.png"):
            camera.grab()
        with pytest.raises(CameraError, match=r"3\.png.*no such file"):
            camera.grab()
        assert camera.grab().source == "4.png"


@pytest.mark.parametrize("make", [lambda _: None, lambda folder: folder.mkdir()])
def test_a_folder_without_pictures_is_refused_at_open(tmp_path: Path, make) -> None:
    make(tmp_path / "parts")
    with pytest.raises(CameraError, match=r"parts'.*Choose"), FolderCamera(tmp_path / "parts"):
        pass


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("")
    with pytest.raises(CameraError, match="cannot be opened"):
        FolderCamera(tmp_path / "parts").open()


@pytest.mark.parametrize("rate_hz", [-1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(tmp_path: Path, rate_hz: float) -> None:
    with pytest.raises(CameraError, match="pictures a second"):
        FolderCamera(tmp_path, rate_hz=rate_hz)


def error_once_closed(camera: FolderCamera) -> str:
    """Grab in a thread, close from here, and return what the grab raised."""
    caught: list[CameraError] = []

    def grab() -> None:
        started.set()
        try:
            camera.grab()
        except CameraError as error:
            caught.append(error)

    started = threading.Event()
    thread = threading.Thread(target=grab)
    thread.start()
    assert started.wait(10)
    camera.close()
    thread.join(10)
    assert not thread.is_alive()
    return str(caught[0])


def test_close_ends_a_wait_from_another_thread(tmp_path: Path) -> None:
    with FolderCamera(write_pictures(tmp_path, "1.png", "2.png"), rate_hz=0.001) as camera:
        camera.grab()
        assert "closed" in error_once_closed(camera)


def test_pictures_come_at_the_set_rate_without_rushing_after_a_pause(tmp_path: Path) -> None:
    now = [100.0]
    folder = write_pictures(tmp_path, *(f"{number}.png" for number in range(9)))
    with FolderCamera(folder, rate_hz=0.01, clock=lambda: now[0]) as camera:
        camera.grab()
        for _ in range(2):
            now[0] += 100.0
            camera.grab()
        now[0] += 3600.0
        camera.grab()
        camera.grab()
        assert "closed" in error_once_closed(camera)


def test_a_closed_camera_says_so(tmp_path: Path) -> None:
    camera = FolderCamera(write_pictures(tmp_path, "1.png"))
    with pytest.raises(CameraError, match="is closed"):
        camera.grab()
    with camera:
        pass
    camera.close()
    with pytest.raises(CameraError, match="is closed"):
        camera.grab()


def test_settings_build_the_same_virtual_line() -> None:
    line = VirtualLine(3, defect_rate=0.25, size=(240, 320), first_board=7)
    built = build_camera(json.loads(json.dumps(line.settings)))
    assert isinstance(built, VirtualLine)
    assert built.settings == line.settings
    assert isinstance(build_camera({"kind": "virtual line", "seed": 1}), VirtualLine)


@pytest.mark.parametrize(
    "camera",
    [
        FolderCamera(Path("parts")),
        FolderCamera(Path("parts"), rate_hz=2.5, loop=True, shuffle_seed=0),
    ],
)
def test_settings_build_the_same_camera_after_json(camera: FolderCamera) -> None:
    built = build_camera(json.loads(json.dumps(camera.settings)))
    assert isinstance(built, FolderCamera)
    assert built.settings == camera.settings
    assert Path(str(built.settings["path"])).is_absolute()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "no camera of kind ''"),
        ({"kind": "telescope"}, "'telescope'.*'folder', 'video', 'usb', 'virtual line'"),
        ({"kind": "folder"}, "'folder' camera has no setting 'path'"),
        ({"kind": "virtual line"}, "'virtual line' camera has no setting 'seed'"),
        ({"kind": "usb", "index": "left"}, "'usb' camera cannot be set up"),
    ],
)
def test_wrong_settings_are_a_sentence(settings, says: str) -> None:
    with pytest.raises(CameraError, match=says):
        build_camera(settings)
