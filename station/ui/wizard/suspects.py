"""Fourth step: is one of the good pictures bad? The list, worst first, and a decision on each."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QListWidgetItem, QProgressBar, QVBoxLayout, QWidget

from engine.errors import ImageError
from station.drafts import DraftSession
from station.drafts.draft import State
from station.drafts.suspects import (
    Before,
    Listed,
    decide,
    is_stale,
    lacking,
    listed,
    load_maps,
    look,
    restore,
    thrown_out,
    view_of,
)
from station.errors import StationError
from station.inspection.events import View
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.live.picture_view import Overlay, PictureView
from station.ui.services import Services
from station.ui.threads import Job
from station.ui.widgets import Text
from station.ui.wizard.step import Step
from station.ui.wizard.suspect_grid import PICTURE_SIDE, SuspectGrid, told
from station.ui.wizard.time_left import TimeLeft

LEAD = (
    "Every picture was compared with all the others; those least like them come first. Throw out "
    "bad parts that got among the good ones. The number says how many times a usual score."
)
LARGE_SIDE = 1280
STAGES = {
    "reading": "Reading the pictures",
    "locating": "Locating the part",
    "registration": "Laying the pictures on one another",
    "projection": "Learning in what good parts differ",
    "features": "Looking at every patch",
    "comparing": "Comparing every picture with all the others",
    "maps": "Drawing heatmaps",
}


class SuspectsStep(Step):
    """The list, one picture large, and two buttons."""

    def __init__(
        self,
        _services: Services,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Is one of them bad?", LEAD, parent)
        self._session: DraftSession | None = None
        self._maps: dict[str, NDArray[np.float32]] = {}
        self._undo: list[Before] = []
        self._problem = ""
        self.job: Job | None = None
        self._time = TimeLeft(clock)
        self.summary = Text(bold=True, wrap=True)
        self.bar = QProgressBar()
        self.time_left = Text(colour=theme.MUTED)
        self.cancel_button = BigButton("Cancel")
        self.again_button = BigButton("Look again")
        self.bin_button = BigButton("Thrown out (0)")
        self.grid = SuspectGrid(self._render)
        self.view = PictureView()
        self.keep_action = self._action("Keep, it is good", "K", self.keep)
        self.throw_action = self._action("Throw out", "T", self.throw_out)
        self.undo_action = self._action("Undo", "U", self.undo)
        self.heat_action = self._action("Heatmap", "H", self.toggle_heatmap)
        self._lay_out()
        self.setFocusProxy(self.grid)
        self.cancel_button.clicked.connect(self.cancel)
        self.again_button.clicked.connect(self.begin)
        self.bin_button.toggled.connect(self._fill)
        self.grid.currentItemChanged.connect(self._on_chosen)
        self._show_running(running=False)

    @property
    def missing(self) -> str:
        """A decision on each picture that stands out."""
        if self.job is not None:
            return "Comparing the pictures …"
        if self._session is None:
            return "Still missing: a look at the unlike pictures."
        return self._problem or lacking(self._session.draft)

    def enter(self, session: DraftSession) -> None:
        """Show the list that the draft holds; look anew where pictures have changed since."""
        if session is not self._session:
            self.stop()
            self._undo.clear()
            self._session = session
        if self.job is not None:
            return
        if is_stale(session.draft):
            self.begin()
        else:
            self._maps = load_maps(session)
            self._fill()

    def stop(self) -> None:
        """Cancel and wait; the draft stays as it was."""
        if self.job is not None:
            self.job.stop(60_000)

    @Slot()
    def begin(self) -> None:
        """Compare the pictures."""
        if self._session is None or self.job is not None:
            return
        self._problem = ""
        self.bin_button.setChecked(False)
        self.job = Job(partial(look, self._session), self)
        self.job.progress.connect(self._on_progress)
        self.job.done.connect(self._on_done)
        self.job.failed.connect(self._on_failed)
        self.job.cancelled.connect(self._on_cancelled)
        self.job.start()
        self._show_running(running=True)
        self.summary.setText("Comparing the pictures …")
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Ask it to stop; an earlier list stays."""
        if self.job is not None:
            self.cancel_button.setEnabled(False)
            self.time_left.setText("Stopping …")
            self.job.cancel()

    @Slot()
    def keep(self) -> None:
        """The chosen picture shows a good part."""
        self._decide(State.KEPT)

    @Slot()
    def throw_out(self) -> None:
        """The chosen picture is not taught; it stays in the draft."""
        self._decide(State.THROWN_OUT)

    @Slot()
    def undo(self) -> None:
        """Take the last decision back."""
        if self._undo and self.job is None and self._session is not None:
            before = self._undo.pop()
            if self._changed(partial(restore, self._session, before)):
                self.grid.choose(before.picture.file)

    @Slot()
    def toggle_heatmap(self) -> None:
        """Show the large picture with its heatmap, or bare."""
        on = self.view.overlay is Overlay.OFF
        self.view.set_overlay(Overlay.HEATMAP if on else Overlay.OFF)
        self.heat_action.setChecked(on)

    def event(self, event: QEvent) -> bool:
        """Claim this page's keys before the window's own use of them."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._asked(event) is not None:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep, throw out, undo, heatmap."""
        action = self._asked(event)
        if action is not None:
            action.trigger()
        else:
            super().keyPressEvent(event)

    def _asked(self, event: QKeyEvent) -> QAction | None:
        plain = event.modifiers() in (_NONE, Qt.KeyboardModifier.KeypadModifier)
        back = event.matches(QKeySequence.StandardKey.Undo)
        for action, key in _KEYS.items():
            if (plain and event.key() == key) or (back and key == Qt.Key.Key_U):
                found: QAction = getattr(self, action)
                return found
        return None

    def _decide(self, state: State) -> None:
        one = self.grid.current
        if one is None or self._session is None or self.job is not None:
            return
        session, undo = self._session, self._undo
        if self._changed(lambda: undo.append(decide(session, one.file, state))):
            self._advance()

    def _changed(self, change: Callable[[], None]) -> bool:
        try:
            change()
        except StationError as error:
            self.summary.setText(str(error))
            return False
        self._fill()
        return True

    def _advance(self) -> None:
        """Go on to the next picture that waits for a decision, else to the next one."""
        shown, row = self.grid.shown, self.grid.currentRow()
        waiting = [index for index, each in enumerate(shown) if each.open]
        after = [index for index in waiting if index > row] or waiting
        if after:
            self.grid.setCurrentRow(after[0])

    @Slot()
    def _fill(self) -> None:
        """Show list, count and the chosen picture as the draft says."""
        if self._session is None:
            return
        draft = self._session.draft
        bin_ = thrown_out(draft)
        self.bin_button.setText(f"Thrown out ({len(bin_)})")
        self.bin_button.setEnabled(bool(bin_) or self.bin_button.isChecked())
        self.summary.setText(self._problem or _summary(listed(draft)))
        self.grid.show_list(bin_ if self.bin_button.isChecked() else listed(draft))
        self._show_chosen()
        self.changed.emit()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_chosen(self, _now: object, _before: object) -> None:
        self._show_chosen()

    def _show_chosen(self) -> None:
        one = self.grid.current
        idle = one is not None and self.job is None
        self.keep_action.setEnabled(idle)
        self.throw_action.setEnabled(idle and one is not None and one.state is not State.THROWN_OUT)
        out = one is not None and one.state is State.THROWN_OUT
        self.keep_action.setText("Bring back" if out else "Keep, it is good")
        self.undo_action.setEnabled(bool(self._undo) and self.job is None)
        view = None if one is None else self._render(one, LARGE_SIDE)
        if one is None or view is None:
            waiting = "The list opens by itself." if self.job else "No picture"
            self.view.show_message(f"'{one.file}' cannot be read." if one else waiting)
            return
        self.view.show_view(view, f"{one.file} – {told(one)}")

    def _render(self, one: Listed, side: int = PICTURE_SIDE) -> View | None:
        assert self._session is not None
        try:
            return view_of(self._session, one, self._maps, side)
        except ImageError:
            return None

    @Slot(str, int, int)
    def _on_progress(self, stage: str, done: int, total: int) -> None:
        self.summary.setText(f"{STAGES.get(stage, stage)} …")
        self.bar.setMaximum(max(1, total))
        self.bar.setValue(done)
        if self.cancel_button.isEnabled():
            self.time_left.setText(self._time.text(stage, done, total))

    @Slot(object)
    def _on_done(self, _result: object) -> None:
        self._end("")

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end(sentence)

    @Slot()
    def _on_cancelled(self) -> None:
        self._end("Comparing was cancelled. Press Look again.")

    def _end(self, problem: str) -> None:
        if self.job is not None:
            self.job.wait()
            self.job.deleteLater()
        self.job = None
        self._problem = problem
        self._show_running(running=False)
        if self._session is not None:
            self._maps = load_maps(self._session)
            self.grid.clear()
        self._fill()

    def _show_running(self, *, running: bool) -> None:
        for widget in (self.bar, self.time_left, self.cancel_button):
            widget.setVisible(running)
        self.again_button.setVisible(not running)
        self.cancel_button.setEnabled(running)
        self.bin_button.setVisible(not running)
        self.grid.setEnabled(not running)
        self._show_chosen()

    def _action(self, text: str, key: str, do: Callable[[], None]) -> QAction:
        """Make an action whose button shows its key; the key itself is taken by the page."""
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setProperty("key_text", key)
        action.triggered.connect(do)
        return action

    def _lay_out(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(14)
        self.bar.setMaximumWidth(320)
        self.bin_button.setCheckable(True)
        self.heat_action.setCheckable(True)
        self.heat_action.setChecked(True)
        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(self.summary, 1)
        for widget in (self.bar, self.time_left, self.cancel_button, self.again_button):
            top.addWidget(widget)
        top.addWidget(self.bin_button)
        right, first, second = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.view, 1)
        for row, actions in (
            (first, (self.keep_action, self.throw_action)),
            (second, (self.undo_action, self.heat_action)),
        ):
            row.setSpacing(theme.GAP)
            for action in actions:
                row.addWidget(BigButton.of(action), 1)
            right.addLayout(row)
        middle = QHBoxLayout()
        middle.setSpacing(theme.GAP)
        middle.addWidget(self.grid, 5)
        middle.addLayout(right, 4)
        self.column.addLayout(top)
        self.column.addLayout(middle, 1)


def _summary(pictures: list[Listed]) -> str:
    """How many stand out, and what is to be done."""
    outstanding = [each for each in pictures if each.stands_out]
    waiting = sum(each.open for each in pictures)
    if not pictures:
        return "Nothing was compared yet."
    if not outstanding:
        return f"None of {len(pictures)} pictures stands out."
    text = f"{len(outstanding)} of {len(pictures)} pictures "
    text += "stands out." if len(outstanding) == 1 else "stand out."
    return f"{text} Decide on {waiting} more." if waiting else f"{text} All are decided."


_NONE = Qt.KeyboardModifier.NoModifier
_KEYS = {
    "keep_action": Qt.Key.Key_K,
    "throw_action": Qt.Key.Key_T,
    "undo_action": Qt.Key.Key_U,
    "heat_action": Qt.Key.Key_H,
}
