"""What every page of the wizard has: a title, one next action, and what is still missing."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from station.drafts import DraftSession
from station.ui import theme
from station.ui.widgets import Text


class Step(QWidget):
    """One page. changed: `missing` or `next_text` may read differently now."""

    changed = Signal()

    def __init__(self, title: str, lead: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lead = Text(lead, wrap=True, colour=theme.MUTED)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(14)
        self.column.addWidget(Text(title, factor=1.5, bold=True))
        self.column.addWidget(self.lead)

    @property
    def next_text(self) -> str:
        """What the next action does."""
        return "Next"

    @property
    def can_go_back(self) -> bool:
        """Whether the first step may be returned to from here."""
        return True

    @property
    def missing(self) -> str:
        """What the person must still do here; empty when the next action is possible."""
        return ""

    def enter(self, session: DraftSession) -> None:
        """Show what the draft holds; called whenever the page comes to the front."""

    def leave(self) -> None:
        """Let go of what only a shown page needs (a camera); called when another page comes."""

    def proceed(self) -> bool:
        """Do what the next action does here; True where the next page may come."""
        return True

    def stop(self) -> None:
        """End whatever runs for this page; returns when it has ended."""
