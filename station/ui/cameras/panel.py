"""A camera as it is now: its picture, focus, exposure and pace, and what it is locked to."""

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from station.cameras.camera import Camera
from station.cameras.controls import KEYS, Held
from station.cameras.features import HARDWARE
from station.cameras.preview import Look
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.cameras.live_camera import LiveCamera
from station.ui.cameras.meter_views import ExposureMeter, FocusMeter, pace_text
from station.ui.live.picture_view import PictureView
from station.ui.services import CameraSettings
from station.ui.widgets import Text

LOCK = "Lock exposure and colour"
WAITING = "Waiting for the camera's first picture …"
WAITING_FOR_INPUT = (
    "Waiting for a signal on the camera's input: it takes a picture only then. To set up lens and "
    "lamp let it run free."
)


class LivePanel(QWidget):
    """Watches one camera. changed: `seen` or `trouble`. held: a `Held`, after locking."""

    changed = Signal()
    held = Signal(object)

    def __init__(
        self, build: Callable[[CameraSettings], Camera], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.seen, self.trouble = False, ""
        self.live = LiveCamera(build, self)
        self.view = PictureView()
        self.figures = Text(factor=0.85, colour=theme.MUTED, elide=True)
        self.focus, self.exposure = FocusMeter(), ExposureMeter()
        self.lock_button, self.darker_button = BigButton(LOCK), BigButton("Darker")
        self.brighter_button = BigButton("Brighter")
        self.begin_button = BigButton("Forget best")
        self.begin_button.setToolTip("Begin the focus graph again: another part, another lens")
        self.lock_text = Text(factor=0.85, colour=theme.MUTED, wrap=True)
        self._lay_out()
        self.live.looked.connect(self._on_looked)
        self.live.troubled.connect(self._on_troubled)
        self.live.held.connect(self.held)
        self.lock_button.clicked.connect(self._on_lock)
        self.darker_button.clicked.connect(self._on_darker)
        self.brighter_button.clicked.connect(self._on_brighter)
        self.begin_button.clicked.connect(self.focus.begin)
        self.show_locks("", Held({}), "")

    def watch(self, settings: CameraSettings, otherwise: str) -> None:
        """Watch the camera of these settings, unless it is watched; without any say `otherwise`."""
        if self.live.running and settings == self.live.settings:
            return
        self.seen, self.trouble = False, ""
        self.figures.setText("")
        self.focus.begin()
        self.exposure.begin()
        if settings:
            waits = settings.get("trigger") == HARDWARE
            self.view.show_message(WAITING_FOR_INPUT if waits else WAITING)
            self.live.start(settings)
        else:
            self.live.end()
            self.view.show_message(otherwise)
        self.changed.emit()

    def show_locks(self, kind: str, held: Held, otherwise: str) -> None:
        """Offer to lock a USB camera, and say what is locked; of others say `otherwise`."""
        usb = kind == "usb"
        self.lock_button.setVisible(usb)
        self.lock_button.setText("Unlock" if held.values else LOCK)
        for button in (self.darker_button, self.brighter_button):
            button.setVisible(usb and "exposure" in held.values)
        self.lock_text.setText(held.sentence if usb else otherwise)
        self.lock_text.setVisible(bool(self.lock_text.text()))

    @Slot(object)
    def _on_looked(self, look: Look) -> None:
        height, width = look.size
        pace = pace_text(look.pace.median_ms, look.pace.worst_ms)
        self.figures.setText(f"{width} × {height} pixels{', ' if pace else ''}{pace}")
        self.view.show_pixels(look.shown, "")
        self.focus.add(look.at_s, look.sharpness)
        self.exposure.show_exposure(look.exposure)
        if not self.seen or self.trouble:
            self.seen, self.trouble = True, ""
            self.changed.emit()

    @Slot(str)
    def _on_troubled(self, text: str) -> None:
        self.trouble = text
        self.view.show_message(text)
        self.figures.setText("")
        self.changed.emit()

    @Slot()
    def _on_lock(self) -> None:
        if self.lock_button.text() == LOCK:
            self.live.lock()
        else:
            self.live.unlock()

    @Slot()
    def _on_darker(self) -> None:
        self.live.brighten(False)

    @Slot()
    def _on_brighter(self) -> None:
        self.live.brighten(True)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.figures)
        words.addWidget(self.lock_text)
        commands = QHBoxLayout()
        commands.setSpacing(8)
        for button in (self.lock_button, self.darker_button, self.brighter_button):
            commands.addWidget(button)
        commands.addLayout(words, 1)
        commands.addWidget(self.begin_button)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.view, 0, 0, 1, 2)
        grid.addWidget(self.focus, 1, 0)
        grid.addWidget(self.exposure, 1, 1)
        grid.addLayout(commands, 2, 0, 1, 2)
        grid.setRowStretch(0, 5)
        grid.setRowStretch(1, 3)


def held_of(settings: CameraSettings) -> Held:
    """Return what these settings lock."""
    return Held({key: float(settings[key]) for key in KEYS if key in settings})


def with_held(settings: CameraSettings, held: Held) -> dict[str, str | float | bool]:
    """Return the settings with these locks in place of what was locked before."""
    return {key: value for key, value in settings.items() if key not in KEYS} | dict(held.values)
