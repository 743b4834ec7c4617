"""The threshold: dragged or chosen, with what it would do, cost and let a person claim."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from engine.errors import CalibrationError
from engine.progress import IsCancelled, Progress
from station.drafts import DraftSession
from station.drafts.bad_parts import add_bad_parts, unscored
from station.drafts.teaching import score_bad
from station.drafts.thresholds import Choosing
from station.errors import StationError
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.services import Services
from station.ui.threads import Job
from station.ui.widgets import Text
from station.ui.wizard.claims import ClaimsCard
from station.ui.wizard.method_table import MethodTable, rate_text, shift_text
from station.ui.wizard.prices import PriceControls
from station.ui.wizard.score_histogram import ScoreHistogram
from station.ui.wizard.step import Step

SAVE_MS = 400
"""After the last move of the line it is on the disk this much later, or when the page is left."""


class ThresholdStep(Step):
    """Histogram, methods, prices and claims around one `Choosing`, kept in the draft."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Threshold",
            "A part is NG when its score reaches the line. Drag it, use the arrow keys, or choose "
            "a method.",
            parent,
        )
        self._services = services
        self._session: DraftSession | None = None
        self._job: Job | None = None
        self._problem = ""
        self.choosing: Choosing | None = None
        self.histogram, self.table, self.prices = ScoreHistogram(), MethodTable(), PriceControls()
        self.figures = Text(bold=True, wrap=True)
        self.problem = Text(bold=True, wrap=True, colour=theme.ALARM)
        self.problem.hide()
        self.claims = ClaimsCard()
        self.add_bad = BigButton("Show bad parts …")
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self._save)
        self.histogram.moved.connect(self._on_moved)
        self.table.chosen.connect(self._on_chosen)
        self.prices.changed.connect(self._on_prices)
        self.add_bad.clicked.connect(self._pick_bad)
        self._lay_out()
        self.setFocusProxy(self.histogram)

    @property
    def missing(self) -> str:
        """Why there is no threshold yet."""
        if self._job is not None:
            return "Scoring bad parts …"
        return self._problem

    @property
    def can_go_back(self) -> bool:
        """Not while parts are scored."""
        return self._job is None

    def enter(self, session: DraftSession) -> None:
        """Show the draft's scores; score what came since teaching first."""
        self._session = session
        if unscored(session) and self._job is None:
            self._begin(partial(_score, session))
        self._choose_again()

    def leave(self) -> None:
        """Have the last move on the disk."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()

    def stop(self) -> None:
        """End scoring, and have the last move on the disk."""
        if self._job is not None:
            self._job.stop()
        self.leave()

    def add_folder(self, folder: Path) -> None:
        """Take a folder of pictures of bad parts into the draft and score them."""
        if self._session is not None and self._job is None:
            self._begin(partial(_add, self._session, folder))

    def _choose_again(self) -> None:
        assert self._session is not None
        try:
            self.choosing = Choosing.of(self._session)
            self._problem = ""
        except CalibrationError as error:
            self.choosing, self._problem = None, str(error)
        for part in (self.histogram, self.table, self.prices):
            part.setEnabled(self.choosing is not None)
        if self.choosing is not None:
            self._show_all(self.choosing)
            self._save()
        self.changed.emit()

    def _show_all(self, choosing: Choosing) -> None:
        self.prices.show_prices(choosing.prices, choosing.wanted.escape_limit)
        self.histogram.show_scores(choosing.good, choosing.bad, choosing.values)
        self.table.show_table(choosing.table)
        self._show(choosing)

    def _show(self, choosing: Choosing) -> None:
        """What changes with every move of the line."""
        found, cost = choosing.threshold, choosing.cost
        self.histogram.set_value(found.value)
        self.table.mark(choosing.method)
        self.figures.setText(
            f"{choosing.method}:  good rejected {rate_text(found.false_rejects)}  ·  bad escaped "
            f"{rate_text(found.escapes)}  ·  a shift costs {shift_text(cost)}"
        )
        self.claims.show_threshold(found)

    def _change(self, change: Callable[[Choosing], Choosing]) -> bool:
        """Take a person's choice; False where it cannot be backed, and nothing changed then."""
        if self.choosing is None:
            return False
        try:
            self.choosing = change(self.choosing)
        except CalibrationError as error:
            self._problem = str(error)
            self.changed.emit()
            return False
        self._problem = ""
        self._show(self.choosing)
        self._timer.start()
        self.changed.emit()
        return True

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        self._change(lambda choosing: choosing.at(value))

    @Slot(str)
    def _on_chosen(self, method: str) -> None:
        self._change(lambda choosing: choosing.by(method))

    @Slot()
    def _on_prices(self) -> None:
        asked = self.prices
        if self._change(lambda choosing: choosing.asked(asked.prices, asked.escape_limit)):
            assert self.choosing is not None
            self.table.show_table(self.choosing.table)
            self.table.mark(self.choosing.method)

    @Slot()
    def _save(self) -> None:
        if self._session is None or self.choosing is None:
            return
        try:
            self.choosing.save(self._session)
        except StationError as error:
            self._problem = str(error)
        self.changed.emit()

    @Slot()
    def _pick_bad(self) -> None:
        title = "Folder with pictures of bad parts"
        chosen = QFileDialog.getExistingDirectory(self, title, str(Path.home()))
        if chosen:
            self.add_folder(Path(chosen))

    def _begin(self, work: Callable[[Progress, IsCancelled], int]) -> None:
        self.leave()
        self._job = Job(work, self)
        self._job.failed.connect(self._on_failed)
        self._job.finished.connect(self._on_finished)
        self.add_bad.setEnabled(False)
        self.problem.hide()
        self._job.start()
        self.changed.emit()

    @Slot()
    def _on_finished(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None
        self.leave()
        self.add_bad.setEnabled(True)
        self._choose_again()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()

    def _lay_out(self) -> None:
        self._lay_out_head()
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.histogram, 0, 0)
        grid.addWidget(self.claims, 0, 1)
        grid.addWidget(self.figures, 1, 0, 1, 2)
        grid.addWidget(self.table, 2, 0)
        grid.addWidget(self.prices, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnMinimumWidth(0, 540)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setRowStretch(0, 1)
        self.column.setSpacing(8)
        self.column.addLayout(grid, 1)

    def _lay_out_head(self) -> None:
        """Title and lead beside the button: there is no height to spare."""
        words, head = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(2)
        while item := self.column.takeAt(0):
            if widget := item.widget():
                words.addWidget(widget)
        head.addLayout(words, 1)
        head.addWidget(self.add_bad)
        self.column.addLayout(head)
        self.column.addWidget(self.problem)


def _add(session: DraftSession, folder: Path, progress: Progress, cancelled: IsCancelled) -> int:
    return add_bad_parts(session, folder, progress, cancelled)


def _score(session: DraftSession, progress: Progress, cancelled: IsCancelled) -> int:
    score_bad(session, progress, cancelled)
    return 0
