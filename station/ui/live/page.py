"""The live page: verdict, picture, scores, figures and rejects; it shows, and commands nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from station.inspection.events import Recorded, RunState, StateChanged, View
from station.ledger.row import Row
from station.parts import Frame, Verdict
from station.recipes.recipe import Recipe
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.live.counters import Counters
from station.ui.live.look_back_bar import LookBackBar
from station.ui.live.overlay_bar import OverlayBar
from station.ui.live.picture_view import Overlay, PictureView
from station.ui.live.reject_strip import RejectStrip
from station.ui.live.score_graph import ScoreGraph
from station.ui.live.tally import Tally
from station.ui.live.verdict_panel import VerdictPanel
from station.ui.wording import part_number, score_text

NO_RECIPE = "No recipe yet.\nPress Teach to show good parts."
NOT_STARTED = "Ready to judge {recipe}.\nPress Start."


class LivePage(QWidget):
    """Everything an operator watches.

    look_back_asked: a row chosen in the strip; the window answers with `look_at`.
    """

    look_back_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict, self.counters = VerdictPanel(), Counters()
        self.picture, self.bar, self.overlay = PictureView(), LookBackBar(), OverlayBar()
        self.graph, self.strip = ScoreGraph(), RejectStrip()
        self.tally = Tally()
        self.looking_at: Row | None = None
        self._live: Callable[[], None] = lambda: None
        self._newest: View | None = None
        self._pictureless = 0
        self._lay_out()
        self.overlay.mode_changed.connect(self._on_mode)
        self.overlay.opacity_changed.connect(self.picture.set_opacity)
        self.strip.chosen.connect(self.look_back_asked)
        self.show_recipe(None)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the commands that belong to the picture beside it."""
        self.bar.set_action(actions["live"])
        for name in ("previous", "next"):
            self.overlay.row.addWidget(BigButton.of(actions[name]))

    def show_recipe(self, recipe: Recipe | None) -> None:
        """Make ready for that product, or say how to get one."""
        self.graph.set_threshold(recipe.threshold.value if recipe else None)
        text = NOT_STARTED.format(recipe=recipe.name) if recipe else NO_RECIPE
        self._show_live(lambda: self.picture.show_message(text))
        if recipe is None:
            self.verdict.show_no_recipe()
        else:
            self.verdict.show_state(RunState.STOPPED, "")

    def begin_run(self) -> None:
        """Start counting anew."""
        self.tally = Tally()
        self._newest = None
        self._pictureless = 0
        self.verdict.begin_run()
        self.graph.clear()
        self._show_live(lambda: self.picture.show_message("Waiting for the first picture"))

    def show_state(self, event: StateChanged) -> None:
        """Show where the run stands."""
        self.verdict.show_state(event.state, event.text)

    def show_camera(self, trouble: str) -> None:
        """Say that the camera is gone, or with "" that it is back."""
        self.verdict.show_trouble("No camera", trouble)

    def show_line(self, trouble: str) -> None:
        """Say that the line does not hear the station, or with "" that it does."""
        self.verdict.show_trouble("Line not controlled", trouble)

    def show_part(self, event: Recorded) -> None:
        """Show a recorded part."""
        row = event.row
        self.tally.add(row)
        self.graph.add(row)
        self.verdict.show_row(row)
        if row.verdict is not Verdict.OK:
            self.strip.add(row, event.thumbnail)
        if row.verdict is Verdict.FAULT and not event.thumbnail.size:
            self._pictureless = row.sequence
            self._show_newest()

    def show_view(self, view: View) -> None:
        """Show a judged part's picture, unless an earlier one is looked at."""
        self._newest = view
        self._show_newest()

    def show_preview(self, frame: Frame) -> None:
        """Show a picture that has no verdict yet, where no judged one is as new."""
        if self._newest is not None:
            return
        pixels = frame.pixels
        self._show_live(lambda: self.picture.show_pixels(pixels, "Preview"))

    def refresh(self, now: datetime) -> None:
        """Draw what came since the last time."""
        self.graph.refresh()
        self.counters.show_tally(self.tally, now)
        self.verdict.remind(now)

    def look_at(self, row: Row, view: View | None) -> None:
        """Show an earlier part, or say that no picture of it was kept; judging goes on."""
        self.looking_at = row
        self.bar.show_row(row)
        number = f"Part {part_number(row.sequence)}"
        if view is None:
            self.picture.show_message(
                f"No picture of part {part_number(row.sequence)}.\n{row.text}"
            )
        else:
            what = row.text if row.score is None else f"score {score_text(row.score)}"
            self.picture.show_view(view, f"{number} · {row.verdict.value} · {what}")

    @Slot()
    def back_to_live(self) -> None:
        """Show the newest part again."""
        self.looking_at = None
        self.bar.hide()
        self.strip.release()
        self._live()

    def _show_newest(self) -> None:
        """Never let a picture pass for that of a part that has none."""
        view = self._newest
        missing = f"No picture of part {part_number(self._pictureless)}"
        if view is None:
            self._show_live(lambda: self.picture.show_message(missing))
            return
        caption = f"Part {part_number(view.sequence)}"
        if view.sequence < self._pictureless:
            caption = f"{missing}. Shown is part {part_number(view.sequence)}"
        self._show_live(lambda: self.picture.show_view(view, caption))

    def _show_live(self, paint: Callable[[], None]) -> None:
        self._live = paint
        if self.looking_at is None:
            paint()

    @Slot(object)
    def _on_mode(self, mode: Overlay) -> None:
        self.picture.set_overlay(mode)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(theme.GAP)
        left.addWidget(self.verdict, 1)
        left.addWidget(self.counters)
        middle = QVBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.bar)
        middle.addWidget(self.picture, 1)
        middle.addWidget(self.overlay)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GAP)
        grid.addLayout(left, 0, 0)
        grid.addLayout(middle, 0, 1)
        grid.addWidget(self.graph, 1, 0, 1, 2)
        grid.addWidget(self.strip, 0, 2, 2, 1)
        for column, share in enumerate((25, 62, 13)):
            grid.setColumnStretch(column, share)
        for row, share in enumerate((76, 24)):
            grid.setRowStretch(row, share)
