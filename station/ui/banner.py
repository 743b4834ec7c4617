"""The bar above everything where faults are read, looked into and dismissed."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.error_door import Trouble
from station.ui.shapes import paint_shape
from station.ui.widgets import Card, Text


class Sign(QWidget):
    """One shape, painted small."""

    def __init__(self, shape: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = shape
        self.setFixedSize(QSize(side, side))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the shape in the text's colour."""
        paint_shape(QPainter(self), self._shape, self.rect().toRectF(), theme.TEXT)


class Banner(Card):
    """Shows the newest trouble until it is dismissed.

    dismissed: the person has read it.
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WARNING)
        self._details = ""
        self.sentence = Text(bold=True, wrap=True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details_button = BigButton("Details")
        self.close_button = BigButton("Dismiss")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GAP, 8, theme.GAP, 8)
        row.setSpacing(theme.GAP)
        row.addWidget(Sign("triangle", 40))
        row.addWidget(self.sentence, 1)
        row.addWidget(self.details_button)
        row.addWidget(self.close_button)
        self.details_button.clicked.connect(self.show_details)
        self.close_button.clicked.connect(self.dismiss)
        self.hide()

    @Slot(object)
    def show_trouble(self, trouble: Trouble) -> None:
        """Show the sentence; offer the details where there are any."""
        self.sentence.setText(trouble.sentence)
        self._details = trouble.details
        self.details_button.setVisible(bool(trouble.details))
        self.show()

    @Slot()
    def dismiss(self) -> None:
        """Hide until the next trouble."""
        self.hide()
        self.dismissed.emit()

    @Slot()
    def show_details(self) -> None:
        """Open the traceback for whoever has to mend it."""
        details_dialog(self._details, self.window()).open()


def details_dialog(details: str, parent: QWidget) -> QDialog:
    """A window with text that can be copied; it deletes itself when closed."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Details of the error")
    dialog.resize(900, 480)
    text = QPlainTextEdit(details, dialog)
    text.setReadOnly(True)
    close = BigButton("Close", primary=True)
    close.clicked.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
    column.addWidget(text)
    column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    return dialog
