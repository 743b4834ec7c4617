"""Where a person stands in the wizard, and the way to any step that is open."""

from collections.abc import Set

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.ui import theme

TITLES = (
    "Product",
    "Where to look",
    "Good parts",
    "Is one bad?",
    "Teach",
    "Threshold",
    "Smallest defect",
    "Try it",
    "Publish",
)
PITCH = 78.0


class Rail(QWidget):
    """The steps from top to bottom: done ones ticked, the present one filled, closed ones faint.

    asked: the number of a step that was pressed and is open.
    """

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = 0
        self.furthest = 0
        self.done: Set[int] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def go_to(self, step: int, furthest: int, done: Set[int]) -> None:
        """Mark that step as the present one; those up to `furthest` can be pressed."""
        self.step, self.furthest, self.done = step, furthest, done
        self.setAccessibleName(f"Step {step + 1} of {len(TITLES)}: {TITLES[step]}")
        self.update()

    def place(self, step: int) -> QRectF:
        """Where a step can be pressed."""
        pitch = self._pitch
        return QRectF(0, step * pitch, self.width(), pitch)

    def sizeHint(self) -> QSize:
        """A narrow column."""
        font = QFont(self.font())
        font.setBold(True)
        widest = max(self.fontMetrics().horizontalAdvance(title) for title in TITLES)
        return QSize(round(widest * 1.08) + 74, 9 * 48)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the step under the finger."""
        step = int(event.position().y() // self._pitch)
        if step <= self.furthest and step < len(TITLES):
            self.asked.emit(step)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint line, discs and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, pitch = min(38.0, self._pitch - 8), self._pitch
        middle = 12 + side / 2
        painter.setPen(QPen(theme.LINE, 3))
        last = pitch * (len(TITLES) - 0.5)
        painter.drawLine(QPointF(middle, pitch / 2), QPointF(middle, last))
        for index, title in enumerate(TITLES):
            disc = QRectF(12, pitch * (index + 0.5) - side / 2, side, side)
            self._paint_disc(painter, disc, index)
            name = QRectF(disc.right() + 12, disc.top(), self.width(), side)
            self._paint_name(painter, name, index, title)

    @property
    def _pitch(self) -> float:
        return min(PITCH, self.height() / len(TITLES))

    def _paint_disc(self, painter: QPainter, disc: QRectF, index: int) -> None:
        here, open_ = index == self.step, index <= self.furthest
        painter.setPen(QPen(theme.ACCENT if open_ else theme.LINE, 3))
        painter.setBrush(theme.ACCENT if here else theme.CARD)
        painter.drawEllipse(disc)
        painter.setPen(theme.WHITE if here else theme.ACCENT if open_ else theme.MUTED)
        painter.setFont(_weighted(painter.font(), bold=True))
        done = index in self.done and not here
        painter.drawText(disc, _CENTRE, "✓" if done else str(index + 1))

    def _paint_name(self, painter: QPainter, box: QRectF, index: int, title: str) -> None:
        painter.setFont(_weighted(self.font(), bold=index == self.step))
        painter.setPen(theme.TEXT if index <= self.furthest else theme.MUTED)
        painter.drawText(box, _LEFT, title)


def _weighted(font: QFont, *, bold: bool) -> QFont:
    weighted = QFont(font)
    weighted.setBold(bold)
    return weighted


_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
