"""The shapes that say a verdict without colour, painted to any size."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

Paint = Callable[[QPainter, QRectF, QColor], None]


def paint_shape(painter: QPainter, name: str, box: QRectF, ink: QColor) -> None:
    """Paint shape `name` (a key of `SHAPES`) in the middle of `box`."""
    side = min(box.width(), box.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(box.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    SHAPES[name](painter, square, ink)
    painter.restore()


def _stroke(painter: QPainter, box: QRectF, ink: QColor, share: float = 0.09) -> float:
    width = max(1.5, box.width() * share)
    pen = QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return width


def _inset(box: QRectF, by: float) -> QRectF:
    return box.adjusted(by, by, -by, -by)


def _circle(painter: QPainter, box: QRectF, ink: QColor) -> None:
    width = _stroke(painter, box, ink)
    painter.drawEllipse(_inset(box, width))


def _octagon(painter: QPainter, box: QRectF, ink: QColor) -> None:
    width = _stroke(painter, box, ink)
    radius = box.width() / 2 - width / 2
    corners = [math.pi / 8 + corner * math.pi / 4 for corner in range(8)]
    centre = box.center()
    painter.drawPolygon(
        QPolygonF([centre + QPointF(math.cos(a) * radius, math.sin(a) * radius) for a in corners])
    )
    arm = radius * 0.42
    painter.drawLine(centre + QPointF(-arm, -arm), centre + QPointF(arm, arm))
    painter.drawLine(centre + QPointF(-arm, arm), centre + QPointF(arm, -arm))


def _triangle(painter: QPainter, box: QRectF, ink: QColor) -> None:
    width = _stroke(painter, box, ink)
    inner = _inset(box, width * 0.7)
    top, middle = inner.top() + inner.height() * 0.04, inner.center().x()
    bottom = inner.bottom() - inner.height() * 0.08
    painter.drawPolygon(
        QPolygonF(
            [
                QPointF(middle, top),
                QPointF(inner.right(), bottom),
                QPointF(inner.left(), bottom),
            ]
        )
    )
    height = bottom - top
    painter.drawLine(QPointF(middle, top + height * 0.36), QPointF(middle, top + height * 0.64))
    painter.drawPoint(QPointF(middle, top + height * 0.82))


def _bars(painter: QPainter, box: QRectF, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    side = box.width()
    for left in (0.22, 0.58):
        bar = QRectF(box.left() + side * left, box.top() + side * 0.14, side * 0.2, side * 0.72)
        painter.drawRoundedRect(bar, side * 0.04, side * 0.04)


def _square(painter: QPainter, box: QRectF, ink: QColor) -> None:
    width = _stroke(painter, box, ink)
    painter.drawRoundedRect(_inset(box, box.width() * 0.14), width / 2, width / 2)


def _dots(painter: QPainter, box: QRectF, ink: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    radius = box.width() * 0.09
    for share in (0.2, 0.5, 0.8):
        painter.drawEllipse(
            QPointF(box.left() + box.width() * share, box.center().y()), radius, radius
        )


SHAPES: dict[str, Paint] = {
    "circle": _circle,
    "octagon": _octagon,
    "triangle": _triangle,
    "bars": _bars,
    "square": _square,
    "dots": _dots,
}
