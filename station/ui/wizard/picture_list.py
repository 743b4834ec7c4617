"""All pictures of a draft, small, each with what became of it."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QImageReader, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from station.drafts import DraftPicture, State
from station.ui import theme
from station.ui.shapes import paint_shape

THUMB = QSize(104, 80)
CELL = QSize(122, 112)
AT_ONCE = 6
"""Thumbnails read between two looks at the screen's events."""
_KEEP = Qt.AspectRatioMode.KeepAspectRatio


def state_word(picture: DraftPicture) -> str:
    """What became of a picture, in one or two words."""
    if picture.state is State.KEPT:
        return "kept anyway" if picture.findings else "kept"
    return "refused" if picture.state is State.REFUSED else "left out"


class PictureList(QListWidget):
    """A grid that scrolls. chosen: the `DraftPicture` selected, or None."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = Path()
        self._shown: list[DraftPicture] = []
        self._unread: deque[int] = deque()
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(THUMB)
        self.setGridSize(CELL)
        self.setWordWrap(False)
        self.setAccessibleName("Pictures")
        self.currentRowChanged.connect(self._on_row)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_some)

    @property
    def picture(self) -> DraftPicture | None:
        """The selected one."""
        row = self.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def show_pictures(self, folder: Path, pictures: Sequence[DraftPicture]) -> None:
        """Show the draft's pictures; what did not change stays as it is."""
        if folder != self._folder:
            self.clear()
            self._folder, self._shown = folder, []
            self._unread.clear()
        grew = len(pictures) > len(self._shown)
        for row, picture in enumerate(pictures):
            self._show(row, picture)
        self._shown = list(pictures)
        if grew and self.currentRow() < 0:
            self.scrollToBottom()
        if self._unread:
            self._timer.start()

    def unselect(self) -> None:
        """Select none."""
        self.setCurrentRow(-1)
        self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Space to the page, where it takes a picture, and Esc to unselect."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape and self.currentRow() >= 0:
            self.unselect()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Three in a row."""
        return QSize(3 * CELL.width() + 26, 3 * CELL.height())

    def stop(self) -> None:
        """Read no more thumbnails."""
        self._timer.stop()
        self._unread.clear()

    def _show(self, row: int, picture: DraftPicture) -> None:
        if row >= self.count():
            self.addItem(QListWidgetItem())
        elif row < len(self._shown) and self._shown[row] == picture:
            return
        item = self.item(row)
        word = state_word(picture)
        item.setText(word)
        said = " ".join(picture.findings)
        item.setToolTip(f"{picture.source}: {word}. {said}".strip())
        if row not in self._unread:
            self._unread.append(row)

    @Slot()
    def _read_some(self) -> None:
        for _ in range(min(AT_ONCE, len(self._unread))):
            row = self._unread.popleft()
            if row < len(self._shown) and row < self.count():
                picture = self._shown[row]
                self.item(row).setIcon(_icon(self._folder / picture.file, picture))
        if not self._unread:
            self._timer.stop()

    @Slot(int)
    def _on_row(self, _row: int) -> None:
        self.chosen.emit(self.picture)


def _icon(path: Path, picture: DraftPicture) -> QIcon:
    """Paint the picture with a mark in its corner: a shape and a colour for each state."""
    reader = QImageReader(str(path))
    if reader.size().isValid():
        reader.setScaledSize(reader.size().scaled(THUMB, _KEEP))
    canvas = QPixmap(THUMB)
    canvas.fill(theme.WELL)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    image = reader.read()
    if picture.state is not State.KEPT:
        painter.setOpacity(0.45)
    painter.drawImage(
        (THUMB.width() - image.width()) // 2, (THUMB.height() - image.height()) // 2, image
    )
    painter.setOpacity(1)
    _mark(painter, picture)
    painter.end()
    icon = QIcon(canvas)
    icon.addPixmap(canvas, QIcon.Mode.Selected)
    return icon


def _mark(painter: QPainter, picture: DraftPicture) -> None:
    if picture.state is State.KEPT and not picture.findings:
        return
    shape, ground, ink = {
        State.KEPT: ("circle", theme.CALM, theme.TEXT),
        State.REFUSED: ("triangle", theme.WARNING, QColor("#000000")),
        State.THROWN_OUT: ("octagon", theme.ALARM, theme.WHITE),
    }[picture.state]
    box = QRectF(THUMB.width() - 30, 4, 26, 26)
    painter.setPen(QPen(ground, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 5, 5)
    paint_shape(painter, shape, box.adjusted(4, 4, -4, -4), ink)
