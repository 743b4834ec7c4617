"""Inputs for gloves: segments to choose from, numbers with large steps, folders to pick."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from station.ui import theme
from station.ui.actions import icon
from station.ui.buttons import BigButton
from station.ui.widgets import Text


class Segments(QWidget):
    """One of a few, all in sight. changed: the index chosen by the person."""

    changed = Signal(int)

    def __init__(self, options: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._group = QButtonGroup(self)
        for index, option in enumerate(options):
            button = BigButton(option)
            button.setCheckable(True)
            self._group.addButton(button, index)
            row.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.changed)

    @property
    def index(self) -> int:
        """Which one is chosen."""
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        """Choose as if it had been pressed."""
        self._group.button(index).setChecked(True)
        self.changed.emit(index)

    def button(self, index: int) -> BigButton:
        """The button of one option."""
        button = self._group.button(index)
        assert isinstance(button, BigButton)
        return button


class Toggle(BigButton):
    """Something that is wanted or not; a tick says which, not only the colour."""

    def __init__(self, text: str, wanted: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._words = text
        self.setCheckable(True)
        self.toggled.connect(self._on_toggled)
        self.setChecked(wanted)
        self._on_toggled(wanted)

    @Slot(bool)
    def _on_toggled(self, wanted: bool) -> None:
        self.setText(f"{'✓' if wanted else '–'}  {self._words}")


class Stepper(QWidget):
    """A number between large minus and plus. changed: its value."""

    changed = Signal(float)

    def __init__(
        self,
        low: float,
        high: float,
        value: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        unit: str = "",
        box: QDoubleSpinBox | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Prepare. box: shows and steps the number; a usual one unless another is given."""
        super().__init__(parent)
        self.box = box or QDoubleSpinBox()
        self.box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.box.setDecimals(decimals)
        self.box.setRange(low, high)
        self.box.setSingleStep(step)
        self.box.setSuffix(f" {unit}" if unit else "")
        self.box.setValue(value)
        self.box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.box.setFixedSize(130, theme.TOUCH)
        fewer, more = BigButton("−"), BigButton("+")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (fewer, self.box, more):
            row.addWidget(widget)
        row.addStretch(1)
        fewer.clicked.connect(self.box.stepDown)
        more.clicked.connect(self.box.stepUp)
        self.box.valueChanged.connect(self.changed)

    @property
    def value(self) -> float:
        """The number."""
        return self.box.value()

    def set_value(self, value: float) -> None:
        """Show that number."""
        self.box.setValue(value)


class FolderField(QWidget):
    """A folder and the button that picks it. changed: the folder."""

    changed = Signal(object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.folder: Path | None = None
        self._label = Text("No folder chosen", colour=theme.MUTED, elide=True)
        self.button = BigButton("Choose folder …")
        self.button.setIcon(icon("folder"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.button)
        row.addWidget(self._label, 1)
        self.button.clicked.connect(self._pick)

    def set_folder(self, folder: Path) -> None:
        """Take that folder."""
        self.folder = folder
        self._label.setText(str(folder))
        self._label.set_colour(theme.TEXT)
        self.changed.emit(folder)

    @Slot()
    def _pick(self) -> None:
        start = str(self.folder or Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self._title, start)
        if chosen:
            self.set_folder(Path(chosen))


def field_name(text: str) -> Text:
    """A form's label, as high as the input beside it."""
    label = Text(text)
    label.setMinimumHeight(theme.TOUCH)
    return label


def line_edit(placeholder: str) -> QLineEdit:
    """A line to type into, high enough for a glove."""
    line = QLineEdit()
    line.setPlaceholderText(placeholder)
    line.setMinimumHeight(theme.TOUCH)
    line.setTextMargins(8, 0, 8, 0)
    return line
