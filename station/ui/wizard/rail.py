"""Where a person stands in the wizard."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.ui import theme

STEPS = ("Good parts", "Teach", "Threshold", "Publish")


class Rail(QWidget):
    """The steps from top to bottom: done ones ticked, the present one filled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def go_to(self, step: int) -> None:
        """Mark that step as the present one."""
        self.step = step
        self.setAccessibleName(f"Step {step + 1} of {len(STEPS)}: {STEPS[step]}")
        self.update()

    def sizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(self.fontMetrics().horizontalAdvance("Good parts") + 110, 320)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint line, discs and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, pitch, left, top = 40.0, 84.0, 16.0, 24.0
        painter.setPen(QPen(theme.LINE, 3))
        middle = int(left + side / 2)
        painter.drawLine(middle, int(top), middle, int(top + pitch * (len(STEPS) - 1)))
        for index, name in enumerate(STEPS):
            disc = QRectF(left, top + index * pitch, side, side)
            self._paint_disc(painter, disc, index)
            self._paint_name(painter, QRectF(left + side + 14, disc.top(), 400, side), index, name)

    def _paint_disc(self, painter: QPainter, disc: QRectF, index: int) -> None:
        filled = index <= self.step
        painter.setPen(QPen(theme.ACCENT if filled else theme.LINE, 3))
        painter.setBrush(theme.ACCENT if filled else theme.CARD)
        painter.drawEllipse(disc)
        painter.setPen(theme.WHITE if filled else theme.MUTED)
        painter.setFont(_bold(painter.font()))
        painter.drawText(disc, _CENTRE, "✓" if index < self.step else str(index + 1))

    def _paint_name(self, painter: QPainter, box: QRectF, index: int, name: str) -> None:
        font = QFont(self.font())
        font.setBold(index == self.step)
        painter.setFont(font)
        painter.setPen(theme.TEXT if index <= self.step else theme.MUTED)
        painter.drawText(box, _LEFT, name)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
