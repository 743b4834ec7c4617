"""Good pictures side by side, large, worst first; what stands out is marked, decided or not."""

from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from station.drafts.draft import State
from station.drafts.suspects import Listed
from station.inspection.events import View
from station.ui import theme
from station.ui.live.picture_view import rgb_image, rgba_image
from station.ui.shapes import paint_shape

LINES_WIDE = 9
"""Least width of a cell, in lines of text: room for its words."""
PICTURE_SIDE = 240
_ONE = Qt.ItemDataRole.UserRole
_PICTURE = Qt.ItemDataRole.UserRole + 1

Render = Callable[[Listed], View | None]


class SuspectGrid(QListWidget):
    """Thumbnails, read one after the other as they come into sight."""

    def __init__(self, render: Render, parent: QWidget | None = None) -> None:
        """render: reads a picture and its heatmap; None where it cannot be read."""
        super().__init__(parent)
        self._render = render
        self._wanted: deque[QListWidgetItem] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._read_one)
        self.setItemDelegate(_Cell(self))
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Good pictures, those least like the others first")

    @property
    def current(self) -> Listed | None:
        """The chosen picture."""
        item = self.currentItem()
        one: Listed | None = None if item is None else item.data(_ONE)
        return one

    @property
    def shown(self) -> list[Listed]:
        """All of them, in order."""
        return [self.item(index).data(_ONE) for index in range(self.count())]

    def show_list(self, pictures: Sequence[Listed]) -> None:
        """Show these; where they are the same files as before, thumbnails and place are kept."""
        if [each.file for each in pictures] != [each.file for each in self.shown]:
            self._wanted.clear()
            self.clear()
            for _ in pictures:
                self.addItem(QListWidgetItem())
        for index, one in enumerate(pictures):
            self.item(index).setData(_ONE, one)
            self.item(index).setData(Qt.ItemDataRole.AccessibleTextRole, f"{one.file}, {told(one)}")
        if self.currentRow() < 0 and pictures:
            self.setCurrentRow(0)
        self.viewport().update()

    def choose(self, file: str) -> None:
        """Make that picture the chosen one."""
        for index, one in enumerate(self.shown):
            if one.file == file:
                self.setCurrentRow(index)

    def want(self, item: QListWidgetItem) -> None:
        """Read that picture soon."""
        if item not in self._wanted:
            self._wanted.append(item)
            self._timer.start(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose; letters are the page's own."""
        if event.text().isalpha():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the room with as many columns as have room for their words."""
        super().resizeEvent(event)
        line = self.fontMetrics().height()
        room = self.viewport().width() - 2
        width = room // max(1, room // (LINES_WIDE * line))
        self.setGridSize(QSize(width, width + line + 4))

    def _read_one(self) -> None:
        if not self._wanted:
            self._timer.stop()
            return
        item = self._wanted.popleft()
        view = self._render(item.data(_ONE))
        item.setData(_PICTURE, QPixmap() if view is None else _composed(view))


class _Cell(QStyledItemDelegate):
    """Paints picture, mark and words."""

    def __init__(self, grid: SuspectGrid) -> None:
        super().__init__(grid)
        self._grid = grid

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one picture."""
        one: Listed = index.data(_ONE)
        picture: QPixmap | None = index.data(_PICTURE)
        if picture is None:
            self._grid.want(self._grid.item(index.row()))
        box = option.rect.adjusted(4, 4, -4, -4)
        painter.save()
        painter.setRenderHints(_SMOOTH)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QPen(theme.ACCENT, 4) if chosen else QPen(theme.LINE, 1))
        painter.setBrush(theme.WHITE)
        painter.drawRoundedRect(box, 6, 6)
        line = option.fontMetrics.height() + 2
        frame = box.adjusted(6, 6, -6, -line - 8)
        _paint_picture(painter, picture, frame, faded=one.state is State.THROWN_OUT)
        _paint_label(painter, one, QRect(frame.left(), frame.bottom() + 4, frame.width(), line))
        painter.restore()

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All the same, as wide as the columns."""
        return self._grid.gridSize()


def told(one: Listed) -> str:
    """What is to be said of a picture, in two or three words."""
    if one.state is State.THROWN_OUT:
        return "thrown out"
    if one.state is State.REFUSED:
        return "refused"
    if one.decided:
        return "kept"
    return "stands out" if one.stands_out else "usual"


def _paint_picture(
    painter: QPainter, picture: QPixmap | None, frame: QRect, *, faded: bool
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.WELL)
    painter.drawRect(frame)
    if picture is None or picture.isNull():
        painter.setPen(theme.CALM)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "…" if picture is None else "Lost")
        return
    size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(frame.topLeft(), size)
    place.moveCenter(frame.center())
    painter.setOpacity(0.3 if faded else 1.0)
    painter.drawPixmap(place, picture)
    painter.setOpacity(1.0)
    if faded:
        painter.setPen(QPen(theme.WHITE, 5))
        painter.drawLine(place.topLeft(), place.bottomRight())
        painter.drawLine(place.topRight(), place.bottomLeft())


def _paint_label(painter: QPainter, one: Listed, label: QRect) -> None:
    text = label
    if one.open:
        look = theme.LOOKS["FAULT"]
        mark = QRectF(label.left(), label.top(), label.height(), label.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ground)
        painter.drawRoundedRect(mark, 4, 4)
        paint_shape(painter, look.shape, mark.adjusted(3, 3, -3, -3), look.ink)
        text = label.adjusted(label.height() + 6, 0, 0, 0)
    painter.setPen(theme.TEXT if one.open or one.decided else theme.MUTED)
    painter.drawText(text, _LEFT, told(one).capitalize())
    if one.times:
        painter.setPen(theme.MUTED)
        painter.drawText(text, _RIGHT, f"{one.times:.1f} ×")


def _composed(view: View) -> QPixmap:
    """Lay heatmap and outline over the picture."""
    image = rgb_image(view.base).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setOpacity(0.8)
    painter.drawImage(0, 0, rgba_image(view.heat))
    painter.setOpacity(1.0)
    painter.drawImage(0, 0, rgba_image(view.contour))
    painter.end()
    return QPixmap.fromImage(image)


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
