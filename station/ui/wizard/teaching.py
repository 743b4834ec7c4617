"""Second step: the station teaches itself; every stage shows how far it is."""

import time
from collections.abc import Callable
from itertools import takewhile

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.contact_sheet import ContactSheet
from station.ui.threads import Job, Work
from station.ui.widgets import Text
from station.ui.wizard.step import Step
from station.ui.wizard.time_left import TimeLeft

STAGES = {
    "collecting": "Collect good parts",
    "reading": "Check the pictures",
    "registration": "Lay the pictures on one another",
    "projection": "Learn in what good parts differ",
    "features": "Look at every patch",
    "coreset": "Keep the patches that matter",
    "calibrating": "Score good parts that were kept aside",
    "bad parts": "Score the bad parts",
}


class TeachingStep(Step):
    """Runs one teaching `Job`. taught: its result. gave_up: it failed or was cancelled.

    progressed: (stage, done, total) of the job.
    """

    taught = Signal(object)
    progressed = Signal(str, int, int)
    gave_up = Signal()

    def __init__(
        self,
        stages: tuple[str, ...],
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Teaching", "Nothing to do now. Cancelling changes nothing.", parent)
        self.stages = [StageRow(stage) for stage in stages]
        self.time_left = Text(colour=theme.MUTED)
        self.problem = Text(bold=True, wrap=True)
        self.problem.hide()
        self.cancel_button = BigButton("Cancel teaching")
        self.sheet = ContactSheet("")
        self.job: Job | None = None
        self._time = TimeLeft(clock)
        for row in self.stages:
            self.column.addWidget(row)
        line = QHBoxLayout()
        line.addWidget(self.time_left, 1)
        line.addWidget(self.cancel_button)
        self.column.addLayout(line)
        self.column.addWidget(self.problem)
        self.column.addWidget(self.sheet, 1)
        self.cancel_button.clicked.connect(self.cancel)

    @property
    def next_text(self) -> str:
        """Teaching begins by itself; it can be repeated after it was cancelled or failed."""
        return "Teach again" if self.job is None else "Teaching …"

    @property
    def missing(self) -> str:
        """Nothing can be done here but wait."""
        return "" if self.job is None else "The next step opens by itself."

    @property
    def can_go_back(self) -> bool:
        """Not while it teaches."""
        return self.job is None

    def row(self, stage: str) -> "StageRow":
        """The row of one stage."""
        return next(row for row in self.stages if row.stage == stage)

    def show_finished(self, finished: bool) -> None:
        """Tick every stage off, or none."""
        for row in self.stages:
            if finished:
                row.finish()
            else:
                row.show_progress(0, 0)

    def begin(self, work: Work) -> None:
        """Start teaching."""
        self.problem.hide()
        self.cancel_button.setEnabled(True)
        self.show_finished(False)
        self.job = Job(work, self)
        self.job.progress.connect(self._on_progress)
        self.job.progress.connect(self.progressed)
        self.job.done.connect(self._on_done)
        self.job.failed.connect(self._on_failed)
        self.job.cancelled.connect(self._on_cancelled)
        self.job.start()
        self.changed.emit()

    def stop(self) -> None:
        """Cancel and wait."""
        if self.job is not None:
            self.job.stop(60_000)

    @Slot()
    def cancel(self) -> None:
        """Ask it to stop; nothing is published then."""
        if self.job is not None:
            self.cancel_button.setEnabled(False)
            self.time_left.setText("Stopping …")
            self.job.cancel()

    @Slot(str, int, int)
    def _on_progress(self, stage: str, done: int, total: int) -> None:
        if stage not in (row.stage for row in self.stages):
            return
        for row in takewhile(lambda row: row.stage != stage, self.stages):
            row.finish()
        self.row(stage).show_progress(done, total)
        if self.cancel_button.isEnabled():
            self.time_left.setText(self._time.text(stage, done, total))

    @Slot(object)
    def _on_done(self, result: object) -> None:
        self.show_finished(True)
        self._end()
        self.taught.emit(result)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()
        self._end()
        self.gave_up.emit()

    @Slot()
    def _on_cancelled(self) -> None:
        self._on_failed("Teaching was cancelled. Nothing was changed.")

    def _end(self) -> None:
        if self.job is not None:
            self.job.wait()
            self.job.deleteLater()
        self.job = None
        self.time_left.setText("")
        self.cancel_button.setEnabled(False)
        self.changed.emit()


class StageRow(QWidget):
    """A stage's name, bar and count."""

    def __init__(self, stage: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage = stage
        self.done, self.total, self.finished = 0, 0, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_progress(self, done: int, total: int) -> None:
        """Fill the bar that far."""
        self.done, self.total, self.finished = done, total, bool(total) and done >= total
        self.update()

    def finish(self) -> None:
        """Tick it off."""
        self.finished = True
        self.done = self.total
        self.update()

    def sizeHint(self) -> QSize:
        """One line and its bar."""
        return QSize(400, self.fontMetrics().height() + 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint name, count and bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        begun = self.total > 0 or self.finished
        font = QFont(self.font())
        font.setBold(begun and not self.finished)
        painter.setFont(font)
        painter.setPen(theme.TEXT if begun else theme.MUTED)
        line = QRectF(0, 0, self.width(), self.fontMetrics().height() + 4)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, STAGES.get(self.stage, self.stage))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, self._count_text())
        bar = QRectF(0, line.bottom() + 4, self.width(), 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.LINE)
        painter.drawRoundedRect(bar, 4, 4)
        share = 1.0 if self.finished else self.done / self.total if self.total else 0.0
        if share:
            bar.setWidth(max(8.0, bar.width() * share))
            painter.setBrush(theme.MUTED if self.finished else theme.ACCENT)
            painter.drawRoundedRect(bar, 4, 4)

    def _count_text(self) -> str:
        if self.finished:
            return f"✓  {self.total:,}" if self.total else "✓"
        return f"{self.done:,} of {self.total:,}" if self.total else ""
