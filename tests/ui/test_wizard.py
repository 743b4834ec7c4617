"""Teaching from the window."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.errors import TeachError
from engine.progress import IsCancelled, Progress, raise_if
from station.home import Home
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest
from station.ui.conductor import Conductor
from station.ui.services import Services
from station.ui.wizard.time_left import TimeLeft
from station.ui.wizard.wizard import GOOD_PARTS, PUBLISH, TEACH, THRESHOLD, Wizard
from tests.ui.station_parts import publish, write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "good", [False] * 12)


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, pictures: Path) -> Iterator[Wizard]:
    """A wizard whose camera plays the good pictures for ever."""
    made = Wizard(services, {"kind": "folder", "path": str(pictures), "loop": True})
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    yield made
    made.stop()


def test_the_first_page_says_what_is_missing_one_thing_at_a_time(
    wizard: Wizard, qtbot: QtBot, pictures: Path, tmp_path: Path
) -> None:
    page = wizard.good_parts
    assert wizard.missing.text() == "Still missing: a name for the product."
    assert not wizard.next_button.isEnabled()
    qtbot.keyClicks(page.name, "board/2")
    assert "cannot be a recipe's name" in wizard.missing.text()
    page.name.setText("board 2")
    assert wizard.missing.text() == "Still missing: 7 more pictures of good parts."
    page.folder.set_folder(write_pictures(tmp_path / "few", [False] * 3))
    assert wizard.missing.text() == "Still missing: 4 more pictures of good parts."
    page.folder.set_folder(pictures)
    assert wizard.missing.text() == ""
    assert wizard.next_button.isEnabled()
    assert wizard.next_button.text() == "Teach 12 pictures"
    assert len(page.sheet.images) == 12


def test_an_empty_folder_is_explained(wizard: Wizard, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    wizard.good_parts.name.setText("board")
    wizard.good_parts.folder.set_folder(tmp_path / "empty")
    assert "has no pictures" in wizard.missing.text()


def test_from_good_parts_to_a_published_recipe(
    wizard: Wizard, qtbot: QtBot, pictures: Path, home: Home
) -> None:
    enter(wizard, pictures)
    with qtbot.waitSignal(wizard.teaching.taught):
        wizard.next_button.click()
        assert wizard.rail.step == TEACH
    assert all(stage.finished for stage in wizard.teaching.stages)
    assert wizard.rail.step == THRESHOLD
    assert "provisional" in wizard.threshold.claims.text.text()
    qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    assert wizard.rail.step == PUBLISH
    assert "board, revision 1" in wizard.publish.summary.text()
    with qtbot.waitSignal(wizard.started) as started:
        wizard.next_button.click()
    assert started.args[0].name == "board"
    assert RecipeStore(home).revisions("board") == [1]


def test_teaching_can_be_cancelled_and_begun_again(
    wizard: Wizard, qtbot: QtBot, pictures: Path, services: Services, home: Home
) -> None:
    begun = threading.Event()

    def endless(
        request: TeachRequest, store: RecipeStore, progress: Progress, cancelled: IsCancelled
    ) -> Recipe:
        begun.set()
        while True:
            raise_if(cancelled)

    wizard._services = replace(services, teach=endless)
    enter(wizard, pictures)
    wizard.next_button.click()
    assert begun.wait(5)
    assert not wizard.next_button.isEnabled()
    with qtbot.waitSignal(wizard.teaching.gave_up):
        wizard.teaching.cancel_button.click()
    assert "cancelled" in wizard.teaching.problem.text()
    assert RecipeStore(home).names() == []
    assert wizard.next_button.text() == "Teach again"
    wizard._services = services
    with qtbot.waitSignal(wizard.teaching.taught):
        wizard.next_button.click()
    assert not wizard.teaching.problem.isVisible()


def test_teaching_that_fails_says_why_and_offers_the_way_back(
    wizard: Wizard, qtbot: QtBot, pictures: Path, services: Services
) -> None:
    def refuse(
        request: TeachRequest, store: RecipeStore, progress: Progress, cancelled: IsCancelled
    ) -> Recipe:
        raise TeachError("All pictures are the same. Show different good parts.")

    wizard._services = replace(services, teach=refuse)
    enter(wizard, pictures)
    with qtbot.waitSignal(wizard.teaching.gave_up):
        wizard.next_button.click()
    assert wizard.teaching.problem.text().startswith("All pictures are the same.")
    wizard.back_button.click()
    assert wizard.rail.step == GOOD_PARTS
    assert wizard.good_parts.recipe_name == "board"


def test_collecting_from_the_camera_shows_what_it_sees(
    wizard: Wizard, qtbot: QtBot, home: Home
) -> None:
    page = wizard.good_parts
    page.name.setText("board")
    page.source.choose(1)
    page.collecting.wanted.set_value(8)
    page.collecting.pause.set_value(0)
    with qtbot.waitSignal(
        page.collecting.changed, check_params_cb=lambda: not page.collecting.busy
    ):
        page.collecting.button.click()
    assert len(page.images) == 8
    assert all(home.teaching in path.parents for path in page.images)
    assert page.sheet.images
    assert wizard.next_button.text() == "Teach 8 pictures"
    assert page.camera["kind"] == "folder"


def test_collecting_can_be_stopped_and_keeps_what_it_has(wizard: Wizard, qtbot: QtBot) -> None:
    collecting = wizard.good_parts.collecting
    wizard.good_parts.source.choose(1)
    collecting.pause.set_value(10)
    collecting.button.click()
    qtbot.waitUntil(lambda: len(collecting.images) == 1)
    collecting.button.click()
    qtbot.waitUntil(lambda: not collecting.busy)
    assert len(collecting.images) == 1


def test_a_camera_that_is_not_there_is_explained(
    qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    wizard = Wizard(services, {"kind": "folder", "path": str(tmp_path / "nowhere")})
    qtbot.addWidget(wizard)
    collecting = wizard.good_parts.collecting
    collecting.button.click()
    qtbot.waitUntil(lambda: not collecting.busy)
    assert "nowhere" in collecting.status.text()


def test_a_taught_product_is_judged_with_one_more_press(
    conductor: Conductor, qtbot: QtBot, pictures: Path, home: Home, tmp_path: Path
) -> None:
    conductor.control.use_recipe(publish(home, camera=pictures))
    conductor.dialogs.teach()
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    enter(wizard, pictures)
    with qtbot.waitSignal(wizard.teaching.taught):
        wizard.next_button.click()
    wizard.next_button.click()
    wizard.next_button.click()
    assert conductor.window.is_live
    assert conductor.control.recipe is not None
    assert conductor.control.recipe.revision == 2
    qtbot.waitUntil(lambda: not conductor.control.active)


def test_closing_the_window_while_teaching_stops_it(
    conductor: Conductor, qtbot: QtBot, pictures: Path
) -> None:
    begun = threading.Event()

    def endless(
        request: TeachRequest, store: RecipeStore, progress: Progress, cancelled: IsCancelled
    ) -> Recipe:
        begun.set()
        while True:
            raise_if(cancelled)

    conductor.dialogs.teach()
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    wizard._services = replace(conductor.services, teach=endless)
    enter(wizard, pictures)
    wizard.next_button.click()
    assert begun.wait(5)
    job = wizard.teaching.job
    assert job is not None
    conductor.window.close()
    assert not job.isRunning()


def test_the_smallest_defect_is_priced_and_taught(
    wizard: Wizard, qtbot: QtBot, pictures: Path, services: Services
) -> None:
    asked: list[TeachRequest] = []

    def remember(
        request: TeachRequest, store: RecipeStore, progress: Progress, cancelled: IsCancelled
    ) -> Recipe:
        asked.append(request)
        return services.teach(request, store, progress, cancelled)

    wizard._services = replace(services, teach=remember)
    enter(wizard, pictures)
    field = wizard.good_parts.smallest
    field.defect_mm.set_value(0.6)
    assert "mm per pixel" in wizard.missing.text()
    field.mm_per_px.set_value(0.05)
    assert wizard.missing.text() == ""
    qtbot.waitUntil(lambda: "3,500 ms a part, 17.1 parts a minute" in field.text.text())
    assert "35 tiles" in field.text.text()
    field.fixtured.click()
    assert wizard.missing.text() == ""
    with qtbot.waitSignal(wizard.teaching.taught):
        wizard.next_button.click()
    assert asked[0].settings.smallest_defect == pytest.approx(12)
    assert asked[0].settings.by_position
    assert asked[0].settings.backbone.grid_stride == 4


def test_a_defect_below_a_pixel_cannot_be_asked_for(wizard: Wizard, pictures: Path) -> None:
    enter(wizard, pictures)
    wizard.good_parts.smallest.mm_per_px.set_value(0.5)
    assert "Still missing: the smallest defect" in wizard.missing.text()
    wizard.good_parts.smallest.defect_mm.set_value(0.1)
    assert "smaller than one pixel" in wizard.missing.text()
    assert not wizard.next_button.isEnabled()


def test_time_left_is_told_for_each_stage() -> None:
    now = iter([0.0, 10.0, 20.0, 21.0, 400.0])
    left = TimeLeft(lambda: next(now))
    assert left.text("features", 10, 100) == ""
    assert left.text("features", 20, 100) == "about 80 s left in this stage"
    assert left.text("coreset", 1, 9) == ""
    assert left.text("coreset", 2, 4) == "a few seconds left in this stage"
    assert left.text("coreset", 3, 9) == "about 19 min left in this stage"


def enter(wizard: Wizard, pictures: Path) -> None:
    wizard.good_parts.name.setText("board")
    wizard.good_parts.folder.set_folder(pictures)


def test_the_wizard_needs_no_mouse(conductor: Conductor, qtbot: QtBot, pictures: Path) -> None:
    conductor.dialogs.teach()
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    window = conductor.window
    with qtbot.waitActive(window):
        window.activateWindow()
    focus = window.focusWidget()
    assert focus is wizard.good_parts.name
    qtbot.keyClicks(focus, "board t")
    wizard.good_parts.folder.set_folder(pictures)
    with qtbot.waitSignal(wizard.teaching.taught):
        qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert wizard.recipe is not None
    assert wizard.recipe.name == "board t"
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert wizard.rail.step == GOOD_PARTS
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.is_live
    assert window.header.recipe.value.text() == "board t · rev 1"
