"""What may be claimed of a threshold, always in sight beside it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.calibration import claims, remarks
from engine.threshold import Threshold
from station.ui import theme
from station.ui.widgets import Card, Text


class ClaimsCard(Card):
    """The claims of one threshold; on another ground, and in words, while it is provisional."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self.provisional = False
        self.standing = Text(bold=True, wrap=True)
        self.text = Text(wrap=True, factor=0.85)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 8, 14, 8)
        box.setSpacing(4)
        box.addWidget(self.standing)
        box.addWidget(self.text)
        box.addStretch(1)

    def show_threshold(self, found: Threshold) -> None:
        """Say what this one is worth."""
        self.provisional = found.provisional
        self.standing.setText(
            "⚠ PROVISIONAL: show bad parts, from a folder or on the page Try it."
            if found.provisional
            else "What may be claimed"
        )
        self.set_ground(theme.WARNING.lighter(165) if found.provisional else theme.WHITE)
        self.text.setText("\n".join([*claims(found), *remarks(found)]))
