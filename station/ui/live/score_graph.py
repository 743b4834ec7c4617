"""The scores of the last parts against the threshold."""

import math
from collections import deque

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QVBoxLayout, QWidget

from station.ledger.row import Row
from station.parts import Verdict
from station.ui import theme
from station.ui.plots import dress_axis, make_still
from station.ui.widgets import Card
from station.ui.wording import score_text

KEPT = 500
FEWEST = 60


class ScoreGraph(Card):
    """OK as a quiet line, NG as crosses, FAULT as gaps with a triangle at the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self.rows: deque[Row] = deque(maxlen=KEPT)
        self._threshold: float | None = None
        self.limit_text = ""
        self._changed = False
        self.plot = pg.PlotWidget(background=theme.WHITE)
        self._line = self.plot.plot(pen=pg.mkPen(theme.FAINT, width=1), connect="finite")
        self.ok = self._scatter("o", 5, theme.MUTED, None)
        self.ng = self._scatter("x", 13, theme.ALARM, theme.WHITE)
        self.fault = self._scatter(_triangle(), 15, theme.WARNING, theme.TEXT)
        self.limit = pg.InfiniteLine(angle=0, pen=pg.mkPen(theme.TEXT, width=2, style=_DASH))
        self.plot.addItem(self.limit, ignoreBounds=True)
        self.limit.hide()
        self._dress()
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 8, 12, 4)
        box.addWidget(self.plot)

    def set_threshold(self, value: float | None) -> None:
        """Draw the line where NG begins, or none."""
        self._threshold = value
        self.limit.setVisible(value is not None)
        self.limit_text = ""
        if value is not None:
            self.limit.setValue(value)
            self.limit_text = f"NG from {score_text(value)}"
        marks = [] if value is None else [(value, self.limit_text)]
        self.plot.getAxis("right").setTicks([marks])
        self._changed = True
        self.refresh()

    def add(self, row: Row) -> None:
        """Keep one more part; it is drawn at the next `refresh`."""
        self.rows.append(row)
        self._changed = True

    def clear(self) -> None:
        """Forget all parts."""
        self.rows.clear()
        self._changed = True
        self.refresh()

    def refresh(self) -> None:
        """Draw what came since the last time."""
        if not self._changed:
            return
        self._changed = False
        scores = [row.score if row.score is not None else float("nan") for row in self.rows]
        self._line.setData([row.sequence for row in self.rows], scores)
        low, high = self._range(scores)
        for verdict, item in ((Verdict.OK, self.ok), (Verdict.NG, self.ng)):
            shown = [row for row in self.rows if row.verdict is verdict]
            item.setData([row.sequence for row in shown], [row.score for row in shown])
        faults = [row.sequence for row in self.rows if row.verdict is Verdict.FAULT]
        self.fault.setData(faults, [low + (high - low) * 0.05] * len(faults))
        self._place(low, high)

    def sizeHint(self) -> QSize:
        """A band."""
        return QSize(600, 200)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(200, 120)

    def _scatter(
        self, symbol: str | QPainterPath, size: int, brush: QColor, pen: QColor | None
    ) -> pg.ScatterPlotItem:
        item = pg.ScatterPlotItem(symbol=symbol, size=size, brush=brush, pen=pg.mkPen(pen))
        self.plot.addItem(item)
        return item

    def _dress(self) -> None:
        make_still(self.plot, self)
        self.plot.showGrid(x=False, y=True, alpha=0.12)
        dress_axis(self.plot, "left", "score")
        dress_axis(self.plot, "bottom", "part")
        dress_axis(self.plot, "right", ink=theme.TEXT).setStyle(tickLength=0)
        self.plot.getAxis("right").setTicks([[]])
        self._place(0.0, 1.0)

    def _range(self, scores: list[float]) -> tuple[float, float]:
        finite = [score for score in scores if math.isfinite(score)]
        marks = finite + ([self._threshold] if self._threshold is not None else [])
        if not marks:
            return 0.0, 1.0
        low, high = min(marks), max(marks)
        room = max(high - low, high * 0.2, 1e-6)
        return max(0.0, low - room * 0.25), high + room * 0.25

    def _place(self, low: float, high: float) -> None:
        first = self.rows[0].sequence if self.rows else 1
        last = max(self.rows[-1].sequence if self.rows else 0, first + FEWEST - 1)
        right = last + max(1.0, (last - first) * 0.01)
        self.plot.setRange(xRange=(first - 0.5, right), yRange=(low, high), padding=0)


_DASH = Qt.PenStyle.DashLine


def _triangle() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(0, -0.5)
    path.lineTo(0.5, 0.45)
    path.lineTo(-0.5, 0.45)
    path.closeSubpath()
    return path
