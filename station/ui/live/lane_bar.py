"""All lanes in sight: each one's newest verdict, and which one fills the page."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from station.ui import theme
from station.ui.live.verdict_panel import VerdictPanel
from station.ui.shapes import paint_shape

HEIGHT = 64


class LaneTile(QAbstractButton):
    """One lane: its name, its word with shape and colour, what to do. Press it to see the whole."""

    def __init__(self, name: str, panel: VerdictPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._panel = panel
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        panel.changed.connect(self._on_change)
        self._on_change()

    @property
    def word(self) -> str:
        """The verdict or state it shows."""
        return self._panel.word

    def sizeHint(self) -> QSize:
        """As high as a gloved finger needs."""
        return QSize(240, HEIGHT)

    def _on_change(self) -> None:
        text = f"Lane {self._name}: {self._panel.word}. {self._panel.headline}"
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground in the verdict's colour, with a frame where it is the one shown."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = self._panel.look
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ground)
        painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        self._paint_frame(painter, box)
        side = box.height()
        mark = QRectF(box.left() + 6, box.top(), side, side).adjusted(12, 12, -12, -12)
        paint_shape(painter, look.shape, mark, look.ink)
        painter.setPen(look.ink)
        text = box.adjusted(side + 10, 4, -10, -4)
        upper = QRectF(text.left(), text.top(), text.width(), text.height() * 0.55)
        lower = QRectF(text.left(), upper.bottom(), text.width(), text.height() * 0.45)
        self._paint_line(painter, upper, f"{self._name}: {self._panel.word}", bold=True)
        self._paint_line(painter, lower, self._panel.headline, bold=False)

    def _paint_frame(self, painter: QPainter, box: QRectF) -> None:
        if not (self.isChecked() or self.hasFocus()):
            return
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine if self.isChecked() else Qt.PenStyle.DotLine)
        pen.setWidth(4 if self.isChecked() else 2)
        pen.setColor(theme.TEXT)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)

    def _paint_line(self, painter: QPainter, box: QRectF, text: str, *, bold: bool) -> None:
        font = QFont(self.font())
        font.setBold(bold)
        font.setPixelSize(max(11, int(box.height() * (0.85 if bold else 0.8))))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class LaneBar(QWidget):
    """A tile a lane; hidden where there is only one. chosen: index of the lane to show."""

    chosen = Signal(int)

    def __init__(
        self, names: Sequence[str], panels: Sequence[VerdictPanel], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.tiles = [LaneTile(name, panel) for name, panel in zip(names, panels, strict=True)]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for index, tile in enumerate(self.tiles):
            self._group.addButton(tile, index)
            row.addWidget(tile)
            self._add_key(index)
        self._group.idClicked.connect(self.chosen)
        self.tiles[0].setChecked(True)
        self.setVisible(len(self.tiles) > 1)

    def choose(self, index: int) -> None:
        """Mark the lane that is shown."""
        self.tiles[index].setChecked(True)

    def _add_key(self, index: int) -> None:
        key = QShortcut(QKeySequence(f"Ctrl+{index + 1}"), self)
        key.activated.connect(self.tiles[index].click)
