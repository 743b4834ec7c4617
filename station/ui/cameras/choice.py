"""Which camera: what is really connected, and what can always be had."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.progress import IsCancelled, Progress
from station.cameras.finding import Found, find_cameras
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.inputs import FolderField, line_edit
from station.ui.services import CameraSettings
from station.ui.threads import Job
from station.ui.widgets import Text

FOLDER_RATE_HZ = 2.0
VIRTUAL: dict[str, str | float | bool] = {"kind": "virtual line", "seed": 0, "defect_rate": 0.1}
ALWAYS = (
    ("virtual line", "Virtual line, to practise with"),
    ("folder", "Folder of pictures"),
    ("video", "Network camera (RTSP) or video"),
)
MANUAL = tuple(kind for kind, _ in ALWAYS)
ROLE = Qt.ItemDataRole.UserRole
SEARCH_MS = 10_000
ROW_HEIGHT = 48
Index = QModelIndex | QPersistentModelIndex


class _Rows(QStyledItemDelegate):
    """Rows high enough for a glove; what only says something is as high as its words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the wrapped text, and around it."""
        hint = super().sizeHint(option, index)
        least = ROW_HEIGHT if index.flags() & Qt.ItemFlag.ItemIsEnabled else 0
        return QSize(hint.width(), max(least, hint.height() + 14))


class CameraChoice(QWidget):
    """A list of cameras and what the chosen one must still be told.

    changed: `settings` did. ended: a search has.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: CameraSettings = {}
        self._found: Sequence[Found] = ()
        self._search: Job | None = None
        self.again_button = BigButton("Look again")
        self.found = Text(factor=0.85, colour=theme.MUTED, elide=True)
        self.cameras = QListWidget()
        self.cameras.setAccessibleName("Cameras")
        self.cameras.setAlternatingRowColors(True)
        self.cameras.setWordWrap(True)
        self.cameras.setIconSize(QSize(6, 1))
        self.cameras.setItemDelegate(_Rows(self.cameras))
        self.cameras.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.folder = FolderField("Folder with pictures of parts")
        self.address = line_edit("rtsp://camera/stream or line.mp4")
        self.address.setAccessibleName("Address of the camera, or video file")
        self.details = QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        self.add_details("folder", self.folder)
        self.add_details("video", self.address)
        self.details.setFixedHeight(theme.TOUCH)
        self._lay_out()
        self._list(())
        self._show_details()
        self.again_button.clicked.connect(self.look)
        self.cameras.currentItemChanged.connect(self._on_chosen)
        self.folder.changed.connect(self._on_change)
        self.address.editingFinished.connect(self._on_change)

    @property
    def kind(self) -> str:
        """Of the chosen camera; empty before one is."""
        return str(self._entry.get("kind", ""))

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """What builds the chosen camera; empty while something is missing."""
        if self.missing:
            return {}
        entry = self._entry
        if self.kind == "folder":
            entry = {"path": str(self.folder.folder), "rate_hz": FOLDER_RATE_HZ, "loop": False}
        elif self.kind == "video":
            entry = {"address": self.address.text().strip()}
        elif self.kind == "virtual line":
            entry = VIRTUAL
        same = all(self._known.get(key) == entry.get(key) for key in self._identity)
        kept = self._known if same and self._known.get("kind") == self.kind else {}
        return {**entry, **kept, "kind": self.kind}

    @property
    def missing(self) -> str:
        """What must still be chosen or entered."""
        if not self.kind:
            return "Still missing: a camera. Choose one from the list."
        if self.kind == "folder" and self.folder.folder is None:
            return "Still missing: the folder with the pictures."
        if self.kind == "video" and not self.address.text().strip():
            return "Still missing: the address of the camera, or a video file."
        return ""

    @property
    def searching(self) -> bool:
        """True while cameras are looked for."""
        return self._search is not None

    def show_settings(self, settings: CameraSettings) -> None:
        """Choose the camera that these settings build, and keep what they say of it."""
        self._known = dict(settings)
        blocked = self.cameras.blockSignals(True)
        if settings.get("kind") == "folder":
            self.folder.set_folder(Path(str(settings["path"])))
        self.address.setText(str(settings.get("address", "")))
        self.cameras.setCurrentRow(-1)
        self._list(self._found)
        self.cameras.blockSignals(blocked)
        self._show_details()

    def take(self, settings: CameraSettings) -> None:
        """Keep these settings of the chosen camera from now on."""
        self._known = dict(settings)

    def add_details(self, kind: str, widget: QWidget) -> None:
        """Show `widget` below the list while a camera of that kind is chosen."""
        self._pages[kind] = widget
        self.details.addWidget(widget)

    @Slot()
    def look(self) -> None:
        """Look for cameras in the background."""
        if self._search is not None:
            return
        self.found.setText("looking …")
        self._search = Job(_find, self)
        self._search.done.connect(self._on_found)
        self._search.finished.connect(self._on_search_ended)
        self._search.start()

    def stop(self) -> None:
        """End the search; returns when it has ended."""
        if self._search is not None:
            self._search.stop(SEARCH_MS)

    @property
    def _entry(self) -> dict[str, str | float | bool]:
        item = self.cameras.currentItem()
        return dict(item.data(ROLE)) if item else {}

    @property
    def _identity(self) -> Sequence[str]:
        """Keys of the settings that tell the chosen camera from others of its kind."""
        return _IDENTITY.get(self.kind) or tuple(self._entry)

    def _list(self, found: Sequence[Found]) -> None:
        """Fill the list; the camera that was chosen stays chosen, also one that is away."""
        self._found = found
        chosen = self._entry or self._known
        rows = [(dict(each.settings), _text(each)) for each in _connected(found)]
        if chosen and chosen.get("kind") not in MANUAL and not _among(rows, chosen):
            rows.append(_away(chosen))
        rows += [({"kind": kind}, text) for kind, text in ALWAYS]
        self.cameras.clear()
        for entry, text in rows:
            item = _item(entry, text)
            self.cameras.addItem(item)
            if _is(entry, chosen):
                self.cameras.setCurrentItem(item)
        for each in found:
            if not each.settings:
                self.cameras.addItem(_note(each))

    @Slot(object)
    def _on_found(self, found: list[Found]) -> None:
        blocked = self.cameras.blockSignals(True)
        self._list(found)
        self.cameras.blockSignals(blocked)
        self._show_details()
        count = len(_connected(found))
        self.found.setText(f"{count} connected" if count else "none connected")

    @Slot()
    def _on_search_ended(self) -> None:
        if self._search is not None:
            self._search.wait()
            self._search.deleteLater()
        self._search = None
        self.ended.emit()

    @Slot()
    def _on_chosen(self) -> None:
        self._show_details()
        self.changed.emit()

    @Slot()
    def _on_change(self) -> None:
        self.changed.emit()

    def _show_details(self) -> None:
        page = self._pages.get(self.kind)
        self.details.setVisible(page is not None)
        if page is not None:
            self.details.setCurrentWidget(page)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(Text("Camera"))
        head.addWidget(self.found, 1)
        head.addWidget(self.again_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.cameras, 1)
        column.addWidget(self.details)


Row = tuple[dict[str, str | float | bool], str]

_IDENTITY = {"folder": ("path",), "video": ("address",), "virtual line": ("kind",)}
_NAMES = {"usb": "USB", "basler": "Basler", "genicam": "GenICam", "aravis": "GigE Vision"}
_NUMBERS = ("index", "id")
"""Keys by which the kinds tell their cameras apart."""


def _connected(found: Sequence[Found]) -> list[Found]:
    return [each for each in found if each.settings.get("kind", MANUAL[0]) not in MANUAL]


def _text(camera: Found) -> str:
    return f"{camera.name}\n{camera.trouble}" if camera.trouble else camera.name


def _margin() -> QIcon:
    """Return an icon that nobody sees: it keeps every line of a text off the edge."""
    nothing = QPixmap(6, 1)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)


def _item(entry: CameraSettings, text: str) -> QListWidgetItem:
    item = QListWidgetItem(_margin(), text)
    item.setData(ROLE, entry)
    item.setToolTip(text)
    return item


def _note(trouble: Found) -> QListWidgetItem:
    """A line that says why there is none; it cannot be chosen."""
    item = QListWidgetItem(_margin(), trouble.trouble)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setForeground(theme.MUTED)
    return item


def _is(entry: CameraSettings, chosen: CameraSettings) -> bool:
    return all(chosen.get(key) == value for key, value in entry.items())


def _among(rows: Sequence[Row], chosen: CameraSettings) -> bool:
    return any(_is(entry, chosen) for entry, _ in rows)


def _away(chosen: CameraSettings) -> Row:
    """A row for the chosen camera, which is not connected."""
    kind = str(chosen.get("kind", ""))
    number = next((chosen[key] for key in _NUMBERS if key in chosen), "")
    entry = {key: chosen[key] for key in ("kind", *_NUMBERS) if key in chosen}
    return entry, f"{_NAMES.get(kind, kind)} {number}: not connected now"


def _find(_progress: Progress, _cancelled: IsCancelled) -> list[Found]:
    return find_cameras()
