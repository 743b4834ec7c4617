"""The threshold's page: dragged, nudged, chosen, priced."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.rates import Rate
from engine.threshold import BY_HAND, COST, ESCAPE_LIMIT, MEAN_SIGMA, QUANTILE, TAIL
from station.drafts import DraftPicture, DraftSession, ProductDraft, Taught
from station.ui.services import Services
from station.ui.wizard.threshold import ThresholdStep

RANDOM = np.random.default_rng(4)
GOOD = tuple(float(score) for score in RANDOM.gumbel(1.2, 0.1, 40))
BAD = tuple(float(score) for score in RANDOM.normal(2.4, 0.4, 12))


def a_session(folder: Path, bad: tuple[float, ...]) -> DraftSession:
    """A taught draft with these scores."""
    files = [f"{number}.png" for number in range(len(bad))]
    scores = dict(zip(files, bad, strict=True))
    draft = ProductDraft(
        name="board", bad=tuple(DraftPicture(file) for file in files), bad_scores=scores
    )
    held = tuple(f"g{number}.png" for number in range(len(GOOD)))
    taught = Taught(
        draft.teaching_key, (), held, GOOD, frame_size=(48, 64), runtime="torch", device="",
        summary={},
    )  # fmt: skip
    made = DraftSession(folder, draft)
    made.change(taught=taught)
    return made


@pytest.fixture
def session(tmp_path: Path) -> DraftSession:
    return a_session(tmp_path / "draft", BAD)


@pytest.fixture
def page(qtbot: QtBot, services: Services, session: DraftSession) -> Iterator[ThresholdStep]:
    """The page at the room it has in the smallest window."""
    frame = QWidget()
    made = ThresholdStep(services)
    box = QVBoxLayout(frame)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(made)
    qtbot.addWidget(frame)
    made.enter(session)
    frame.resize(980, 560)
    with qtbot.waitExposed(frame):
        frame.show()
    yield made
    made.stop()


def point_at(page: ThresholdStep, score: float) -> QPoint:
    """Where that score lies in the histogram's plot."""
    plot = page.histogram.plot
    return plot.mapFromScene(plot.plotItem.vb.mapViewToScene(QPointF(score, 0.5)))


def value_of(page: ThresholdStep) -> float:
    assert page.choosing is not None
    return page.choosing.threshold.value


def test_it_opens_with_a_threshold_that_is_already_kept(
    page: ThresholdStep, session: DraftSession
) -> None:
    assert page.missing == ""
    assert session.threshold_value == value_of(page)
    assert page.table.method == MEAN_SIGMA
    assert session.draft.threshold["key"] == session.draft.teaching_key
    assert page.width() == 980
    assert page.height() == 560


def test_dragging_moves_the_line_and_every_figure(page: ThresholdStep, qtbot: QtBot) -> None:
    plot = page.histogram.plot.viewport()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=point_at(page, 1.8))
    assert value_of(page) == pytest.approx(1.8, abs=0.02)
    before = page.figures.text()
    qtbot.mouseMove(plot, point_at(page, 2.5))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=point_at(page, 2.5))
    value = value_of(page)
    assert value == pytest.approx(2.5, abs=0.02)
    assert page.histogram.limit.value() == value
    escaped = sum(score < value for score in BAD)
    assert escaped
    assert f"bad escaped {escaped} of 12" in page.figures.text() != before
    assert f"{escaped} of 12 bad parts missed" in page.claims.text.text()
    assert page.choosing is not None
    assert page.choosing.method == BY_HAND
    assert page.table.method == ""
    assert "by hand" in page.figures.text()


def test_a_mouse_that_only_passes_moves_nothing(page: ThresholdStep, qtbot: QtBot) -> None:
    before = value_of(page)
    qtbot.mouseMove(page.histogram.plot.viewport(), point_at(page, 2.5))
    assert value_of(page) == before


def test_arrow_keys_nudge_the_line(page: ThresholdStep, qtbot: QtBot) -> None:
    before = value_of(page)
    qtbot.keyClick(page.histogram, Qt.Key.Key_Right)
    fine = value_of(page) - before
    assert fine > 0
    qtbot.keyClick(page.histogram, Qt.Key.Key_Left)
    assert value_of(page) == pytest.approx(before)
    qtbot.keyClick(page.histogram, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert value_of(page) - before == pytest.approx(10 * fine)


def test_what_was_dragged_is_on_the_disk_when_the_page_is_left(
    page: ThresholdStep, qtbot: QtBot, session: DraftSession, services: Services
) -> None:
    qtbot.keyClick(page.histogram, Qt.Key.Key_Right)
    page.leave()
    again = DraftSession.open(session.folder)
    assert again.threshold_value == value_of(page)
    other = ThresholdStep(services)
    qtbot.addWidget(other)
    other.enter(again)
    assert value_of(other) == value_of(page)
    assert other.table.method == ""


def test_a_pause_after_the_last_move_saves_too(
    page: ThresholdStep, qtbot: QtBot, session: DraftSession
) -> None:
    qtbot.keyClick(page.histogram, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session.threshold_value == value_of(page))


def test_choosing_a_method_sets_the_line(page: ThresholdStep, qtbot: QtBot) -> None:
    page._on_moved(2.0)
    row = page.table.row_of(COST)
    spot = page.table.visualItemRect(page.table.item(row, 0)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert page.choosing is not None
    assert page.choosing.method == COST
    assert page.histogram.limit.value() == page.choosing.table.of(COST).threshold.value
    assert page.table.item(row, 0).text().startswith("✓")
    assert "picked on those very parts" in page.claims.text.text()


def test_the_arrow_keys_choose_the_next_method_that_is_open(
    page: ThresholdStep, qtbot: QtBot
) -> None:
    assert page.choosing is not None
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert page.choosing.method == QUANTILE
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert page.choosing.method == COST


@pytest.mark.parametrize("method", [TAIL, ESCAPE_LIMIT])
def test_a_refused_method_says_why_and_cannot_be_chosen(
    page: ThresholdStep, qtbot: QtBot, method: str
) -> None:
    before, row = value_of(page), page.table.row_of(method)
    said = {TAIL: "Show 20 more", ESCAPE_LIMIT: "It takes 598 bad parts"}[method]
    assert said in page.table.item(row, 1).text()
    for column in (0, 1):
        spot = page.table.visualRect(page.table.model().index(row, column)).center()
        qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert value_of(page) == before
    assert page.table.method == MEAN_SIGMA


def test_prices_move_the_cheapest_line_and_its_cost(page: ThresholdStep, qtbot: QtBot) -> None:
    page._on_chosen(COST)
    before = value_of(page)
    page.prices.escape.set_value(1)
    page.prices.false_reject.set_value(900)
    assert value_of(page) > before
    assert page.choosing is not None
    assert page.choosing.prices.escape == 1
    page._on_moved(3.2)
    cheap = page.choosing.cost.expected
    page.prices.escape.set_value(1000)
    assert page.choosing.cost.expected == pytest.approx(1000 * cheap)
    assert value_of(page) == pytest.approx(3.2, abs=0.2)


def test_two_prices_of_nothing_are_explained(page: ThresholdStep) -> None:
    page.prices.escape.set_value(0)
    page.prices.false_reject.set_value(0)
    assert "Give what an escape and a false reject cost" in page.missing
    page.prices.false_reject.set_value(1)
    assert page.missing == ""


def test_a_looser_escape_limit_opens_its_method(page: ThresholdStep) -> None:
    page.prices.limit.set_value(25)
    page._on_chosen(ESCAPE_LIMIT)
    assert page.choosing is not None
    assert page.choosing.method == ESCAPE_LIMIT
    assert page.choosing.threshold.escapes == Rate(0, 12)


def test_with_good_parts_only_it_is_provisional_and_says_what_to_do(
    qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    page = ThresholdStep(services)
    qtbot.addWidget(page)
    page.enter(a_session(tmp_path / "good-only", ()))
    assert "PROVISIONAL" in page.claims.standing.text()
    assert "show bad parts" in page.claims.standing.text()
    assert "held-out good parts rejected: the true false-reject rate" in page.claims.text.text()
    assert "bad escaped unknown" in page.figures.text()
    assert page.missing == ""
    assert page.claims.provisional


def test_a_draft_that_was_not_taught_has_no_threshold(
    qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    page = ThresholdStep(services)
    qtbot.addWidget(page)
    page.enter(DraftSession(tmp_path / "empty", ProductDraft(name="board")))
    assert "too few" in page.missing
    assert not page.histogram.isEnabled()


def test_bad_parts_that_cannot_come_in_are_explained(
    page: ThresholdStep, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    page.add_folder(tmp_path / "nothing")
    assert page.missing == "Scoring bad parts …"
    assert not page.can_go_back
    qtbot.waitUntil(lambda: page.can_go_back)
    assert "has no pictures" in page.problem.text()
    assert page.problem.isVisible()
    assert value_of(page) == pytest.approx(page.histogram.value)
