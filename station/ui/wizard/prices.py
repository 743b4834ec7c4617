"""What mistakes cost, and how often they can be made: four numbers with wide ranges."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QGridLayout, QWidget

from engine.thresholds.cost import Prices
from station.ui import theme
from station.ui.inputs import Stepper, field_name


class PriceControls(QWidget):
    """changed: the prices, or the escape limit, are others now."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.escape = _stepper(0, 1_000_000, 500, decimals=2)
        self.false_reject = _stepper(0, 100_000, 5, decimals=2)
        self.defects = _stepper(0.1, 5_000, 10, decimals=1)
        self.parts = _stepper(1, 1_000_000, 5000)
        self.limit = _stepper(0.1, 50, 0.5, decimals=1, unit="%")
        rows = (
            ("An escape costs", self.escape),
            ("A false reject costs", self.false_reject),
            ("Bad in 10,000 parts", self.defects),
            ("Parts in a shift", self.parts),
            ("Escapes at most", self.limit),
        )
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(3)
        for number, (text, stepper) in enumerate(rows):
            stepper.box.setAccessibleName(text)
            grid.addWidget(field_name(text), number, 0)
            grid.addWidget(stepper, number, 1)
            stepper.changed.connect(self._on_changed)

    @property
    def prices(self) -> Prices:
        """As they stand. Raises CalibrationError where both mistakes cost nothing."""
        return Prices(
            self.escape.value,
            self.false_reject.value,
            self.defects.value / 10_000,
            int(self.parts.value),
        )

    @property
    def escape_limit(self) -> float:
        """The most that may escape, as a share."""
        return self.limit.value / 100

    def show_prices(self, prices: Prices, escape_limit: float) -> None:
        """Show those, without saying that they changed."""
        self.blockSignals(True)
        self.escape.set_value(prices.escape)
        self.false_reject.set_value(prices.false_reject)
        self.defects.set_value(prices.defect_rate * 10_000)
        self.parts.set_value(prices.parts_per_shift)
        self.limit.set_value(escape_limit * 100)
        self.blockSignals(False)

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()


def _stepper(
    low: float, high: float, value: float, *, decimals: int = 0, unit: str = ""
) -> Stepper:
    made = Stepper(low, high, value, decimals=decimals, unit=unit)
    made.box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    made.box.setGroupSeparatorShown(True)
    return made
