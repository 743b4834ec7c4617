"""The verdict, to be read from three metres: a word, a shape, a colour, and what to do."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from station.inspection.events import RunState
from station.ledger.row import Row
from station.parts import Verdict
from station.ui import theme
from station.ui.shapes import paint_shape

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
    RunState.FINISHED: "No more pictures",
    RunState.FAILED: "The station has stopped",
}


def part_number(sequence: int) -> str:
    """How a part is called on screen: six digits at least."""
    return f"{sequence:06d}"


class VerdictPanel(QWidget):
    """Shows the newest part's verdict, or the state of the run when it is not judging."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.word = ""
        self.headline = ""
        self.detail = ""
        self.show_state(RunState.STOPPED, "")

    @property
    def look(self) -> theme.Look:
        """Ground, ink and shape of the word shown."""
        return theme.LOOKS[self.word]

    def show_row(self, row: Row) -> None:
        """Show a recorded part."""
        number = part_number(row.sequence)
        if row.verdict is Verdict.OK:
            self._show("OK", f"Part {number}", _score_text(row))
        elif row.verdict is Verdict.NG:
            self._show("NG", f"Remove part {number}", _score_text(row))
        else:
            self._show("FAULT", f"Remove part {number}", row.text)

    def show_state(self, state: RunState, text: str) -> None:
        """Show where the run stands; `text` says why."""
        self._show(WORDS[state], HEADLINES[state], text)

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
        width, height = float(self.width()), float(self.height())
        paint_shape(
            painter,
            self.look.shape,
            QRectF(0, height * 0.06, width, height * 0.36),
            self.look.ink,
        )
        painter.setPen(self.look.ink)
        word = QRectF(width * 0.05, height * 0.43, width * 0.9, height * 0.25)
        self._paint_line(painter, self.word, word, QFont.Weight.Black)
        headline = QRectF(width * 0.05, height * 0.69, width * 0.9, height * 0.12)
        self._paint_line(painter, self.headline, headline, QFont.Weight.Bold, 0.62)
        self._paint_detail(painter, QRectF(width * 0.05, height * 0.81, width * 0.9, height * 0.16))

    def _show(self, word: str, headline: str, detail: str) -> None:
        self.word, self.headline, self.detail = word, headline, detail
        self.setAccessibleName(f"{word}. {headline}. {detail}")
        self.setToolTip(detail)
        self.update()

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
    return f"Score {row.score:.3g}, NG from {row.threshold:.3g}"
