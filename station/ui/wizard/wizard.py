"""Good parts -> teach -> threshold -> publish: one page at a time, one next action each."""

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.progress import IsCancelled, Progress
from station.recipes.recipe import Recipe
from station.teaching import TeachRequest
from station.ui import theme
from station.ui.actions import key_text
from station.ui.buttons import BigButton
from station.ui.services import CameraSettings, Services
from station.ui.widgets import Card, Text
from station.ui.wizard.good_parts import GoodPartsStep
from station.ui.wizard.rail import Rail
from station.ui.wizard.step import Step
from station.ui.wizard.teaching import TeachingStep
from station.ui.wizard.threshold import PublishStep, ThresholdStep

GOOD_PARTS, TEACH, THRESHOLD, PUBLISH = range(4)
STAGES = ("reading", "projection", "features", "coreset", "calibrating")


class Wizard(Card):
    """Teaches one product. started: a `Recipe` to judge with now. left: the person goes back."""

    started = Signal(object)
    left = Signal()

    def __init__(
        self,
        services: Services,
        camera: CameraSettings,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self.recipe: Recipe | None = None
        self.rail, self.pages = Rail(), QStackedWidget()
        self.good_parts = GoodPartsStep(services, camera)
        self.teaching = TeachingStep(STAGES, clock)
        self.threshold, self.publish = ThresholdStep(), PublishStep()
        self.missing = Text(wrap=True, colour=theme.MUTED)
        self.leave_action = self._action("Leave", "Esc", self.leave)
        self.back_action = self._action("Back", "Alt+Left", self.back)
        self.next_action = self._action("Next", "Ctrl+Return", self.next)
        self.leave_button = BigButton.of(self.leave_action)
        self.back_button = BigButton.of(self.back_action)
        self.next_button = BigButton.of(self.next_action, primary=True)
        for page in self.steps:
            self.pages.addWidget(page)
            page.changed.connect(self._on_change)
        self.teaching.taught.connect(self._on_taught)
        self._lay_out()
        self.setFocusProxy(self.good_parts.name)
        self._go_to(GOOD_PARTS)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The pages, in the rail's order."""
        return (self.good_parts, self.teaching, self.threshold, self.publish)

    @Slot()
    def next(self) -> None:
        """Do the page's next action."""
        here = self.rail.step
        if here in {GOOD_PARTS, TEACH}:
            self._go_to(TEACH)
            self.teaching.sheet.show_files(self.good_parts.images)
            self.teaching.begin(partial(self._teach, self._request()))
        elif here == THRESHOLD:
            self._go_to(PUBLISH)
        else:
            self.started.emit(self.recipe)

    @Slot()
    def back(self) -> None:
        """Return to the good parts; nothing entered is lost."""
        self._go_to(GOOD_PARTS)

    @Slot()
    def leave(self) -> None:
        """Stop what runs here and go back to the live page."""
        self.stop()
        self.left.emit()

    def stop(self) -> None:
        """End collecting and teaching; returns when they have ended."""
        for step in self.steps:
            step.stop()

    def _request(self) -> TeachRequest:
        return TeachRequest(
            name=self.good_parts.recipe_name,
            images=self.good_parts.images,
            camera=self.good_parts.camera,
            published_by=self._services.operator,
            settings=self.good_parts.smallest.settings,
        )

    def _teach(self, request: TeachRequest, progress: Progress, cancelled: IsCancelled) -> Recipe:
        return self._services.teach(request, self._services.store, progress, cancelled)

    @Slot(object)
    def _on_taught(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.threshold.show_recipe(recipe)
        self.publish.show_recipe(recipe)
        self._go_to(THRESHOLD)

    @Slot()
    def _on_change(self) -> None:
        step = self.steps[self.rail.step]
        self.missing.setText(step.missing)
        self.next_action.setText(step.next_text)
        self.next_action.setEnabled(not step.missing)
        self.leave_action.setEnabled(self.teaching.job is None)
        self.back_action.setVisible(self.rail.step in {TEACH, THRESHOLD} and step.can_go_back)

    def _action(self, text: str, key: str, do: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setProperty("key_text", key_text(key))
        action.triggered.connect(do)
        self.addAction(action)
        return action

    def _go_to(self, index: int) -> None:
        self.rail.go_to(index)
        self.pages.setCurrentIndex(index)
        self._on_change()

    def _lay_out(self) -> None:
        footer = QHBoxLayout()
        footer.setSpacing(theme.GAP)
        footer.addWidget(self.leave_button)
        footer.addWidget(self.missing, 1)
        footer.addWidget(self.back_button)
        footer.addWidget(self.next_button)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.pages, 1)
        right.addLayout(footer)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 20, 24, 20)
        row.setSpacing(28)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
