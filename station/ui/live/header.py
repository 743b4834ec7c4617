"""What must always be in sight: what judges, through which camera, for whom, since when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from station.recipes.recipe import Recipe
from station.ui import theme
from station.ui.live.tally import Tally
from station.ui.shapes import paint_shape
from station.ui.widgets import Card, Text
from station.ui.wording import score_text

NOTHING = "–"
LATENCY_PERCENT = (50, 95, 99)


class Field(QWidget):
    """A value under its name, with a warning sign where attention is due."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = Text(NOTHING, bold=True, elide=True)
        self._sign = _WarningSign()
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(Text(name, factor=0.8, colour=theme.MUTED))
        top.addWidget(self._sign)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.value)

    def show_value(self, text: str, attention: bool = False) -> None:
        """Write the value; `attention` adds the sign."""
        self.value.setText(text or NOTHING)
        self._sign.setVisible(attention)

    @property
    def attention(self) -> bool:
        """True while the sign is up."""
        return not self._sign.isHidden()


class Header(Card):
    """The strip above every page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe, self.threshold = Field("Recipe"), Field("Threshold")
        self.device, self.camera = Field("Judged by"), Field("Camera")
        self.operator, self.run = Field("Operator"), Field("Run")
        self.latency = Field("Latency, ms, 50/95/99 %")
        self.storage = Field("Storage")
        self.storage.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(20)
        shares = {
            self.recipe: 17,
            self.threshold: 14,
            self.device: 20,
            self.camera: 19,
            self.operator: 11,
            self.run: 16,
            self.latency: 17,
            self.storage: 15,
        }
        for field, share in shares.items():
            row.addWidget(field, share)

    def show_recipe(self, recipe: Recipe | None) -> None:
        """Name product, revision and threshold; say when the threshold is provisional."""
        if recipe is None:
            self.recipe.show_value("None yet")
            self.threshold.show_value("")
            return
        self.recipe.show_value(f"{recipe.name} · rev {recipe.revision}")
        value = score_text(recipe.threshold.value)
        provisional = recipe.threshold.provisional
        self.threshold.show_value(f"{value} provisional" if provisional else value)
        self.threshold.value.setToolTip(
            "Provisional: no bad part was ever shown, so nothing is known about escapes."
            if provisional
            else ""
        )

    def show_device(self, device: str, refused: Sequence[str]) -> None:
        """Name what judges; with the sign, and the reasons as tool tip, where others may not."""
        self.device.show_value(device, bool(refused))
        self.device.setToolTip("\n".join(refused))

    def show_run(self, started: datetime | None, now: datetime) -> None:
        """Say when the run began and how long it has lasted."""
        if started is None:
            self.run.show_value("not running")
            return
        seconds = int(max(timedelta(), now - started).total_seconds())
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        self.run.show_value(f"{started.astimezone():%H:%M} · {clock}")

    def show_storage(self, trouble: str) -> None:
        """Say what the disk or the backups need; nothing where all is well."""
        self.storage.show_value(trouble, bool(trouble))
        self.storage.setToolTip(trouble)
        self.storage.setVisible(bool(trouble))

    def show_latency(self, tally: Tally, takt_s: float | None) -> None:
        """Trigger to verdict: what 50, 95 and 99 % stay below, and the line's takt where known."""
        found = [tally.percentile_ms(percent) for percent in LATENCY_PERCENT]
        if None in found:
            self.latency.show_value("")
            return
        text = "/".join(f"{each:.0f}" for each in found)
        over = takt_s is not None and (found[-1] or 0.0) > 1000 * takt_s
        takt = "" if takt_s is None else f" of {1000 * takt_s:.0f}"
        self.latency.show_value(f"{text}{takt}", over)


class _WarningSign(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(20, 20))
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.WARNING)
        painter.drawRoundedRect(self.rect(), 4, 4)
        paint_shape(painter, "triangle", self.rect().toRectF().adjusted(2, 2, -2, -2), theme.TEXT)
