"""What the operator sees."""

import math
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from station.heatmap import render_view
from station.inspection.events import RunState, StateChanged, View
from station.parts import Verdict
from station.ui import theme
from station.ui.live.page import LivePage
from station.ui.live.picture_view import Overlay, PictureView
from station.ui.live.score_graph import KEPT, ScoreGraph
from station.ui.live.tally import Tally
from tests.ui.station_parts import NOON, THRESHOLD, BrightnessScorer, picture, recorded, row


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[LivePage]:
    made = LivePage()
    qtbot.addWidget(made)
    made.resize(1280, 700)
    made.show()
    return made


@pytest.mark.parametrize(
    ("verdict", "shape", "told"),
    [
        (Verdict.OK, "circle", "Part 000012"),
        (Verdict.NG, "octagon", "Remove part 000012"),
        (Verdict.FAULT, "triangle", "Remove part 000012"),
    ],
)
def test_each_verdict_is_a_word_a_shape_a_colour_and_what_to_do(
    page: LivePage, verdict: Verdict, shape: str, told: str
) -> None:
    said = "The camera sent no picture." if verdict is Verdict.FAULT else ""
    page.show_part(recorded(12, verdict, said))
    panel = page.verdict
    assert (panel.word, panel.look.shape, panel.headline) == (verdict.value, shape, told)
    assert ("no picture" in panel.detail) == (verdict is Verdict.FAULT)
    ground = panel.grab().toImage().pixelColor(12, panel.height() // 2)
    assert ground == theme.LOOKS[verdict.value].ground


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RunState.PAUSED, "PAUSED"),
        (RunState.STOPPED, "STOPPED"),
        (RunState.STARTING, "STARTING"),
        (RunState.FAILED, "FAULT"),
    ],
)
def test_each_state_has_its_word(page: LivePage, state: RunState, word: str) -> None:
    page.show_state(StateChanged(state, "why", ""))
    assert page.verdict.word == word
    assert page.verdict.detail == "why"


def test_attention_colours_differ_in_lightness_not_only_in_hue() -> None:
    grounds = [theme.LOOKS[word].ground for word in ("OK", "NG", "FAULT")]
    assert len({theme.LOOKS[word].shape for word in theme.LOOKS}) >= 5
    assert abs(_lightness(grounds[1]) - _lightness(grounds[2])) > 0.3
    for word, look in theme.LOOKS.items():
        assert _contrast(look.ground, look.ink) >= 4.5, word


def test_a_reject_is_still_named_while_good_parts_follow(page: LivePage) -> None:
    page.show_part(recorded(1, Verdict.NG))
    page.show_part(recorded(2, Verdict.OK))
    page.refresh(NOON + timedelta(seconds=3))
    assert page.verdict.word == "OK"
    assert page.verdict.reminder == "Remove part 000001 (NG)"
    page.refresh(NOON + timedelta(seconds=30))
    assert page.verdict.reminder == ""


def test_while_paused_the_word_stays_and_a_late_reject_is_named(page: LivePage) -> None:
    page.show_state(StateChanged(RunState.PAUSED, "Paused.", ""))
    page.show_part(recorded(1, Verdict.NG))
    page.refresh(NOON + timedelta(minutes=30))
    assert page.verdict.word == "PAUSED"
    assert page.verdict.reminder == "Remove part 000001 (NG)"
    page.begin_run()
    page.refresh(NOON + timedelta(minutes=30))
    assert page.verdict.reminder == ""


def test_counters_count_the_run(page: LivePage) -> None:
    for sequence in range(1, 9):
        page.show_part(recorded(sequence, Verdict.OK))
    page.show_part(recorded(9, Verdict.NG))
    page.show_part(recorded(10, Verdict.FAULT, "no picture", picture=False))
    page.refresh(NOON + timedelta(seconds=5))
    counters = page.counters
    figures = (counters.judged, counters.ok, counters.ng, counters.fault, counters.good)
    assert [figure.value.text() for figure in figures] == ["9", "8", "1", "1", "88.8 %"]
    assert counters.pace.value.text() == "120"
    assert page.picture.message == "No picture of part 000010"


def test_pace_and_latency_are_unknown_before_they_are_known() -> None:
    tally = Tally()
    assert (tally.parts_a_minute(NOON), tally.last_ms, tally.yield_text) == (None, None, "–")
    tally.add(row(1, Verdict.OK))
    assert tally.parts_a_minute(NOON) is None
    assert tally.last_ms == 101.0
    tally.add(row(2, Verdict.OK))
    assert tally.parts_a_minute(NOON + timedelta(minutes=5)) is None


def test_the_graph_keeps_500_parts_and_marks_rejects(qtbot: QtBot) -> None:
    graph = ScoreGraph()
    qtbot.addWidget(graph)
    graph.set_threshold(2.0)
    for sequence in range(1, 601):
        verdict = (
            Verdict.NG if sequence == 550 else Verdict.FAULT if sequence == 560 else Verdict.OK
        )
        graph.add(row(sequence, verdict))
    graph.refresh()
    assert len(graph.rows) == KEPT == 500
    assert graph.rows[0].sequence == 101
    assert (graph.ng.data["x"].tolist(), graph.ng.data["y"].tolist()) == ([550], [3.0])
    assert graph.fault.data["x"].tolist() == [560]
    assert len(graph.ok.data) == 498
    line = graph.plot.listDataItems()[0].yData
    assert [math.isnan(score) for score in line].count(True) == 1
    assert graph.limit.value() == 2.0
    assert graph.limit_text == "NG from 2.000"
    assert {graph.plot.getAxis(name).labelText for name in ("left", "bottom")} == {"score", "part"}


def test_rejects_are_listed_newest_first_and_good_parts_are_not(page: LivePage) -> None:
    for sequence, verdict in enumerate((Verdict.NG, Verdict.OK, Verdict.FAULT), start=1):
        page.show_part(recorded(sequence, verdict))
    assert [kept.sequence for kept in page.strip.rows] == [3, 1]


def test_a_click_or_enter_on_a_reject_asks_for_it(page: LivePage, qtbot: QtBot) -> None:
    for sequence in (1, 2):
        page.show_part(recorded(sequence, Verdict.NG))
    older = page.strip.list.visualItemRect(page.strip.list.item(1)).center()
    with qtbot.waitSignal(page.look_back_asked) as asked:
        qtbot.mouseClick(page.strip.list.viewport(), Qt.MouseButton.LeftButton, pos=older)
    assert asked.args[0].sequence == 1
    with qtbot.waitSignal(page.look_back_asked) as asked:
        qtbot.keyClick(page.strip.list, Qt.Key.Key_Return)
    assert asked.args[0].sequence == 1


def test_while_looking_back_the_picture_stays_and_judging_goes_on(page: LivePage) -> None:
    page.show_part(recorded(1, Verdict.NG))
    page.look_at(page.strip.rows[0], _view(1))
    assert "Looking back at part 000001" in page.bar.text.text()
    assert "Esc" in page.bar.text.text()
    page.show_part(recorded(2, Verdict.OK))
    page.show_view(_view(2))
    assert page.picture.view is not None
    assert page.picture.view.sequence == 1
    assert page.verdict.headline == "Part 000002"
    page.back_to_live()
    assert not page.bar.isVisible()
    assert page.picture.view.sequence == 2


def test_a_picture_never_passes_for_that_of_a_part_without_one(page: LivePage) -> None:
    page.show_view(_view(1))
    page.show_part(recorded(1, Verdict.NG))
    assert page.picture.caption == "Part 000001"
    page.show_part(recorded(2, Verdict.FAULT, "no picture", picture=False))
    assert page.picture.caption == "No picture of part 000002. Shown is part 000001"
    page.show_view(_view(3))
    assert page.picture.caption == "Part 000003"


def test_heatmap_contour_and_off_are_three_different_pictures(qtbot: QtBot) -> None:
    shown = PictureView()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    shown.show_view(_view(1), "")
    images = []
    for overlay in Overlay:
        shown.set_overlay(overlay)
        images.append(shown.grab().toImage())
    assert images[0] != images[1] != images[2] != images[0]
    shown.set_overlay(Overlay.HEATMAP)
    shown.set_opacity(0.2)
    assert shown.grab().toImage() != images[0]


def test_nothing_is_painted_on_a_good_part(qtbot: QtBot) -> None:
    shown = PictureView()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    shown.show_view(_view(1, bad=False), "")
    with_heatmap = shown.grab().toImage()
    shown.set_overlay(Overlay.OFF)
    assert shown.grab().toImage() == with_heatmap


def test_without_a_recipe_the_page_says_what_to_do(page: LivePage) -> None:
    assert page.picture.message == "No recipe yet.\nPress Teach to show good parts."
    assert page.verdict.headline == "Press Teach to begin"


def _view(sequence: int, bad: bool = True) -> View:
    pixels = picture(sequence, bad)
    score = BrightnessScorer().score(pixels)
    return render_view(pixels, np.asarray(score.anomaly_map), score.value, THRESHOLD, sequence)


def _lightness(colour: QColor) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(share) for share in colour.getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((_lightness(one), _lightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
