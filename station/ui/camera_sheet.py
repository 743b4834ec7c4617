"""The camera page: what is connected, what it sees, how it is set, and what triggers a part."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from station.cameras.camera import Camera
from station.cameras.catalogue import build_camera
from station.cameras.controls import Held
from station.cameras.features import FREE, HARDWARE
from station.ui import theme
from station.ui.cameras.choice import CameraChoice
from station.ui.cameras.panel import LivePanel, held_of, with_held
from station.ui.cameras.parts_form import PartsForm
from station.ui.cameras.tuning import SDK_KINDS, TuningForm
from station.ui.services import CameraSettings, TriggerChoice, TriggerKind
from station.ui.sheet import Sheet
from station.ui.widgets import Text

SETTLE_MS = 400
"""After the last change of a setting, until the camera is opened with it."""
LIST_WIDTH, FORM_WIDTH, METER_HEIGHT = 21, 30.4, 11.5
"""Times the height of the window's body text."""
LARGEST = QSize(1680, 980)


class CameraSheet(Sheet):
    """chosen: camera settings and a `TriggerChoice`, once the camera is closed again."""

    chosen = Signal(object, object)

    def __init__(
        self,
        settings: CameraSettings,
        trigger: TriggerChoice,
        parent: QWidget,
        build: Callable[[CameraSettings], Camera] = build_camera,
    ) -> None:
        """Prepare. build: makes the camera that is previewed."""
        super().__init__("Camera and trigger", "Use this camera", parent)
        self.choice, self.tuning = CameraChoice(), TuningForm()
        self.panel, self.parts = LivePanel(build), PartsForm(trigger)
        self._form = QWidget()
        self._result = 0
        self._leaving = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._lay_out()
        self._connect()
        self.choice.show_settings(settings)
        self._on_camera()
        (self.choice.cameras if self.choice.kind else self.choice.again_button).setFocus()
        self.choice.look()

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """What `build_camera` takes; empty while something is missing."""
        return self.choice.settings

    def show_for(self, window: QWidget) -> None:
        """Open over `window`, nearly as large."""
        base = theme.base_pixels(window.height())
        self.choice.setFixedWidth(round(LIST_WIDTH * base))
        self._form.setFixedWidth(round(FORM_WIDTH * base))
        for meter in (self.panel.focus, self.panel.exposure):
            meter.setMaximumHeight(round(METER_HEIGHT * base))
        self.resize((window.size() - QSize(24, 32)).boundedTo(LARGEST))
        super().show_for(window)

    def stop(self) -> None:
        """End the search and the preview; returns when they have ended."""
        self._settle.stop()
        self.choice.stop()
        self.panel.live.stop()

    def done(self, result: int) -> None:
        """Leave as soon as the camera is closed and nothing looks for others any more."""
        self._settle.stop()
        self.panel.live.end()
        self._result, self._leaving = result, True
        self._leave()

    @Slot()
    def _leave(self) -> None:
        if not self._leaving:
            return
        if not (self.panel.live.busy or self.choice.searching):
            self._leaving = False
            super().done(self._result)
            return
        self.setEnabled(False)
        self.missing.setText("The camera is being closed …")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter ends what is typed first; elsewhere it does the action."""
        typing = isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox)
        if not (typing and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}):
            super().keyPressEvent(event)

    @Slot()
    def _on_camera(self) -> None:
        self._show_camera()
        if self._waits:
            self.parts.choose(TriggerKind.CAMERA)
        self._on_parts()
        self._watch()

    @Slot()
    def _on_tuned(self) -> None:
        """Keep what was entered; a camera that waits for its input makes that the trigger."""
        if self.settings:
            self.choice.take(self.tuning.applied(self.settings))
        waits, is_input = self._waits, self.parts.kind is TriggerKind.CAMERA
        if waits and not is_input:
            self.parts.choose(TriggerKind.CAMERA)
        elif is_input and not waits:
            self.parts.choose(TriggerKind.FREE_RUN)
        self._check()
        self._settle.start()

    @Slot()
    def _on_parts(self) -> None:
        """Have the camera wait for its input exactly where that is the trigger."""
        wanted = self.parts.kind is TriggerKind.CAMERA
        if wanted != self._waits:
            self.tuning.choose("trigger", HARDWARE if wanted else FREE)
        self._check()

    @property
    def _waits(self) -> bool:
        return self.settings.get("trigger") == HARDWARE

    def _show_camera(self) -> None:
        kind, settings = self.choice.kind, self.settings
        self.tuning.show_settings(kind, settings)
        self.tuning.setEnabled(bool(settings))
        self.panel.show_locks(kind, held_of(settings), "")
        self._check()

    @Slot()
    def _check(self) -> None:
        no_input = self.parts.kind is TriggerKind.CAMERA and self.choice.kind not in SDK_KINDS
        self.say_missing(
            self.choice.missing or self.tuning.missing or (_NO_INPUT if no_input else "")
        )

    @Slot()
    def _watch(self) -> None:
        if not self._leaving:
            self.panel.watch(self.settings, self.choice.missing)

    @Slot(object)
    def _on_held(self, held: Held) -> None:
        self.choice.take(with_held(self.settings, held))
        self.panel.live.settings = self.settings
        self.panel.show_locks(self.choice.kind, held, "")

    @Slot()
    def _on_accepted(self) -> None:
        self.chosen.emit(self.settings, self.parts.choice)

    def _connect(self) -> None:
        self.choice.changed.connect(self._on_camera)
        self.choice.ended.connect(self._leave)
        self.choice.address.textEdited.connect(self._check)
        self.tuning.changed.connect(self._on_tuned)
        self.parts.changed.connect(self._on_parts)
        self._settle.timeout.connect(self._watch)
        self.panel.held.connect(self._on_held)
        self.panel.live.ended.connect(self._leave)
        self.accepted.connect(self._on_accepted)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Text("Settings of this camera"))
        column.addWidget(self.tuning, 1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.choice)
        row.addWidget(self.panel, 1)
        row.addWidget(self._form)
        self.body.addLayout(row, 1)
        self.body.addWidget(self.parts)
        self.setTabOrder(self.parts.codes, self.reject_button)
        self.setTabOrder(self.reject_button, self.accept_button)


_NO_INPUT = "This camera has no input of its own: choose what else says that a part is there."
