"""The camera page with mouse and keyboard: what is found, what it shows, what is chosen."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from station.cameras.camera import Camera
from station.cameras.catalogue import build_camera
from station.cameras.finding import Found
from station.cameras.folder import FolderCamera
from station.cameras.virtual_line import VirtualLine
from station.ui.camera_sheet import CameraSheet
from station.ui.cameras import choice
from station.ui.cameras.tuning import SDK_KINDS
from station.ui.conductor import Conductor
from station.ui.services import TriggerChoice, TriggerKind
from tests.ui.station_parts import write_pictures

NOT_INSTALLED = 'Basler cameras need pypylon: run pip install "patchlight[basler]".'
FOUND = [
    Found("GenICam red", {"kind": "genicam", "id": "red"}),
    Found("Basler cameras", trouble=NOT_INSTALLED),
    Found("USB 0: Webcam", {"kind": "usb", "index": 0}, "You may not use /dev/video0."),
    Found("Virtual line", {"kind": "virtual line", "seed": 0}),
]
LINE = {"kind": "virtual line", "seed": 0, "defect_rate": 0.0, "height": 96, "width": 128}
LEFT = Qt.MouseButton.LeftButton
Open = Callable[..., CameraSheet]


@pytest.fixture
def opened(conductor: Conductor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the sheet over the window; every one has let go of its camera when the test ends."""
    monkeypatch.setattr(choice, "find_cameras", lambda: FOUND)
    made: list[CameraSheet] = []

    def open_(settings=None, build=build_camera) -> CameraSheet:
        sheet = CameraSheet(settings or {}, TriggerChoice(), conductor.window, build)
        made.append(sheet)
        sheet.show_for(conductor.window)
        qtbot.waitUntil(lambda: not sheet.choice.searching)
        return sheet

    yield open_
    for sheet in filter(shiboken6.isValid, made):
        sheet.stop()
        sheet.reject()


def press(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, LEFT)


def click_row(qtbot: QtBot, sheet: CameraSheet, text: str) -> None:
    rows = sheet.choice.cameras
    item = next(rows.item(i) for i in range(rows.count()) if text in rows.item(i).text())
    rows.scrollToItem(item)
    middle: QPoint = rows.visualItemRect(item).center()
    qtbot.mouseClick(rows.viewport(), LEFT, pos=middle)


def test_what_is_connected_is_listed_with_what_is_wrong_with_it(opened: Open, qtbot: QtBot) -> None:
    sheet = opened()
    rows = [sheet.choice.cameras.item(i) for i in range(sheet.choice.cameras.count())]
    assert [row.text().splitlines()[0] for row in rows] == [
        "GenICam red",
        "USB 0: Webcam",
        "Virtual line, to practise with",
        "Folder of pictures",
        "Network camera (RTSP) or video",
        NOT_INSTALLED,
    ]
    assert "may not use /dev/video0" in rows[1].text()
    assert sheet.choice.found.text() == "2 connected"
    click_row(qtbot, sheet, "pip install")
    assert sheet.settings == {}
    assert not sheet.accept_button.isEnabled()


def test_the_virtual_line_is_previewed_with_its_meters(opened: Open, qtbot: QtBot) -> None:
    sheet = opened(build=lambda settings: build_camera({**settings, **LINE}))
    click_row(qtbot, sheet, "Virtual line")
    qtbot.waitUntil(lambda: len(sheet.panel.focus.trace.points) >= 2)
    assert sheet.panel.figures.text().startswith("128 × 96 pixels")
    assert "white" in sheet.panel.exposure.figures.text()
    assert sheet.accept_button.isEnabled()


def test_by_keyboard_alone(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    sheet = opened(LINE)
    rows = sheet.choice.cameras
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    assert sheet.choice.kind == "video"
    assert sheet.missing.text().startswith("Still missing: the address")
    sheet.choice.address.setFocus()
    qtbot.keyClicks(sheet.choice.address, str(tmp_path / "none.mp4"))
    assert sheet.accept_button.isEnabled()
    qtbot.keyClick(sheet.choice.address, Qt.Key.Key_Return)
    assert sheet.isVisible()
    qtbot.waitUntil(lambda: "none.mp4" in sheet.panel.view.message)
    with qtbot.waitSignal(sheet.chosen) as chosen:
        qtbot.keyClick(sheet.accept_button, Qt.Key.Key_Space)
    assert chosen.args[0] == {"kind": "video", "address": str(tmp_path / "none.mp4")}


def test_the_page_fits_the_smallest_window_with_every_setting_in_it(
    conductor: Conductor, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    sheet = opened(build=lambda settings: FolderCamera(folder))
    click_row(qtbot, sheet, "GenICam red")
    press(qtbot, sheet.tuning.fields["trigger"].button(2))
    qtbot.waitUntil(lambda: sheet.panel.seen)
    room, needed = conductor.window.size(), sheet.minimumSizeHint()
    assert sheet.width() <= room.width()
    assert sheet.height() <= room.height()
    assert needed.width() <= sheet.width()
    assert needed.height() <= sheet.height()


def test_tab_reaches_everything_from_the_list_to_the_action(opened: Open, qtbot: QtBot) -> None:
    sheet = opened(LINE)
    sheet.choice.cameras.setFocus()
    reached = [sheet.focusWidget()]
    while reached[-1] is not sheet.accept_button and len(reached) < 50:
        qtbot.keyClick(reached[-1], Qt.Key.Key_Tab)
        reached.append(sheet.focusWidget())
    for widget in (
        sheet.panel.begin_button,
        sheet.tuning.fields["seed"].box,
        sheet.tuning.fields["defect_rate"].box,
        sheet.parts.trigger.button(0),
        sheet.parts.limit.box,
        sheet.parts.codes,
        sheet.reject_button,
        sheet.accept_button,
    ):
        assert widget in reached


def test_trouble_is_said_over_the_picture_and_goes_when_it_is_mended(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    sheet = opened({"kind": "folder", "path": str(parts), "rate_hz": 5.0, "loop": True})
    qtbot.waitUntil(lambda: "cannot be opened" in sheet.panel.view.message)
    assert sheet.accept_button.isEnabled()
    write_pictures(parts, [False] * 2)
    qtbot.waitUntil(lambda: sheet.panel.seen)
    assert sheet.panel.trouble == ""


@pytest.mark.parametrize("kind", ["folder", "video", "virtual line", "usb", *SDK_KINDS])
def test_every_kind_of_camera_that_is_offered_can_be_built(
    opened: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    known = {"kind": kind, **({"index": 0} if kind == "usb" else {"id": "one"})}
    found = [Found(f"this {kind}", known)] if kind in ("usb", *SDK_KINDS) else []
    monkeypatch.setattr(choice, "find_cameras", lambda: found)
    folder = write_pictures(tmp_path / "parts", [False])
    sheet = opened(build=lambda settings: FolderCamera(folder))
    names = {"folder": "Folder", "video": "Network", "virtual line": "Virtual"}
    click_row(qtbot, sheet, names.get(kind, f"this {kind}"))
    if kind in {"folder", "video"}:
        assert not sheet.accept_button.isEnabled()
    sheet.choice.folder.set_folder(folder)
    qtbot.keyClicks(sheet.choice.address, "rtsp://camera/stream")
    assert sheet.accept_button.isEnabled()
    assert build_camera(sheet.settings).settings["kind"] == kind


def test_what_is_set_is_shown_kept_and_used(
    conductor: Conductor, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    settings = {"kind": "folder", "path": str(tmp_path), "rate_hz": 5.0, "loop": True}
    trigger = TriggerChoice(TriggerKind.INTERVAL, 0.5, takt_s=1.2, codes=True)
    conductor.control.use_camera(settings, trigger)
    conductor.dialogs.camera()
    sheet = conductor.window.findChild(CameraSheet)
    assert sheet.settings == settings
    with qtbot.waitSignal(sheet.chosen) as chosen:
        press(qtbot, sheet.accept_button)
    assert chosen.args == [settings, trigger]
    assert conductor.control.trigger == trigger
    assert conductor.window.header.camera.value.text() == "folder · every 0.5 s"


def test_settings_of_a_folder_are_changed_by_hand(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    settings = {"kind": "folder", "path": str(folder), "rate_hz": 2.0, "loop": False}
    sheet = opened(settings)
    rate, loop = sheet.tuning.fields["rate_hz"], sheet.tuning.fields["loop"]
    qtbot.keyClick(rate.box, Qt.Key.Key_Up)
    press(qtbot, loop)
    assert sheet.settings == {**settings, "rate_hz": 3.0, "loop": True}
    qtbot.waitUntil(lambda: sheet.panel.live.settings == sheet.settings)


def test_the_virtual_lines_settings_survive_the_sheet(opened: Open) -> None:
    settings = VirtualLine(7, 0.25, (96, 128)).settings
    assert opened(settings).settings == settings


def test_a_locked_camera_stays_locked_until_another_is_chosen(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    settings = {"kind": "usb", "index": 1, "exposure": 156.0}
    sheet = opened(settings, build=lambda settings: FolderCamera(folder))
    assert sheet.settings == settings
    assert sheet.choice.cameras.currentItem().text() == "USB 1: not connected now"
    assert sheet.panel.lock_button.text() == "Unlock"
    click_row(qtbot, sheet, "USB 0")
    assert sheet.settings == {"kind": "usb", "index": 0}


def test_the_plc_a_time_limit_and_codes_are_chosen_by_hand(opened: Open, qtbot: QtBot) -> None:
    sheet = opened(LINE)
    assert sheet.parts.limit.box.text() == "no limit"
    press(qtbot, sheet.parts.trigger.button(3))
    assert "PLC" in sheet.parts.explanation.text()
    sheet.parts.limit.box.selectAll()
    qtbot.keyClicks(sheet.parts.limit.box, "1.5")
    assert "FAULT" in sheet.parts.explanation.text()
    press(qtbot, sheet.parts.codes)
    with qtbot.waitSignal(sheet.chosen) as chosen:
        press(qtbot, sheet.accept_button)
    assert chosen.args[1] == TriggerChoice(TriggerKind.LINE, 1.0, takt_s=1.5, codes=True)


def test_a_camera_that_waits_for_its_input_and_that_trigger_go_together(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    sheet = opened(build=lambda settings: FolderCamera(folder))
    click_row(qtbot, sheet, "GenICam red")
    takes = sheet.tuning.fields["trigger"]
    press(qtbot, takes.button(2))
    assert sheet.parts.kind is TriggerKind.CAMERA
    assert sheet.settings["trigger"] == "hardware"
    assert sheet.tuning.fields["trigger_line"].isVisible()
    press(qtbot, sheet.parts.trigger.button(2))
    assert sheet.settings == {"kind": "genicam", "id": "red"}
    assert not sheet.tuning.fields["trigger_line"].isVisible()
    press(qtbot, sheet.parts.trigger.button(4))
    assert sheet.settings["trigger"] == "hardware"
    click_row(qtbot, sheet, "Virtual line")
    assert "no input of its own" in sheet.missing.text()
    press(qtbot, sheet.parts.trigger.button(0))
    assert sheet.accept_button.isEnabled()


def test_a_watchdog_shorter_than_the_exposure_is_refused(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    sheet = opened(build=lambda settings: FolderCamera(folder))
    click_row(qtbot, sheet, "GenICam red")
    exposure = sheet.tuning.fields["exposure_us"]
    qtbot.keyClick(exposure.box, Qt.Key.Key_Up)
    assert sheet.settings["exposure_us"] == 10_000
    exposure.box.selectAll()
    qtbot.keyClicks(exposure.box, "2000000")
    assert "shorter than the exposure" in sheet.missing.text()
    sheet.tuning.fields["watchdog_s"].set_value(3)
    assert sheet.accept_button.isEnabled()
    assert sheet.settings == {
        "kind": "genicam", "id": "red", "exposure_us": 2_000_000, "watchdog_s": 3,
    }  # fmt: skip


class Slow(FolderCamera):
    """Is opened only when the test says so; ends when it is closed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opening, self.may_open = threading.Event(), threading.Event()

    def open(self) -> None:
        self.opening.set()
        self.may_open.wait()
        super().open()


def test_a_camera_that_is_slow_to_open_does_not_hold_the_window(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    slow = Slow(folder)
    cameras: list[Camera] = [slow, FolderCamera(folder)]
    settings = {"kind": "folder", "path": str(folder), "rate_hz": 2.0, "loop": True}
    sheet = opened(settings, build=lambda settings: cameras.pop(0))
    assert slow.opening.wait(60)
    click_row(qtbot, sheet, "Virtual line")
    assert not sheet.panel.seen
    slow.may_open.set()
    qtbot.waitUntil(lambda: sheet.panel.seen)
    assert cameras == []


def test_leaving_waits_for_the_camera_without_holding_the_window(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    slow = Slow(folder)
    settings = {"kind": "folder", "path": str(folder), "rate_hz": 2.0, "loop": True}
    sheet = opened(settings, build=lambda settings: slow)
    assert slow.opening.wait(60)
    press(qtbot, sheet.accept_button)
    assert sheet.isVisible()
    assert sheet.missing.text() == "The camera is being closed …"
    with qtbot.waitSignal(sheet.chosen) as chosen:
        slow.may_open.set()
    assert chosen.args[0] == settings
    assert not sheet.panel.live.busy
