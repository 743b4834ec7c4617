"""Scores of good parts above a line, of bad parts below it, and the threshold to be dragged."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from station.drafts.thresholds import histogram_range
from station.ui import theme
from station.ui.plots import dress_axis, make_still, size_words
from station.ui.widgets import Card
from station.ui.wording import score_text

BINS = 48
UNDER, ROOM = 0.6, 1.35
"""Height of the bad ones' part, and of the words, where the tallest good bar is 1."""
FINE, COARSE = 1 / 400, 1 / 40
"""What an arrow key moves, alone and with Shift, as a share of the picture's width."""
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class ScoreHistogram(Card):
    """moved: the score that a person has dragged the threshold to, by mouse, finger or arrow."""

    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self.value = 0.0
        self._range = (0.0, 1.0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Scores and threshold; arrow keys move the threshold")
        self.plot = _Plot()
        self.plot.setFocusProxy(self)
        self.good = pg.BarGraphItem(x=[], height=[], width=1, brush=theme.FAINT, pen=theme.MUTED)
        hatched = QBrush(theme.ALARM, Qt.BrushStyle.BDiagPattern)
        self.bad = pg.BarGraphItem(x=[], height=[], width=1, brush=hatched, pen=theme.ALARM)
        self.ng = pg.LinearRegionItem(movable=False, brush=_tint(), pen=pg.mkPen(None))
        self.limit = pg.InfiniteLine(pen=pg.mkPen(theme.TEXT, width=3))
        self.words = [_word("good parts", theme.MUTED, 1), _word("bad parts", theme.ALARM, 0)]
        for item in (self.ng, self.good, self.bad, self.limit, *self.words):
            self.plot.addItem(item, ignoreBounds=True)
        self._dress()
        self.plot.pressed.connect(self._on_pressed)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 12, 4)
        box.addWidget(self.plot)

    def show_scores(
        self, good: Sequence[float], bad: Sequence[float], marks: Sequence[float] = ()
    ) -> None:
        """Draw these, each kind to its own scale; what lies far out is counted in the last bar.

        marks: thresholds that should be in sight.
        """
        self._range = low, high = histogram_range(good, bad, marks)
        edges = np.linspace(low, high, BINS + 1)
        middles, width = (edges[1:] + edges[:-1]) / 2, (high - low) / BINS
        ups, downs = (np.histogram(np.clip(scores, low, high), edges)[0] for scores in (good, bad))
        bottom = UNDER if len(bad) else UNDER / 2
        self.good.setOpts(x=middles, height=ups / ups.max(), width=width * 0.9)
        self.bad.setOpts(x=middles, height=-UNDER * downs / max(downs.max(), 1), width=width * 0.9)
        self.plot.setRange(xRange=(low, high), yRange=(-bottom * ROOM, ROOM), padding=0)
        for word, height in zip(self.words, (ROOM, -bottom * ROOM), strict=True):
            word.setPos(low, height)
        self.words[0].setText(f"{len(good)} good parts")
        self.words[1].setText(f"{len(bad)} bad parts" if len(bad) else "no bad part was shown")

    def set_value(self, value: float) -> None:
        """Draw the threshold there."""
        self.value = value
        self.limit.setValue(value)
        low, high = self._range
        self.ng.setRegion((min(max(value, low), high), high + (high - low)))
        shown = min(max(value, low), high)
        self.plot.getAxis("top").setTicks([[(shown, f"NG from {score_text(value)}")]])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge the threshold."""
        step = _STEPS.get(Qt.Key(event.key()))
        plain = event.modifiers() in (_NONE, _SHIFT, _KEYPAD)
        if step is None or not plain:
            super().keyPressEvent(event)
            return
        low, high = self._range
        far = COARSE if event.modifiers() == _SHIFT else FINE
        self._on_pressed(self.value + step * far * (high - low))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the arrow keys work here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they do not."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, framed while the keys work here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.TEXT, 3))
            box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)

    def sizeHint(self) -> QSize:
        """A wide band."""
        return QSize(560, 220)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(300, 140)

    @Slot(float)
    def _on_pressed(self, score: float) -> None:
        low, high = self._range
        self.set_value(min(max(score, low), high))
        self.moved.emit(self.value)

    def _dress(self) -> None:
        make_still(self.plot, self)
        self.plot.hideAxis("left")
        dress_axis(self.plot, "bottom")
        dress_axis(self.plot, "top", ink=theme.TEXT, bold=True).setStyle(tickLength=0)
        self.plot.addItem(pg.InfiniteLine(0, angle=0, pen=pg.mkPen(theme.LINE)), ignoreBounds=True)
        size_words(self.plot)


class _Plot(pg.PlotWidget):  # type: ignore[misc]
    """pressed: the score under the mouse or finger while it is down."""

    pressed = Signal(float)

    def __init__(self) -> None:
        super().__init__(background=theme.WHITE)
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the threshold here."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it along."""
        self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave it where it is."""
        event.accept()

    def _follow(self, event: QMouseEvent) -> None:
        event.accept()
        if event.buttons() & Qt.MouseButton.LeftButton:
            box = self.plotItem.vb
            self.pressed.emit(box.mapSceneToView(self.mapToScene(event.position().toPoint())).x())


def _tint() -> QColor:
    colour = QColor(theme.ALARM)
    colour.setAlpha(28)
    return colour


def _word(text: str, colour: QColor, below: int) -> pg.TextItem:
    word = pg.TextItem(text, color=colour, anchor=(0, 1 - below))
    font = QFont()
    font.setBold(True)
    word.setFont(font)  # Its size comes with the graph's.
    return word


_NONE = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
