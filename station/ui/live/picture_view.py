"""One picture with its heatmap or contour over it, scaled once and painted cheaply."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.inspection.events import View
from station.ui import theme


class Overlay(str, Enum):
    """What is painted over the picture."""

    HEATMAP = "Heatmap"
    CONTOUR = "Contour"
    OFF = "Off"


class PictureView(QWidget):
    """Shows a `View`, or a plain picture, or a sentence where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.view: View | None = None
        self.message = ""
        self.caption = ""
        self.overlay = Overlay.HEATMAP
        self.opacity = 0.8
        self._images: dict[str, QImage] = {}
        self._scaled: dict[str, QPixmap] = {}

    def show_view(self, view: View, caption: str) -> None:
        """Show a judged part; the heatmap is outlined so that a small place is found from afar."""
        self.view = view
        images = {"base": rgb_image(view.base)}
        images["heat"], images["contour"] = rgba_image(view.heat), rgba_image(view.contour)
        self._show(images, caption, "")

    def show_pixels(self, pixels: NDArray[np.uint8], caption: str) -> None:
        """Show a picture, uint8 (H, W, 3) RGB, that has no map."""
        self.view = None
        self._show({"base": rgb_image(pixels)} if pixels.size else {}, caption, "No picture")

    def show_message(self, message: str) -> None:
        """Show a sentence in place of a picture."""
        self.view = None
        self._show({}, "", message)

    def set_overlay(self, overlay: Overlay) -> None:
        """Paint that over the picture from now on."""
        self.overlay = overlay
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Paint the heatmap that strongly, 0 to 1."""
        self.opacity = opacity
        self.update()

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        """Still of use."""
        return QSize(240, 180)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Scale again at the next paint."""
        self._scaled.clear()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, picture, overlay and caption."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.WELL)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        if "base" not in self._images:
            self._paint_message(painter)
            return
        painter.drawPixmap(self._place(), self._pixmap("base"))
        self._paint_overlay(painter)
        self._paint_caption(painter)

    def _show(self, images: dict[str, QImage], caption: str, message: str) -> None:
        self._images, self.caption, self.message = images, caption, message
        self._scaled.clear()
        self.update()

    def _paint_overlay(self, painter: QPainter) -> None:
        name = {Overlay.HEATMAP: "heat", Overlay.CONTOUR: "contour"}.get(self.overlay, "")
        if name not in self._images:
            return
        if name == "heat":
            painter.setOpacity(self.opacity)
            painter.drawPixmap(self._place(), self._pixmap(name))
            painter.setOpacity(1.0)
        painter.drawPixmap(self._place(), self._pixmap("contour"))

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(theme.CALM)
        font = painter.font()
        font.setPixelSize(round(font.pixelSize() * 1.25))
        painter.setFont(font)
        box = self.rect().adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self.message)

    def _paint_caption(self, painter: QPainter) -> None:
        if not self.caption:
            return
        metrics = painter.fontMetrics()
        room = QSize(metrics.horizontalAdvance(self.caption) + 20, metrics.height() + 8)
        box = QRect(QPoint(8, self.height() - room.height() - 8), room)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.WHITE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.caption)

    def _place(self) -> QRect:
        size = self._images["base"].size()
        room = self.rect().adjusted(4, 4, -4, -4)
        place = QRect(QPoint(0, 0), size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
        place.moveCenter(room.center())
        return place

    def _pixmap(self, name: str) -> QPixmap:
        if name not in self._scaled:
            ratio = self.devicePixelRatioF()
            image = self._images[name].scaled(
                self._place().size() * ratio,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            image.setDevicePixelRatio(ratio)
            self._scaled[name] = QPixmap.fromImage(image)
        return self._scaled[name]


def rgb_image(pixels: NDArray[np.uint8]) -> QImage:
    """Copy uint8 (H, W, 3) RGB into an image."""
    return _image(pixels, QImage.Format.Format_RGB888)


def rgba_image(pixels: NDArray[np.uint8]) -> QImage:
    """Copy uint8 (H, W, 4) RGBA, straight alpha, into an image."""
    return _image(pixels, QImage.Format.Format_RGBA8888)


def _image(pixels: NDArray[np.uint8], kind: QImage.Format) -> QImage:
    height, width, channels = pixels.shape
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, width * channels, kind).copy()
