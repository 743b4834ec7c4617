"""The list of keys."""

from PySide6.QtWidgets import QGridLayout, QWidget

from station.ui.actions import COMMANDS, key_text
from station.ui.sheet import Sheet
from station.ui.widgets import Text


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
