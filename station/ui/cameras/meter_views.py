"""Focus and exposure drawn: sharpness over time with its best, and the histogram."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.meters import CLIPPED_SHARE, SPAN_S, Exposure, FocusTrace
from station.ui import theme
from station.ui.plots import dress_axis, make_still
from station.ui.widgets import Card, Text

_FOCUS_SPAN = (-SPAN_S - 4.5, 3.5)
_DASH = Qt.PenStyle.DashLine


class Meter(Card):
    """A name, a plot and a sentence beneath it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self.plot = pg.PlotWidget(background=theme.WHITE)
        self.figures = Text(factor=0.9, bold=True, elide=True)
        self.sentence = Text(factor=0.85, colour=theme.MUTED, wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        column.addWidget(Text(name, factor=0.85, colour=theme.MUTED, elide=True))
        column.addWidget(self.plot, 1)
        column.addWidget(self.figures)
        column.addWidget(self.sentence)
        self._dress()
        self.setMaximumHeight(280)

    def say(self, figures: str, sentence: str, good: bool = True) -> None:
        """Write both; what needs doing stands out."""
        self.figures.setText(figures)
        self.sentence.setText(sentence)
        self.sentence.set_colour(theme.MUTED if good else theme.ALARM)

    def sizeHint(self) -> QSize:
        """Half of a row."""
        return QSize(300, 210)

    def _dress(self) -> None:
        make_still(self.plot, self)
        self.plot.setMinimumHeight(56)
        self.plot.hideAxis("left")
        axis = dress_axis(self.plot, "bottom")
        axis.setStyle(hideOverlappingLabels=False)  # Few, and those at the ends matter most.


class FocusMeter(Meter):
    """The last 30 seconds of sharpness; the best there was is a dashed line with a mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Focus: sharpness, last 30 s", parent)
        self.trace = FocusTrace()
        self._line = self.plot.plot(pen=pg.mkPen(theme.ACCENT, width=2))
        self.best_line = pg.InfiniteLine(angle=0, pen=pg.mkPen(theme.TEXT, width=1, style=_DASH))
        self.best_mark = pg.ScatterPlotItem(
            symbol="t", size=13, brush=theme.TEXT, pen=pg.mkPen(None)
        )
        self.plot.addItem(self.best_line, ignoreBounds=True)
        self.plot.addItem(self.best_mark, ignoreBounds=True)
        self.plot.getAxis("bottom").setTicks([[(-SPAN_S, "30 s ago"), (0, "now")]])
        self.plot.setRange(xRange=_FOCUS_SPAN, yRange=(0, 1), padding=0)
        self.begin()

    def begin(self) -> None:
        """Forget the past and its best: another camera, another part, another lens."""
        self.trace = FocusTrace()
        self._line.setData([], [])
        self.best_line.hide()
        self.best_mark.setData([], [])
        self.say("", self.trace.sentence)

    def add(self, at_s: float, sharpness: float) -> None:
        """Draw one more."""
        self.trace.add(at_s, sharpness)
        best = self.trace.best
        assert best is not None
        ages = [when - at_s for when, _ in self.trace.points]
        self._line.setData(ages, [value for _, value in self.trace.points])
        self.best_line.setValue(best[1])
        self.best_line.show()
        seen = best[0] >= self.trace.points[0][0]
        self.best_mark.setData([best[0] - at_s] if seen else [], [best[1]] if seen else [])
        self.plot.setRange(xRange=_FOCUS_SPAN, yRange=(0, max(best[1], 1e-6) * 1.2), padding=0)
        self.say(f"{sharpness:.3g} now, {best[1]:.3g} at best", self.trace.sentence)


class ExposureMeter(Meter):
    """How many pixels have which grey level; clipping in words, figures and colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exposure: brightness of pixels", parent)
        self._bars = self.plot.plot(
            stepMode="center", fillLevel=0, brush=theme.CALM, pen=pg.mkPen(theme.MUTED, width=1)
        )
        self.white, self.black = (self._end(*span) for span in ((250, 262), (-6, 6)))
        self.plot.getAxis("bottom").setTicks([[(0, "black"), (128, "grey"), (255, "white")]])
        self.plot.setRange(xRange=(-26, 281), yRange=(0, 1.04), padding=0)
        self.begin()

    def begin(self) -> None:
        """Forget what was shown."""
        self._bars.setData(np.arange(257), np.zeros(256))
        self.white.hide()
        self.black.hide()
        self.say("", "No picture yet.")

    def show_exposure(self, found: Exposure) -> None:
        """Draw it; heights are square roots, so that small shares are still seen."""
        heights = np.sqrt(found.histogram / max(1, found.histogram.max()))
        self._bars.setData(np.arange(257) - 0.5, heights)
        self.white.setVisible(found.white > CLIPPED_SHARE)
        self.black.setVisible(found.black > CLIPPED_SHARE)
        figures = f"white {found.white:.1%} · black {found.black:.1%} · mean {found.brightness:.0f}"
        said = "Good: nothing that matters is clipped." if found.is_good else found.sentence
        self.say(figures, said, found.is_good)

    def _end(self, low: float, high: float) -> pg.LinearRegionItem:
        colour = QColor(theme.ALARM)
        colour.setAlpha(90)
        item = pg.LinearRegionItem((low, high), brush=colour, movable=False)
        for line in item.lines:
            line.setPen(pg.mkPen(None))
        self.plot.addItem(item, ignoreBounds=True)
        return item


def pace_text(median_ms: float, worst_ms: float) -> str:
    """For people: "one every 33 ms, 41 ms at worst"; empty before it can be said."""
    if math.isnan(median_ms):
        return ""
    return f"one every {median_ms:.0f} ms, {worst_ms:.0f} ms at worst"
