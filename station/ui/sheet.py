"""The frame of every dialog: a title, its content, one primary action and a way out."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.widgets import Text, rescale


class Sheet(QDialog):
    """A modal dialog that deletes itself; `missing` says why its action is not yet possible."""

    def __init__(self, title: str, action: str, parent: QWidget, way_out: str = "Cancel") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.GAP)
        self.missing = Text(colour=theme.MUTED, wrap=True)
        self.accept_button = BigButton(action, primary=True)
        self.reject_button = BigButton(way_out)
        self.footer = QHBoxLayout()
        self.footer.setSpacing(theme.GAP)
        self.footer.addWidget(self.missing, 1)
        self.footer.addWidget(self.reject_button)
        self.footer.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(18)
        column.addWidget(Text(title, factor=1.4, bold=True))
        column.addLayout(self.body, 1)
        column.addLayout(self.footer)
        self.accept_button.clicked.connect(self.accept)
        self.reject_button.clicked.connect(self.reject)

    def section(self, name: str, widget: QWidget) -> None:
        """Add `widget` under its name."""
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(Text(name, factor=0.85, colour=theme.MUTED))
        column.addWidget(widget)
        self.body.addLayout(column)

    def say_missing(self, text: str) -> None:
        """Say what is still missing; nothing missing enables the action."""
        self.missing.setText(text)
        self.accept_button.setEnabled(not text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does the action where it is possible, Esc leaves."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
        elif self.accept_button.isEnabled():
            self.accept()

    def show_for(self, window: QWidget) -> None:
        """Open over `window` with its size of text."""
        rescale(self, theme.base_pixels(window.height()))
        self.open()


class Question(Sheet):
    """Asks before something that stops the line; `then` is called on yes."""

    def __init__(
        self,
        title: str,
        text: str,
        parent: QWidget,
        *,
        yes: str,
        no: str,
        then: Callable[[], None],
    ) -> None:
        super().__init__(title, yes, parent, no)
        label = Text(text, wrap=True)
        label.setMinimumWidth(460)
        self.body.addWidget(label)
        self._then = then
        self.accepted.connect(self._on_accepted)

    @Slot()
    def _on_accepted(self) -> None:
        self._then()
