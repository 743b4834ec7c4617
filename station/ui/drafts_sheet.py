"""Which product to teach: one that was begun, or a new one."""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from station.drafts import DraftSession, DraftStore
from station.drafts.steps import STEPS, resumed_at
from station.errors import StationError
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.sheet import Question, Sheet
from station.ui.wizard.rail import TITLES


class DraftsSheet(Sheet):
    """Products that were begun and not published. chosen: a `DraftSession`."""

    chosen = Signal(object)

    def __init__(self, store: DraftStore, parent: QWidget) -> None:
        super().__init__("Teach a product", "Go on with this product", parent)
        self._store = store
        self._sessions: list[DraftSession] = []
        self.list = QListWidget()
        self.list.setMinimumSize(QSize(620, 320))
        self.body.addWidget(self.list)
        self.new = BigButton("New product")
        self.discard = BigButton("Throw away …")
        self.footer.insertWidget(0, self.new)
        self.footer.insertWidget(1, self.discard)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.list.itemDoubleClicked.connect(self.accept)
        self.new.clicked.connect(self._on_new)
        self.discard.clicked.connect(self._on_discard)
        self.accepted.connect(self._on_accepted)
        self._fill()

    def _fill(self) -> None:
        self.list.clear()
        self._sessions = self._store.unfinished()
        for session in self._sessions:
            item = QListWidgetItem(_described(session))
            item.setSizeHint(QSize(0, theme.TOUCH + 20))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._on_selection()

    def _current(self) -> DraftSession | None:
        row = self.list.currentRow()
        return self._sessions[row] if 0 <= row < len(self._sessions) else None

    @Slot()
    def _on_selection(self) -> None:
        chosen = self._current() is not None
        self.discard.setEnabled(chosen)
        self.say_missing("" if chosen else "Nothing is begun. Press New product.")
        if damaged := self._store.damaged():
            self.missing.setText(damaged[0])

    @Slot()
    def _on_accepted(self) -> None:
        session = self._current()
        if session is not None:
            self.chosen.emit(session)

    @Slot()
    def _on_new(self) -> None:
        try:
            session = self._store.begin()
        except StationError as error:
            self.missing.setText(str(error))
            return
        self.chosen.emit(session)
        self.reject()

    @Slot()
    def _on_discard(self) -> None:
        session = self._current()
        if session is None:
            return
        Question(
            f"Throw away “{session.draft.name or 'no name yet'}”?",
            f"{len(session.draft.good)} pictures of good parts and everything found out about them "
            "are deleted. This cannot be undone.",
            self,
            yes="Throw away",
            no="Keep it",
            then=lambda: self._throw_away(session),
        ).show_for(self.window())

    def _throw_away(self, session: DraftSession) -> None:
        try:
            self._store.discard(session)
        except StationError as error:
            self.missing.setText(str(error))
            return
        self._fill()


def _described(session: DraftSession) -> str:
    draft = session.draft
    step = STEPS.index(resumed_at(draft))
    return (
        f"{draft.name or 'no name yet'}\n"
        f"{len(draft.kept)} good pictures, step {step + 1} of {len(STEPS)}: {TITLES[step]}"
    )
