"""Says, unmistakably, that the picture shown is not the newest."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from station.ledger.row import Row
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.widgets import Card, Text
from station.ui.wording import part_number


class LookBackBar(Card):
    """Shown above the picture while an earlier part is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.ACCENT)
        self.text = Text(bold=True, wrap=True, colour=theme.WHITE)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 4, 4, 4)
        self._row.addWidget(self.text, 1)
        self.hide()

    def set_action(self, action: QAction) -> None:
        """Offer the way back to live."""
        self._row.addWidget(BigButton.of(action))

    def show_row(self, row: Row) -> None:
        """Name the part looked at."""
        number = part_number(row.sequence)
        self.text.setText(
            f"Looking back at part {number} ({row.verdict.value}, "
            f"{row.captured_at.astimezone():%H:%M:%S}) – press Esc to return to live"
        )
        self.show()
