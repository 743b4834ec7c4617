"""Seventh step: what is the smallest defect it sees? Measured with synthetic ones, or skipped."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.findings import Detection
from engine.progress import IsCancelled, Progress
from station.detection import Plan, detect, evidence, plan, still_true
from station.detection_words import SYNTHETIC
from station.drafts import DraftSession
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.contact_sheet import ContactSheet
from station.ui.services import Services
from station.ui.threads import Job, Work
from station.ui.widgets import Text, follow
from station.ui.wizard.detection_results import DetectionResults
from station.ui.wizard.step import Step
from station.ui.wizard.teaching import StageRow
from station.ui.wizard.time_left import TimeLeft

PATIENCE_MS = 60_000
LEAD = (
    "Synthetic defects of known size are drawn into good parts that were kept aside, and judged. "
    "What is found, and from which size, goes into the recipe's evidence."
)


class DetectionStep(Step):
    """Measures on a button's press; what was found stays in the draft."""

    def __init__(
        self,
        services: Services,
        timer: Callable[[], float] = time.perf_counter,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("What is the smallest defect it sees?", LEAD, parent)
        self._services, self._timer = services, timer
        self._session: DraftSession | None = None
        self._job: Job | None = None
        self._measuring = False
        self._time = TimeLeft(timer)
        self.planned: Plan | None = None
        self.found: Detection | None = None
        self.outlook = Text(wrap=True)
        self.row = StageRow("Judging good parts with synthetic defects")
        self.time_left = Text(colour=theme.MUTED)
        self.button = BigButton("Measure")
        self.sheet = ContactSheet("")
        self.results = DetectionResults()
        self.again = BigButton("Measure again")
        self.results.add_button(self.again)
        self.caution = Text(SYNTHETIC, wrap=True, bold=True)
        self.stack = QStackedWidget()
        self._lay_out()
        self.button.clicked.connect(self._press)
        self.again.clicked.connect(self._press)

    @property
    def next_text(self) -> str:
        """Measured or not, the way on is open."""
        return "Try it" if self.found else "Go on without measuring"

    @property
    def missing(self) -> str:
        """Wait, or cancel, while it measures."""
        return "Measuring … Wait, or press Cancel." if self._measuring else ""

    @property
    def can_go_back(self) -> bool:
        """Not while it measures."""
        return not self._measuring

    def enter(self, session: DraftSession) -> None:
        """Show what was found with this model and threshold, or how long finding out takes."""
        self._session = session
        if self._job is not None:
            return
        draft = session.draft
        self.found = still_true(draft.detection, draft.teaching_key, session.threshold_value)
        self.sheet.show_files(session.held_out_paths())
        if self.found is not None:
            self._show_found()
        else:
            self._predict(_why_not(session))

    def leave(self) -> None:
        """End what runs, and let the model go."""
        self.stop()
        self.results.close_model()

    def stop(self) -> None:
        """End predicting, measuring and drawing; returns when it has ended."""
        if self._job is not None:
            self._job.stop(PATIENCE_MS)
            self._end()
        self.results.stop()

    def _predict(self, reason: str) -> None:
        self._show_before()
        self.row.hide()
        self.button.setText("Measure")
        self.button.set_primary(True)
        self.button.setEnabled(False)
        self.outlook.setText(f"{reason}Trying on this machine how long it will take …")
        self._begin(self._plan, self._on_planned)

    def _plan(self, _progress: Progress, _cancelled: IsCancelled) -> Plan:
        assert self._session is not None
        return plan(self._session.open_model(), self._session.held_out_paths(), self._timer)

    def _measure(self, planned: Plan, progress: Progress, cancelled: IsCancelled) -> Detection:
        assert self._session is not None
        session = self._session
        found = detect(
            session.open_model(),
            session.threshold_value,
            session.held_out_paths(),
            settings=planned.settings,
            mm_per_px=session.draft.looking.mm_per_px,
            progress=progress,
            cancelled=cancelled,
        )
        session.change(detection=evidence(found, session.draft.teaching_key))
        return found

    def _begin(self, work: Work, done: Callable[[Any], None]) -> None:
        self._job = Job(work, self)
        self._job.progress.connect(self._on_progress)
        self._job.done.connect(done)
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(self._on_cancelled)
        self._job.start()
        self.changed.emit()

    @Slot()
    def _press(self) -> None:
        if self._measuring and self._job is not None:
            self.button.setEnabled(False)
            self.time_left.setText("Stopping …")
            self._job.cancel()
        elif self.planned is None:
            self._predict("")
        else:
            self.results.stop()
            self._measuring = True
            self._show_before()
            self.row.show_progress(0, 0)
            self.row.show()
            self.outlook.setText("Nothing to do now. Cancelling changes nothing.")
            self.button.setText("Cancel")
            self.button.set_primary(False)
            self._begin(partial(self._measure, self.planned), self._on_found)

    @Slot(object)
    def _on_planned(self, planned: Plan) -> None:
        self._end()
        self.planned = planned
        self.outlook.setText(_outlook(planned))
        self.button.setEnabled(True)
        self.changed.emit()

    @Slot(object)
    def _on_found(self, found: Detection) -> None:
        self._end()
        self.found = found
        self._show_found()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._give_up(sentence)

    @Slot()
    def _on_cancelled(self) -> None:
        if self.found is not None:
            self._end()
            self._show_found()
        else:
            outlook = _outlook(self.planned) if self.planned else ""
            self._give_up(f"Cancelled. Nothing was changed.\n{outlook}")

    def _give_up(self, sentence: str) -> None:
        self._end()
        self.row.hide()
        self.time_left.setText("")
        self.outlook.setText(sentence)
        self.button.setText("Measure")
        self.button.set_primary(True)
        self.button.setEnabled(True)
        self.changed.emit()

    @Slot(str, int, int)
    def _on_progress(self, stage: str, done: int, total: int) -> None:
        self.row.show_progress(done, total)
        self.time_left.setText(self._time.text(stage, done, total))

    def _end(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job, self._measuring = None, False

    def _show_found(self) -> None:
        assert self._session is not None
        assert self.found is not None
        self.time_left.setText("")
        self.results.show_found(self.found, self._session)
        self.lead.hide()
        self.stack.setCurrentIndex(1)
        follow(self)
        self.changed.emit()

    def _show_before(self) -> None:
        self.lead.show()
        self.stack.setCurrentIndex(0)

    def _lay_out(self) -> None:
        before = QWidget()
        box = QVBoxLayout(before)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        line = QHBoxLayout()
        line.setSpacing(theme.GAP)
        line.addWidget(self.button)
        line.addWidget(self.time_left, 1)
        box.addWidget(self.outlook)
        box.addWidget(self.row)
        box.addLayout(line)
        box.addWidget(self.sheet, 1)
        self.stack.addWidget(before)
        self.stack.addWidget(self.results)
        self.column.addWidget(self.stack, 1)
        self.column.addWidget(self.caution)


def _why_not(session: DraftSession) -> str:
    if not session.draft.detection:
        return ""
    return "It was measured before the threshold or the pictures changed: that no longer counts. "


def _outlook(planned: Plan) -> str:
    settings = planned.settings
    contrasts = " and ".join(f"{levels:g}" for levels in settings.contrasts)
    return (
        f"Measuring takes {planned.duration} on this machine: up to {settings.judgements} "
        f"judgements of {len(settings.kinds)} kinds of defects that differ from the part by "
        f"{contrasts} grey levels (of 255), sizes chosen where found turns into missed. "
        "You may go on without: the summary then says “not measured”."
    )
