"""Third step: the threshold and what may be claimed for it. Fourth: the published revision."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFormLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.calibration import claims
from engine.rates import Rate
from engine.threshold import Threshold
from station.recipes.recipe import Recipe
from station.ui import theme
from station.ui.widgets import Card, Text, rescale
from station.ui.wizard.step import Step
from station.ui.wording import score_text


class ThresholdStep(Step):
    """Shows where NG begins, how that was found, and how much it is worth."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "The threshold",
            "A part is NG when its score reaches the threshold. It was set on good parts that "
            "were kept aside and never taught.",
            parent,
        )
        self.scale = ThresholdScale()
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(24)
        self.facts.setVerticalSpacing(8)
        self.claims = Text(wrap=True, bold=True)
        card = Card(ground=theme.WHITE)
        box = QVBoxLayout(card)
        box.setContentsMargins(20, 14, 20, 16)
        box.addWidget(Text("What may be claimed", factor=0.85, colour=theme.MUTED))
        box.addWidget(self.claims)
        self.column.addWidget(self.scale)
        self.column.addLayout(self.facts)
        self.column.addWidget(card)
        self.column.addStretch(1)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show that recipe's threshold."""
        threshold = recipe.threshold
        self.scale.show_threshold(threshold)
        while self.facts.rowCount():
            self.facts.removeRow(0)
        for name, value in _facts(recipe):
            self.facts.addRow(Text(name, colour=theme.MUTED), Text(value, bold=True))
        self.claims.setText("\n\n".join(claims(threshold)))
        rescale(self, self.font().pixelSize())


class PublishStep(Step):
    """The revision is on disk and verified; it judges when it is started."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Published", "", parent)
        self.card = Card(ground=theme.WHITE)
        self.summary = Text(wrap=True, factor=1.15, bold=True, parent=self.card)
        box = QFormLayout(self.card)
        box.setContentsMargins(20, 18, 20, 18)
        box.addRow(self.summary)
        self.column.addWidget(self.card)
        self.column.addStretch(1)

    @property
    def next_text(self) -> str:
        """The way into production."""
        return "Start judging"

    @property
    def can_go_back(self) -> bool:
        """What is published stays published."""
        return False

    def show_recipe(self, recipe: Recipe) -> None:
        """Name what was published."""
        self.summary.setText(
            f"{recipe.name}, revision {recipe.revision}\n"
            f"{recipe.draft.teaching.get('good_images', '')} good pictures, published by "
            f"{recipe.draft.published_by}, {recipe.published_at.astimezone():%d %b %Y, %H:%M}"
        )
        self.lead.setText(
            "It never changes from now on: teaching again makes the next revision. "
            "It judges nothing until you start it, and starts with the camera it was taught with "
            f"({_camera_text(recipe)}). Choose another with Camera on the live page."
        )


class ThresholdScale(Card):
    """One axis of scores: the usual good part, the threshold, the end of the heatmap's scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, theme.WHITE)
        self._threshold: Threshold | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_threshold(self, threshold: Threshold) -> None:
        """Draw that one."""
        self._threshold = threshold
        self.update()

    def sizeHint(self) -> QSize:
        """A band of four lines."""
        return QSize(500, self.fontMetrics().height() * 4 + 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axis, OK and NG sides and the two marks."""
        super().paintEvent(event)
        if self._threshold is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        limit = self._x(self._threshold.value)
        for start, end, colour in (
            (self._x(0), limit, theme.CALM),
            (limit, self.width() - 24.0, theme.ALARM),
        ):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRect(QRectF(start, middle - 12, end - start, 24))
        self._paint_word(painter, "OK", (self._x(0) + limit) / 2, theme.TEXT)
        self._paint_word(painter, "NG", (limit + self.width() - 24) / 2, theme.WHITE)
        usual, value = self._threshold.good_median, self._threshold.value
        self._paint_mark(painter, value, f"threshold {score_text(value)}", above=True)
        self._paint_mark(painter, usual, f"usual good part {score_text(usual)}", above=False)

    def _x(self, score: float) -> float:
        assert self._threshold is not None
        end = max(self._threshold.heatmap_high, self._threshold.value * 1.2, 1e-9)
        return 24 + (self.width() - 48) * score / end

    def _paint_word(self, painter: QPainter, word: str, x: float, ink: QColor) -> None:
        painter.setPen(ink)
        box = QRectF(x - 60, self.height() / 2 - 12, 120, 24)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)

    def _paint_mark(self, painter: QPainter, score: float, text: str, *, above: bool) -> None:
        x, middle = self._x(score), self.height() / 2
        painter.setPen(QPen(theme.TEXT, 3))
        painter.drawLine(QPointF(x, middle - 16), QPointF(x, middle + 16))
        high = painter.fontMetrics().height()
        box = QRectF(x - 200, middle - 20 - high if above else middle + 20, 400, high)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _facts(recipe: Recipe) -> list[tuple[str, str]]:
    threshold = recipe.threshold
    given = ", ".join(f"{name} = {value:g}" for name, value in threshold.parameters.items())
    facts = [
        ("Threshold", score_text(threshold.value)),
        ("Method", f"{threshold.method}, {given}" if given else threshold.method),
        ("False rejects", _rate(threshold.false_rejects, "held-out good parts")),
        ("Escapes", _rate(threshold.escapes, "bad parts")),
    ]
    if threshold.provisional:
        facts.append(("Standing", "provisional: no bad part was shown yet"))
    return facts


def _camera_text(recipe: Recipe) -> str:
    settings = recipe.draft.camera
    place = settings.get("path") or settings.get("address") or settings.get("index", "")
    return f"{settings.get('kind', 'none')} {place}".strip()


def _rate(rate: Rate, of: str) -> str:
    if math.isnan(rate.value):
        return f"unknown, no {of} were shown"
    return f"{rate.count} of {rate.total} {of}"
