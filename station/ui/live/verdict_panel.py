"""The verdict, to be read from three metres: a word, a shape, a colour, and what to do."""

from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.inspection.events import RunState
from station.ledger.row import Row
from station.parts import Verdict
from station.ui import theme
from station.ui.shapes import paint_shape
from station.ui.wording import part_number, score_text

WORDS = {
    RunState.STOPPED: "STOPPED",
    RunState.STARTING: "STARTING",
    RunState.RUNNING: "READY",
    RunState.PAUSED: "PAUSED",
    RunState.FINISHED: "FINISHED",
    RunState.FAILED: "FAULT",
}
HEADLINES = {
    RunState.STOPPED: "Press Start to judge",
    RunState.STARTING: "Making ready",
    RunState.RUNNING: "Waiting for the first part",
    RunState.PAUSED: "Press Resume to go on",
    RunState.FINISHED: "The run is finished",
    RunState.FAILED: "The station has stopped",
}


ENDED = frozenset({RunState.STOPPED, RunState.FINISHED, RunState.FAILED})
ATTENTION = frozenset({"NG", "FAULT"})
REMINDER = timedelta(seconds=10)
"""How long a reject is still named when good parts follow it."""


LOW_BELOW = 0.55
"""Height over width under which the panel counts as low."""
HIGH = {
    "shape": (0, 0.06, 1, 0.36),
    "word": (0.05, 0.43, 0.9, 0.25),
    "headline": (0.05, 0.69, 0.9, 0.12),
    "detail": (0.05, 0.81, 0.9, 0.16),
    "reminder": (0.025, 0.83, 0.95, 0.14),
}
LOW = {
    "shape": (0.04, 0.08, 0.24, 0.34),
    "word": (0.28, 0.06, 0.68, 0.38),
    "headline": (0.04, 0.44, 0.92, 0.2),
    "detail": (0.04, 0.65, 0.92, 0.33),
    "reminder": (0.025, 0.68, 0.95, 0.28),
}
"""Left, top, width and height, as shares of the panel."""


class VerdictPanel(QWidget):
    """Shows the newest part's verdict, or the state of the run when it is not judging.

    A trouble (a lost camera, a line that does not hear) stands before both until it is over.
    changed: it shows something else.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._beneath = ("", "", "")
        self._troubles: dict[str, str] = {}
        self.word = ""
        self.headline = ""
        self.detail = ""
        self.reminder = ""
        self._reject: Row | None = None
        self._newest: Row | None = None
        self.show_state(RunState.STOPPED, "")

    @property
    def look(self) -> theme.Look:
        """Ground, ink and shape of the word shown."""
        return theme.LOOKS[self.word]

    def show_row(self, row: Row) -> None:
        """Show a recorded part; while paused that word stays, and rejects are only named."""
        number = part_number(row.sequence)
        self._newest = row
        if row.verdict is not Verdict.OK:
            self._reject = row
        if self._beneath[0] == WORDS[RunState.PAUSED]:
            return
        if row.verdict is Verdict.OK:
            self._show("OK", f"Part {number}", _score_text(row))
        elif row.verdict is Verdict.NG:
            self._show("NG", f"Remove part {number}", row.text or _score_text(row))
        else:
            self._show("FAULT", f"Remove part {number}", row.text)

    def show_state(self, state: RunState, text: str) -> None:
        """Show where the run stands; `text` says why."""
        word = WORDS[state]
        if state in ENDED:
            self._troubles.clear()
        self._show(word, HEADLINES[state], "" if text.rstrip(".").upper() == word else text)

    def show_trouble(self, headline: str, text: str) -> None:
        """Put a trouble before everything else; an empty `text` takes it away again."""
        if text:
            self._troubles[headline] = text
        else:
            self._troubles.pop(headline, None)
        self._show(*self._beneath)

    def remind(self, now: datetime) -> None:
        """Keep naming the last reject for 10 s of judging, and while the line then stands still."""
        reject, newest = self._reject, self._newest
        text = ""
        if reject is not None and newest is not None and self.word not in ATTENTION:
            until = now if self.word == Verdict.OK.value else newest.recorded_at
            if until - reject.recorded_at < REMINDER:
                text = f"Remove part {part_number(reject.sequence)} ({reject.verdict.value})"
        if text != self.reminder:
            self.reminder = text
            self.update()

    def begin_run(self) -> None:
        """Forget the parts and the troubles of the run before."""
        self._reject = self._newest = None
        self._troubles.clear()

    def show_no_recipe(self) -> None:
        """Say what to do first."""
        self._show("STOPPED", "Press Teach to begin", "There is no recipe yet.")

    def sizeHint(self) -> QSize:
        """Large."""
        return QSize(440, 400)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint shape over word over what to do."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.ground)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        boxes = self._boxes()
        paint_shape(painter, self.look.shape, boxes["shape"], self.look.ink)
        painter.setPen(self.look.ink)
        self._paint_line(painter, self.word, boxes["word"], QFont.Weight.Black)
        self._paint_line(painter, self.headline, boxes["headline"], QFont.Weight.Bold, 0.62)
        if self.reminder:
            self._paint_reminder(painter, boxes["reminder"])
        else:
            self._paint_detail(painter, boxes["detail"])

    def _boxes(self) -> dict[str, QRectF]:
        """Shape above the word; beside it where the panel is low, so that the rest has room."""
        width, height = float(self.width()), float(self.height())
        shares = LOW if height < LOW_BELOW * width else HIGH
        return {
            name: QRectF(width * left, height * top, width * wide, height * high)
            for name, (left, top, wide, high) in shares.items()
        }

    def _show(self, word: str, headline: str, detail: str) -> None:
        self._beneath = (word, headline, detail)
        if self._troubles:
            word, (headline, detail) = "FAULT", next(iter(self._troubles.items()))
        self.word, self.headline, self.detail = word, headline, detail
        self.setAccessibleName(f"{word}. {headline}. {detail}")
        self.setToolTip(detail)
        self.update()
        self.changed.emit()

    def _paint_line(
        self, painter: QPainter, text: str, box: QRectF, weight: QFont.Weight, share: float = 0.92
    ) -> None:
        font = QFont(self.font())
        font.setWeight(weight)
        font.setPixelSize(max(8, int(box.height() * share)))
        wide = QFontMetricsF(font).horizontalAdvance(text)
        if wide > box.width():
            font.setPixelSize(max(8, int(font.pixelSize() * box.width() / wide)))
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_reminder(self, painter: QPainter, box: QRectF) -> None:
        assert self._reject is not None
        look = theme.LOOKS[self._reject.verdict.value]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ground)
        painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        side = box.height()
        mark = QRectF(box.left() + 6, box.top(), side, side)
        paint_shape(painter, look.shape, mark.adjusted(9, 9, -9, -9), look.ink)
        painter.setPen(look.ink)
        text = box.adjusted(side + 8, 4, -10, -4)
        self._paint_line(painter, self.reminder, text, QFont.Weight.Bold, 0.6)

    def _paint_detail(self, painter: QPainter, box: QRectF) -> None:
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        flags |= int(Qt.TextFlag.TextWordWrap)
        font = QFont(self.font())
        font.setPixelSize(max(12, int(box.height() * 0.36)))
        while font.pixelSize() > 11:
            used = QFontMetricsF(font).boundingRect(box, flags, self.detail)
            if used.height() <= box.height():
                break
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.drawText(box, flags, self.detail)


def _score_text(row: Row) -> str:
    if row.score is None or row.threshold is None:
        return ""
    return f"Score {score_text(row.score)}, NG from {score_text(row.threshold)}"
