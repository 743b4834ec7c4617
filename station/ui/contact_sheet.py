"""The newest pictures of many, small, side by side."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.ui import theme
from station.ui.live.picture_view import rgb_image

SHOWN = 12
THUMB = QSize(320, 320)


class ContactSheet(QWidget):
    """Up to 12 pictures in a grid that fills its room; `empty` is said while there is none."""

    def __init__(self, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self.images: deque[QImage] = deque(maxlen=SHOWN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def add(self, pixels: NDArray[np.uint8]) -> None:
        """Show one more picture, uint8 (H, W, 3) RGB."""
        aspect, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.images.append(rgb_image(pixels).scaled(THUMB, aspect, smooth))
        self.update()

    def show_files(self, paths: Sequence[Path]) -> None:
        """Show pictures spread evenly over `paths`."""
        self.images.clear()
        for index in np.linspace(0, len(paths) - 1, min(SHOWN, len(paths))).round().astype(int):
            image = _small(paths[index])
            if not image.isNull():
                self.images.append(image)
        self.update()

    def clear(self) -> None:
        """Show none."""
        self.images.clear()
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Room for two rows."""
        return QSize(320, 160)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the grid."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.WELL)
        painter.drawRoundedRect(self.rect(), theme.RADIUS, theme.RADIUS)
        if not self.images:
            painter.setPen(theme.CALM)
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self._empty)
            return
        for image, cell in zip(self.images, self._cells(), strict=False):
            place = QRect(QPoint(0, 0), image.size().scaled(cell.size(), _KEEP))
            place.moveCenter(cell.center())
            painter.drawImage(place, image)

    def _cells(self) -> list[QRect]:
        columns = self._columns()
        rows = -(-len(self.images) // columns)
        room = self.rect().adjusted(8, 8, -8, -8)
        width, height = room.width() // columns, room.height() // rows
        return [
            QRect(
                room.left() + width * (index % columns) + 3,
                room.top() + height * (index // columns) + 3,
                width - 6,
                height - 6,
            )
            for index in range(len(self.images))
        ]

    def _columns(self) -> int:
        """As many as make the pictures largest."""
        count, size = len(self.images), self.images[0].size()

        def scale(columns: int) -> float:
            rows = -(-count // columns)
            return min(self.width() / columns / size.width(), self.height() / rows / size.height())

        return max(range(1, count + 1), key=scale)


def _small(path: Path) -> QImage:
    reader = QImageReader(str(path))
    if reader.size().isValid():
        reader.setScaledSize(reader.size().scaled(THUMB, _KEEP))
    return reader.read()


_KEEP = Qt.AspectRatioMode.KeepAspectRatio
