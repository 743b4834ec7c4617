"""The small dialogs: which recipe, and the list of keys."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QWidget

from station.errors import RecipeError
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.ui import theme
from station.ui.actions import COMMANDS, key_text
from station.ui.buttons import BigButton
from station.ui.sheet import Sheet
from station.ui.widgets import Text


class RecipeSheet(Sheet):
    """Choose the product to inspect, always in its newest revision.

    chosen: the `Recipe` to judge with. teach_again: the one to make the next revision of.
    refused: what does not verify, so that an earlier revision is used.
    """

    chosen = Signal(object)
    refused = Signal(str)
    teach_again = Signal(object)

    def __init__(self, store: RecipeStore, current: Recipe | None, parent: QWidget) -> None:
        super().__init__("Choose a recipe", "Use this recipe", parent)
        self._store = store
        self.list = QListWidget()
        self.list.setMinimumSize(QSize(560, 320))
        self.body.addWidget(self.list)
        self.teach = BigButton("Next revision …")
        self.footer.insertWidget(1, self.teach)
        for name in store.names():
            self._add(name, current is not None and current.name == name)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.list.itemDoubleClicked.connect(self.accept)
        self.accepted.connect(self._on_accepted)
        self.teach.clicked.connect(self._on_teach)
        self._on_selection()

    def _add(self, name: str, chosen: bool) -> None:
        revision = self._store.revisions(name)[-1]
        item = QListWidgetItem(f"{name}\nrevision {revision}")
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setSizeHint(QSize(0, theme.TOUCH + 20))
        self.list.addItem(item)
        if chosen:
            self.list.setCurrentItem(item)

    @Slot()
    def _on_selection(self) -> None:
        if not self.list.count():
            self.say_missing("There is no recipe yet. Press Teach to show good parts.")
        else:
            self.say_missing("" if self.list.selectedItems() else "Choose a recipe.")
        self.teach.setEnabled(self.accept_button.isEnabled())

    @Slot()
    def accept(self) -> None:
        """Load the chosen recipe; a damaged one is refused here."""
        if self.accept_button.isEnabled() and self._load():
            super().accept()

    @Slot()
    def _on_teach(self) -> None:
        if self._load():
            self.teach_again.emit(self._recipe)
            self.reject()

    def _load(self) -> bool:
        try:
            found = self._store.newest(self.list.currentItem().data(Qt.ItemDataRole.UserRole))
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


class KeysSheet(Sheet):
    """Every key, from the same table that makes the menus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Keys", "Close", parent)
        self.reject_button.hide()
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(8)
        half = (len(COMMANDS) + 1) // 2
        for index, command in enumerate(COMMANDS):
            row, column = index % half, 2 * (index // half)
            keys = " or ".join(dict.fromkeys(key_text(key) for key in command.keys))
            grid.addWidget(Text(keys, bold=True), row, column)
            grid.addWidget(Text(command.help), row, column + 1)
        self.body.addLayout(grid)
