"""The run in figures."""

from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from station.ui import theme
from station.ui.live.tally import Tally
from station.ui.shapes import paint_shape
from station.ui.widgets import Card, Text


class Figure(Card):
    """One number under its name; an attention colour marks it when it is not zero."""

    def __init__(self, name: str, word: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = Text("–", factor=1.75, bold=True, elide=True)
        self._mark = _Mark(word)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(Text(name, factor=0.85, colour=theme.MUTED))
        top.addStretch(1)
        top.addWidget(self._mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 10, 6)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.value)

    def show_value(self, text: str, attention: bool = False) -> None:
        """Write the number; show the mark where attention is due."""
        self.value.setText(text)
        self._mark.setVisible(attention)


class Counters(QWidget):
    """Judged, OK, NG, FAULT, yield and pace of the run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.judged, self.ok = Figure("Judged"), Figure("OK")
        self.ng, self.fault = Figure("NG", "NG"), Figure("FAULT", "FAULT")
        self.good, self.pace = Figure("Yield"), Figure("Parts a minute")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        figures = (self.judged, self.ok, self.ng, self.fault, self.good, self.pace)
        for index, figure in enumerate(figures):
            grid.addWidget(figure, index // 2, index % 2)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.show_tally(Tally(), None)

    def show_tally(self, tally: Tally, now: datetime | None) -> None:
        """Write the run's figures; `now` dates the pace."""
        self.judged.show_value(f"{tally.judged:,}")
        self.ok.show_value(f"{tally.ok:,}")
        self.ng.show_value(f"{tally.ng:,}", tally.ng > 0)
        self.fault.show_value(f"{tally.fault:,}", tally.fault > 0)
        self.good.show_value(tally.yield_text)
        pace = tally.parts_a_minute(now) if now else None
        self.pace.show_value("–" if pace is None else f"{pace:,.0f}")


class _Mark(QWidget):
    """A verdict's shape on its colour, small."""

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = word
        self.setFixedSize(QSize(22, 22))
        keep = self.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.setSizePolicy(keep)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the shape on a small ground."""
        look = theme.LOOKS[self._word]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ground)
        painter.drawRoundedRect(self.rect(), 4, 4)
        paint_shape(painter, look.shape, self.rect().toRectF().adjusted(3, 3, -3, -3), look.ink)
