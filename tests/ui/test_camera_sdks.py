"""Cameras behind makers' SDKs, chosen and set up on the page and in the wizard: real emulators."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.drafts import DraftSession, DraftStore
from station.home import Home
from station.ui.camera_sheet import CameraSheet
from station.ui.cameras.tuning import TuningSheet
from station.ui.conductor import Conductor
from station.ui.services import Services, TriggerKind
from station.ui.wizard.product import ProductStep
from tests.ui.test_camera_sheet import click_row, press

BASLER, RED = "0815-0001", "VikyTL_DEV_red"


@pytest.fixture
def basler(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypylon", reason='needs pypylon: pip install "patchlight[basler]"')
    monkeypatch.setenv("PYLON_CAMEMU", "2")


@pytest.fixture
def genicam(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = 'needs harvesters: pip install "patchlight[genicam]"'
    found = pytest.importorskip("genicam", reason=reason)
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(Path(found.__file__).parent))


@pytest.fixture
def sheet(conductor: Conductor, qtbot: QtBot) -> Iterator[CameraSheet]:
    """The page, opened as the person does it, after it has looked for cameras."""
    conductor.dialogs.camera()
    made = conductor.window.findChild(CameraSheet)
    qtbot.waitUntil(lambda: not made.choice.searching)
    yield made
    if shiboken6.isValid(made):
        made.stop()
        made.reject()


def test_a_basler_camera_is_found_previewed_and_set(
    basler: None, sheet: CameraSheet, qtbot: QtBot
) -> None:
    click_row(qtbot, sheet, BASLER)
    qtbot.waitUntil(lambda: "1024 × 1040 pixels" in sheet.panel.figures.text())
    exposure = sheet.tuning.fields["exposure_us"].box
    exposure.selectAll()
    qtbot.keyClicks(exposure, "5000")
    qtbot.keyClicks(sheet.tuning.fields["pixel_format"], "RGB8P")
    wanted = {"kind": "basler", "id": BASLER, "exposure_us": 5000, "pixel_format": "RGB8Packed"}
    assert sheet.settings == wanted
    qtbot.waitUntil(lambda: sheet.panel.live.settings == wanted and sheet.panel.seen)


def test_what_a_basler_camera_does_not_take_is_said_over_the_picture(
    basler: None, sheet: CameraSheet, qtbot: QtBot
) -> None:
    click_row(qtbot, sheet, BASLER)
    gain = sheet.tuning.fields["gain"].box
    gain.selectAll()
    qtbot.keyClicks(gain, "999")
    qtbot.waitUntil(lambda: "takes gain from" in sheet.panel.view.message)
    qtbot.keyClick(gain, Qt.Key.Key_PageDown)
    gain.setValue(gain.minimum())
    qtbot.waitUntil(lambda: sheet.panel.seen)


def test_a_camera_that_waits_for_its_input_says_so_and_is_closed_at_once(
    basler: None, sheet: CameraSheet, qtbot: QtBot
) -> None:
    click_row(qtbot, sheet, BASLER)
    qtbot.waitUntil(lambda: sheet.panel.seen)
    press(qtbot, sheet.parts.trigger.button(4))
    qtbot.waitUntil(lambda: "signal on the camera's input" in sheet.panel.view.message)
    with qtbot.waitSignal(sheet.chosen) as chosen:
        press(qtbot, sheet.accept_button)
    assert chosen.args[0] == {"kind": "basler", "id": BASLER, "trigger": "hardware"}
    assert chosen.args[1].kind is TriggerKind.CAMERA


def test_looking_again_while_a_genicam_camera_is_watched_does_not_disturb_it(
    genicam: None, sheet: CameraSheet, qtbot: QtBot
) -> None:
    click_row(qtbot, sheet, RED)
    qtbot.waitUntil(lambda: "400 × 400 pixels" in sheet.panel.figures.text())
    with qtbot.waitSignal(sheet.choice.ended):
        press(qtbot, sheet.choice.again_button)
    assert sheet.settings == {"kind": "genicam", "id": RED}
    seen = len(sheet.panel.focus.trace.points)
    qtbot.waitUntil(lambda: len(sheet.panel.focus.trace.points) > seen)
    assert sheet.panel.trouble == ""


def test_a_genicam_camera_is_chosen_and_set_in_the_wizard(
    genicam: None, services: Services, home: Home, qtbot: QtBot
) -> None:
    page, session = ProductStep(services), DraftStore(home).begin()
    qtbot.addWidget(page)
    page.resize(980, 560)
    page.show()
    page.enter(session)
    qtbot.waitUntil(lambda: not page.camera.searching)
    page.camera.cameras.setCurrentRow(
        next(i for i in range(3) if RED in page.camera.cameras.item(i).text())
    )
    qtbot.waitUntil(lambda: page.panel.seen)
    press(qtbot, page.tune_button)
    tuning = page.findChild(TuningSheet)
    tuning.form.fields["watchdog_s"].set_value(2)
    press(qtbot, tuning.accept_button)
    assert session.draft.camera == {"kind": "genicam", "id": RED, "watchdog_s": 2}
    qtbot.waitUntil(lambda: page.panel.seen)
    page.stop()
    assert DraftSession.open(session.folder).draft.camera["id"] == RED
