"""A picture that fills its room, can be zoomed, and knows where its points lie on the screen."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPixmap, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.sketch import Point

MOST_ZOOM = 12.0


class PictureCanvas(QWidget):
    """Holds the picture and the view of it; what is painted is its heirs' part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._picture = QPixmap()
        self._zoom = 1.0
        self._corner_of_view = QPointF(0, 0)

    def fit(self) -> None:
        """Show the whole picture."""
        self._zoom, self._corner_of_view = 1.0, QPointF(0, 0)
        self.update()

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        """Still of use."""
        return QSize(320, 200)

    def to_screen(self, point: Point) -> QPointF:
        """Return where a point of the picture is painted."""
        place, scale = self._place()
        return QPointF(place.left() + point[0] * scale, place.top() + point[1] * scale)

    def to_picture(self, point: QPointF) -> Point:
        """Return the point of the picture that is painted there."""
        place, scale = self._place()
        return (point.x() - place.left()) / scale, (point.y() - place.top()) / scale

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit again."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        self.zoom(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def zoom(self, factor: float, around: QPointF) -> None:
        """Enlarge by `factor`; what is `around` stays where it is."""
        before = self.to_picture(around)
        self._zoom = min(max(self._zoom * factor, 1.0), MOST_ZOOM)
        off = around - self.to_screen(before)
        self._corner_of_view += off
        if self._zoom == 1.0:
            self._corner_of_view = QPointF(0, 0)
        self.update()

    def _place(self) -> tuple[QRectF, float]:
        """Return where the picture is painted, and screen pixels for one of its own."""
        width, height = max(1, self._picture.width()), max(1, self._picture.height())
        fitted = min((self.width() - 8) / width, (self.height() - 8) / height)
        scale = max(fitted, 1e-6) * self._zoom
        left, top = (self.width() - width * scale) / 2, (self.height() - height * scale) / 2
        corner = QPointF(left, top) + self._corner_of_view
        return QRectF(corner.x(), corner.y(), width * scale, height * scale), scale

    def _polygon(self, corners: Sequence[Point]) -> QPolygonF:
        return QPolygonF([self.to_screen(corner) for corner in corners])
