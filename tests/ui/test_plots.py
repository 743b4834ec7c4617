"""The words of a graph are as large as the window's, and none is cut."""

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from station.ui.cameras.meter_views import FocusMeter
from station.ui.live.score_graph import ScoreGraph
from station.ui.plots import SHARE
from station.ui.widgets import rescale
from station.ui.wizard.detection_curve import DetectionCurve
from station.ui.wizard.score_histogram import ScoreHistogram


@pytest.mark.parametrize("graph", [ScoreGraph, FocusMeter, DetectionCurve, ScoreHistogram])
def test_words_follow_the_window(qtbot: QtBot, graph: type[QWidget]) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    shown = graph(window)
    for base in (14, 22):
        rescale(window, base)
        assert set(sizes(shown.plot)) == {round(SHARE * base)}


def test_what_hangs_below_the_line_is_not_cut(qtbot: QtBot) -> None:
    meter = FocusMeter()
    qtbot.addWidget(meter)
    rescale(meter, 24)
    axis = meter.plot.getAxis("bottom")
    assert axis.style["tickTextHeight"] >= QFontMetrics(axis.style["tickFont"]).height()


def sizes(plot: pg.PlotWidget) -> list[int]:
    axes = [place["item"] for place in plot.plotItem.axes.values()]
    words = [getattr(item, "label", item) for item in plot.plotItem.items]
    texts = [word.textItem.font() for word in words if isinstance(word, pg.TextItem)]
    return [font.pixelSize() for font in (*(axis.style["tickFont"] for axis in axes), *texts)]
