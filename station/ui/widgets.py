"""Small widgets that the whole window shares: cards, text that scales and elides, a slider."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QWidget

from station.ui import theme


class Card(QWidget):
    """A quiet rounded ground that groups what belongs together."""

    def __init__(self, parent: QWidget | None = None, ground: QColor = theme.CARD) -> None:
        super().__init__(parent)
        self._ground = ground

    def set_ground(self, ground: QColor) -> None:
        """Repaint on another ground."""
        self._ground = ground
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)


class Text(QLabel):
    """A label whose height is `factor` times the window's body text.

    elide: cut with "…" instead of asking for more room; the whole text is then the tool tip.
    """

    def __init__(
        self,
        text: str = "",
        *,
        factor: float = 1.0,
        bold: bool = False,
        colour: QColor = theme.TEXT,
        elide: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._factor = factor
        self._elide = elide
        font = QFont(self.font())
        font.setBold(bold)
        self.setFont(font)
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.set_colour(colour)
        self.rescale(16)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_colour(self, colour: QColor) -> None:
        """Write in that colour."""
        palette = self.palette()
        palette.setColor(self.foregroundRole(), colour)
        self.setPalette(palette)

    def rescale(self, base: int) -> None:
        """Follow the window's body text, `base` pixels high."""
        font = QFont(self.font())
        font.setPixelSize(round(base * self._factor))
        self.setFont(font)

    def minimumSizeHint(self) -> QSize:
        """An eliding label may shrink to a few letters."""
        hint = super().minimumSizeHint()
        return QSize(24, hint.height()) if self._elide else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, cut at the end where it does not fit."""
        if not self._elide:
            super().paintEvent(event)
            return
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment()) | Qt.TextFlag.TextSingleLine, shown)


class TouchSlider(QSlider):
    """A horizontal slider with a handle for gloves; a press anywhere moves it there."""

    HANDLE = 30

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setMinimumHeight(theme.TOUCH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """Long enough for fine steps."""
        return QSize(200, theme.TOUCH)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move to the finger."""
        self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the finger."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay where the finger left."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint groove, filled part and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, handle = self.height() / 2, self._handle_x()
        on = self.isEnabled()
        left, right = self.HANDLE / 2, self.width() - self.HANDLE / 2
        for start, end, colour in (
            (left, right, theme.LINE),
            (left, handle, theme.ACCENT if on else theme.FAINT),
        ):
            painter.setPen(QPen(colour, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(start, middle), QPointF(end, middle))
        painter.setPen(QPen(theme.ACCENT if on else theme.FAINT, 3))
        painter.setBrush(theme.WHITE)
        radius = self.HANDLE / 2 - 2
        painter.drawEllipse(QPointF(handle, middle), radius, radius)

    def _handle_x(self) -> float:
        span = max(1, self.maximum() - self.minimum())
        share = (self.value() - self.minimum()) / span
        return self.HANDLE / 2 + share * (self.width() - self.HANDLE)

    def _move_to(self, x: float) -> None:
        share = (x - self.HANDLE / 2) / max(1, self.width() - self.HANDLE)
        span = self.maximum() - self.minimum()
        self.setValue(round(self.minimum() + min(1.0, max(0.0, share)) * span))


def rescale(root: QWidget, base: int) -> None:
    """Give `root` and every `Text` in it body text of `base` pixels."""
    font = QFont(root.font())
    font.setPixelSize(base)
    root.setFont(font)
    follow(root)


def follow(root: QWidget) -> None:
    """Give every `Text` in `root`, new ones too, the size that `root` has of the window by now."""
    for label in root.findChildren(Text):
        label.rescale(root.font().pixelSize())
