"""The whole window on real runs: folder camera, real loops, real ledger."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import ModelFileError
from engine.score import Score
from station.clock import utc_now
from station.home import Home
from station.inspection.events import RunState
from station.ledger.reader import LedgerReader
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.recipe import Recipe
from station.ui.actions import COMMANDS
from station.ui.buttons import BigButton
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor
from station.ui.keys_sheet import KeysSheet
from station.ui.live.picture_view import Overlay
from station.ui.recipe_sheet import RecipeSheet
from station.ui.services import Services, TriggerChoice, TriggerKind
from station.ui.sheet import Question, Sheet
from tests.ui.station_parts import NOON, BrightnessScorer, Loaded, publish, recorded, write_pictures

Press = Callable[[str], None]


@pytest.fixture
def ready(conductor: Conductor, home: Home, tmp_path: Path) -> Conductor:
    """A station with a recipe; its camera plays two good parts and a bad one."""
    folder = write_pictures(tmp_path / "parts", [False, False, True])
    conductor.control.use_recipe(publish(home, camera=folder))
    return conductor


@pytest.fixture
def press(conductor: Conductor, qtbot: QtBot) -> Press:
    """Press a key as a person would: the window has the focus."""

    def key(name: str) -> None:
        with qtbot.waitActive(conductor.window):
            conductor.window.activateWindow()
        combination = QKeySequence(name)[0]
        qtbot.keyClick(conductor.window, combination.key(), combination.keyboardModifiers())

    return key


def run_to_the_end(conductor: Conductor, qtbot: QtBot, press: Press) -> None:
    with qtbot.waitSignal(conductor.control.ended):
        press("F5")


def test_a_run_fills_the_window_and_the_ledger(
    ready: Conductor, qtbot: QtBot, press: Press, home: Home
) -> None:
    run_to_the_end(ready, qtbot, press)
    live, header = ready.window.live, ready.window.header
    assert (live.tally.ok, live.tally.ng, live.tally.fault) == (2, 1, 0)
    assert live.verdict.word == "FINISHED"
    assert header.recipe.value.text() == "board · rev 1"
    assert header.threshold.value.text() == "2.000 provisional"
    assert header.device.value.text() == "brightness"
    assert header.operator.value.text() == "A. Berger"
    assert header.latency.value.text().count("/") == 2
    assert [row.sequence for row in live.strip.rows] == [3]
    assert [row.verdict for row in rows_of(home)] == [Verdict.OK, Verdict.OK, Verdict.NG]


def test_a_reject_is_looked_at_again_from_disk(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    run_to_the_end(ready, qtbot, press)
    live = ready.window.live
    live.picture.show_message("nothing")
    where = live.strip.list.visualItemRect(live.strip.list.item(0)).center()
    qtbot.mouseClick(live.strip.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert live.picture.view is not None
    assert live.picture.view.sequence == 3
    assert live.picture.view.heat[..., 3].any()
    assert live.bar.isVisible()
    press("Esc")
    assert not live.bar.isVisible()
    press("Left")
    assert live.bar.isVisible()


def test_a_reject_whose_files_are_gone_is_told_not_fatal(
    ready: Conductor, qtbot: QtBot, press: Press, home: Home
) -> None:
    run_to_the_end(ready, qtbot, press)
    for kept in home.images.rglob("*.npz"):
        kept.unlink()
    press("Left")
    assert ready.window.banner.isVisible()
    assert "part 3" in ready.window.banner.sentence.text()
    assert not ready.window.live.bar.isVisible()


def test_a_new_start_of_the_program_recalls_earlier_rejects(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    ready.recall_rejects()
    assert ready.window.live.strip.rows == []
    run_to_the_end(ready, qtbot, press)
    again = Conductor(ready.services, ErrorDoor())
    again.recall_rejects()
    assert again.window.live.strip.rows == ready.window.live.strip.rows
    assert again.window.actions_by_name["previous"].isEnabled()
    again.window.close()
    again.window.deleteLater()


def test_pause_and_resume_with_space(ready: Conductor, qtbot: QtBot, press: Press) -> None:
    start_by_key(ready, qtbot, press)
    press("Space")
    wait_for_state(ready, qtbot, RunState.PAUSED)
    assert ready.window.live.verdict.word == "PAUSED"
    assert ready.window.actions_by_name["pause"].text() == "Resume"
    press("Space")
    wait_for_state(ready, qtbot, RunState.RUNNING)
    with qtbot.waitSignal(ready.control.ended):
        press("F5")
    assert ready.window.live.verdict.word == "STOPPED"


@pytest.mark.parametrize("key", ["T", "Return"])
def test_the_trigger_key_judges_one_part(
    ready: Conductor, qtbot: QtBot, press: Press, key: str
) -> None:
    start_by_key(ready, qtbot, press)
    press(key)
    qtbot.waitUntil(lambda: ready.window.live.tally.judged == 1)
    with qtbot.waitSignal(ready.control.ended):
        press("F5")


def test_heatmap_keys(ready: Conductor, press: Press) -> None:
    live = ready.window.live
    press("H")
    assert live.picture.overlay is Overlay.CONTOUR
    press("H")
    press("H")
    assert live.picture.overlay is Overlay.HEATMAP
    before = live.picture.opacity
    press("-")
    assert live.picture.opacity == pytest.approx(before - 0.1)
    press("+")
    assert live.picture.opacity == pytest.approx(before)


def test_previous_and_next_walk_through_the_rejects(
    conductor: Conductor, press: Press, qtbot: QtBot
) -> None:
    for sequence in (1, 2, 3):
        conductor.lane.on_event(recorded(sequence, Verdict.NG))
    live = conductor.window.live
    seen = []
    for key in ("Left", "Left", "Right"):
        press(key)
        assert live.looking_at is not None
        seen.append(live.looking_at.sequence)
    assert seen == [3, 2, 3]


def test_every_command_is_in_a_menu_has_a_key_and_does_something(conductor: Conductor) -> None:
    offered = {
        action for menu in conductor.window.menuBar().actions() for action in menu.menu().actions()
    }
    assert set(conductor._handlers()) == {command.name for command in COMMANDS}
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    for command in COMMANDS:
        assert conductor.window.actions_by_name[command.name] in offered
        assert command.keys
        assert command.help


def test_help_lists_the_keys(conductor: Conductor, press: Press) -> None:
    press("F1")
    sheet = conductor.window.findChild(KeysSheet)
    assert sheet is not None
    sheet.accept_button.click()


def test_without_a_recipe_start_is_not_offered(conductor: Conductor, press: Press) -> None:
    assert not conductor.window.actions_by_name["run"].isEnabled()
    press("F5")
    assert not conductor.control.active
    assert conductor.window.header.recipe.value.text() == "None yet"


def test_a_camera_that_cannot_be_opened_is_told(
    conductor: Conductor, qtbot: QtBot, press: Press, home: Home, tmp_path: Path
) -> None:
    conductor.control.use_recipe(publish(home, camera=tmp_path / "nowhere"))
    run_to_the_end(conductor, qtbot, press)
    window = conductor.window
    assert window.live.verdict.word == "FAULT"
    assert window.banner.isVisible()
    assert "nowhere" in window.banner.sentence.text()
    assert window.header.camera.attention


def test_a_model_that_does_not_load_stops_the_run_with_its_sentence(
    ready: Conductor, qtbot: QtBot, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(recipe: Recipe) -> Loaded:
        raise ModelFileError("The model was changed after it was published. Load revision 1.")

    monkeypatch.setattr(ready.control, "services", replaced(ready.services, refuse))
    run_to_the_end(ready, qtbot, press)
    assert "changed after" in ready.window.banner.sentence.text()
    assert ready.window.live.verdict.word == "FAULT"


def test_a_refused_runtime_is_seen_beside_the_one_that_judges(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    refusal = "OpenVINO bf16 on CPU is refused on this machine. brightness judges instead."
    load = lambda recipe: Loaded(BrightnessScorer(), (refusal,))  # noqa: E731
    ready.control.services = replaced(ready.services, load)
    run_to_the_end(ready, qtbot, press)
    device = ready.window.header.device
    assert (device.value.text(), device.attention) == ("brightness", True)
    assert device.toolTip() == refusal
    assert ready.window.banner.sentence.text() == refusal
    assert ready.window.banner.isVisible()


def test_a_refused_runtime_is_told_once_a_run_not_after_each_pause(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    load = lambda recipe: Loaded(BrightnessScorer(), ("One is refused.",))  # noqa: E731
    ready.control.services = replaced(ready.services, load)
    start_by_key(ready, qtbot, press)
    ready.window.banner.dismiss()
    for state in (RunState.PAUSED, RunState.RUNNING):
        ready.pause_or_resume()
        wait_for_state(ready, qtbot, state)
    assert not ready.window.banner.isVisible()
    with qtbot.waitSignal(ready.control.ended):
        press("F5")


def test_closing_while_it_judges_stops_the_threads_and_loses_no_row(
    ready: Conductor, qtbot: QtBot, press: Press, home: Home, tmp_path: Path
) -> None:
    folder = str(write_pictures(tmp_path / "many", [False] * 5))
    endless = {"kind": "folder", "path": folder, "loop": True}
    ready.control.use_camera(endless, TriggerChoice(TriggerKind.FREE_RUN))
    press("F5")
    qtbot.waitUntil(lambda: ready.window.live.tally.judged >= 5)
    session = ready.control.session
    assert session is not None
    ready.window.close()
    assert not any(thread.isRunning() for thread in ready.control._threads)
    assert len(rows_of(home)) == session.triggers
    with LedgerReader.open(home) as reader:
        (run,) = reader.runs(NOON.replace(year=2020), utc_now())
    assert run.reconciles


def test_judging_does_not_wait_for_the_screen(
    ready: Conductor, qtbot: QtBot, press: Press, home: Home
) -> None:
    """Three parts are judged and recorded while the screen's thread is held up."""
    judged = threading.Semaphore(0)

    class Telling(BrightnessScorer):
        def score(self, image: NDArray[np.uint8], /) -> Score:
            judged.release()
            return super().score(image)

    ready.control.services = replaced(ready.services, lambda recipe: Loaded(Telling()))
    with qtbot.waitSignal(ready.control.ended):
        press("F5")
        for _ in range(3):
            assert judged.acquire(timeout=20)
        assert ready.window.live.tally.judged == 0
    assert ready.window.live.tally.judged == 3


def test_changing_the_recipe_while_judging_asks_first(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    start_by_key(ready, qtbot, press)
    press("Ctrl+T")
    question = ready.window.findChild(Question)
    question.reject_button.click()
    assert ready.control.active
    press("Ctrl+T")
    (question,) = [one for one in ready.window.findChildren(Question) if one.isVisible()]
    with qtbot.waitSignal(ready.control.ended):
        question.accept_button.click()
    assert ready.dialogs.wizard is not None
    assert not ready.window.is_live
    ready.dialogs.wizard.leave_action.trigger()
    assert ready.window.is_live


def test_what_defends_the_recipe_is_read_while_judging(
    ready: Conductor, qtbot: QtBot, press: Press
) -> None:
    start_by_key(ready, qtbot, press)
    press("Ctrl+R")
    sheet = ready.window.findChild(RecipeSheet)
    assert not sheet.import_button.isEnabled()
    sheet.list.setCurrentRow(0)
    assert ready.control.active
    sheet.accept_button.click()
    assert ready.control.active
    (question,) = [one for one in ready.window.findChildren(Question) if one.isVisible()]
    with qtbot.waitSignal(ready.control.ended):
        question.accept_button.click()
    assert not ready.control.active


def test_text_follows_the_size_of_the_window(conductor: Conductor) -> None:
    small = conductor.window.header.recipe.value.font().pixelSize()
    conductor.dialogs.teach()
    assert conductor.dialogs.wizard is not None
    stage = conductor.dialogs.wizard.missing
    assert stage.font().pixelSize() == small
    conductor.window.resize(1920, 1080)
    large = conductor.window.header.recipe.value.font().pixelSize()
    assert large > small
    assert stage.font().pixelSize() == large


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_every_button_fits_and_is_high_enough_for_a_glove(
    ready: Conductor, size: tuple[int, int]
) -> None:
    ready.control.use_camera(ready.control.camera_settings, TriggerChoice(TriggerKind.KEY))
    ready.window.resize(*size)
    QApplication.processEvents()
    assert (ready.window.width(), ready.window.height()) == size
    for button in ready.window.findChildren(BigButton):
        if button.isVisible():
            assert button.height() >= 48, button.text()
            assert button.width() >= button.minimumSizeHint().width(), button.text()


def start_by_key(conductor: Conductor, qtbot: QtBot, press: Press) -> None:
    """Start judging parts by key: it goes on until it is stopped."""
    settings = conductor.control.camera_settings
    conductor.control.use_camera(settings, TriggerChoice(TriggerKind.KEY))
    press("F5")
    wait_for_state(conductor, qtbot, RunState.RUNNING)


def wait_for_state(conductor: Conductor, qtbot: QtBot, state: RunState) -> None:
    qtbot.waitUntil(lambda: conductor.control.state is state)


def rows_of(home: Home) -> list[Row]:
    with LedgerReader.open(home) as reader:
        return reader.rows(NOON.replace(year=2020), utc_now())


def replaced(services: Services, load: Callable[[Recipe], Loaded]) -> Services:
    return replace(services, load_engine=lambda recipe, cancelled: load(recipe))


def test_a_sheet_says_what_is_missing(conductor: Conductor) -> None:
    sheet = Sheet("Title", "Do it", conductor.window)
    sheet.say_missing("Choose a folder.")
    assert not sheet.accept_button.isEnabled()
    sheet.say_missing("")
    assert sheet.accept_button.isEnabled()
    sheet.close()
