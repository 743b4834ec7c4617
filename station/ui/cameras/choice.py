"""Which camera: what is really connected, and what can always be had."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.progress import IsCancelled, Progress
from station.cameras.finding import Found, find_cameras
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.cameras.camera_list import CameraList, connected
from station.ui.inputs import FolderField, line_edit
from station.ui.services import CameraSettings
from station.ui.threads import Job
from station.ui.widgets import Text

FOLDER_RATE_HZ = 2.0
VIRTUAL: dict[str, str | float | bool] = {"kind": "virtual line", "seed": 0, "defect_rate": 0.1}
SEARCH_MS = 10_000


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
        self.cameras = CameraList()
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
        return str(self.cameras.entry.get("kind", ""))

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """What builds the chosen camera; empty while something is missing."""
        if self.missing:
            return {}
        entry = self.cameras.entry
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
    def _identity(self) -> Sequence[str]:
        """Keys of the settings that tell the chosen camera from others of its kind."""
        return _IDENTITY.get(self.kind) or tuple(self.cameras.entry)

    def _list(self, found: Sequence[Found]) -> None:
        self._found = found
        self.cameras.show_cameras(found, self.cameras.entry or self._known)

    @Slot(object)
    def _on_found(self, found: list[Found]) -> None:
        blocked = self.cameras.blockSignals(True)
        self._list(found)
        self.cameras.blockSignals(blocked)
        self._show_details()
        count = len(connected(found))
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


_IDENTITY = {"folder": ("path",), "video": ("address",), "virtual line": ("kind",)}


def _find(_progress: Progress, _cancelled: IsCancelled) -> list[Found]:
    return find_cameras()
