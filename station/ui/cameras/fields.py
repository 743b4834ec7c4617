"""One setting of a camera each; one that is left as it is, is not named in the settings."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox

from station.ui import theme
from station.ui.inputs import Segments, Stepper, Toggle

Value = str | float | bool

AS_IT_IS = "as it is"
ROW_HEIGHT = 48


class Field(Protocol):
    """What a form asks of its fields, all of them widgets."""

    @property
    def edited(self) -> SignalInstance:
        """Emitted when another value was entered."""

    def show_value(self, value: Value | None, /) -> None:
        """Show it; None where the settings do not name it."""

    @property
    def entered(self) -> Value | None:
        """What was entered; None where the settings need not name it."""


class NumberField(Stepper):
    """A number that a camera always has.

    usual: what it is where the settings do not name it. factor: times the settings' number is what
    is shown. named: name it even where it is the usual one. whole: as an int.
    """

    edited = Signal()

    def __init__(
        self,
        low: float,
        high: float,
        usual: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        unit: str = "",
        factor: float = 1.0,
        named: bool = True,
        whole: bool = True,
    ) -> None:
        super().__init__(low, high, usual, step=step, decimals=decimals, unit=unit)
        self._usual, self._factor, self._named, self._whole = usual, factor, named, whole
        self.changed.connect(self.edited)

    def show_value(self, value: Value | None, /) -> None:
        """Show it, or the usual one."""
        self.set_value(self._usual if value is None else float(value) * self._factor)

    @property
    def entered(self) -> Value | None:
        """The number; None for the usual one where that need not be named."""
        if not self._named and self.value == self._usual:
            return None
        return int(self.value) if self._whole else self.value / self._factor


class OptionalNumber(Stepper):
    """A number that may be left to the camera: its lowest step reads "as it is".

    start: where the first press on plus begins.
    """

    edited = Signal()

    def __init__(
        self,
        low: float,
        high: float,
        start: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        unit: str = "",
    ) -> None:
        box = _OptionalBox(start)
        least = low - step
        super().__init__(least, high, least, step=step, decimals=decimals, unit=unit, box=box)
        box.setSpecialValueText(AS_IT_IS)
        self.changed.connect(self.edited)

    def grow_steps(self) -> None:
        """Step by a tenth of what is shown, for numbers over several decades."""
        self.box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def show_value(self, value: Value | None, /) -> None:
        """Show it, or that the camera keeps its own."""
        self.set_value(self.box.minimum() if value is None else float(value))

    @property
    def entered(self) -> Value | None:
        """The number; None where the camera keeps its own."""
        return None if self.value == self.box.minimum() else self.value


class _OptionalBox(QDoubleSpinBox):
    def __init__(self, start: float) -> None:
        super().__init__()
        self._start = start

    def stepBy(self, steps: int) -> None:
        """Step; the first one up from "as it is" begins at the start."""
        if self.value() == self.minimum() and steps > 0:
            self.setValue(self._start)
        else:
            super().stepBy(steps)


class ChoiceField(QComboBox):
    """One of many by name. usual: the first one, which the settings do not name."""

    edited = Signal()

    def __init__(self, options: Sequence[str], usual: str = AS_IT_IS) -> None:
        super().__init__()
        self.setMinimumHeight(theme.TOUCH)
        self.setMaxVisibleItems(8)
        for option in (usual, *options):
            self.addItem(option)
            self.setItemData(self.count() - 1, QSize(120, ROW_HEIGHT), Qt.ItemDataRole.SizeHintRole)
        self.currentIndexChanged.connect(self._on_index)

    def show_value(self, value: Value | None, /) -> None:
        """Choose it; one that is not among them is added."""
        text = str(value or self.itemText(0))
        if self.findText(text) < 0:
            self.addItem(text)
        self.setCurrentText(text)

    @property
    def entered(self) -> Value | None:
        """The name; None for the usual one."""
        return self.currentText() if self.currentIndex() > 0 else None

    @Slot()
    def _on_index(self) -> None:
        self.edited.emit()


class SegmentField(Segments):
    """One of a few words; the first is the usual one."""

    edited = Signal()

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__([word.capitalize() for word in words])
        self._words = tuple(words)
        self.changed.connect(self.edited)

    def show_value(self, value: Value | None, /) -> None:
        """Choose it."""
        known = value in self._words
        self.button(self._words.index(str(value)) if known else 0).setChecked(True)

    @property
    def entered(self) -> Value | None:
        """The word; None for the usual one."""
        return self._words[self.index] if self.index else None


class ToggleField(Toggle):
    """Wanted or not; not where the settings do not name it."""

    edited = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text, False)
        self.toggled.connect(self.edited)

    def show_value(self, value: Value | None, /) -> None:
        """Show it."""
        self.setChecked(bool(value))

    @property
    def entered(self) -> Value | None:
        """Whether it is wanted."""
        return self.isChecked()
