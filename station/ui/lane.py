"""One lane on the screen: its control, its live page, and what the header says of it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from station.audit import Kind, leave
from station.errors import RecipeError
from station.inspection.events import (
    CameraChanged,
    Event,
    LineChanged,
    Recorded,
    RunState,
    StateChanged,
)
from station.settings import LaneSettings
from station.ui.control import StationControl
from station.ui.live.page import LivePage
from station.ui.services import Services

PLAIN = frozenset({"Running.", "Running again."})
"""What a run says when there is nothing to tell."""


class Lane(QObject):
    """Shows on its page what its loops tell; keeps what the header says while another is shown.

    changed: something that header or commands show. told: a sentence for the banner.
    """

    changed = Signal()
    told = Signal(str)

    def __init__(
        self, services: Services, settings: LaneSettings, live: LivePage, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.control = StationControl(services, self, settings)
        self.live = live
        self.device, self.refused = "", tuple[str, ...]()
        self.camera_trouble = self.line_trouble = ""
        self.control.told.connect(self.on_event)
        self.control.setup_changed.connect(self.on_setup)
        self.control.ended.connect(self.changed)

    @property
    def name(self) -> str:
        """As in the settings."""
        return self.control.lane.name

    @property
    def camera_text(self) -> str:
        """Camera and trigger, for people."""
        kind = str(self.control.camera_settings.get("kind", "none chosen"))
        return f"{kind} · {self.control.trigger.text}"

    @property
    def trouble(self) -> str:
        """What is wrong with the camera, or else with the line; "" where nothing is."""
        return self.camera_trouble or self.line_trouble

    def start(self, max_parts: int | None = None) -> None:
        """Begin a run, with the last good revision where the one in use was changed on the disk."""
        if not self._has_sound_recipe():
            return
        self.camera_trouble = self.line_trouble = ""
        self.live.begin_run()
        self.control.start(max_parts)
        self.changed.emit()

    def tick(self, now: datetime) -> None:
        """Pull the newest pictures and draw what came."""
        session = self.control.session
        if session is not None:
            frame = session.preview.take()
            if frame is not None:
                self.live.show_preview(frame)
            view = session.views.take()
            if view is not None:
                self.live.show_view(view)
        self.live.refresh(now)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Show what the loops tell."""
        if isinstance(event, Recorded):
            self.live.show_part(event)
        elif isinstance(event, CameraChanged):
            self._show_camera(event)
        elif isinstance(event, StateChanged):
            self._show_state(event)
        elif isinstance(event, LineChanged):
            self._show_line(event)
        self.changed.emit()

    @Slot()
    def on_setup(self) -> None:
        """Show which recipe, camera and trigger the next run has."""
        recipe = self.control.recipe
        self.live.show_recipe(recipe)
        self.device, self.refused = "chosen at the start" if recipe else "", ()
        self.camera_trouble = ""
        self.changed.emit()

    def _show_camera(self, event: CameraChanged) -> None:
        self.camera_trouble = "" if event.ok else event.text
        self.live.show_camera(self.camera_trouble)

    def _show_line(self, event: LineChanged) -> None:
        self.line_trouble = "" if event.controlled else event.text
        self.live.show_line(self.line_trouble)

    def _show_state(self, event: StateChanged) -> None:
        if event.device:
            self.device = event.device
        if event.state is RunState.RUNNING:
            self._tell_refused(event.refused)
            if event.text not in PLAIN:
                self._tell(event.text)
        self.live.show_state(event)
        if event.state is RunState.FAILED:
            self._tell(event.text)
            self._note_failure(event.text)

    def _has_sound_recipe(self) -> bool:
        recipe, store = self.control.recipe, self.control.services.store
        if recipe is None:
            return False
        with suppress(RecipeError):
            store.load(recipe.name, recipe.revision)
            return True
        try:
            found = store.newest(recipe.name)
        except RecipeError as error:
            self.control.troubled.emit(error)
            return False
        self.control.use_recipe(found.recipe)
        for sentence in found.refused:
            self._tell(sentence)
        return True

    def _note_failure(self, text: str) -> None:
        services, lane = self.control.services, f"lane {self.name}: " if self.name else ""
        leave(services.home, Kind.FAILED, f"{lane}{text}", services.operator, services.clock)

    def _tell_refused(self, refused: Sequence[str]) -> None:
        """Say once a run, not after each pause, what does not judge here."""
        if tuple(refused) != self.refused:
            self.refused = tuple(refused)
            if refused:
                self._tell(" ".join(refused))

    def _tell(self, sentence: str) -> None:
        self.told.emit(f"Lane {self.name}: {sentence}" if self.name else sentence)
