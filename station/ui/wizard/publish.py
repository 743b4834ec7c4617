"""Last step: everything in one view, who publishes and why; then the way into production."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFormLayout, QWidget

from engine.progress import IsCancelled, Progress
from station.drafts import DraftSession
from station.drafts.publishing import publish_draft
from station.drafts.summary import summary_lines
from station.recipes.recipe import Recipe
from station.ui.inputs import field_name, line_edit
from station.ui.line_card import LineCard
from station.ui.services import Services
from station.ui.threads import Job
from station.ui.widgets import Text
from station.ui.wizard.step import Step


class PublishStep(Step):
    """Summary, name and note; `published` carries the `Recipe`."""

    published = Signal(object)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Publish", "", parent)
        self._services = services
        self._session: DraftSession | None = None
        self._job: Job | None = None
        self.recipe: Recipe | None = None
        self.card = LineCard()
        self.who = line_edit("who publishes")
        self.note = line_edit("why this revision: for example “new supplier’s housing”")
        self.problem = Text(bold=True, wrap=True)
        self._lay_out()
        self.who.textChanged.connect(self.changed)
        self.note.textChanged.connect(self.changed)

    def enter(self, session: DraftSession) -> None:
        """Sum up the draft."""
        if session is not self._session:
            self.who.setText(self._services.operator)
        self._session, self.recipe = session, None
        self.problem.setText("")
        self.lead.setText(
            f"{session.draft.name}: read this once more. What is published never changes; teaching "
            "again makes the next revision."
        )
        self.card.show_lines(summary_lines(session.draft))
        self._enable(True)

    @property
    def next_text(self) -> str:
        """Publish first, then judge."""
        if self._job is not None:
            return "Publishing …"
        return "Publish" if self.recipe is None else "Start judging"

    @property
    def can_go_back(self) -> bool:
        """Not while it is written."""
        return self._job is None

    @property
    def missing(self) -> str:
        """Name and note."""
        if self._job is not None:
            return "Checking the golden scores and writing …"
        if self.recipe is not None:
            return ""
        if not self.who.text().strip():
            return "Still missing: who publishes."
        return "" if self.note.text().strip() else "Still missing: a note, why this revision."

    def proceed(self) -> bool:
        """Publish where that is still to be done."""
        if self.recipe is not None or self._session is None:
            return True
        self._enable(False)
        who, note = self.who.text().strip(), self.note.text().strip()
        self._job = Job(partial(self._publish, self._session, who, note), self)
        self._job.done.connect(self._on_done)
        self._job.failed.connect(self._on_failed)
        self._job.start()
        self.changed.emit()
        return False

    def stop(self) -> None:
        """Wait until it is written."""
        if self._job is not None:
            self._job.wait()

    def _publish(
        self,
        session: DraftSession,
        who: str,
        note: str,
        _progress: Progress,
        _cancelled: IsCancelled,
    ) -> Recipe:
        return publish_draft(session, self._services.store, published_by=who, note=note)

    @Slot(object)
    def _on_done(self, recipe: Recipe) -> None:
        self._end()
        self.recipe = recipe
        self.lead.setText(
            f"Published: {recipe.name}, revision {recipe.revision}, by "
            f"{recipe.draft.published_by}, {recipe.published_at.astimezone():%d %b %Y, %H:%M}. "
            "It judges nothing until you start it."
        )
        self.published.emit(recipe)
        self.changed.emit()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end()
        self._enable(True)
        self.problem.setText(sentence)
        self.changed.emit()

    def _end(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None

    def _enable(self, enabled: bool) -> None:
        self.who.setEnabled(enabled)
        self.note.setEnabled(enabled)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(field_name("Published by"), self.who)
        form.addRow(field_name("Note"), self.note)
        self.column.addWidget(self.card)
        self.column.addLayout(form)
        self.column.addWidget(self.problem)
        self.column.addStretch(1)
