"""Where to look: drawn with the mouse and with keys, kept in the draft, tried on its pictures."""

from collections.abc import Iterator

import cv2
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.drafts import DraftPicture, DraftSession, DraftStore
from station.home import Home
from station.sketch import ANCHOR, ROI, Point
from station.ui.services import Services
from station.ui.wizard.looking import WhereToLookStep
from station.ui.wizard.looking_view import LookingView, Tool
from tests.engine.pictures import ANCHORED, ON_BELT, on_belt

PLACES = [(0, 0, 0), (25, -14, 6), (-18, 22, -4)]
CORNERS = ((300.0, 225.0), (350.0, 225.0), (350.0, 265.0), (300.0, 262.0))


@pytest.fixture
def session(home: Home) -> DraftSession:
    """A draft with three loose parts and a folder camera that shows them."""
    made = DraftStore(home).begin()
    made.good_folder.mkdir(parents=True)
    for number, place in enumerate(PLACES):
        path = made.good_folder / f"{number:06d}.png"
        cv2.imwrite(str(path), on_belt(*place, noise=number)[:, :, ::-1])
    good = tuple(DraftPicture(f"{number:06d}.png") for number in range(len(PLACES)))
    made.change(good=good, camera={"kind": "folder", "path": str(made.good_folder)})
    return made


@pytest.fixture
def page(qtbot: QtBot, services: Services, session: DraftSession) -> Iterator[WhereToLookStep]:
    made = WhereToLookStep(services)
    qtbot.addWidget(made)
    made.resize(980, 560)
    made.show()
    made.enter(session)
    yield made
    made.stop()


def drag(qtbot: QtBot, view: LookingView, start: Point, end: Point) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    qtbot.mousePress(view, left, none, view.to_screen(start).toPoint())
    qtbot.mouseMove(view, view.to_screen(end).toPoint())
    qtbot.mouseRelease(view, left, none, view.to_screen(end).toPoint())


def press(qtbot: QtBot, view: LookingView, point: Point) -> None:
    at = view.to_screen(point).toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def draw_rectangle(
    qtbot: QtBot, page: WhereToLookStep, tool: Tool, rectangle: tuple[int, int, int, int]
) -> None:
    top, left, height, width = rectangle
    page.tools[tool].trigger()
    drag(qtbot, page.view, (left, top), (left + width, top + height))


def draw_ignored(qtbot: QtBot, page: WhereToLookStep) -> None:
    page.tools[Tool.IGNORE].trigger()
    for corner in CORNERS:
        press(qtbot, page.view, corner)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)


def near(found: tuple[float, ...] | None, wanted: tuple[float, ...]) -> bool:
    return found == pytest.approx(wanted, abs=2)


def test_what_is_drawn_is_in_the_draft_and_comes_back(
    qtbot: QtBot, page: WhereToLookStep, session: DraftSession, services: Services
) -> None:
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    draw_rectangle(qtbot, page, Tool.ANCHOR, ANCHORED)
    draw_ignored(qtbot, page)
    looking = DraftSession.open(session.folder).draft.looking
    assert near(looking.roi, ON_BELT)
    assert near(looking.anchor, ANCHORED)
    assert len(looking.ignored) == 1
    assert all(near(one, other) for one, other in zip(looking.ignored[0], CORNERS, strict=True))
    assert looking.reference == "000000.png"
    assert page.missing == ""
    again = WhereToLookStep(services)
    qtbot.addWidget(again)
    again.enter(session)
    assert again.view.sketch == page.view.sketch


def test_undo_and_redo_reach_the_draft(
    qtbot: QtBot, page: WhereToLookStep, session: DraftSession
) -> None:
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    draw_ignored(qtbot, page)
    page.undo_action.trigger()
    assert session.draft.looking.ignored == ()
    page.redo_action.trigger()
    assert len(session.draft.looking.ignored) == 1
    page.view.delete()
    page.undo_action.trigger()
    page.undo_action.trigger()
    page.undo_action.trigger()
    assert session.draft.looking.roi is None
    assert not page.undo_action.isEnabled()


def test_keys_nudge_resize_choose_and_delete(
    qtbot: QtBot, page: WhereToLookStep, session: DraftSession
) -> None:
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    top, left, height, width = session.draft.looking.roi or (0, 0, 0, 0)
    view, shift = page.view, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Up, shift)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert session.draft.looking.roi == (top - 10, left + 1, height + 1, width)
    draw_rectangle(qtbot, page, Tool.ANCHOR, ANCHORED)
    assert view.chosen == ANCHOR
    qtbot.keyClick(view, Qt.Key.Key_Space)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.chosen == ROI
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert session.draft.looking.roi is None
    assert "region of interest" in page.missing


def test_a_corner_is_dragged_and_a_shape_is_moved(qtbot: QtBot, page: WhereToLookStep) -> None:
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    drag(qtbot, page.view, (120, 90), (140, 100))
    assert near(page.view.sketch.roi, (100, 140, 170, 220))
    drag(qtbot, page.view, (200, 180), (190, 200))
    assert near(page.view.sketch.roi, (120, 130, 170, 220))


def test_everything_can_be_drawn_without_a_mouse(qtbot: QtBot, page: WhereToLookStep) -> None:
    for tool in (Tool.ROI, Tool.IGNORE, Tool.ANCHOR):
        page.tools[tool].trigger()
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    sketch = page.view.sketch
    assert sketch.roi == sketch.anchor == (90, 120, 180, 240)
    assert len(sketch.ignored) == 1
    assert "under an ignored region" in page.missing


def test_an_unfinished_region_is_given_up_with_escape(qtbot: QtBot, page: WhereToLookStep) -> None:
    page.tools[Tool.IGNORE].trigger()
    press(qtbot, page.view, CORNERS[0])
    press(qtbot, page.view, CORNERS[1])
    qtbot.keyClick(page.view, Qt.Key.Key_Escape)
    assert page.view.tool is Tool.SELECT
    assert page.view.sketch.ignored == ()


def test_a_slip_draws_nothing(qtbot: QtBot, page: WhereToLookStep) -> None:
    page.tools[Tool.ROI].trigger()
    press(qtbot, page.view, (100, 100))
    assert page.view.sketch.roi is None
    assert page.view.tool is Tool.ROI


def test_a_known_length_gives_the_scale(
    qtbot: QtBot, page: WhereToLookStep, session: DraftSession
) -> None:
    page.tools[Tool.MEASURE].trigger()
    drag(qtbot, page.view, (120, 280), (360, 280))
    page.length.set_value(12)
    assert session.draft.looking.mm_per_px == pytest.approx(0.05, rel=0.02)
    page.numbers.defect_mm.set_value(0.6)
    page.numbers.fixtured.setChecked(True)
    assert session.draft.looking.smallest_defect == pytest.approx(12, rel=0.02)
    assert session.draft.looking.by_position


def test_the_anchor_is_tried_and_the_worst_picture_shown(
    qtbot: QtBot, page: WhereToLookStep
) -> None:
    assert not page.try_button.isEnabled()
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    draw_rectangle(qtbot, page, Tool.ANCHOR, ANCHORED)
    page.try_button.click()
    qtbot.waitUntil(lambda: "located" in page.result.text())
    assert page.result.text().startswith("3 of 3 parts located")
    assert "least certain" in page.view.caption
    assert page.try_button.text() == "Back to drawing"
    page.try_button.click()
    assert page.undo_action.isEnabled()
    assert page.view.has_picture


def test_without_pictures_the_camera_gives_one_to_draw_on(
    qtbot: QtBot, page: WhereToLookStep, session: DraftSession
) -> None:
    session.change(good=())
    page.enter(session)
    qtbot.waitUntil(lambda: page.view.has_picture)
    draw_rectangle(qtbot, page, Tool.ROI, ON_BELT)
    assert session.draft.looking.reference == "reference-1.png"
    assert (session.good_folder / "reference-1.png").is_file()
    assert session.draft.good == ()
