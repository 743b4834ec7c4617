"""The technician's way through nine pages: in order, back and forth, by keyboard, to a revision."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine import calibration
from engine.errors import TeachError
from engine.progress import IsCancelled, Progress, raise_if
from station.drafts import DraftSession, DraftStore, State
from station.drafts.pictures import decide, keep_picture
from station.drafts.steps import STEPS, StepName
from station.home import Home
from station.recipes.store import RecipeStore
from station.ui.conductor import Conductor
from station.ui.services import Services
from station.ui.wizard.time_left import TimeLeft
from station.ui.wizard.wizard import Wizard
from tests.ui.station_parts import picture, quick_teach, write_pictures


@pytest.fixture
def session(home: Home, tmp_path: Path) -> DraftSession:
    """A named product with a camera and 12 good pictures that were looked through."""
    camera = write_pictures(tmp_path / "camera", [False] * 3)
    made = DraftStore(home).begin()
    made.change(name="board", camera={"kind": "folder", "path": str(camera), "loop": True})
    for number in range(12):
        keep_picture(made, picture(number), f"part {number}", on_purpose=True)
    made.change(suspects={"key": made.draft.teaching_key})
    return made


def set_threshold(session: DraftSession) -> None:
    threshold = calibration.mean_sigma(session.good_scores(), session.bad_scores())
    key = session.draft.teaching_key
    session.change(
        threshold={"key": key, "value": threshold.value, "threshold": threshold.to_json()}
    )


@pytest.fixture
def wizard(qtbot: QtBot, services: Services, session: DraftSession) -> Iterator[Wizard]:
    made = Wizard(services, session)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    yield made
    made.stop()


def teach(wizard: Wizard, qtbot: QtBot) -> None:
    wizard.go_to(StepName.TEACH)
    page = wizard.pages[StepName.TEACH]
    with qtbot.waitSignal(page.taught):
        wizard.next_button.click()


def test_a_new_product_opens_nothing_but_its_first_page(
    qtbot: QtBot, services: Services, home: Home
) -> None:
    wizard = Wizard(services, DraftStore(home).begin())
    qtbot.addWidget(wizard)
    assert wizard.here is StepName.PRODUCT
    assert wizard.rail.furthest == 0
    assert not wizard.next_button.isEnabled()
    assert wizard.missing.text() == "Still missing: a name for the product."
    wizard.stop()


def test_the_rail_leads_to_every_open_step_and_no_further(wizard: Wizard, qtbot: QtBot) -> None:
    for step in (StepName.TEACH, StepName.COLLECT, StepName.PUBLISH):
        place = wizard.rail.place(STEPS.index(step)).center()
        qtbot.mouseClick(
            wizard.rail, Qt.MouseButton.LeftButton, pos=QPoint(int(place.x()), int(place.y()))
        )
        assert wizard.here is (StepName.COLLECT if step is StepName.PUBLISH else step)


def test_teaching_is_asked_for_and_leads_on(wizard: Wizard, qtbot: QtBot) -> None:
    wizard.go_to(StepName.TEACH)
    qtbot.waitUntil(lambda: "about 80 s" in wizard.page.lead.text())
    assert wizard.next_button.text() == "Teach 12 pictures"
    teach(wizard, qtbot)
    assert wizard.next_button.text() == "Set the threshold"
    assert "6 were kept aside" in wizard.page.lead.text()
    wizard.next_button.click()
    assert wizard.here is StepName.THRESHOLD


def test_a_changed_picture_leads_back_to_teaching(wizard: Wizard, qtbot: QtBot) -> None:
    teach(wizard, qtbot)
    set_threshold(wizard.session)
    wizard.go_to(StepName.DETECTION)
    decide(wizard.session, wizard.session.draft.good[0].file, State.THROWN_OUT)
    wizard.session.change(suspects={"key": wizard.session.draft.teaching_key})
    wizard.next()
    assert wizard.here is StepName.TEACH
    assert wizard.next_button.text() == "Teach 11 pictures"


def test_teaching_can_be_cancelled_and_begun_again(
    wizard: Wizard, qtbot: QtBot, services: Services
) -> None:
    begun = threading.Event()

    def endless(session: DraftSession, progress: Progress, cancelled: IsCancelled) -> None:
        begun.set()
        while True:
            raise_if(cancelled)

    page = wizard.pages[StepName.TEACH]
    page._services = replace(services, teach=endless)
    wizard.go_to(StepName.TEACH)
    before = wizard.session.draft
    wizard.next_button.click()
    assert begun.wait(5)
    assert not wizard.next_button.isEnabled()
    with qtbot.waitSignal(page.gave_up):
        page.cancel_button.click()
    assert "cancelled" in page.problem.text()
    assert wizard.session.draft == before
    page._services = replace(services, teach=quick_teach)
    teach(wizard, qtbot)
    assert not page.problem.isVisible()


def test_teaching_that_fails_says_why_and_loses_nothing(
    wizard: Wizard, qtbot: QtBot, services: Services
) -> None:
    def refuse(session: DraftSession, progress: Progress, cancelled: IsCancelled) -> None:
        raise TeachError("All pictures are the same. Show different good parts.")

    page = wizard.pages[StepName.TEACH]
    page._services = replace(services, teach=refuse)
    wizard.go_to(StepName.TEACH)
    with qtbot.waitSignal(page.gave_up):
        wizard.next_button.click()
    assert page.problem.text().startswith("All pictures are the same.")
    wizard.back()
    assert wizard.here is StepName.SUSPECTS
    assert len(wizard.session.kept_good()) == 12


def test_going_back_and_forth_loses_nothing(wizard: Wizard, qtbot: QtBot) -> None:
    teach(wizard, qtbot)
    set_threshold(wizard.session)
    before = wizard.session.draft
    for _ in range(len(STEPS)):
        wizard.back()
    assert wizard.here is STEPS[0]
    wizard.go_to(StepName.PUBLISH)
    assert replace(wizard.session.draft, step="", trial={}) == replace(before, step="", trial={})


def test_publishing_needs_a_name_and_a_note(wizard: Wizard, qtbot: QtBot) -> None:
    teach(wizard, qtbot)
    set_threshold(wizard.session)
    wizard.go_to(StepName.PUBLISH)
    page = wizard.publish
    assert page.who.text() == "A. Berger"
    assert wizard.missing.text() == "Still missing: a note, why this revision."
    page.note.setText("first")
    assert wizard.next_button.isEnabled()
    page.who.clear()
    assert wizard.missing.text() == "Still missing: who publishes."


def test_a_model_that_is_gone_is_said_and_nothing_is_published(
    wizard: Wizard, qtbot: QtBot, home: Home
) -> None:
    teach(wizard, qtbot)
    set_threshold(wizard.session)
    wizard.go_to(StepName.PUBLISH)
    wizard.publish.note.setText("first")
    wizard.next_button.click()
    qtbot.waitUntil(lambda: wizard.publish.problem.text() != "")
    assert "model.npz" in wizard.publish.problem.text()
    assert RecipeStore(home).names() == []


def test_closing_the_window_while_teaching_stops_it(
    conductor: Conductor, qtbot: QtBot, session: DraftSession
) -> None:
    begun = threading.Event()

    def endless(session: DraftSession, progress: Progress, cancelled: IsCancelled) -> None:
        begun.set()
        while True:
            raise_if(cancelled)

    conductor.dialogs._open_wizard(session)
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    page = wizard.pages[StepName.TEACH]
    page._services = replace(conductor.services, teach=endless)
    wizard.go_to(StepName.TEACH)
    wizard.next_button.click()
    assert begun.wait(5)
    job = page.job
    assert job is not None
    conductor.window.close()
    assert not job.isRunning()


def test_the_wizard_needs_no_mouse(
    conductor: Conductor, qtbot: QtBot, session: DraftSession
) -> None:
    session.change(step=StepName.TEACH.value)
    conductor.dialogs._open_wizard(session)
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    window = conductor.window
    with qtbot.waitActive(window):
        window.activateWindow()
    page = wizard.pages[StepName.TEACH]
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    with qtbot.waitSignal(page.taught):
        qtbot.keyClick(window, Qt.Key.Key_Return, control)
    qtbot.keyClick(window, Qt.Key.Key_Return, control)
    assert wizard.here is StepName.THRESHOLD
    qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    assert wizard.here is StepName.TEACH
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.is_live
    assert DraftStore(conductor.services.home).unfinished()[0].draft.step == "teach"


def test_time_left_is_told_for_each_stage() -> None:
    now = iter([0.0, 10.0, 20.0, 21.0, 400.0])
    left = TimeLeft(lambda: next(now))
    assert left.text("features", 10, 100) == ""
    assert left.text("features", 20, 100) == "about 80 s left in this stage"
    assert left.text("coreset", 1, 9) == ""
    assert left.text("coreset", 2, 4) == "a few seconds left in this stage"
    assert left.text("coreset", 3, 9) == "about 19 min left in this stage"
