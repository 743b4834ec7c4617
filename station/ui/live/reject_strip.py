"""The latest NG and FAULT parts, newest first; press one to look at it again."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from station.ledger.row import Row
from station.ui import theme
from station.ui.live.picture_view import rgb_image
from station.ui.shapes import paint_shape
from station.ui.widgets import Card, Text
from station.ui.wording import part_number

KEPT = 60
_ROW = Qt.ItemDataRole.UserRole
_PICTURE = Qt.ItemDataRole.UserRole + 1


class RejectStrip(Card):
    """A column of thumbnails.

    chosen: the row to look at again.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = _List()
        self.list.setItemDelegate(_Thumbnail(self.list))
        self.list.itemClicked.connect(self._choose)
        self.empty = Text("None yet", colour=theme.MUTED)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 4, 8)
        column.addWidget(Text("Latest rejects", factor=0.85, colour=theme.MUTED))
        column.addWidget(self.empty, 1)
        column.addWidget(self.list, 1)
        self.list.hide()

    @property
    def rows(self) -> list[Row]:
        """Newest first."""
        return [self.list.item(index).data(_ROW) for index in range(self.list.count())]

    def add(self, row: Row, thumbnail: NDArray[np.uint8]) -> None:
        """Put a reject on top; forget the oldest beyond 60."""
        item = QListWidgetItem()
        item.setData(_ROW, row)
        item.setData(_PICTURE, QPixmap.fromImage(rgb_image(thumbnail)) if thumbnail.size else None)
        item.setToolTip(row.text or row.source)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, _title(row))
        self.list.insertItem(0, item)
        if self.list.count() > KEPT:
            self.list.takeItem(KEPT)
        self.list.show()
        self.empty.hide()

    def step(self, by: int) -> None:
        """Choose the reject `by` places older (positive) or newer (negative) than the chosen."""
        count = self.list.count()
        if not count:
            return
        current = self.list.currentRow()
        wanted = 0 if current < 0 else min(count - 1, max(0, current + by))
        self.list.setCurrentRow(wanted)
        self.list.scrollToItem(self.list.item(wanted))
        self._choose(self.list.item(wanted))

    def release(self) -> None:
        """Choose nothing."""
        self.list.setCurrentRow(-1)
        self.list.clearSelection()

    @Slot(QListWidgetItem)
    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_ROW))


class _List(QListWidget):
    """A list that keeps Enter for itself while it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.viewport().setAutoFillBackground(False)

    def event(self, event: QEvent) -> bool:
        """Claim Enter before the window's own use of it."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _ENTER and self._can_take():
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter looks at the current part."""
        if event.key() in _ENTER and self._can_take():
            self.itemClicked.emit(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _can_take(self) -> bool:
        return self.currentItem() is not None


class _Thumbnail(QStyledItemDelegate):
    """Paints picture, shape, verdict, number and time of day."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one part."""
        row: Row = index.data(_ROW)
        picture: QPixmap | None = index.data(_PICTURE)
        box = option.rect.adjusted(2, 3, -4, -3)
        painter.save()
        painter.setRenderHints(_SMOOTH)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QPen(theme.ACCENT, 4) if chosen else QPen(theme.LINE, 1))
        painter.setBrush(theme.WHITE)
        painter.drawRoundedRect(box, 6, 6)
        label = QRect(
            box.left() + 6, box.bottom() - _line(option) - 4, box.width() - 12, _line(option)
        )
        frame = QRect(box.left() + 6, box.top() + 6, box.width() - 12, label.top() - box.top() - 9)
        _paint_picture(painter, picture, frame)
        _paint_label(painter, row, label)
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As wide as the strip, with the picture's own proportion."""
        view = option.widget
        width = view.viewport().width() if isinstance(view, QListWidget) else 160
        return QSize(width, round((width - 18) * 0.75) + _line(option) + 22)


def _line(option: QStyleOptionViewItem) -> int:
    return option.fontMetrics.height() + 2


def _paint_picture(painter: QPainter, picture: QPixmap | None, frame: QRect) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.WELL)
    painter.drawRect(frame)
    if picture is None:
        painter.setPen(theme.CALM)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "No picture")
        return
    size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(frame.topLeft(), size)
    place.moveCenter(frame.center())
    painter.drawPixmap(place, picture)


def _paint_label(painter: QPainter, row: Row, label: QRect) -> None:
    look = theme.LOOKS[row.verdict.value]
    mark = QRectF(label.left(), label.top(), label.height(), label.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.ground)
    painter.drawRoundedRect(mark, 4, 4)
    paint_shape(painter, look.shape, mark.adjusted(3, 3, -3, -3), look.ink)
    painter.setPen(theme.TEXT)
    text = label.adjusted(label.height() + 6, 0, 0, 0)
    painter.drawText(text, _LEFT, part_number(row.sequence))
    number = painter.fontMetrics().horizontalAdvance(part_number(row.sequence) + " ")
    font = painter.font()
    font.setPixelSize(round(font.pixelSize() * 0.78))
    painter.setFont(font)
    painter.setPen(theme.MUTED)
    time = f"{row.captured_at.astimezone():%H:%M:%S}"
    if number + painter.fontMetrics().horizontalAdvance(time) <= text.width():
        painter.drawText(text, _RIGHT, time)


def _title(row: Row) -> str:
    return f"{row.verdict.value} part {part_number(row.sequence)}"


_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
