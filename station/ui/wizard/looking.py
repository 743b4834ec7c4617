"""Second step: where to look, by what parts are located, and how small a defect may be."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.images import load_image
from engine.region import outline
from station.cameras.camera import Camera
from station.drafts import DraftSession, Looking
from station.drafts.looking import (
    Tried,
    keep_reference,
    objection,
    reference_path,
    take_picture,
    try_anchor,
)
from station.errors import StationError
from station.sketch import ANCHOR, ROI, Point, Sketch, Which
from station.ui import theme
from station.ui.actions import key_action
from station.ui.buttons import BigButton
from station.ui.inputs import Stepper
from station.ui.services import Services
from station.ui.threads import Job, Work
from station.ui.widgets import Text
from station.ui.wizard.looking_view import LookingView, Tool
from station.ui.wizard.resolution import SmallestDefect
from station.ui.wizard.step import Step

SIDE = 300
HINTS = {
    Tool.SELECT: "Press a shape to move it. Arrow keys nudge it, with Shift by 10 pixels.",
    Tool.ROI: "Drag a rectangle around the part.",
    Tool.IGNORE: "Press corner after corner. A double press or Enter closes the region.",
    Tool.ANCHOR: "Drag around something every part has; large ones hold the angle better.",
    Tool.MEASURE: "Drag a line along something of known length.",
}
HELP = {
    Tool.ROI: "The piece of the picture that is judged; all of it where none is drawn",
    Tool.IGNORE: "What may look different on every good part: a label, a date, a hand-written mark",
    Tool.ANCHOR: "By it every part is located and brought to the same place before it is judged",
    Tool.MEASURE: "Measure how many millimetres one pixel shows",
}
KEYS = {Tool.ROI: "R", Tool.IGNORE: "I", Tool.ANCHOR: "A", Tool.MEASURE: "M"}


class WhereToLookStep(Step):
    """Regions drawn on a picture, and the numbers beside it; all of it optional."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Where to look",
            "Draw what belongs to the part, what to ignore, and an anchor where parts do not lie "
            "exactly alike.",
            parent,
        )
        self._services = services
        self._session: DraftSession | None = None
        self._pixels: NDArray[np.uint8] | None = None
        self._reference = ""
        self._job: Job | None = None
        self._problem = ""
        self._line_px = 0.0
        self.view = LookingView()
        self.tools = {tool: self._tool(tool) for tool in KEYS}
        self.undo_action = self._action("Undo", "Ctrl+Z", self.view.undo)
        self.redo_action = self._action("Redo", "Ctrl+Y", self.view.redo)
        self.delete_action = self._action("Delete", "Del", self.view.delete)
        self.fit_action = self._action("Fit", "Ctrl+0", self.view.fit)
        self.hint = Text(HINTS[Tool.SELECT], colour=theme.MUTED, elide=True)
        self.fresh = BigButton("New picture")
        self.numbers = SmallestDefect(services.predict, upright=True)
        self.length = Stepper(0, 10_000, 0, step=1, decimals=2, unit="mm")
        self.length_text = Text(bold=True)
        self.try_button = BigButton("Try the anchor")
        self.result = Text(colour=theme.MUTED, wrap=True)
        self._lay_out()
        self._connect()

    @property
    def missing(self) -> str:
        """What contradicts itself; drawing nothing is fine."""
        if self._problem:
            return self._problem
        if self.view.has_picture and (wrong := objection(self._drawn(), self.view.sketch.size)):
            return wrong
        return self.numbers.missing

    def enter(self, session: DraftSession) -> None:
        """Show the draft's picture with what was drawn on it, or take one."""
        self._session, self._problem = session, ""
        self._pixels, self._reference = None, ""
        looking = session.draft.looking
        self.numbers.show_numbers(
            looking.mm_per_px, looking.smallest_defect, fixtured=looking.by_position
        )
        path = reference_path(session)
        if path is not None:
            self._show_file(path)
        elif session.draft.camera:
            self.take()
        else:
            self.view.show_message("Choose a camera first: go back one step.")
        self._predict_for(path)
        self._refresh()

    def leave(self) -> None:
        """End what runs."""
        self.stop()

    def stop(self) -> None:
        """End taking, trying and predicting; returns when they have ended."""
        self.numbers.stop()
        if self._job is not None:
            self._job.stop(60_000)
            self._end()

    @Slot()
    def take(self) -> None:
        """Draw on a new picture of the camera; what is drawn stays."""
        if self._session is not None and self._job is None:
            if self._pixels is None:
                self.view.show_message("Taking a picture …")
            self._start(partial(take_picture, self._camera), self._on_taken)

    @Slot()
    def try_anchor(self) -> None:
        """Locate the draft's pictures and show the worst; pressed again, draw on."""
        if self._session is None or self._job is not None:
            return
        if not self.view.has_picture:
            self.view.draw_on()
            self._refresh()
            return
        self.result.setText("Locating …")
        self._start(partial(try_anchor, self._session, self._camera), self._on_tried)

    def _camera(self) -> Camera:
        assert self._session is not None
        return self._services.build_camera(dict(self._session.draft.camera))

    def _start(self, work: Work, done: object) -> None:
        self._job = Job(work, self)
        self._job.done.connect(done)
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(self._end)
        self._job.start()
        self._refresh()

    @Slot(object)
    def _on_taken(self, pixels: NDArray[np.uint8]) -> None:
        self._end()
        drawn = self._pixels is not None and self.view.sketch.shapes
        self._pixels, self._reference = pixels, ""
        self._problem = ""
        self._show_drawing()
        if drawn:
            self._store()

    @Slot(object)
    def _on_tried(self, tried: Tried) -> None:
        self._end()
        self.result.setText(tried.located.sentence)
        worst, shapes = tried.worst, list[tuple[Which, list[Point]]]()
        looking = self._drawn()
        for which, rectangle in ((ROI, looking.roi), (ANCHOR, looking.anchor)):
            if worst.location is not None and rectangle is not None:
                corners = worst.location.to_picture(outline(rectangle))
                shapes.append((which, [(float(x), float(y)) for x, y in corners]))
        sure = f"least certain, {worst.location.confidence:.0%}" if worst.location else "not found"
        self.view.show_found(tried.pixels, shapes, f"{worst.path.stem}: {sure}")
        self._refresh()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end()
        self.result.setText(sentence)
        if self._pixels is None:
            self.view.show_message(sentence)

    @Slot()
    def _end(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None
        self._refresh()

    def _show_file(self, path: Path) -> None:
        try:
            self._pixels, self._reference = load_image(path), path.name
        except EngineError as error:
            self._problem = str(error)
            self.view.show_message(str(error))
            return
        self._show_drawing()

    def _show_drawing(self) -> None:
        if self._session is None or self._pixels is None:
            return
        looking = self._session.draft.looking
        height, width = self._pixels.shape[:2]
        sketch = Sketch((height, width), looking.roi, looking.ignored, looking.anchor)
        self.view.show_picture(self._pixels, sketch)
        self.numbers.use_region(looking.roi)
        self._refresh()

    def _drawn(self) -> Looking:
        """Return what is drawn, without the numbers."""
        assert self._session is not None
        sketch = self.view.sketch
        old = self._session.draft.looking
        return replace(old, roi=sketch.roi, ignored=sketch.ignored, anchor=sketch.anchor)

    @Slot()
    def _store(self) -> None:
        """Leave everything in the draft."""
        if self._session is None or not self.view.has_picture:
            return
        try:
            looking = replace(self._drawn(), reference=self._kept_reference())
            if not self.numbers.missing:
                looking = replace(
                    looking,
                    mm_per_px=self.numbers.mm_per_px.value or None,
                    smallest_defect=self.numbers.defect,
                    by_position=self.numbers.fixtured.isChecked(),
                )
            self._session.change(looking=looking)
            self._problem = ""
        except StationError as error:
            self._problem = str(error)
        self.numbers.use_region(self.view.sketch.roi)
        self._refresh()

    def _kept_reference(self) -> str:
        """Return the name of the picture that is drawn on; it is kept with its first shape."""
        assert self._session is not None
        if not self.view.sketch.shapes:
            return ""
        if not self._reference and self._pixels is not None:
            self._reference = keep_reference(self._session, self._pixels)
            self._predict_for(self._session.good_folder / self._reference)
        return self._reference

    def _predict_for(self, path: Path | None) -> None:
        assert self._session is not None
        images = self._session.kept_good()
        self.numbers.show_images(images or ([path] if path else []))

    @Slot(float)
    def _on_measured(self, pixels: float) -> None:
        self._line_px = pixels
        self.length_text.setText(f"The line, {pixels:.1f} px, is")
        self._show_measuring(True)
        self.length.box.setFocus()

    @Slot(float)
    def _on_length(self, millimetres: float) -> None:
        if millimetres and self._line_px:
            self.numbers.mm_per_px.set_value(millimetres / self._line_px)

    def _show_measuring(self, shown: bool) -> None:
        for widget in (self.length_text, self.length):
            widget.setVisible(shown)
        self.hint.setText("" if shown else HINTS[self.view.tool])

    @Slot(object)
    def _on_tool(self, tool: Tool) -> None:
        self.hint.setText(HINTS[tool])
        for each, action in self.tools.items():
            action.setChecked(each is tool)
        if tool is not Tool.SELECT:
            self.length.set_value(0)
            self._show_measuring(False)

    def _press(self, tool: Tool) -> None:
        if not self.view.has_picture:
            self.view.draw_on()
            self._refresh()
        if self.view.has_picture:
            self.view.set_tool(Tool.SELECT if self.view.tool is tool else tool)
            self.view.setFocus()
        self._on_tool(self.view.tool)

    @Slot()
    def _refresh(self) -> None:
        drawing, free = self.view.has_picture, self._job is None
        history = self.view.history
        for action in self.tools.values():
            action.setEnabled(self._pixels is not None)
        self.undo_action.setEnabled(drawing and history.can_undo)
        self.redo_action.setEnabled(drawing and history.can_redo)
        self.delete_action.setEnabled(drawing and self.view.chosen is not None)
        self.fresh.setEnabled(free and bool(self._session and self._session.draft.camera))
        self.try_button.setText("Try the anchor" if drawing or not free else "Back to drawing")
        anchored = self._session is not None and self.view.sketch.anchor is not None
        usable = anchored and drawing and not self.missing
        self.try_button.setEnabled(free and (usable or (anchored and not drawing)))
        if not anchored and drawing:
            self.result.setText("Without an anchor parts are taken where they lie.")
        self.changed.emit()

    def _connect(self) -> None:
        self.view.drawn.connect(self._store)
        self.view.drawn.connect(lambda: self.result.setText(""))
        self.view.drawn.connect(self._refresh)
        self.view.chose.connect(self._refresh)
        self.view.tool_changed.connect(self._on_tool)
        self.view.measured.connect(self._on_measured)
        self.length.changed.connect(self._on_length)
        self.numbers.changed.connect(self._store)
        self.fresh.clicked.connect(self.take)
        self.try_button.clicked.connect(self.try_anchor)
        self._refresh()

    def _tool(self, tool: Tool) -> QAction:
        action = self._action(str(tool.value), KEYS[tool], partial(self._press, tool))
        action.setCheckable(True)
        action.setToolTip(HELP[tool])
        return action

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        return key_action(self, text, key, do, Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _lay_out(self) -> None:
        tools, below = QHBoxLayout(), QHBoxLayout()
        edits = (self.undo_action, self.redo_action, self.delete_action)
        for action in (*self.tools.values(), *edits):
            tools.addWidget(_shrinking(BigButton.of(action)))
        tools.addStretch(1)
        below.addWidget(self.length_text)
        below.addWidget(self.length)
        below.addWidget(self.hint, 1)
        below.addWidget(self.fresh)
        below.addWidget(_shrinking(BigButton.of(self.fit_action)))
        left, side = QVBoxLayout(), QVBoxLayout()
        for row in (tools, below, left, side):
            row.setSpacing(6)
        left.addLayout(tools)
        left.addWidget(self.view, 1)
        left.addLayout(below)
        side.addWidget(self.numbers)
        side.addStretch(1)
        side.addWidget(self.try_button)
        side.addWidget(self.result)
        column = QWidget()
        column.setLayout(side)
        column.setFixedWidth(SIDE)
        side.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(column)
        self.column.addLayout(row, 1)
        self._show_measuring(False)


def _shrinking(button: BigButton) -> BigButton:
    """Let a button leave out its key where room is short."""
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return button
