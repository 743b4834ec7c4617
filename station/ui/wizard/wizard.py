"""The technician's way from a product to a published revision: one page, one next action."""

import time
from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from station.drafts import DraftSession
from station.drafts.steps import STEPS, StepName, finished, furthest, resumed_at
from station.errors import StationError
from station.recipes.recipe import Recipe
from station.ui import theme
from station.ui.actions import key_action
from station.ui.buttons import BigButton
from station.ui.services import Services
from station.ui.widgets import Card, Text
from station.ui.wizard.collecting import CollectStep
from station.ui.wizard.detection import DetectionStep
from station.ui.wizard.looking import WhereToLookStep
from station.ui.wizard.product import ProductStep
from station.ui.wizard.publish import PublishStep
from station.ui.wizard.rail import Rail
from station.ui.wizard.step import Step
from station.ui.wizard.suspects import SuspectsStep
from station.ui.wizard.teach import TeachStep
from station.ui.wizard.threshold import ThresholdStep
from station.ui.wizard.trial import TrialStep


class Wizard(Card):
    """Teaches one product. started: a `Recipe` to judge with now. left: the person goes back."""

    started = Signal(object)
    left = Signal()

    def __init__(
        self,
        services: Services,
        session: DraftSession,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.recipe: Recipe | None = None
        self.rail, self.stack = Rail(), QStackedWidget()
        self.publish = PublishStep(services)
        self.pages: dict[StepName, Step] = {
            StepName.PRODUCT: ProductStep(services),
            StepName.LOOKING: WhereToLookStep(services),
            StepName.COLLECT: CollectStep(services),
            StepName.SUSPECTS: SuspectsStep(services),
            StepName.TEACH: TeachStep(services, clock),
            StepName.THRESHOLD: ThresholdStep(services),
            StepName.DETECTION: DetectionStep(services),
            StepName.TRIAL: TrialStep(services),
            StepName.PUBLISH: self.publish,
        }
        self.here = StepName.PRODUCT
        self.missing = Text(wrap=True, colour=theme.MUTED)
        self.leave_action = key_action(self, "Leave (it is saved)", "Esc", self.leave)
        self.back_action = key_action(self, "Back", "Alt+Left", self.back)
        self.next_action = key_action(self, "Next", "Ctrl+Return", self.next)
        self.next_button = BigButton.of(self.next_action, primary=True)
        for page in self.pages.values():
            self.stack.addWidget(page)
            page.changed.connect(self._on_change)
        self.rail.asked.connect(self._on_asked)
        self.publish.published.connect(self._on_published)
        self._lay_out()
        self._show(resumed_at(session.draft))

    @property
    def page(self) -> Step:
        """The page in front."""
        return self.pages[self.here]

    @Slot()
    def next(self) -> None:
        """Do the page's next action; then the next page, or the one that now lacks something."""
        if not self.page.proceed():
            return
        if self.here is STEPS[-1]:
            self.started.emit(self.recipe)
            return
        wanted = STEPS[STEPS.index(self.here) + 1]
        self.go_to(min(wanted, furthest(self.session.draft), key=STEPS.index))

    @Slot()
    def back(self) -> None:
        """Return to the page before; nothing entered is lost."""
        self.go_to(STEPS[max(0, STEPS.index(self.here) - 1)])

    @Slot()
    def leave(self) -> None:
        """Stop what runs here and go back to the live page; the draft stays."""
        self.stop()
        self.left.emit()

    def stop(self) -> None:
        """End everything that runs for these pages; returns when it has ended."""
        self.page.leave()
        for page in self.pages.values():
            page.stop()

    def go_to(self, step: StepName) -> None:
        """Bring a page to the front."""
        self.page.leave()
        self._show(step)

    def _show(self, step: StepName) -> None:
        self.here = step
        try:
            self.session.change(step=step.value)
        except StationError as error:
            self.missing.setText(str(error))
        self.stack.setCurrentWidget(self.page)
        self.page.enter(self.session)
        self._on_change()
        self.page.setFocus()

    @Slot(int)
    def _on_asked(self, index: int) -> None:
        if self.page.can_go_back:
            self.go_to(STEPS[index])

    @Slot(object)
    def _on_published(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @Slot()
    def _on_change(self) -> None:
        page = self.page
        last, done = furthest(self.session.draft), finished(self.session.draft)
        self.rail.go_to(
            STEPS.index(self.here), STEPS.index(last), {STEPS.index(step) for step in done}
        )
        self.missing.setText(page.missing)
        self.next_action.setText(page.next_text)
        self.next_action.setEnabled(not page.missing)
        self.leave_action.setEnabled(page.can_go_back)
        self.back_action.setEnabled(page.can_go_back and self.here is not STEPS[0])

    def _lay_out(self) -> None:
        footer = QHBoxLayout()
        footer.setSpacing(theme.GAP)
        footer.addWidget(BigButton.of(self.leave_action))
        footer.addWidget(self.missing, 1)
        footer.addWidget(BigButton.of(self.back_action))
        footer.addWidget(self.next_button)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.stack, 1)
        right.addLayout(footer)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(24)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
