"""First step: what is inspected, and the camera that sees it sharp and well lit."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from station.cameras.controls import Held
from station.drafts import DraftSession
from station.errors import RecipeError, StationError
from station.recipes.names import checked_name
from station.ui import theme
from station.ui.buttons import BigButton
from station.ui.cameras.choice import CameraChoice
from station.ui.cameras.panel import WAITING, LivePanel, held_of, with_held
from station.ui.cameras.tuning import SDK_KINDS, TuningSheet
from station.ui.inputs import line_edit
from station.ui.services import CameraSettings, Services
from station.ui.widgets import Text
from station.ui.wizard.step import Step

SAVE_MS = 400
"""After the last letter typed."""
LEFT_WIDTH = 380
_NO_LOCK = {
    "": "",
    "folder": "Pictures from a folder stay as they were taken: there is nothing to lock.",
    "virtual line": "The virtual line has no exposure, gain or white balance to lock.",
    "video": "Set exposure, gain and white balance to manual on the camera's own web page.",
} | dict.fromkeys(SDK_KINDS, "Set exposure and gain under Settings: good parts must look alike.")


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
        self._problem = ""
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
        self.tune_button = BigButton("Settings …")
        for kind in SDK_KINDS:
            self.camera.add_details(kind, self.tune_button)
        self.panel = LivePanel(services.build_camera)
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_MS)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.name)
        self._show_locks()
        self.panel.view.show_message("Choose a camera from the list.")

    @property
    def missing(self) -> str:
        """Name first, then a camera, then a picture of it."""
        if self._problem:
            return self._problem
        wanting = self._wrong_name() or self.camera.missing or self.panel.trouble
        return wanting or ("" if self.panel.seen else WAITING)

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
        self._show_locks()
        self._watch()

    def leave(self) -> None:
        """Save, and let go of the camera."""
        self._save()
        self.panel.live.stop()

    def proceed(self) -> bool:
        """Save; True where that was possible."""
        self._save()
        return not self._problem

    def stop(self) -> None:
        """End the search and the preview."""
        self._save_timer.stop()
        self.camera.stop()
        self.panel.live.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the camera however the page went out of sight, but for a minimised window."""
        if not event.spontaneous():
            self.panel.live.stop()
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
        self.panel.watch(self.camera.settings, self.camera.missing)

    def _show_locks(self, held: Held | None = None) -> None:
        held = held or held_of(self.camera.settings)
        self.panel.show_locks(self.camera.kind, held, _NO_LOCK.get(self.camera.kind, ""))

    @Slot()
    def _on_text(self) -> None:
        self._show_hint()
        self._save_timer.start()
        self.changed.emit()

    @Slot()
    def _on_camera(self) -> None:
        self._show_locks()
        self._save()
        self._watch()

    @Slot(object)
    def _on_held(self, held: Held) -> None:
        self.camera.take(with_held(self.camera.settings, held))
        self.panel.live.settings = self.camera.settings
        self._show_locks(held)
        self._save()

    @Slot()
    def _on_tune(self) -> None:
        sheet = TuningSheet(self.camera.settings, self.window())
        sheet.chosen.connect(self._on_tuned)
        sheet.show_for(self.window())

    @Slot(object)
    def _on_tuned(self, settings: CameraSettings) -> None:
        self.camera.take(settings)
        self._on_camera()

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
        self.panel.changed.connect(self.changed)
        self.panel.held.connect(self._on_held)
        self.tune_button.clicked.connect(self._on_tune)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(LEFT_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.name, self.hint, self.description):
            column.addWidget(widget)
        column.addWidget(self.camera, 1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(left)
        row.addWidget(self.panel, 1)
        self.column.addLayout(row, 1)
