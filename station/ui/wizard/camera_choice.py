"""Which camera: what is really connected, and what can always be had."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.progress import IsCancelled, Progress
from station.cameras.finding import UsbCamera, find_usb
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
ROLE = Qt.ItemDataRole.UserRole
SEARCH_MS = 10_000


class CameraChoice(QWidget):
    """A list of cameras and what the chosen one must still be told. changed: `settings` did."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: CameraSettings = {}
        self._search: Job | None = None
        self.again_button = BigButton("Look again")
        self.found = Text(factor=0.85, colour=theme.MUTED, elide=True)
        self.cameras = QListWidget()
        self.cameras.setAccessibleName("Cameras")
        self.cameras.setAlternatingRowColors(True)
        self.folder = FolderField("Folder with pictures of parts")
        self.address = line_edit("rtsp://camera/stream or line.mp4")
        self.details = QStackedWidget()
        for page in (self.folder, self.address):
            self.details.addWidget(page)
        self.details.setFixedHeight(theme.TOUCH)
        self._lay_out()
        self._list([])
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
        same = all(self._known.get(key) == entry.get(key) for key in _IDENTITY[self.kind])
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

    def show_settings(self, settings: CameraSettings) -> None:
        """Choose the camera that these settings build, and keep what they say of it."""
        self._known = dict(settings)
        blocked = self.cameras.blockSignals(True)
        if settings.get("kind") == "folder":
            self.folder.set_folder(Path(str(settings["path"])))
        self.address.setText(str(settings.get("address", "")))
        self._list(self._usb)
        self.cameras.blockSignals(blocked)
        self._show_details()

    def keep(self, values: Mapping[str, float], keys: Sequence[str]) -> None:
        """Take over what the chosen camera was locked to; `keys` are all that may be locked."""
        settings = {key: value for key, value in self.settings.items() if key not in keys}
        self._known = {**settings, **values}

    @Slot()
    def look(self) -> None:
        """Look for cameras in the background."""
        if self._search is not None:
            return
        self.found.setText("Looking for cameras …")
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

    def _list(self, usb: Sequence[UsbCamera]) -> None:
        """Fill the list; the camera that was chosen stays chosen, also one that is away."""
        self._usb = usb
        chosen = self._entry or self._known
        rows = [({"kind": "usb", "index": c.index}, f"USB {c.index}: {c.name}") for c in usb]
        index = chosen.get("index")
        if chosen.get("kind") == "usb" and index not in [camera.index for camera in usb]:
            rows.append(({"kind": "usb", "index": index}, f"USB {index}: not connected now"))
        rows += [({"kind": kind}, text) for kind, text in ALWAYS]
        self.cameras.clear()
        for entry, text in rows:
            item = QListWidgetItem(f"  {text}")
            item.setData(ROLE, entry)
            item.setSizeHint(QSize(100, 48))
            self.cameras.addItem(item)
            if all(chosen.get(key) == value for key, value in entry.items()):
                self.cameras.setCurrentItem(item)

    @Slot(object)
    def _on_found(self, usb: list[UsbCamera]) -> None:
        blocked = self.cameras.blockSignals(True)
        self._list(usb)
        self.cameras.blockSignals(blocked)
        count = len(usb)
        self.found.setText(f"{count} on USB" if count else "none on USB")

    @Slot()
    def _on_search_ended(self) -> None:
        if self._search is not None:
            self._search.wait()
            self._search.deleteLater()
        self._search = None

    @Slot()
    def _on_chosen(self) -> None:
        self._show_details()
        self.changed.emit()

    @Slot()
    def _on_change(self) -> None:
        self.changed.emit()

    def _show_details(self) -> None:
        self.details.setVisible(self.kind in ("folder", "video"))
        self.details.setCurrentIndex(1 if self.kind == "video" else 0)

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


_IDENTITY = {"usb": ("index",), "folder": ("path",), "video": ("address",), "virtual line": ()}


def _find(_progress: Progress, _cancelled: IsCancelled) -> list[UsbCamera]:
    return find_usb()
