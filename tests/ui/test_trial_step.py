"""Trying a draft in the window: judged with a press of Space, contradicted with another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.drafts import DraftSession, DraftStore, Taught
from station.drafts.pictures import keep_picture
from station.drafts.steps import STEPS, StepName, furthest
from station.home import Home
from station.parts import Verdict
from station.ui.conductor import Conductor
from station.ui.services import Services
from station.ui.wizard.trial import TrialStep
from tests.ui.station_parts import THRESHOLD, BrightnessScorer, picture, write_pictures


class Seen(DraftSession):
    """A draft whose model sees brightness."""

    def open_model(self) -> BrightnessScorer:  # type: ignore[override]
        return BrightnessScorer()


@pytest.fixture
def session(home: Home, tmp_path: Path) -> DraftSession:
    """Ready to be tried; its camera shows a good part, then a bad one, then the first again."""
    camera = write_pictures(tmp_path / "camera", [False, True])
    begun = DraftStore(home).begin()
    made = Seen(begun.folder, begun.draft)
    made.change(name="board", camera={"kind": "folder", "path": str(camera), "loop": True})
    for number in range(8):
        keep_picture(made, picture(number), f"part {number}")
    key = made.draft.teaching_key
    made.change(
        suspects={"key": key},
        taught=Taught(key, ("000001.png",), ("000002.png",), (1.0,), (48, 64), "t", "t", {}),
        threshold={"key": key, "value": THRESHOLD.value, "threshold": THRESHOLD.to_json()},
    )
    return made


@pytest.fixture
def page(qtbot: QtBot, services: Services, session: DraftSession) -> Iterator[TrialStep]:
    made = TrialStep(services)
    qtbot.addWidget(made)
    made.resize(1000, 560)
    with qtbot.waitExposed(made):
        made.show()
    made.enter(session)
    qtbot.waitUntil(made.next_part.isEnabled)
    yield made
    made.stop()


def judge_one(page: TrialStep, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.judged):
        page.next_part.click()


def test_each_press_judges_the_next_part(page: TrialStep, qtbot: QtBot) -> None:
    judge_one(page, qtbot)
    assert page.verdict.text() == "OK"
    assert page.wrong.text() == "Wrong: it is bad"
    judge_one(page, qtbot)
    assert page.verdict.text() == "NG"
    assert page.counts.text().startswith("2 tried: 1 OK, 1 NG, 0 FAULT.")
    page.list.setCurrentRow(1)
    assert page.verdict.text() == "OK"


def test_a_contradicted_verdict_is_put_right_once(
    page: TrialStep, qtbot: QtBot, session: DraftSession
) -> None:
    judge_one(page, qtbot)
    page.wrong.click()
    assert [each.source for each in session.draft.bad] == ["000.png"]
    assert not page.wrong.isEnabled()
    assert page.next_text == "Set the threshold again"
    assert furthest(session.draft) is StepName.THRESHOLD
    judge_one(page, qtbot)
    page.wrong.click()
    assert page.next_text == "Teach again"
    assert "Judged wrongly: 1 good, 1 bad." in page.counts.text()


def test_one_after_the_other_goes_on_by_itself(page: TrialStep, qtbot: QtBot) -> None:
    page.endless.click()
    qtbot.waitUntil(lambda: page.tally.ng >= 3)
    page.endless.click()
    assert page.tally.ok >= 2


def test_leaving_keeps_the_count_and_lets_go_of_the_camera(
    page: TrialStep, qtbot: QtBot, session: DraftSession
) -> None:
    judge_one(page, qtbot)
    page.leave()
    assert session.draft.trial["ok"] == 1
    page.enter(session)
    qtbot.waitUntil(page.next_part.isEnabled)
    assert page.tally.ok == 1


def test_a_camera_that_is_gone_is_explained(
    page: TrialStep, qtbot: QtBot, session: DraftSession
) -> None:
    page.leave()
    session.change(camera={"kind": "folder", "path": "/nowhere"})
    page.enter(session)
    qtbot.waitUntil(lambda: "nowhere" in page.detail.text())
    assert not page.next_part.isEnabled()


def test_space_judges_in_the_station_s_window(
    conductor: Conductor, qtbot: QtBot, session: DraftSession
) -> None:
    session.change(step=StepName.TRIAL.value)
    conductor.dialogs._open_wizard(session)
    wizard = conductor.dialogs.wizard
    assert wizard is not None
    page = wizard.pages[StepName.TRIAL]
    assert isinstance(page, TrialStep)
    assert wizard.here is STEPS[-2]
    window = conductor.window
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.waitUntil(page.next_part.isEnabled)
    for count in (1, 2, 3):
        with qtbot.waitSignal(page.judged):
            qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
        assert page.list.count() == count
    assert page.tally.ok + page.tally.ng == 3
    assert page._current().verdict is Verdict.OK  # type: ignore[union-attr]
