"""First step: what is inspected, and the camera that sees it sharp and well lit."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from station.cameras.controls import KEYS, Held
from station.cameras.preview import Look
from station.drafts import DraftSession
from station.errors import RecipeError, StationError
from station.recipes.names import checked_name
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.inputs import line_edit
from station.ui.live.picture_view import PictureView
from station.ui.services import Services
from station.ui.widgets import Text
from station.ui.wizard.camera_choice import CameraChoice
from station.ui.wizard.live_camera import LiveCamera
from station.ui.wizard.meter_views import ExposureMeter, FocusMeter, pace_text
from station.ui.wizard.step import Step

SAVE_MS = 400
"""After the last letter typed."""
LEFT_WIDTH = 380
_LOCK = "Lock exposure and colour"
_NO_LOCK = {
    "": "",
    "folder": "Pictures from a folder stay as they were taken: there is nothing to lock.",
    "virtual line": "The virtual line has no exposure, gain or white balance to lock.",
    "video": "Set exposure, gain and white balance to manual on the camera's own web page.",
}


class ProductStep(Step):
    """Name, description, camera; focus, exposure and pace of what the camera gives."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Product and camera",
            "Name the product, choose its camera, then turn the lens until the sharpness is at its "
            "best. Lock what the camera adjusts by itself: good parts must look alike.",
            parent,
        )
        self._services = services
        self._session: DraftSession | None = None
        self._seen, self._trouble, self._problem = False, "", ""
        self.name = line_edit("Product, for example: controller board, top")
        self.name.setAccessibleName("Product")
        self.hint = Text(factor=0.85, colour=theme.MUTED, elide=True)
        self.description = QPlainTextEdit()
        self.description.setAccessibleName("What is inspected")
        self.description.setPlaceholderText("What is inspected: side, batch, what may be wrong")
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(72)
        self.description.document().setDocumentMargin(8)
        self.camera = CameraChoice()
        self.live = LiveCamera(services.build_camera, self)
        self.view = PictureView()
        self.figures = Text(factor=0.85, colour=theme.MUTED, elide=True)
        self.focus, self.exposure = FocusMeter(), ExposureMeter()
        self.lock_button, self.darker_button = BigButton(_LOCK), BigButton("Darker")
        self.brighter_button = BigButton("Brighter")
        self.begin_button = BigButton("Forget best")
        self.begin_button.setToolTip("Begin the focus graph again: another part, another lens")
        self.lock_text = Text(factor=0.85, colour=theme.MUTED, wrap=True)
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_MS)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.name)
        self._show_held(Held({}))
        self.view.show_message("Choose a camera from the list.")

    @property
    def missing(self) -> str:
        """Name first, then a camera, then a picture of it."""
        if self._problem:
            return self._problem
        wanting = self._wrong_name() or self.camera.missing or self._trouble
        return wanting or ("" if self._seen else "Waiting for the camera's first picture …")

    def enter(self, session: DraftSession) -> None:
        """Show the draft's product and watch its camera."""
        self._session = session
        draft = session.draft
        for widget in (self.name, self.description, self.camera):
            widget.blockSignals(True)
        if self.name.text().strip() != draft.name:
            self.name.setText(draft.name)
        if self.description.toPlainText() != draft.description:
            self.description.setPlainText(draft.description)
        self.camera.show_settings(draft.camera)
        for widget in (self.name, self.description, self.camera):
            widget.blockSignals(False)
        self._show_hint()
        self.camera.look()
        self._show_held(
            Held({key: float(draft.camera[key]) for key in KEYS if key in draft.camera})
        )
        self._watch()

    def leave(self) -> None:
        """Save, and let go of the camera."""
        self._save()
        self.live.stop()

    def proceed(self) -> bool:
        """Save; True where that was possible."""
        self._save()
        return not self._problem

    def stop(self) -> None:
        """End the search and the preview."""
        self._save_timer.stop()
        self.camera.stop()
        self.live.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the camera however the page went out of sight, but for a minimised window."""
        if not event.spontaneous():
            self.live.stop()
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Watch again after the page was out of sight."""
        super().showEvent(event)
        if self._session is not None and not event.spontaneous():
            self._watch()

    def _wrong_name(self) -> str:
        name = self.name.text().strip()
        if not name:
            return "Still missing: a name for the product."
        try:
            checked_name(name)
        except RecipeError as error:
            return str(error)
        other = self._other_spelling(name)
        return f"There is a product '{other}' already: write its name like that." if other else ""

    def _other_spelling(self, name: str) -> str:
        known = self._services.store.names()
        same = (other for other in known if other.casefold() == name.casefold() and other != name)
        return next(same, "")

    def _show_hint(self) -> None:
        name = self.name.text().strip()
        known = name in self._services.store.names()
        number = self._services.store.revisions(name)[-1] + 1 if known else 1
        self.hint.setText(f"Known already: this becomes revision {number}." if known else "")
        self.hint.setVisible(known)

    def _watch(self) -> None:
        """Watch the chosen camera, unless it is being watched."""
        settings = self.camera.settings
        if self.live.running and settings == self.live.settings:
            return
        self._seen, self._trouble = False, ""
        self.figures.setText("")
        self.focus.begin()
        self.exposure.begin()
        if settings:
            self.view.show_message("Waiting for the camera's first picture …")
            self.live.start(settings)
        else:
            self.live.stop()
            self.view.show_message(self.camera.missing)
        self.changed.emit()

    @Slot()
    def _on_text(self) -> None:
        self._show_hint()
        self._save_timer.start()
        self.changed.emit()

    @Slot()
    def _on_camera(self) -> None:
        self._show_held(Held({k: float(v) for k, v in self.camera.settings.items() if k in KEYS}))
        self._save()
        self._watch()

    @Slot(object)
    def _on_looked(self, look: Look) -> None:
        height, width = look.size
        pace = pace_text(look.pace.median_ms, look.pace.worst_ms)
        self.figures.setText(f"{width} × {height} pixels{', ' if pace else ''}{pace}")
        self.view.show_pixels(look.shown, "")
        self.focus.add(look.at_s, look.sharpness)
        self.exposure.show_exposure(look.exposure)
        if not self._seen or self._trouble:
            self._seen, self._trouble = True, ""
            self.changed.emit()

    @Slot(str)
    def _on_troubled(self, text: str) -> None:
        self._trouble = text
        self.view.show_message(text)
        self.changed.emit()

    @Slot(object)
    def _on_held(self, held: Held) -> None:
        self.camera.keep(held.values, KEYS)
        self.live.settings = self.camera.settings
        self._show_held(held)
        self._save()

    @Slot()
    def _on_lock(self) -> None:
        if self.lock_button.text() == _LOCK:
            self.live.lock()
        else:
            self.live.unlock()

    @Slot()
    def _on_darker(self) -> None:
        self.live.brighten(False)

    @Slot()
    def _on_brighter(self) -> None:
        self.live.brighten(True)

    def _show_held(self, held: Held) -> None:
        usb = self.camera.kind == "usb"
        self.lock_button.setVisible(usb)
        self.lock_button.setText("Unlock" if held.values else _LOCK)
        for button in (self.darker_button, self.brighter_button):
            button.setVisible(usb and "exposure" in held.values)
        self.lock_text.setText(held.sentence if usb else _NO_LOCK[self.camera.kind])

    @Slot()
    def _save(self) -> None:
        """Keep what was entered in the draft."""
        self._save_timer.stop()
        if self._session is None:
            return
        self._problem = ""
        try:
            self._session.change(
                name=self.name.text().strip(),
                description=self.description.toPlainText().strip(),
                camera=self.camera.settings,
            )
        except StationError as error:
            self._problem = str(error)
        self.changed.emit()

    def _connect(self) -> None:
        self.name.textChanged.connect(self._on_text)
        self.description.textChanged.connect(self._on_text)
        self._save_timer.timeout.connect(self._save)
        self.camera.changed.connect(self._on_camera)
        self.live.looked.connect(self._on_looked)
        self.live.troubled.connect(self._on_troubled)
        self.live.held.connect(self._on_held)
        self.lock_button.clicked.connect(self._on_lock)
        self.darker_button.clicked.connect(self._on_darker)
        self.brighter_button.clicked.connect(self._on_brighter)
        self.begin_button.clicked.connect(self.focus.begin)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(LEFT_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.name, self.hint, self.description):
            column.addWidget(widget)
        column.addWidget(self.camera, 1)
        commands = QHBoxLayout()
        commands.setSpacing(8)
        for button in (self.lock_button, self.darker_button, self.brighter_button):
            commands.addWidget(button)
        commands.addWidget(self.lock_text, 1)
        commands.addWidget(self.begin_button)
        right = QGridLayout()
        right.setSpacing(6)
        right.addWidget(self.view, 0, 0, 1, 2)
        right.addWidget(self.figures, 1, 0, 1, 2)
        right.addWidget(self.focus, 2, 0)
        right.addWidget(self.exposure, 2, 1)
        right.addLayout(commands, 3, 0, 1, 2)
        right.setRowStretch(0, 5)
        right.setRowStretch(2, 3)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(left)
        row.addLayout(right, 1)
        self.column.addLayout(row, 1)
