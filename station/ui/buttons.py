"""Buttons for gloves: large, quiet, each showing its key."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from station.ui import theme

PADDING = 14
ICON = 26


class BigButton(QToolButton):
    """A touch button that shows icon, text and key of what it does.

    primary: the one next action of a page; at most one is primary at a time.
    """

    def __init__(
        self, text: str = "", *, primary: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setText(text)
        self._primary = primary
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @classmethod
    def of(cls, action: QAction, *, primary: bool = False) -> "BigButton":
        """A button that follows `action`: text, key, icon, enabled, visible; its key is enough."""
        button = cls(primary=primary)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setDefaultAction(action)
        action.visibleChanged.connect(lambda: button.setVisible(action.isVisible()))
        button.setVisible(action.isVisible())
        return button

    def set_primary(self, primary: bool) -> None:
        """Make this the page's next action, or not."""
        self._primary = primary
        self.update()

    def sizeHint(self) -> QSize:
        """Room for icon, text and key, never lower than a gloved finger needs."""
        return QSize(self._bare_width() + self._key_width(), theme.TOUCH)

    def minimumSizeHint(self) -> QSize:
        """Where room is short the key is left out; the text never is."""
        return QSize(self._bare_width(), theme.TOUCH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon, text and key from left to right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink, line = self._colours()
        wide = 4 if self.hasFocus() else 1
        painter.setPen(QPen(theme.TEXT if self.hasFocus() else line, wide))
        painter.setBrush(ground)
        box = QRectF(self.rect()).adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2)
        painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        left = self._paint_icon(painter, self._content_left())
        painter.setFont(self._text_font())
        painter.setPen(ink)
        text_width = self._text_metrics().horizontalAdvance(self.text())
        painter.drawText(QRectF(left, 0, text_width + 2, self.height()), _MIDDLE, self.text())
        if self._shows_key():
            self._paint_key(painter, left + text_width + 10, ink)

    def _bare_width(self) -> int:
        width = 2 * PADDING
        if self.text():
            width += self._text_metrics().horizontalAdvance(self.text())
        if not self.icon().isNull():
            width += ICON + (8 if self.text() else 0)
        return max(width, theme.TOUCH)

    def _key_width(self) -> int:
        if not self._key():
            return 0
        return 10 + QFontMetrics(self._key_font()).horizontalAdvance(self._key()) + 12

    def _shows_key(self) -> bool:
        return bool(self._key()) and self.width() >= self.sizeHint().width()

    def _content_left(self) -> float:
        used = self._bare_width() + (self._key_width() if self._shows_key() else 0)
        return PADDING + max(0, self.width() - used) / 2

    def _paint_icon(self, painter: QPainter, left: float) -> float:
        if self.icon().isNull():
            return left
        mode = self.icon().Mode.Normal if self.isEnabled() else self.icon().Mode.Disabled
        pixmap = self.icon().pixmap(QSize(ICON, ICON), self.devicePixelRatioF(), mode)
        box = QRectF(left, (self.height() - ICON) / 2, ICON, ICON)
        if self._primary and self.isEnabled():
            tinted = QPainter(pixmap)
            tinted.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            tinted.fillRect(pixmap.rect(), theme.WHITE)
            tinted.end()
        painter.drawPixmap(box.toRect(), pixmap)
        return left + ICON + 8

    def _paint_key(self, painter: QPainter, left: float, ink: QColor) -> None:
        font = self._key_font()
        metrics = QFontMetrics(font)
        width, height = metrics.horizontalAdvance(self._key()) + 12, metrics.height() + 4
        cap = QRectF(left, (self.height() - height) / 2, width, height)
        faded = QColor(ink)
        faded.setAlphaF(0.45)
        painter.setPen(QPen(faded, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(cap, 4, 4)
        faded.setAlphaF(0.8)
        painter.setPen(faded)
        painter.setFont(font)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key())

    def _colours(self) -> tuple[QColor, QColor, QColor]:
        if not self.isEnabled():
            return theme.WINDOW, theme.FAINT, theme.LINE
        if self._primary:
            ground = theme.ACCENT.darker(125) if self.isDown() else theme.ACCENT
            return (ground.lighter(112) if self.underMouse() else ground), theme.WHITE, ground
        if self.isChecked():
            return QColor("#D3E3F2"), theme.TEXT, theme.ACCENT
        if self.isDown():
            return theme.LINE, theme.TEXT, theme.FAINT
        return (QColor("#EAF1F7") if self.underMouse() else theme.BUTTON), theme.TEXT, theme.LINE

    def _key(self) -> str:
        action = self.defaultAction()
        if action is None or action.shortcut().isEmpty():
            return ""
        return str(action.property("key_text") or "")

    def _text_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _text_metrics(self) -> QFontMetrics:
        return QFontMetrics(self._text_font())

    def _key_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(11, round(font.pixelSize() * 0.72)))
        return font


_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
