"""Eighth step: live judging with the draft; what was judged wrongly is put right here."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.threshold import Threshold
from station.drafts import DraftSession
from station.drafts.steps import STEPS, furthest
from station.drafts.trying import Tally, mark_wrong
from station.errors import StationError
from station.parts import Verdict
from station.trial import SHOWN, TrialLoop, Tried
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.inputs import Toggle
from station.ui.live.picture_view import PictureView
from station.ui.services import Services
from station.ui.threads import LoopThread
from station.ui.widgets import Text
from station.ui.wizard.step import Step
from station.ui.wording import score_text

LEAD = (
    "Place good and bad parts under the camera and press Space. Nothing is recorded. Where the "
    "verdict is wrong, say so: a good part joins the good ones, a bad part the bad ones."
)


class TrialStep(Step):
    """Verdict and heatmap of one part after the other, and two buttons to contradict."""

    judged = Signal(object)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Try it", LEAD, parent)
        self._services = services
        self._session: DraftSession | None = None
        self._loop: TrialLoop | None = None
        self._thread: LoopThread | None = None
        self._ready = False
        self.tally = Tally()
        self.view = PictureView()
        self.verdict = Text("–", factor=2.6, bold=True)
        self.detail = Text(colour=theme.MUTED, wrap=True)
        self.counts = Text(wrap=True)
        self.list = QListWidget()
        self.next_part = BigButton("Judge a part  (Space)")
        self.endless = Toggle("One after the other", False)
        self.wrong = BigButton("This is wrong")
        self._lay_out()
        self.next_part.clicked.connect(self.ask)
        self.endless.toggled.connect(self._on_endless)
        self.wrong.clicked.connect(self.contradict)
        self.list.currentRowChanged.connect(self._on_row)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), self)
        shortcut.activated.connect(self.ask)
        self._show_nothing("Opening the model and the camera …")

    @property
    def next_text(self) -> str:
        """Publish, or back to what a contradicted verdict has opened again."""
        if self._session is None:
            return "Next"
        draft = self._session.draft
        if not draft.is_taught:
            return "Teach again"
        return "Publish …" if furthest(draft) is STEPS[-1] else "Set the threshold again"

    def enter(self, session: DraftSession) -> None:
        """Open model and camera."""
        self.stop()
        self._session = session
        self.tally = Tally.of(session.draft)
        self.list.clear()
        self._show_nothing("Opening the model and the camera …")
        try:
            camera = self._services.build_camera(session.draft.camera)
            threshold = Threshold.from_json(session.draft.threshold["threshold"])
            expected = session.expected()
        except (StationError, EngineError) as error:
            self._show_nothing(str(error))
            return
        self._loop = TrialLoop(
            camera, session.open_model, threshold, expected, self._services.clock
        )
        self._thread = LoopThread(self._loop, self)
        self._thread.published.connect(self._on_published)
        self._thread.failed.connect(self._on_failed)
        self._thread.start()

    def leave(self) -> None:
        """Let go of the camera; keep the count."""
        self.stop()
        if self._session is not None and self._session.draft.is_taught:
            self._session.change(trial=self.tally.to_json(self._session.draft.teaching_key))

    def stop(self) -> None:
        """End judging; returns when the camera is closed."""
        if self._thread is not None:
            self._thread.stop(60_000)
            self._thread.deleteLater()
        self._thread, self._loop, self._ready = None, None, False

    @Slot()
    def ask(self) -> None:
        """Judge one more part."""
        if self._loop is not None and self._ready:
            self._loop.ask()

    @Slot()
    def contradict(self) -> None:
        """The verdict of the shown part is wrong: keep the part where it belongs."""
        tried, session = self._current(), self._session
        if tried is None or session is None or tried.verdict is Verdict.FAULT:
            return
        try:
            said = mark_wrong(session, tried)
        except StationError as error:
            self.detail.setText(str(error))
            return
        self.tally = self.tally.with_wrong(tried.verdict)
        self.wrong.setEnabled(False)
        self.detail.setText(said)
        self._count()
        self.changed.emit()

    @Slot(bool)
    def _on_endless(self, wanted: bool) -> None:
        if self._loop is None:
            return
        if wanted:
            self._loop.endless.set()
        else:
            self._loop.endless.clear()

    @Slot(object)
    def _on_published(self, number: int) -> None:
        self._ready = True
        if not number:
            self._show_nothing("Press Space to judge a part.")
            self._count()
            return
        tried = self._find(number)
        if tried is None or self._session is None:
            return
        self.tally = self.tally.with_one(tried.verdict)
        self._list(tried)
        self._count()
        self.judged.emit(tried)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._ready = False
        self.endless.setChecked(False)
        self.detail.setText(f"{error} Leave this page and come back to try again.")
        self.next_part.setEnabled(False)

    @Slot(int)
    def _on_row(self, _row: int) -> None:
        tried = self._current()
        if tried is not None:
            self._show(tried)

    def _current(self) -> Tried | None:
        item = self.list.currentItem()
        return None if item is None else self._find(item.data(Qt.ItemDataRole.UserRole))

    def _find(self, number: int) -> Tried | None:
        known = self._loop.tried if self._loop is not None else ()
        return next((each for each in list(known) if each.number == number), None)

    def _list(self, tried: Tried) -> None:
        score = "" if tried.verdict is Verdict.FAULT else f"  {score_text(tried.score)}"
        item = QListWidgetItem(f"{tried.verdict.value}{score}   {tried.source}")
        item.setData(Qt.ItemDataRole.UserRole, tried.number)
        item.setSizeHint(QSize(0, theme.TOUCH - 8))
        self.list.insertItem(0, item)
        while self.list.count() > SHOWN:
            self.list.takeItem(self.list.count() - 1)
        self.list.setCurrentRow(0)

    def _show(self, tried: Tried) -> None:
        self.view.show_view(tried.view, tried.source)
        self.verdict.setText(tried.verdict.value)
        self.verdict.set_colour(theme.TEXT if tried.verdict is Verdict.OK else theme.ALARM)
        limit = self._session.threshold_value if self._session else float("nan")
        self.detail.setText(
            tried.text
            or f"Score {score_text(tried.score)}, threshold {score_text(limit)}, "
            f"{tried.elapsed_ms:.0f} ms"
        )
        judged = tried.verdict is not Verdict.FAULT
        self.wrong.setEnabled(judged)
        if judged:
            good = tried.verdict is Verdict.NG
            self.wrong.setText("Wrong: it is good" if good else "Wrong: it is bad")

    def _show_nothing(self, message: str) -> None:
        self.view.show_message(message)
        self.verdict.setText("–")
        self.verdict.set_colour(theme.MUTED)
        self.detail.setText("")
        self.wrong.setEnabled(False)
        self.next_part.setEnabled(self._ready)

    def _count(self) -> None:
        self.next_part.setEnabled(self._ready)
        self.counts.setText(self.tally.sentence)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(theme.GAP)
        for widget in (self.next_part, self.endless, self.verdict, self.detail, self.wrong):
            side.addWidget(widget)
        side.addWidget(self.list, 1)
        side.addWidget(self.counts)
        holder = QWidget()
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(300)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.view, 1)
        row.addWidget(holder)
        self.column.addLayout(row, 1)
