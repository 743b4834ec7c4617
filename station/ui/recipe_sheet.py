"""The dialog of recipes: which one judges, what defends it, and carrying it to another station."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.progress import IsCancelled, Progress
from station.errors import RecipeError
from station.recipe_carrying import Carried, carry_in, carry_out
from station.recipes.defence import Line, defence
from station.recipes.package import SUFFIX
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore, evidence_of
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.line_card import LineCard
from station.ui.sheet import Sheet
from station.ui.threads import Job
from station.ui.widgets import Text

LONGEST_MS = 60_000
FILES = f"Recipes (*{SUFFIX})"


@dataclass(frozen=True, slots=True)
class _Looked:
    """What defends a product's newest good revision, or why there is none."""

    name: str
    lines: Sequence[Line]


class RecipeSheet(Sheet):
    """Choose the product to inspect, always in its newest revision.

    chosen: the `Recipe` to judge with. teach_again: the one to make the next revision of.
    refused: what does not verify, so that an earlier revision is used.
    """

    chosen = Signal(object)
    refused = Signal(str)
    teach_again = Signal(object)

    def __init__(
        self,
        store: RecipeStore,
        current: Recipe | None,
        parent: QWidget,
        *,
        by: str = "",
        judging: bool = False,
    ) -> None:
        """by: who imports a recipe. judging: the processor is needed for parts."""
        super().__init__("Recipes", "Use this recipe", parent)
        self._store, self._by, self._judging = store, by, judging
        self.list, self.card = QListWidget(), LineCard()
        self.teach, self.status = BigButton("Next revision …"), Text(wrap=True)
        self.export_button, self.import_button = BigButton("Export …"), BigButton("Import …")
        self._lay_out(parent.size())
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.list.itemDoubleClicked.connect(self.accept)
        self.accepted.connect(self._on_accepted)
        self.teach.clicked.connect(self._on_teach)
        self.export_button.clicked.connect(self._pick_target)
        self.import_button.clicked.connect(self._pick_file)
        self._allow_import()
        self._fill(current.name if current is not None else "")

    @property
    def name(self) -> str:
        """The product that is selected; empty for none."""
        item = self.list.currentItem() if self.list.selectedItems() else None
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    @Slot()
    def accept(self) -> None:
        """Load the chosen recipe; a damaged one is refused here."""
        if self.accept_button.isEnabled() and self._load():
            super().accept()

    @Slot(int)
    def done(self, result: int) -> None:
        """Close; what is being read, written or imported is waited for."""
        for job in self.findChildren(Job):
            job.stop(LONGEST_MS)
        super().done(result)

    def import_file(self, path: Path) -> None:
        """Publish an exported revision here; nothing where it does not verify."""
        self._carry(
            "Importing: the file is checked, and whether this machine gives its golden scores …",
            partial(_taken_in, path, self._store, self._by),
        )

    def export_to(self, path: Path, *, over: bool) -> None:
        """Write the selected product's newest good revision as one file.

        over: also over a file of that name.
        """
        self._carry("Exporting …", partial(_taken_out, self._store, self.name, path, over))

    def _fill(self, chosen: str) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for name in self._store.names():
                item = QListWidgetItem(f"{name}\nrevision {self._store.revisions(name)[-1]}")
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setSizeHint(QSize(0, theme.TOUCH + 20))
                self.list.addItem(item)
                if name == chosen:
                    self.list.setCurrentItem(item)
        self._on_selection()

    @Slot()
    def _on_selection(self) -> None:
        if not self.list.count():
            self.say_missing("There is no recipe yet. Press Teach to show good parts, or Import.")
        else:
            self.say_missing("" if self.name else "Choose a recipe.")
        for button in (self.teach, self.export_button):
            button.setEnabled(bool(self.name))
        self.card.show_lines([Line("", "Reading …")] if self.name else [])
        if self.name:
            self._begin(partial(_looked_at, self._store, self.name), self._on_looked)

    @Slot(object)
    def _on_looked(self, looked: _Looked) -> None:
        if looked.name == self.name:
            self.card.show_lines(looked.lines)

    @Slot()
    def _on_teach(self) -> None:
        if self._load():
            self.teach_again.emit(self._recipe)
            self.reject()

    @Slot()
    def _pick_target(self) -> None:
        usual = Path.home() / f"{self.name}-r{self._store.revisions(self.name)[-1]:04d}{SUFFIX}"
        path, _ = QFileDialog.getSaveFileName(self, "Export the recipe", str(usual), FILES)
        if path:
            whole = path.endswith(SUFFIX)  # Only then the dialog has asked whether to replace it.
            self.export_to(Path(path if whole else path + SUFFIX), over=whole)

    @Slot()
    def _pick_file(self) -> None:
        title = "Import a recipe"
        path, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), FILES)
        if path:
            self.import_file(Path(path))

    def _carry(self, saying: str, work: Callable[[Progress, IsCancelled], object]) -> None:
        self.status.set_colour(theme.MUTED)
        self.status.setText(saying)
        for button in (self.import_button, self.export_button):
            button.setEnabled(False)
        self._begin(work, self._on_carried)

    @Slot(object)
    def _on_carried(self, carried: Carried) -> None:
        self._say(" ".join((*carried.lines, *carried.warnings)))
        self._fill(carried.recipe.name)

    @Slot(str)
    def _say(self, text: str) -> None:
        self.status.set_colour(theme.TEXT)
        self.status.setText(text)
        self._allow_import()
        self.export_button.setEnabled(bool(self.name))

    def _allow_import(self) -> None:
        self.import_button.setEnabled(not self._judging)
        self.import_button.setToolTip(
            "Stop judging first: to prove a recipe takes the whole processor."
            if self._judging
            else ""
        )

    def _begin(
        self, work: Callable[[Progress, IsCancelled], object], done: Callable[..., None]
    ) -> None:
        job = Job(work, self)
        job.done.connect(done)
        job.failed.connect(self._say)
        job.finished.connect(self._on_finished)
        job.start()

    @Slot()
    def _on_finished(self) -> None:
        for job in self.findChildren(Job):
            if job.isFinished():
                job.wait()
                job.deleteLater()

    def _load(self) -> bool:
        try:
            found = self._store.newest(self.name)
        except RecipeError as error:
            self.missing.setText(str(error))
            return False
        self._recipe = found.recipe
        for sentence in found.refused:
            self.refused.emit(sentence)
        return True

    @Slot()
    def _on_accepted(self) -> None:
        self.chosen.emit(self._recipe)

    def _lay_out(self, window: QSize) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.card)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setMinimumSize(QSize(640, 300).expandedTo(QSize(window.width() * 45 // 100, 0)))
        self.list.setMinimumWidth(280)
        left, row, carrying = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        carrying.addWidget(self.import_button)
        carrying.addWidget(self.export_button)
        left.addWidget(self.list, 1)
        left.addLayout(carrying)
        row.setSpacing(theme.GAP)
        row.addLayout(left, 2)
        row.addWidget(scroll, 5)
        self.setMinimumHeight(max(560, window.height() * 65 // 100))
        self.body.addLayout(row, 1)
        self.body.addWidget(self.status)
        self.footer.insertWidget(1, self.teach)


def _looked_at(
    store: RecipeStore, name: str, _progress: Progress, _cancelled: IsCancelled
) -> _Looked:
    try:
        found = store.newest(name)
        refused = [Line("Refused", sentence, weighty=True) for sentence in found.refused]
        return _Looked(name, [*refused, *defence(found.recipe, evidence_of(found.recipe))])
    except RecipeError as error:
        return _Looked(name, [Line("", str(error), weighty=True)])


def _taken_out(
    store: RecipeStore,
    name: str,
    path: Path,
    over: bool,
    _progress: Progress,
    _cancelled: IsCancelled,
) -> Carried:
    return carry_out(store.newest(name).recipe, path, force=over)


def _taken_in(
    path: Path, store: RecipeStore, by: str, _progress: Progress, _cancelled: IsCancelled
) -> Carried:
    return carry_in(path, store, by)
