"""What says that a part is there, how long it may take, and whether it carries a code."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from station.ui import theme
from station.ui.inputs import Segments, Stepper, Toggle
from station.ui.services import TriggerChoice, TriggerKind
from station.ui.widgets import Text

TRIGGERS = tuple(TriggerKind)


class PartsForm(QWidget):
    """A `TriggerChoice` to be made. changed: something was entered."""

    changed = Signal()

    def __init__(self, choice: TriggerChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trigger = Segments([kind.value for kind in TRIGGERS])
        self.period = Stepper(0.1, 60, choice.period_s, step=0.1, decimals=1, unit="s")
        self.limit = Stepper(0, 600, choice.takt_s or 0, step=0.1, decimals=2, unit="s")
        self.limit.box.setSpecialValueText("no limit")
        self.codes = Toggle("Read codes", choice.codes)
        self.codes.setToolTip("Read the part's id from a code in its picture")
        self.explanation = Text(factor=0.85, colour=theme.MUTED, wrap=True)
        self._lay_out()
        self.trigger.changed.connect(self._on_trigger)
        for widget in (self.period, self.limit):
            widget.changed.connect(self._on_change)
        self.codes.toggled.connect(self._on_change)
        self.choose(choice.kind)

    @property
    def kind(self) -> TriggerKind:
        """What is chosen."""
        return TRIGGERS[self.trigger.index]

    @property
    def choice(self) -> TriggerChoice:
        """What was entered."""
        limit_s = round(self.limit.value, 3)
        return TriggerChoice(
            self.kind, round(self.period.value, 3), limit_s or None, self.codes.isChecked()
        )

    def choose(self, kind: TriggerKind) -> None:
        """Choose as if it had been pressed."""
        self.trigger.choose(TRIGGERS.index(kind))

    @Slot()
    def _on_trigger(self) -> None:
        self.period.setEnabled(self.kind is TriggerKind.INTERVAL)
        self._on_change()

    @Slot()
    def _on_change(self) -> None:
        limit = f" {_LIMIT}" if self.limit.value else ""
        self.explanation.setText(f"{_EXPLANATIONS[self.kind]}{limit}")
        self.changed.emit()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(16)
        for name, widget in (
            ("What says that a part is there", self.trigger),
            ("Every", self.period),
            ("Time limit for a part", self.limit),
            ("Part id", self.codes),
        ):
            row.addLayout(_named(name, widget))
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.explanation)


def _named(name: str, widget: QWidget) -> QVBoxLayout:
    widget.setAccessibleName(name)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(Text(name, factor=0.85, colour=theme.MUTED))
    column.addWidget(widget)
    return column


_EXPLANATIONS = {
    TriggerKind.FREE_RUN: "The next picture is taken as soon as there is room for it.",
    TriggerKind.INTERVAL: "Fires on time whatever happens; a part too many is recorded as FAULT.",
    TriggerKind.KEY: "Press Enter or T for each part.",
    TriggerKind.LINE: "The PLC says when, and how the part is called. It needs [line] in "
    "station.toml.",
    TriggerKind.CAMERA: "A sensor is wired to the camera's own input: each picture is a part.",
}
_LIMIT = "A part whose verdict comes after its time limit is recorded as FAULT."
