"""The cameras that may be chosen, and beneath them why there are no others."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from station.cameras.finding import Found
from station.ui import theme
from station.ui.services import CameraSettings

ALWAYS = (
    ("virtual line", "Virtual line, to practise with"),
    ("folder", "Folder of pictures"),
    ("video", "Network camera (RTSP) or video"),
)
MANUAL = tuple(kind for kind, _ in ALWAYS)
"""Kinds that nobody has to find."""
ROLE = Qt.ItemDataRole.UserRole
ROW_HEIGHT = 48
MARGIN = 6
Index = QModelIndex | QPersistentModelIndex
Row = tuple[dict[str, str | float | bool], str]
"""What of a camera's settings tells it from others, and its name."""


class CameraList(QListWidget):
    """Connected cameras, those that can always be had, and what is wrong as lines of text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Cameras")
        self.setAlternatingRowColors(True)
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setIconSize(QSize(MARGIN, 1))
        self.setItemDelegate(_Rows(self))

    @property
    def entry(self) -> dict[str, str | float | bool]:
        """What tells the chosen camera from others; empty before one is chosen."""
        item = self.currentItem()
        return dict(item.data(ROLE)) if item else {}

    def show_cameras(self, found: Sequence[Found], chosen: CameraSettings) -> None:
        """Fill the list; the `chosen` camera is current, also one that is away."""
        rows = [(dict(each.settings), _text(each)) for each in connected(found)]
        if chosen and chosen.get("kind") not in MANUAL and not _among(rows, chosen):
            rows.append(_away(chosen))
        rows += [({"kind": kind}, text) for kind, text in ALWAYS]
        self.clear()
        for entry, text in rows:
            item = _item(entry, text)
            self.addItem(item)
            if _is(entry, chosen):
                self.setCurrentItem(item)
        for each in found:
            if not each.settings:
                self.addItem(_note(each))


class _Rows(QStyledItemDelegate):
    """Rows high enough for a glove; what only says something is as high as its words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the wrapped text, and around it."""
        hint = super().sizeHint(option, index)
        least = ROW_HEIGHT if index.flags() & Qt.ItemFlag.ItemIsEnabled else 0
        return QSize(hint.width(), max(least, hint.height() + 14))


def connected(found: Sequence[Found]) -> list[Found]:
    """Return the cameras that had to be found."""
    return [each for each in found if each.settings.get("kind", MANUAL[0]) not in MANUAL]


def _text(camera: Found) -> str:
    return f"{camera.name}\n{camera.trouble}" if camera.trouble else camera.name


def _margin() -> QIcon:
    """Return an icon that nobody sees: it keeps every line of a text off the edge."""
    nothing = QPixmap(MARGIN, 1)
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
    number = next((chosen[key] for key in _NUMBERS if chosen.get(key, "") != ""), "camera")
    entry = {key: chosen[key] for key in ("kind", *_NUMBERS) if key in chosen}
    return entry, f"{_NAMES.get(kind, kind)} {number}: not connected now"


_NAMES = {"usb": "USB", "basler": "Basler", "genicam": "GenICam", "aravis": "GigE"}
_NUMBERS = ("index", "id")
"""Keys by which the kinds tell their cameras apart."""
