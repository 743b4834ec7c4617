"""The picture that regions are drawn on, with mouse, finger or keyboard."""

from collections.abc import Sequence
from enum import Enum
from math import hypot

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from station.sketch import ANCHOR, ROI, History, Point, Sketch, Which
from station.ui import theme
from station.ui.live.picture_view import rgb_image
from station.ui.wizard import looking_paint as paint
from station.ui.wizard.picture_canvas import PictureCanvas

REACH = 26.0
"""Screen pixels around a handle that hit it: a gloved finger."""
SLIP = 4.0
"""Pixels of the picture below which a drag is a slip of the finger."""
STEPS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
CLOSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
OWN_KEYS = {
    *STEPS, *CLOSES, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Space
}  # fmt: skip


class Tool(str, Enum):
    """What a press on the picture does."""

    SELECT = "Select"
    ROI = "Region"
    IGNORE = "Ignore"
    ANCHOR = "Anchor"
    MEASURE = "Measure"


class LookingView(PictureCanvas):
    """Draws on one picture.

    drawn: the sketch changed. chose: another shape, or none, is chosen. tool_changed: a `Tool`.
    measured: length of a line in pixels.
    """

    drawn = Signal()
    chose = Signal()
    tool_changed = Signal(object)
    measured = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture to draw on")
        self.history = History(Sketch((0, 0)))
        self.tool = Tool.SELECT
        self.chosen: Which | None = None
        self.message = ""
        self.caption = ""
        self._drawn_on = QPixmap()
        self._found: list[tuple[Which, list[Point]]] | None = None
        self._open: list[Point] = []
        self._line: tuple[Point, Point] | None = None
        self._pressed: Point | None = None
        self._corner: int | None = None
        self._dragged: Sketch | None = None
        self._pointer: Point = (0.0, 0.0)

    @property
    def sketch(self) -> Sketch:
        """What is drawn."""
        return self.history.present

    def show_picture(self, pixels: NDArray[np.uint8], sketch: Sketch) -> None:
        """Draw on uint8 (H, W, 3) RGB, beginning with `sketch`."""
        self._picture = self._drawn_on = QPixmap.fromImage(rgb_image(pixels))
        self.history = History(sketch)
        self.message, self.caption, self._found = "", "", None
        self.set_tool(Tool.SELECT)
        self._choose(None)
        self.fit()

    def show_found(
        self, pixels: NDArray[np.uint8], shapes: list[tuple[Which, list[Point]]], caption: str
    ) -> None:
        """Show another picture with shapes where they were found, until `draw_on`."""
        self._picture = QPixmap.fromImage(rgb_image(pixels))
        self._found, self.caption = shapes, caption
        self.fit()

    def draw_on(self) -> None:
        """Show the picture that is drawn on again; nothing is lost."""
        self._picture, self._found, self.caption = self._drawn_on, None, ""
        self.fit()

    def show_message(self, message: str) -> None:
        """Say a sentence in place of a picture."""
        self._picture, self.message, self.caption = QPixmap(), message, ""
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether there is something to draw on."""
        return not self._picture.isNull() and self._found is None

    def set_tool(self, tool: Tool) -> None:
        """Draw with that from now on; what was half drawn is gone."""
        self._open, self._pressed, self._dragged = [], None, None
        if tool is not Tool.SELECT:
            self._line = None
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)
        drawing = tool is not Tool.SELECT
        self.setCursor(Qt.CursorShape.CrossCursor if drawing else Qt.CursorShape.ArrowCursor)
        self.update()

    @Slot()
    def undo(self) -> None:
        """One step back; of a half-drawn region one corner."""
        if self._open:
            self._open.pop()
            self.update()
        elif self.history.undo():
            self._changed()

    @Slot()
    def redo(self) -> None:
        """One step forth."""
        if self.history.redo():
            self._changed()

    @Slot()
    def delete(self) -> None:
        """Delete the chosen shape."""
        if self.chosen is not None:
            which, self.chosen = self.chosen, None
            self._do(self.sketch.without(which))
            self.chose.emit()

    @Slot()
    def event(self, event: QEvent) -> bool:
        """Take the keys used here before the window's shortcuts do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            busy = self.tool is not Tool.SELECT
            escape = event.key() == Qt.Key.Key_Escape
            alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            confirms = event.key() in CLOSES and control
            if event.key() in OWN_KEYS and not alt and not confirms and (busy or not escape):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows nudge (Shift 10, Ctrl resizes), Space chooses, Enter closes, Del deletes."""
        key = Qt.Key(event.key())
        if key in STEPS:
            self._nudge(STEPS[key], event.modifiers())
        elif key == Qt.Key.Key_Space:
            self._choose_next()
        elif key in CLOSES:
            self._finish()
        elif key == Qt.Key.Key_Delete:
            self.delete()
        elif key == Qt.Key.Key_Backspace and self._open:
            self.undo()
        elif key == Qt.Key.Key_Escape:
            self.set_tool(Tool.SELECT)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw, to drag or to choose."""
        if not self.has_picture or event.button() != Qt.MouseButton.LeftButton:
            return
        point = self.to_picture(event.position())
        if self.tool is Tool.IGNORE:
            self._add_corner(point, event.position())
        elif self.tool is Tool.SELECT:
            self._grip(point, event.position())
        else:
            self._pressed = point
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw or drag on."""
        self._pointer = self.to_picture(event.position())
        if self._pressed is not None:
            self._drag(self._pressed, self._pointer)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep what was drawn or dragged."""
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._drag(self._pressed, self.to_picture(event.position()))
        start, self._pressed = self._pressed, None
        dragged, self._dragged = self._dragged, None
        slipped = hypot(*np.subtract(start, self.to_picture(event.position()))) < SLIP
        if slipped and self.tool is not Tool.SELECT:
            self._line = None
            return
        if self.tool is Tool.MEASURE and self._line is not None:
            self.set_tool(Tool.SELECT)
            self.measured.emit(hypot(*np.subtract(*self._line)))
        elif dragged is not None:
            which = {Tool.ROI: ROI, Tool.ANCHOR: ANCHOR}.get(self.tool, self.chosen)
            self.set_tool(Tool.SELECT)
            self._do(dragged)
            self._choose(which)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Close the ignored region."""
        if self.tool is Tool.IGNORE:
            self._finish()
        else:
            self.mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint picture, regions and what is being drawn."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.WELL)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        if self._picture.isNull():
            self._paint_message(painter)
            return
        place, _ = self._place()
        painter.setClipRect(QRectF(self.rect()))
        painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))
        if self._found is None:
            self._paint_sketch(painter, place)
        else:
            self._paint_found(painter)
        if self.caption:
            at = QPointF(8, self.height() - painter.fontMetrics().height() - 18.0)
            paint.paint_name(painter, at + QPointF(0, 30), self.caption, theme.WHITE)
        if self.hasFocus():
            self._paint_focus(painter)

    def _paint_sketch(self, painter: QPainter, place: QRectF) -> None:
        sketch = self._dragged or self.sketch
        if sketch.roi is not None:
            paint.paint_dim(painter, place, self._polygon(sketch.corners(ROI)))
        for which in sketch.shapes:
            corners = self._polygon(sketch.corners(which))
            paint.paint_shape(painter, which, corners, chosen=which == self.chosen)
        if self._open:
            begun = [self.to_screen(corner) for corner in self._open]
            paint.paint_open(painter, begun, self.to_screen(self._pointer))
        if self._line is not None:
            start, end = (self.to_screen(point) for point in self._line)
            length = hypot(*np.subtract(*self._line))
            paint.paint_line(painter, start, end, f"{length:.1f} px")

    def _paint_found(self, painter: QPainter) -> None:
        for which, corners in self._found or ():
            paint.paint_shape(painter, which, self._polygon(corners), chosen=False)

    def _paint_focus(self, painter: QPainter) -> None:
        painter.setPen(theme.ACCENT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS
        )

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(theme.CALM)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(24, 24, -24, -24), int(flags), self.message)

    def _near(self, corners: Sequence[Point], at: QPointF) -> int | None:
        """Return the corner that a finger at `at` hits."""
        offsets = [self.to_screen(corner) - at for corner in corners]
        distances = [hypot(offset.x(), offset.y()) for offset in offsets]
        if not distances or min(distances) > REACH:
            return None
        return distances.index(min(distances))

    def _grip(self, point: Point, at: QPointF) -> None:
        """Take hold of a corner of the chosen shape, or of the shape that lies there."""
        self._corner = None
        if self.chosen is not None:
            self._corner = self._near(self.sketch.corners(self.chosen), at)
        if self._corner is None:
            self._choose(self.sketch.at(point))
        if self.chosen is not None:
            self._pressed = point

    def _drag(self, start: Point, end: Point) -> None:
        if self.tool is Tool.MEASURE:
            self._line = (start, end)
        elif self.tool in {Tool.ROI, Tool.ANCHOR}:
            which = ROI if self.tool is Tool.ROI else ANCHOR
            self._dragged = self.sketch.with_rectangle(which, start, end)
        elif self.chosen is not None and self._corner is not None:
            self._dragged = self.sketch.with_corner(self.chosen, self._corner, end)
        elif self.chosen is not None:
            move = end[0] - start[0], end[1] - start[1]
            self._dragged = self.sketch.moved(self.chosen, *move)

    def _add_corner(self, point: Point, at: QPointF) -> None:
        if len(self._open) > 2 and self._near(self._open[:1], at) is not None:
            self._finish()
            return
        self._open.append(point)
        self._pointer = point

    def _finish(self) -> None:
        """Close the ignored region, or draw a rectangle in the middle without a mouse."""
        if not self.has_picture or self.tool is Tool.SELECT:
            return
        sketch, tool, corners = self.sketch, self.tool, list(self._open)
        height, width = sketch.size
        box = (width / 4, height / 4), (3 * width / 4, 3 * height / 4)
        which: Which = ROI if tool is Tool.ROI else ANCHOR
        if tool is Tool.IGNORE:
            which = len(sketch.ignored)
            (left, top), (right, bottom) = box
            frame = [(left, top), (right, top), (right, bottom), (left, bottom)]
            sketch = sketch.with_ignored(_distinct(corners) if corners else frame)
        elif tool in {Tool.ROI, Tool.ANCHOR}:
            sketch = sketch.with_rectangle(str(which), *box)
        self.set_tool(Tool.SELECT)
        if self._do(sketch):
            self._choose(which)

    def _nudge(self, step: tuple[float, float], keys: Qt.KeyboardModifier) -> None:
        if self.chosen is None or not self.has_picture:
            return
        pixels = 10 if keys & Qt.KeyboardModifier.ShiftModifier else 1
        x, y = step[0] * pixels, step[1] * pixels
        if keys & Qt.KeyboardModifier.ControlModifier:
            corner = self.sketch.corners(self.chosen)[2]
            self._do(self.sketch.with_corner(self.chosen, 2, (corner[0] + x, corner[1] + y)))
        else:
            self._do(self.sketch.moved(self.chosen, x, y))

    def _choose_next(self) -> None:
        shapes: list[Which | None] = [*self.sketch.shapes, None]
        here = shapes.index(self.chosen) if self.chosen in shapes else -1
        self._choose(shapes[(here + 1) % len(shapes)])

    def _choose(self, which: Which | None) -> None:
        self.chosen = which if which in self.sketch.shapes else None
        self.chose.emit()
        self.update()

    def _do(self, sketch: Sketch) -> bool:
        done = self.history.do(sketch)
        if done:
            self._changed()
        return done

    def _changed(self) -> None:
        if self.chosen not in self.sketch.shapes:
            self.chosen = None
        self.update()
        self.drawn.emit()


def _distinct(corners: Sequence[Point]) -> list[Point]:
    """Leave out corners on top of the one before: a double click presses twice."""
    kept = [corners[0]]
    for corner in corners[1:]:
        if hypot(*np.subtract(corner, kept[-1])) > 1:
            kept.append(corner)
    return kept
