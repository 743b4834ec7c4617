"""How the chosen camera takes its pictures: what can be set on each kind."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QStackedWidget, QVBoxLayout, QWidget

from station.cameras.decoding import FORMATS
from station.cameras.features import HARDWARE, TRIGGERS
from station.cameras.opening import is_network
from station.cameras.steady import WATCHDOG_S
from station.ui import theme
from station.ui.cameras.fields import (
    ChoiceField,
    Field,
    NumberField,
    OptionalNumber,
    SegmentField,
    ToggleField,
)
from station.ui.inputs import field_name
from station.ui.services import CameraSettings
from station.ui.sheet import Sheet
from station.ui.widgets import Text

SDK_KINDS = ("basler", "genicam", "aravis")
"""Cameras with settings by their standard names, and with an input of their own."""
INPUTS = ("Line1", "Line2", "Line3", "Line4")
Named = tuple[str, str, Field]
"""Key in the settings, name for people, widget."""


class TuningForm(QWidget):
    """The settings of one camera, by its kind. changed: something was entered."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = QStackedWidget()
        self._pages = {name: _Page(make(), note) for name, (make, note) in _PAGES.items()}
        self._page = self._pages[""]
        self._showing = False
        for page in self._pages.values():
            self._stack.addWidget(page)
            page.edited.connect(self._on_edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    @property
    def fields(self) -> dict[str, Field]:
        """Those of the page that is shown, by their key."""
        return self._page.fields

    @property
    def missing(self) -> str:
        """What does not fit together."""
        exposure_us = float(self._entered("exposure_us") or 0)
        watchdog_s = float(self._entered("watchdog_s") or WATCHDOG_S)
        if exposure_us / 1e6 < watchdog_s:
            return ""
        return f"Lost after {watchdog_s:g} s is shorter than the exposure: make it longer."

    def show_settings(self, kind: str, settings: CameraSettings) -> None:
        """Show what these settings of a camera of that kind say."""
        self._showing = True
        self._page = self._pages[_page_of(kind, settings)]
        self._stack.setCurrentWidget(self._page)
        for key, field in self.fields.items():
            field.show_value(settings.get(key))
        self._page.adapt()
        self._showing = False

    def applied(self, settings: CameraSettings) -> dict[str, str | float | bool]:
        """Return the settings with what was entered in place of what they said."""
        others = {key: value for key, value in settings.items() if key not in self.fields}
        entered = {key: field.entered for key, field in self.fields.items()}
        return others | {key: value for key, value in entered.items() if value is not None}

    def choose(self, key: str, value: str) -> None:
        """Enter a value as if by hand; nothing happens where the camera has no such setting."""
        field = self.fields.get(key)
        if field is not None and field.entered != value:
            field.show_value(value)
            self._on_edited()

    def _entered(self, key: str) -> str | float | bool | None:
        field = self.fields.get(key)
        return field.entered if field is not None else None

    @Slot()
    def _on_edited(self) -> None:
        self._page.adapt()
        if not self._showing:
            self.changed.emit()


class _Page(QWidget):
    """Names and fields beneath each other, and a note."""

    edited = Signal()

    def __init__(self, named: list[Named], note: str) -> None:
        super().__init__()
        self.fields = {key: field for key, _, field in named}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(6)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for _, name, field in named:
            assert isinstance(field, QWidget)
            field.setAccessibleName(name)
            self._form.addRow(field_name(name), field)
            field.edited.connect(self.edited)
        if note:
            self._form.addRow(Text(note, factor=0.85, colour=theme.MUTED, wrap=True))

    def adapt(self) -> None:
        """Show which input only where the camera waits for one."""
        if "trigger_line" in self.fields:
            row = list(self.fields).index("trigger_line")
            self._form.setRowVisible(row, self.fields["trigger"].entered == HARDWARE)


class TuningSheet(Sheet):
    """The settings of a camera over a page that has no room for them. chosen: the settings."""

    chosen = Signal(object)

    def __init__(self, settings: CameraSettings, parent: QWidget) -> None:
        super().__init__("Settings of the camera", "Use these", parent)
        self._settings = settings
        self.form = TuningForm()
        self.form.show_settings(str(settings.get("kind", "")), settings)
        self.body.addWidget(self.form)
        self.form.changed.connect(self._check)
        self.accepted.connect(self._on_accepted)

    @Slot()
    def _check(self) -> None:
        self.say_missing(self.form.missing)

    @Slot()
    def _on_accepted(self) -> None:
        self.chosen.emit(self.form.applied(self._settings))


def _page_of(kind: str, settings: CameraSettings) -> str:
    if kind == "video":
        return "stream" if is_network(str(settings.get("address", ""))) else "file"
    return "sdk" if kind in SDK_KINDS else kind if kind in _PAGES else ""


def _folder() -> list[Named]:
    return [
        ("rate_hz", "Pictures", NumberField(0, 60, 2, unit="a second", whole=False)),
        ("loop", "", ToggleField("Begin again after the last")),
    ]


def _virtual_line() -> list[Named]:
    return [
        ("seed", "Seed", NumberField(0, 99_999, 0)),
        (
            "defect_rate",
            "Defective boards",
            NumberField(0, 100, 10, step=5, unit="%", factor=100, whole=False),
        ),
    ]


def _watched() -> list[Named]:
    return [
        (
            "watchdog_s",
            "Lost after",
            NumberField(
                0.25, 60, WATCHDOG_S, step=0.25, decimals=2, unit="s", named=False, whole=False
            ),
        )
    ]


def _sdk() -> list[Named]:
    exposure = OptionalNumber(1, 10_000_000, 10_000, unit="µs")
    exposure.grow_steps()
    ratios = [OptionalNumber(0, 16, 1, step=0.05, decimals=2) for _ in range(2)]
    return [
        ("exposure_us", "Exposure", exposure),
        ("gain", "Gain", OptionalNumber(0, 1000, 0, step=0.5, decimals=1)),
        ("white_balance_red", "White balance, red", ratios[0]),
        ("white_balance_blue", "White balance, blue", ratios[1]),
        ("pixel_format", "Pixel format", ChoiceField(FORMATS)),
        ("trigger", "Takes pictures", SegmentField(TRIGGERS)),
        ("trigger_line", "Input", ChoiceField(INPUTS[1:], INPUTS[0])),
        *_watched(),
    ]


def _none() -> list[Named]:
    return []


_PAGES: dict[str, tuple[Callable[[], list[Named]], str]] = {
    "": (_none, ""),
    "folder": (_folder, "0 pictures a second: as fast as they are judged."),
    "file": (_none, "A video file has nothing to set: it gives every picture once."),
    "stream": (
        _watched,
        "Without a picture for this time the camera counts as lost and is connected again. Set "
        "exposure, gain and white balance to manual on the camera's own web page.",
    ),
    "usb": (
        _watched,
        "Without a picture for this time the camera counts as lost and is connected again.",
    ),
    "virtual line": (_virtual_line, "Boards that are drawn, to practise with: no camera needed."),
    "sdk": (
        _sdk,
        "Software: one picture for each part. Hardware: one for each signal on the camera's own "
        "input. What is left as it is, the camera decides.",
    ),
}
