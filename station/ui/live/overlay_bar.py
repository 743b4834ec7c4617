"""How the heatmap is shown: mode and strength."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from station.ui import theme
from station.ui.inputs import Segments
from station.ui.live.picture_view import Overlay
from station.ui.widgets import Text, TouchSlider

STEP = 10
STRENGTH = 80


class OverlayBar(QWidget):
    """Three modes and a slider.

    mode_changed: an `Overlay`; opacity_changed: 0 to 1.
    """

    mode_changed = Signal(object)
    opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segments = Segments([mode.value for mode in Overlay])
        for index in range(len(Overlay)):
            self.segments.button(index).setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider = TouchSlider()
        self.slider.setRange(STEP, 100)
        self.slider.setValue(STRENGTH)
        self.slider.setAccessibleName("Strength of the heatmap")
        self._strength = Text(f"{STRENGTH} %", colour=theme.MUTED)
        self._strength.setMinimumWidth(56)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        self.row.addWidget(self.segments)
        self.row.addSpacing(8)
        self.row.addWidget(self.slider, 1)
        self.row.addWidget(self._strength)
        self.segments.changed.connect(self._on_mode)
        self.slider.valueChanged.connect(self._on_slider)

    @property
    def mode(self) -> Overlay:
        """The chosen mode."""
        return list(Overlay)[self.segments.index]

    def next_mode(self) -> None:
        """Heatmap, then contour, then off, then heatmap again."""
        self.segments.choose((self.segments.index + 1) % len(Overlay))

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
