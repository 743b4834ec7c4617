"""How small a defect may be: two optional numbers, and what they cost beside them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.progress import IsCancelled, Progress
from engine.region import Roi
from engine.resolution import NEEDED, usual_backbone
from engine.teach import TeachSettings
from station.errors import StationError
from station.resolution import Prediction, smallest_defect
from station.ui import theme
from station.ui.inputs import Stepper, Toggle, field_name
from station.ui.services import Predict
from station.ui.threads import Job
from station.ui.widgets import Text

SETTLED_MS = 600
FIXTURED = "For parts that lie alike in every picture: smaller defects are found, place by place."


class SmallestDefect(QWidget):
    """mm per pixel and mm of the smallest defect; 0, shown as "–", is not given; fixtured or not.

    changed: `settings` or `missing` did. text: a line to be placed where there is room; it tells
        the prediction when the numbers have settled.
    """

    changed = Signal()

    def __init__(
        self, predicts: Predict, parent: QWidget | None = None, *, upright: bool = False
    ) -> None:
        """upright: one below the other, with a sentence about fixtures and the text."""
        super().__init__(parent)
        self._upright = upright
        self._region: Roi | None = None
        self._predicts = predicts
        self._images: Sequence[Path] = ()
        self._job: Job | None = None
        self.mm_per_px = _optional(0.01, 4)
        self.defect_mm = _optional(0.1, 2)
        self.fixtured = Toggle("In a fixture", False)
        self.text = Text(colour=theme.MUTED, wrap=True)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED_MS)
        self._settle.timeout.connect(self._ask)
        for number in (self.mm_per_px, self.defect_mm):
            number.changed.connect(self._on_change)
        self.fixtured.toggled.connect(self._on_change)
        if upright:
            self._lay_out_upright()
        else:
            self._lay_out()
        self._on_change()

    @property
    def settings(self) -> TeachSettings:
        """What to teach with. Raises StationError, EngineError where the numbers make no sense."""
        defect = self._defect()
        fixtured = self.fixtured.isChecked()
        return TeachSettings(
            backbone=usual_backbone(defect, fixtured),
            smallest_defect=defect,
            by_position=fixtured,
            roi=self._region,
        )

    @property
    def defect(self) -> float | None:
        """In pixels of the picture; None where none is named. Raises as `settings`."""
        return self._defect()

    def show_numbers(
        self, mm_per_px: float | None, defect: float | None, *, fixtured: bool
    ) -> None:
        """Show what was entered before; defect: in pixels."""
        self.mm_per_px.set_value(mm_per_px or 0)
        self.defect_mm.set_value((defect or 0) * (mm_per_px or 0))
        self.fixtured.setChecked(fixtured)

    def use_region(self, roi: Roi | None) -> None:
        """Predict for that region of interest."""
        if roi != self._region:
            self._region = roi
            self._on_change()

    @property
    def missing(self) -> str:
        """What is wrong with the numbers, for people."""
        try:
            self._defect()
        except (StationError, EngineError) as error:
            return str(error)
        given, scale = self.defect_mm.value, self.mm_per_px.value
        if scale and not given and not self._upright:
            return "Still missing: the smallest defect in mm. Set both to “–” to go without."
        if given and given < scale:
            return "The smallest defect is smaller than one pixel: the camera cannot show it."
        return ""

    def show_images(self, images: Sequence[Path]) -> None:
        """Predict for these pictures."""
        if list(images[:1]) != list(self._images[:1]) or len(images) != len(self._images):
            self._images = list(images)
            self._on_change()

    def stop(self) -> None:
        """End predicting; returns when it has ended."""
        self._settle.stop()
        if self._job is not None:
            self._job.stop(60_000)
            self._end()

    def _defect(self) -> float | None:
        given, scale = self.defect_mm.value or None, self.mm_per_px.value or None
        return smallest_defect(None, given, scale)

    @Slot()
    def _on_change(self) -> None:
        self._settle.stop()
        if self.missing or not self.defect_mm.value:
            self.text.setText(self.missing or "Optional. Large parts are then judged in tiles.")
        elif not self._images:
            self.text.setText("The time a part takes is predicted once there are pictures.")
        else:
            self.text.setText("Trying on this machine …")
            self._settle.start()
        self.changed.emit()

    @Slot()
    def _ask(self) -> None:
        if self._job is not None:
            self._settle.start()
            return
        work = partial(self._predict, self.settings, self._images)
        self._job = Job(work, self)
        self._job.done.connect(self._on_predicted)
        self._job.failed.connect(self._on_failed)
        self._job.start()

    def _predict(
        self,
        settings: TeachSettings,
        images: Sequence[Path],
        _progress: Progress,
        _cancelled: IsCancelled,
    ) -> Prediction:
        return self._predicts(settings, images)

    @Slot(object)
    def _on_predicted(self, predicted: Prediction) -> None:
        self._end()
        if not self._settle.isActive():
            pace = f"{predicted.pace[0].upper()}{predicted.pace[1:]}"
            self.text.setText(f"{pace}. Looked at {predicted.cut}.{_short_of(predicted)}")

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end()
        self.text.setText(sentence)

    def _end(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.defect_mm)
        row.addWidget(field_name("one pixel shows"))
        row.addWidget(self.mm_per_px)
        row.addWidget(self.fixtured)
        row.addStretch(1)
        self.setFixedHeight(theme.TOUCH)

    def _lay_out_upright(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for name, number in (
            ("One pixel shows", self.mm_per_px),
            ("Smallest defect", self.defect_mm),
        ):
            column.addWidget(Text(name, bold=True))
            column.addWidget(number)
        column.addWidget(self.fixtured)
        column.addWidget(Text(FIXTURED, colour=theme.MUTED, wrap=True))
        column.addWidget(self.text)


def _short_of(predicted: Prediction) -> str:
    chosen = predicted.resolution
    if not chosen.shortfall:
        return ""
    return f" The defect covers {chosen.smallest_defect:.0f} pixels, {NEEDED:.0f} are needed."


def _optional(step: float, decimals: int) -> Stepper:
    number = Stepper(0, 100, 0, step=step, decimals=decimals, unit="mm")
    number.box.setSpecialValueText("–")
    return number
