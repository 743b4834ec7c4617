"""Synthetic defects at their real size, and the part with the places where it is blind."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.findings import BlindMap
from station.detection import Example
from station.detection_words import length
from station.ui import theme
from station.ui.live.picture_view import rgb_image

CONTEXT = 6
"""Around a defect as much is shown as this many of its sizes, and a quarter of the picture."""
_KEEP = Qt.AspectRatioMode.KeepAspectRatio
_SMOOTH = QPainter.RenderHint.SmoothPixmapTransform


class _Well(QWidget):
    """A dark ground, and a sentence where there is nothing on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        """Still of use."""
        return QSize(320, 150)

    def _begun(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | _SMOOTH)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.WELL)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.CALM)
        if self.message:
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self.message)
        return painter


class DefectExamples(_Well):
    """Pieces of pictures, side by side, each with a bar as long as its defect and the verdict."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.examples: list[Example] = []
        self._images: list[QImage] = []
        self._mm_per_px: float | None = None

    def show_examples(self, examples: Sequence[Example], mm_per_px: float | None) -> None:
        """Show those."""
        self.examples, self._mm_per_px, self.message = list(examples), mm_per_px, ""
        self._images = [rgb_image(_around(each)) for each in examples]
        self.update()

    def show_message(self, message: str) -> None:
        """Show a sentence instead."""
        self.examples, self._images, self.message = [], [], message
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint each piece with its caption below."""
        painter = self._begun()
        if not self._images:
            return
        width = (self.width() - 16) // len(self._images)
        for number, (image, example) in enumerate(zip(self._images, self.examples, strict=True)):
            cell = QRect(8 + number * width, 8, width, self.height() - 16).adjusted(4, 0, -4, 0)
            self._paint(painter, image, example, cell)

    def _paint(self, painter: QPainter, image: QImage, example: Example, cell: QRect) -> None:
        high = painter.fontMetrics().height() + 16
        room = cell.adjusted(0, 0, 0, -2 * high)
        place = QRect(room.topLeft(), image.size().scaled(room.size(), _KEEP))
        place.moveCenter(room.center())
        painter.drawImage(place, image)
        long = example.size * place.width() / image.width()
        middle = QPointF(place.center().x(), place.bottom() + 10)
        painter.setPen(QPen(theme.WHITE, 3))
        painter.drawLine(middle - QPointF(long / 2, 0), middle + QPointF(long / 2, 0))
        size = length(example.size, self._mm_per_px)
        verdict = "NG, found" if example.hit else "OK, missed"
        box = QRectF(cell.left(), place.bottom() + 14, cell.width(), 2 * high - 16)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        painter.setPen(theme.WHITE)
        painter.drawText(box, flags, f"{example.kind.value}, {size}\n{verdict}")


class BlindMapView(_Well):
    """The part under a coarse grid: hits of trials in each square, blind squares barred."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.blind: BlindMap | None = None
        self._image = QImage()

    def show_map(self, blind: BlindMap, picture: NDArray[np.uint8]) -> None:
        """Show that over a good part, uint8 (H, W, 3)."""
        self.blind, self._image, self.message = blind, rgb_image(picture), ""
        self.update()

    def show_message(self, message: str) -> None:
        """Show a sentence instead."""
        self.blind, self.message = None, message
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the part and its squares."""
        painter = self._begun()
        if self.blind is None:
            return
        room = self.rect().adjusted(8, 8, -8, -8)
        place = QRect(room.topLeft(), self._image.size().scaled(room.size(), _KEEP))
        place.moveCenter(room.center())
        painter.drawImage(place, self._image)
        font = QFont(painter.font())
        font.setPixelSize(max(11, min(17, self._cell(place, 0, 0).toRect().height() // 3)))
        painter.setFont(font)
        for row in range(len(self.blind.trials)):
            for column in range(len(self.blind.trials[0])):
                self._paint_cell(painter, self._cell(place, row, column), row, column)

    def _cell(self, place: QRect, row: int, column: int) -> QRectF:
        assert self.blind is not None
        top, left, height, width = self.blind.box
        rows, columns = len(self.blind.trials), len(self.blind.trials[0])
        down, across = (
            place.height() / self.blind.frame[0],
            place.width() / self.blind.frame[1],
        )
        return QRectF(
            place.left() + (left + width * column / columns) * across,
            place.top() + (top + height * row / rows) * down,
            width / columns * across,
            height / rows * down,
        )

    def _paint_cell(self, painter: QPainter, cell: QRectF, row: int, column: int) -> None:
        assert self.blind is not None
        rate = self.blind.rate(row, column)
        inner = cell.adjusted(1, 1, -1, -1)
        if not rate.total:
            return
        missed = rate.total - rate.count
        tint = QColor(theme.WARNING)
        tint.setAlpha(round(150 * missed / rate.total) + 40 if missed else 0)
        painter.setPen(QPen(QColor(255, 255, 255, 90), 1))
        painter.setBrush(tint)
        painter.drawRect(inner)
        if self.blind.blind(row, column):
            painter.setPen(QPen(theme.ALARM, 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(inner.adjusted(2, 2, -2, -2))
            painter.drawLine(inner.topLeft(), inner.bottomRight())
        _label(painter, inner, f"{rate.count}/{rate.total}")


def _label(painter: QPainter, cell: QRectF, text: str) -> None:
    """White on a dark plate, so that it reads on every part."""
    metrics = painter.fontMetrics()
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height())
    plate.moveCenter(cell.center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 160))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(theme.WHITE)
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)


def _around(example: Example) -> NDArray[np.uint8]:
    """Cut a square piece out of the picture, the defect in it, in its surroundings."""
    height, width = example.picture.shape[:2]
    side = round(min(max(CONTEXT * example.size, min(height, width) / 4), height, width))
    top, left = (
        min(max(place - side // 2, 0), length - side)
        for place, length in zip(example.centre, (height, width), strict=True)
    )
    return np.ascontiguousarray(example.picture[top : top + side, left : left + side])
