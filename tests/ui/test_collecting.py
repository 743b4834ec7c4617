"""The page where good parts are shown, as a person uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from station.capturing import How
from station.drafts import DraftSession, DraftStore, State
from station.ui.wizard.collecting import HOWS, CollectStep
from tests.engine.pictures import good_picture
from tests.station.test_collecting import blurred, squares, write


@pytest.fixture
def folder(tmp_path) -> Path:
    parts = [good_picture(number) for number in range(8)]
    write(tmp_path / "parts", [*parts[:7], blurred(parts[7])])
    return tmp_path / "parts"


@pytest.fixture
def session(home, folder) -> DraftSession:
    session = DraftStore(home).begin()
    session.change(name="plate", camera={"kind": "folder", "path": str(folder), "loop": False})
    return session


@pytest.fixture
def page(services, session, qtbot) -> Iterator[CollectStep]:
    made = CollectStep(services, describe=squares)
    made.resize(980, 560)
    made.show()
    made.enter(session)
    yield made
    made.stop()
    made.close()
    made.deleteLater()


def offered(page: CollectStep) -> list[How]:
    return [how for index, how in enumerate(HOWS) if page.how.button(index).isEnabled()]


def counted(page: CollectStep, session: DraftSession, kept: int) -> bool:
    return session.draft.coverage.get("pictures") == len(session.draft.kept) == kept


def test_from_a_folder_a_refused_one_is_kept_on_purpose(page, session, folder, qtbot) -> None:
    assert "more pictures" in page.missing
    page.import_folder(folder)
    qtbot.waitUntil(lambda: counted(page, session, 7) and page.pictures.count() == 8)
    qtbot.waitUntil(lambda: page.missing == "")
    assert page.next_text == "Go on with 7 pictures"
    page.pictures.setCurrentRow(7)
    assert page.reasons.text().startswith("Refused. Blurred")
    assert page.view.caption == "part 7.png"
    assert not page.leave_button.isEnabled()
    page.keep_button.click()
    qtbot.waitUntil(lambda: counted(page, session, 8))
    qtbot.waitUntil(lambda: page.pictures.item(7).text() == "kept anyway")
    page.leave_button.click()
    qtbot.waitUntil(lambda: session.draft.good[7].state is State.THROWN_OUT)
    qtbot.waitUntil(lambda: "1 left out" in page.counters.text())
    assert "Keep going" in page.coverage.sentence.text()


def test_space_takes_one_picture_of_the_camera(page, session, qtbot) -> None:
    page.how.button(list(HOWS).index(How.KEY)).click()
    page.setFocus()
    for wanted in (1, 2):
        qtbot.keyClick(page, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda wanted=wanted: len(session.draft.good) == wanted)
    qtbot.waitUntil(lambda: page.pictures.count() == 2)
    qtbot.keyClick(page.pictures, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(session.draft.good) == 3)


def test_collect_runs_to_the_end_and_bad_parts_go_elsewhere(page, session, qtbot) -> None:
    page.period.set_value(0.2)
    assert offered(page) == [How.KEY, How.INTERVAL]
    page.sort.choose(1)
    page.collect_button.click()
    qtbot.waitUntil(lambda: len(session.draft.bad) == 8)
    qtbot.waitUntil(lambda: "no more pictures" in page.status.text())
    qtbot.waitUntil(lambda: page.pictures.count() == 8)
    assert "bad kept" in page.counters.text()
    page.sort.choose(0)
    assert page.pictures.count() == 0
    assert not session.draft.good


@pytest.mark.parametrize(
    ("camera", "ways"),
    [
        ({"kind": "usb", "index": 63}, [How.STILL, How.KEY, How.INTERVAL]),
        ({"kind": "aravis", "id": "none", "trigger": "hardware"}, [How.TRIGGER, How.KEY]),
    ],
)
def test_only_what_the_camera_can_do_is_offered(page, session, camera, ways) -> None:
    session.change(camera=camera)
    page.enter(session)
    assert offered(page) == ways
    chosen = list(HOWS)[page.how.index]
    assert chosen in ways
    assert page.collect_button.isVisibleTo(page)
    hidden = page.how.button(list(HOWS).index(How.TRIGGER)).toolTip()
    assert ("Ctrl+K" in hidden) == (How.TRIGGER not in ways)


def test_a_folder_without_pictures_is_said(page, tmp_path, qtbot) -> None:
    (tmp_path / "empty").mkdir()
    page.import_folder(tmp_path / "empty")
    qtbot.waitUntil(lambda: "has no pictures" in page.status.text())
    qtbot.waitUntil(lambda: "more pictures" in page.missing)


def test_left_and_entered_again_nothing_is_lost(page, session, folder, qtbot, services) -> None:
    page.import_folder(folder)
    qtbot.waitUntil(lambda: counted(page, session, 7) and len(session.draft.good) == 8)
    added = session.draft.coverage["added"]
    page.leave()
    page.enter(DraftSession.open(session.folder))
    qtbot.waitUntil(lambda: page.pictures.count() == 8)
    qtbot.waitUntil(lambda: page.missing == "")
    assert session.draft.coverage["added"] == added
