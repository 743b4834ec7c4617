"""How regions are painted over a picture: told apart by hatching, line and name, not colour alone.

The colours are of Okabe and Ito's set, which every kind of colour vision tells apart.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from station.sketch import ANCHOR, ROI, Which

INK = {ROI: QColor("#56B4E9"), ANCHOR: QColor("#F0E442")}
IGNORED = QColor("#E69F00")
DARK = QColor(0, 0, 0, 210)
DIM = QColor(0, 0, 0, 110)
HANDLE = 8.0
"""Radius of a handle in pixels of the screen; a finger hits it from 26 away."""


def name_of(which: Which) -> str:
    """What a shape is called on the picture."""
    if isinstance(which, int):
        return f"Ignored {which + 1}"
    return "Region" if which == ROI else "Anchor"


def ink_of(which: Which) -> QColor:
    """Its colour."""
    return IGNORED if isinstance(which, int) else INK[which]


def paint_dim(painter: QPainter, picture: QRectF, roi: QPolygonF) -> None:
    """Darken what lies outside the region of interest."""
    path = QPainterPath()
    path.addRect(picture)
    path.addPolygon(roi)
    path.closeSubpath()
    painter.fillPath(path, DIM)


def paint_shape(painter: QPainter, which: Which, corners: QPolygonF, *, chosen: bool) -> None:
    """Paint a shape in the screen's pixels, its handles where it is chosen, and its name."""
    ink, wide = ink_of(which), 4.0 if chosen else 2.5
    if isinstance(which, int):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(0, 0, 0, 70)))
        painter.drawPolygon(corners)
        painter.setBrush(QBrush(ink, Qt.BrushStyle.BDiagPattern))
        painter.drawPolygon(corners)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    style = Qt.PenStyle.DashLine if which == ANCHOR else Qt.PenStyle.SolidLine
    painter.setPen(QPen(DARK, wide + 3))
    painter.drawPolygon(corners)
    painter.setPen(QPen(ink, wide, style))
    painter.drawPolygon(corners)
    if which == ANCHOR:
        paint_cross(painter, corners.boundingRect().center(), ink)
    if chosen:
        paint_handles(painter, corners.toList(), ink)
    paint_name(painter, corners.boundingRect().topLeft(), name_of(which), ink)


def paint_open(painter: QPainter, corners: Sequence[QPointF], to: QPointF) -> None:
    """Paint an ignored region that is not closed yet, up to the pointer."""
    line = QPolygonF([*corners, to])
    for pen in (QPen(DARK, 5.5), QPen(IGNORED, 2.5, Qt.PenStyle.DashLine)):
        painter.setPen(pen)
        painter.drawPolyline(line)
    paint_handles(painter, corners, IGNORED)


def paint_line(painter: QPainter, start: QPointF, end: QPointF, text: str) -> None:
    """Paint what is being measured."""
    for pen in (QPen(DARK, 6), QPen(QColor("#FFFFFF"), 3)):
        painter.setPen(pen)
        painter.drawLine(start, end)
    paint_handles(painter, [start, end], QColor("#FFFFFF"))
    paint_name(painter, (start + end) / 2, text, QColor("#FFFFFF"))


def paint_handles(painter: QPainter, corners: Sequence[QPointF], ink: QColor) -> None:
    """Paint a disc on every corner."""
    painter.setPen(QPen(DARK, 2))
    painter.setBrush(ink)
    for corner in corners:
        painter.drawEllipse(corner, HANDLE, HANDLE)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_cross(painter: QPainter, centre: QPointF, ink: QColor) -> None:
    """Mark the anchor's middle."""
    arms = (QPointF(10, 0), QPointF(0, 10))
    for pen in (QPen(DARK, 5), QPen(ink, 2)):
        painter.setPen(pen)
        for arm in arms:
            painter.drawLine(centre - arm, centre + arm)


def paint_name(painter: QPainter, corner: QPointF, name: str, ink: QColor) -> None:
    """Write a name on its own ground, above the corner where there is room."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(name) + 12, metrics.height() + 4
    top = corner.y() - height - 4 if corner.y() > height + 8 else corner.y() + 6
    box = QRectF(max(4.0, corner.x()), top, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(box, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)
