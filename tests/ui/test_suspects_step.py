"""The page of unlike pictures: compared by itself, decided on by key and button, undone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from station.drafts import DraftSession, ProductDraft, State, suspects
from station.drafts.pictures import keep_picture
from station.ui import theme
from station.ui.live.picture_view import Overlay
from station.ui.services import Services
from station.ui.wizard.suspects import SuspectsStep
from tests.engine.pictures import bad_picture, good_picture

BAD = "000004.png"


def filled(folder: Path) -> DraftSession:
    """A draft of 11 good pictures and a bad one, not looked at yet."""
    session = DraftSession(folder, ProductDraft(name="disc", camera={"kind": "folder"}))
    for seed in range(12):
        keep_picture(session, bad_picture(seed) if seed == 3 else good_picture(seed), f"{seed}")
    return session


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draft")
    session = filled(folder)
    suspects.look(session)
    pictures = session.draft.suspects["pictures"]
    marked = [{**each, "stands_out": each["file"] == BAD} for each in pictures]
    session.change(suspects={**session.draft.suspects, "pictures": marked})
    return folder


@pytest.fixture
def session(looked: Path, tmp_path: Path) -> DraftSession:
    """A copy of a draft in which the fourth picture alone stands out."""
    return DraftSession.open(Path(shutil.copytree(looked, tmp_path / "draft")))


@pytest.fixture
def page(qtbot: QtBot, services: Services) -> Iterator[SuspectsStep]:
    """The page at the room it has in the smallest window."""
    frame = QWidget()
    made = SuspectsStep(services)
    box = QVBoxLayout(frame)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(made)
    qtbot.addWidget(frame)
    frame.resize(980, 560)
    with qtbot.waitExposed(frame):
        frame.show()
    yield made
    made.stop()


def test_it_compares_by_itself_and_asks_for_a_decision(
    qtbot: QtBot, page: SuspectsStep, tmp_path: Path
) -> None:
    session = filled(tmp_path / "draft")
    page.enter(session)
    assert page.missing == "Comparing the pictures …"
    qtbot.waitUntil(lambda: page.job is None, timeout=120_000)
    assert page.grid.count() == 12
    assert page.grid.current is not None
    assert page.grid.current.file == BAD
    assert page.missing.startswith("Still to decide")
    again = DraftSession.open(session.folder)
    page.enter(again)
    assert page.job is None
    assert page.grid.count() == 12


def test_cancelled_it_says_so_and_can_be_started_again(
    qtbot: QtBot, page: SuspectsStep, tmp_path: Path
) -> None:
    session = filled(tmp_path / "draft")
    page.enter(session)
    page.cancel()
    qtbot.waitUntil(lambda: page.job is None, timeout=120_000)
    assert "cancelled" in page.missing
    assert not session.draft.suspects
    assert page.again_button.isVisible()


def test_the_keys_throw_out_undo_and_keep(
    qtbot: QtBot, page: SuspectsStep, session: DraftSession
) -> None:
    page.enter(session)
    page.grid.setFocus()
    qtbot.keyClick(page.grid, Qt.Key.Key_T)
    assert {each.file: each.state for each in session.draft.good}[BAD] is State.THROWN_OUT
    assert page.missing == ""
    qtbot.keyClick(page.grid, Qt.Key.Key_U)
    assert {each.file: each.state for each in session.draft.good}[BAD] is State.KEPT
    assert page.missing.startswith("Still to decide")
    qtbot.keyClick(page.grid, Qt.Key.Key_K)
    assert page.missing == ""
    assert len(session.draft.kept) == 12
    assert DraftSession.open(session.folder).draft == session.draft


def test_thrown_out_pictures_are_brought_back(
    qtbot: QtBot, page: SuspectsStep, session: DraftSession
) -> None:
    page.enter(session)
    page.throw_out()
    assert page.bin_button.text() == "Thrown out (1)"
    qtbot.mouseClick(page.bin_button, Qt.MouseButton.LeftButton)
    assert [each.file for each in page.grid.shown] == [BAD]
    assert page.keep_action.text() == "Bring back"
    page.keep_action.trigger()
    assert page.bin_button.text() == "Thrown out (0)"
    assert len(session.draft.kept) == 12


def test_the_heatmap_goes_and_comes_back(
    qtbot: QtBot, page: SuspectsStep, session: DraftSession
) -> None:
    page.enter(session)
    assert page.view.view is not None
    assert page.view.view.heat.any()
    qtbot.keyClick(page.grid, Qt.Key.Key_H)
    assert page.view.overlay is Overlay.OFF
    qtbot.keyClick(page.grid, Qt.Key.Key_H)
    assert page.view.overlay is Overlay.HEATMAP


def test_changed_pictures_are_compared_anew(
    qtbot: QtBot, page: SuspectsStep, session: DraftSession
) -> None:
    page.enter(session)
    assert page.job is None
    session.update(
        lambda draft: replace(draft, good=(*draft.good, replace(draft.good[0], file="x.png")))
    )
    page.enter(session)
    assert page.job is not None
    qtbot.waitUntil(lambda: page.job is None, timeout=120_000)
    assert "x.png" in page.missing


def test_every_control_is_large_enough(
    qtbot: QtBot, page: SuspectsStep, session: DraftSession
) -> None:
    page.enter(session)
    for button in (page.again_button, page.bin_button):
        assert button.height() >= theme.TOUCH
    assert page.grid.item(0).data(Qt.ItemDataRole.AccessibleTextRole) == f"{BAD}, stands out"
    qtbot.waitUntil(lambda: page.grid.item(0).data(Qt.ItemDataRole.UserRole + 1) is not None)
    assert page.width() <= 980
