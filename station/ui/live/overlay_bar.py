"""How the heatmap is shown: mode and strength."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.live.picture_view import Overlay
from station.ui.widgets import Text, TouchSlider

STEP = 10


class OverlayBar(QWidget):
    """Three modes and a slider.

    mode_changed: an `Overlay`; opacity_changed: 0 to 1.
    """

    mode_changed = Signal(object)
    opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        self._group = QButtonGroup(self)
        for index, mode in enumerate(Overlay):
            button = BigButton(mode.value)
            button.setCheckable(True)
            self._group.addButton(button, index)
            self.row.addWidget(button)
        self.slider = TouchSlider()
        self.slider.setRange(10, 100)
        self.slider.setValue(60)
        self.slider.setAccessibleName("Strength of the heatmap")
        self._strength = Text("60 %", colour=theme.MUTED)
        self._strength.setMinimumWidth(52)
        self.row.addSpacing(8)
        self.row.addWidget(self.slider, 1)
        self.row.addWidget(self._strength)
        self._group.idClicked.connect(self._on_mode)
        self.slider.valueChanged.connect(self._on_slider)
        self._group.button(0).setChecked(True)

    @property
    def mode(self) -> Overlay:
        """The chosen mode."""
        return list(Overlay)[self._group.checkedId()]

    def next_mode(self) -> None:
        """Heatmap, then contour, then off, then heatmap again."""
        wanted = (self._group.checkedId() + 1) % len(Overlay)
        self._group.button(wanted).setChecked(True)
        self._on_mode(wanted)

    def step(self, direction: int) -> None:
        """One step stronger (+1) or weaker (-1)."""
        self.slider.setValue(self.slider.value() + direction * STEP)

    @Slot(int)
    def _on_mode(self, _index: int) -> None:
        self.slider.setEnabled(self.mode is Overlay.HEATMAP)
        self.mode_changed.emit(self.mode)

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        self._strength.setText(f"{value} %")
        self.opacity_changed.emit(value / 100)
