"""A card that sums something up, line by line."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QWidget

from station.recipes.defence import Line
from station.ui import theme
from station.ui.widgets import Card, Text, follow


class LineCard(Card):
    """Names on the left, what there is to say on the right; what deserves a second look is bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ground=theme.WHITE)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(20, 14, 20, 14)
        self.form.setHorizontalSpacing(24)
        self.form.setVerticalSpacing(8)

    def show_lines(self, lines: Iterable[Line]) -> None:
        """Show these instead."""
        while self.form.rowCount():
            self.form.removeRow(0)
        for line in lines:
            name = Text(line.name, colour=theme.MUTED)
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            self.form.addRow(name, Text(line.text, bold=line.weighty, wrap=True))
        follow(self)
