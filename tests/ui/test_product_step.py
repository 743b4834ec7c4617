"""Name, camera, focus and exposure: the wizard's first page on real cameras."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from station.cameras.camera import Camera
from station.cameras.catalogue import build_camera
from station.cameras.finding import Found
from station.cameras.video import VideoCamera
from station.drafts import DraftSession, DraftStore
from station.home import Home
from station.ui.cameras import choice
from station.ui.cameras.live_camera import least_s
from station.ui.services import CameraSettings, Services
from station.ui.wizard.product import ProductStep
from tests.station.test_camera_setup import Webcam
from tests.ui.station_parts import publish, write_pictures

LINE = {"kind": "virtual line", "seed": 0, "defect_rate": 0.0, "height": 96, "width": 128}


class Cameras:
    """Builds real cameras and knows which of them are open; USB ones have a scripted driver."""

    def __init__(self) -> None:
        self.opened: list[Camera] = []
        self.closed = threading.Semaphore(0)
        self.webcam = Webcam()

    def build(self, settings: CameraSettings) -> Camera:
        if settings["kind"] == "usb":
            held = {key: float(settings[key]) for key in ("exposure", "gain") if key in settings}
            camera: Camera = VideoCamera(0, open_capture=lambda _: self.webcam, held=held)
        else:
            camera = build_camera(settings)
        really_open, really_close = camera.open, camera.close

        def open_() -> None:
            really_open()
            self.opened.append(camera)

        def close() -> None:
            really_close()
            if camera in self.opened:
                self.opened.remove(camera)

        camera.open, camera.close = open_, close  # type: ignore[method-assign]
        return camera


@pytest.fixture
def cameras() -> Cameras:
    return Cameras()


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, str | float | bool]:
    """Settings of a camera that gives pictures at once."""
    folder = write_pictures(tmp_path / "parts", [False] * 3)
    return {"kind": "folder", "path": str(folder), "rate_hz": 2.0, "loop": False}


@pytest.fixture
def session(home: Home) -> DraftSession:
    return DraftStore(home).begin()


@pytest.fixture
def page(
    qtbot: QtBot, services: Services, cameras: Cameras, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProductStep]:
    webcam = Found("USB 0: HD Webcam", {"kind": "usb", "index": 0})
    monkeypatch.setattr(choice, "find_cameras", lambda: [webcam])
    made = ProductStep(replace(services, build_camera=cameras.build))
    qtbot.addWidget(made)
    made.resize(980, 560)
    made.show()
    yield made
    made.stop()


def row_of(page: ProductStep, text: str) -> int:
    rows = page.camera.cameras
    return next(i for i in range(rows.count()) if text in rows.item(i).text())


def test_what_is_missing_is_said_one_thing_at_a_time(
    page: ProductStep, session: DraftSession, qtbot: QtBot, tmp_path: Path
) -> None:
    page.enter(session)
    assert page.missing == "Still missing: a name for the product."
    qtbot.keyClicks(page.name, "board/2")
    assert "cannot be a recipe's name" in page.missing
    page.name.setText("board 2")
    assert page.missing == "Still missing: a camera. Choose one from the list."
    page.camera.cameras.setCurrentRow(row_of(page, "Folder"))
    assert page.missing == "Still missing: the folder with the pictures."
    page.camera.folder.set_folder(tmp_path / "none")
    assert page.missing == "Waiting for the camera's first picture …"
    qtbot.waitUntil(lambda: "cannot be opened" in page.missing)
    assert "cannot be opened" in page.panel.view.message
    page.camera.folder.set_folder(write_pictures(tmp_path / "parts", [False] * 3))
    qtbot.waitUntil(lambda: not page.missing)
    page.leave()
    saved = DraftSession.open(session.folder).draft
    assert saved.name == "board 2"
    assert saved.camera["path"] == str(tmp_path / "parts")


def test_the_virtual_line_is_previewed_and_measured(
    page: ProductStep, session: DraftSession, qtbot: QtBot
) -> None:
    session.change(name="board", description="top side", camera=LINE)
    page.enter(session)
    assert page.description.toPlainText() == "top side"
    qtbot.waitUntil(lambda: len(page.panel.focus.trace.points) >= 3)
    assert page.missing == ""
    assert page.panel.figures.text().startswith("128 × 96 pixels, one every ")
    assert "at worst" in page.panel.figures.text()
    assert "% of the sharpest so far" in page.panel.focus.sentence.text()
    assert page.panel.focus.best_line.value() == pytest.approx(page.panel.focus.trace.best[1])
    assert "white" in page.panel.exposure.figures.text()
    assert "no exposure, gain or white balance" in page.panel.lock_text.text()
    assert not page.panel.lock_button.isVisible()
    page.panel.begin_button.click()
    assert len(page.panel.focus.trace.points) == 0
    assert session.draft.camera == LINE


def test_the_camera_is_closed_when_the_page_is_left(
    page: ProductStep, session: DraftSession, cameras: Cameras, qtbot: QtBot, parts: CameraSettings
) -> None:
    session.change(name="board", camera=parts)
    page.enter(session)
    qtbot.waitUntil(lambda: not page.missing)
    assert len(cameras.opened) == 1
    page.leave()
    assert cameras.opened == []
    page.enter(session)
    qtbot.waitUntil(lambda: len(cameras.opened) == 1)
    page.stop()
    assert cameras.opened == []


def test_the_camera_is_closed_however_the_page_goes_out_of_sight(
    page: ProductStep, session: DraftSession, cameras: Cameras, qtbot: QtBot, parts: CameraSettings
) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    for each in (page, QWidget()):
        stack.addWidget(each)
    stack.show()
    session.change(name="board", camera=parts)
    page.enter(session)
    qtbot.waitUntil(lambda: not page.missing)
    stack.setCurrentIndex(1)
    assert cameras.opened == []
    stack.setCurrentIndex(0)
    qtbot.waitUntil(lambda: len(cameras.opened) == 1)
    page.leave()
    page.setParent(None)


def test_another_camera_takes_the_place_of_the_first(
    page: ProductStep,
    session: DraftSession,
    cameras: Cameras,
    qtbot: QtBot,
    parts: CameraSettings,
) -> None:
    others = write_pictures(Path(str(parts["path"])).with_name("others"), [True] * 2)
    first = {**parts, "rate_hz": 5.0}
    session.change(name="board", camera=first)
    page.enter(session)
    qtbot.waitUntil(lambda: not page.missing)
    assert page.panel.figures.text().startswith("64 × 48")
    page.camera.folder.set_folder(others)
    assert page.missing == "Waiting for the camera's first picture …"
    assert session.draft.camera == {**parts, "path": str(others)}
    qtbot.waitUntil(lambda: not page.missing)
    assert len(cameras.opened) == 1
    page.camera.folder.set_folder(Path(str(parts["path"])))
    assert session.draft.camera == first
    page.camera.cameras.setCurrentRow(row_of(page, "Network"))
    assert page.missing.startswith("Still missing: the address")
    assert cameras.opened == []
    qtbot.keyClicks(page.camera.address, "rtsp://10.0.0.7/stream")
    assert "web page" in page.panel.lock_text.text()


def test_a_usb_camera_is_found_and_locked(
    page: ProductStep, session: DraftSession, cameras: Cameras, qtbot: QtBot
) -> None:
    page.enter(session)
    qtbot.waitUntil(lambda: page.camera.cameras.count() == 4)
    assert page.camera.cameras.item(0).text().strip() == "USB 0: HD Webcam"
    page.camera.cameras.setCurrentRow(0)
    qtbot.waitUntil(lambda: bool(page.panel.figures.text()))
    assert not page.panel.darker_button.isVisible()
    qtbot.mouseClick(page.panel.lock_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Locked: exposure 156" in page.panel.lock_text.text())
    assert session.draft.camera == {
        "kind": "usb", "index": 0, "exposure": 156, "gain": 8, "white_balance": 4600,
    }  # fmt: skip
    qtbot.mouseClick(page.panel.darker_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "exposure 125" in page.panel.lock_text.text())
    assert session.draft.camera["exposure"] == 125
    assert len(cameras.opened) == 1
    page.leave()
    page.enter(session)
    qtbot.waitUntil(lambda: not page.camera.missing and len(cameras.opened) == 1)
    assert page.panel.lock_button.text() == "Unlock"
    qtbot.waitUntil(lambda: page.panel.seen)
    qtbot.mouseClick(page.panel.lock_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Nothing is locked" in page.panel.lock_text.text())
    assert session.draft.camera == {"kind": "usb", "index": 0}
    page.leave()


def test_a_camera_that_is_away_stays_chosen(
    page: ProductStep, session: DraftSession, qtbot: QtBot
) -> None:
    gone = {"kind": "usb", "index": 7, "exposure": 100.0}
    session.change(name="board", camera=gone)
    page.enter(session)
    qtbot.waitUntil(lambda: page.camera.cameras.count() == 5)
    assert page.camera.cameras.currentItem().text().strip() == "USB 7: not connected now"
    assert session.draft.camera == gone


def test_names_that_are_taken(
    page: ProductStep, session: DraftSession, home: Home, qtbot: QtBot
) -> None:
    publish(home, "Board")
    page.enter(session)
    page.name.setText("board")
    assert page.missing == "There is a product 'Board' already: write its name like that."
    page.name.setText("Board")
    assert page.hint.text() == "Known already: this becomes revision 2."
    assert page.hint.isVisible()
    page.name.setText("Plate")
    assert not page.hint.isVisible()


def test_typing_is_saved_without_a_press(
    page: ProductStep, session: DraftSession, qtbot: QtBot
) -> None:
    page.enter(session)
    qtbot.keyClicks(page.name, "board")
    qtbot.keyClicks(page.description, "top")
    qtbot.waitUntil(lambda: session.draft.description == "top")
    assert DraftSession.open(session.folder).draft.name == "board"


def test_a_draft_that_cannot_be_saved_is_said(page: ProductStep, session: DraftSession) -> None:
    page.enter(session)
    shutil.rmtree(session.folder)
    session.folder.write_text("in the way")
    page.name.setText("board")
    assert not page.proceed()
    assert "cannot be saved" in page.missing


def test_a_video_file_is_played_again_and_again_at_a_pace(
    page: ProductStep, session: DraftSession, qtbot: QtBot, tmp_path: Path
) -> None:
    path = str(tmp_path / "line.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for level in (60, 90):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    session.change(name="board", camera={"kind": "video", "address": path})
    page.enter(session)
    qtbot.waitUntil(lambda: len(page.panel.focus.trace.points) >= 5)
    assert page.missing == ""
    assert least_s({"kind": "video", "address": path}) > 0
    assert least_s({"kind": "video", "address": "rtsp://10.0.0.7/main"}) == 0
    assert least_s({"kind": "usb", "index": 0}) == 0


def test_clipping_is_marked(page: ProductStep) -> None:
    from engine.meters import exposure

    burnt = np.full((50, 50, 3), 255, np.uint8)
    page.panel.exposure.show_exposure(exposure(burnt))
    assert page.panel.exposure.white.isVisible()
    assert not page.panel.exposure.black.isVisible()
    assert "100.0% is pure white" in page.panel.exposure.sentence.text()
    page.panel.exposure.show_exposure(exposure(np.full((50, 50, 3), 120, np.uint8)))
    assert not page.panel.exposure.white.isVisible()
    assert "Good" in page.panel.exposure.sentence.text()
