"""Starts, pauses and stops runs for the window; hosts their two loops. Draws nothing."""

import logging
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from station.cameras.camera import Camera
from station.errors import CameraError, StationError
from station.inspection.events import Event, RunState, StateChanged
from station.inspection.session import Session
from station.inspection.triggers import KeyTrigger, Trigger
from station.recipes.recipe import Recipe
from station.ui.services import CameraSettings, Services, TriggerChoice, TriggerKind
from station.ui.threads import LoopThread

logger = logging.getLogger(__name__)

ACTIVE = frozenset({RunState.STARTING, RunState.RUNNING, RunState.PAUSED})
STOP_MS = 2000
LAST_RESORT_MS = 60_000


class StationControl(QObject):
    """What is set up and whether it runs.

    told: each event of the loops, in order. setup_changed: recipe, camera or trigger.
    ended: both loops have returned. troubled: an exception for the error door.
    """

    told = Signal(object)
    setup_changed = Signal()
    ended = Signal()
    troubled = Signal(object)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.recipe: Recipe | None = None
        self.camera_settings: CameraSettings = {}
        self.trigger = TriggerChoice()
        self.state = RunState.STOPPED
        self.started_at: datetime | None = None
        self.session: Session | None = None
        self._fireable: Trigger | None = None
        self._threads: list[LoopThread] = []
        self._unfinished = 0

    @property
    def active(self) -> bool:
        """True from start until both loops have returned."""
        return bool(self._threads)

    @property
    def has_key(self) -> bool:
        """True where a key is the trigger."""
        return self.trigger.kind is TriggerKind.KEY

    def use_recipe(self, recipe: Recipe) -> None:
        """Judge by that recipe from the next start, with the camera it was taught with."""
        self.recipe = recipe
        self.camera_settings = dict(recipe.draft.camera)
        self.setup_changed.emit()

    def use_camera(self, settings: CameraSettings, trigger: TriggerChoice) -> None:
        """Judge what that camera sees from the next start."""
        self.camera_settings, self.trigger = dict(settings), trigger
        self.setup_changed.emit()

    def start(self, max_parts: int | None = None) -> None:
        """Start a run; what prevents it goes to `troubled`."""
        if self.active or self.recipe is None:
            return
        try:
            camera = self._camera()
        except StationError as error:
            self.troubled.emit(error)
            return
        self._fireable = self.trigger.build()
        self.session = Session(
            self.services.home,
            self.recipe,
            camera,
            self._fireable,
            operator=self.services.operator,
            load_engine=self.services.load_engine,
            max_parts=max_parts,
            clock=self.services.clock,
        )
        self.started_at = self.services.clock()
        self.state = RunState.STARTING
        self._host(self.session)

    def stop(self) -> None:
        """Ask the run to end; `ended` follows."""
        for thread in self._threads:
            thread.request_stop()

    def pause_or_resume(self) -> None:
        """Accept no new part, or accept them again."""
        if self.session is None or not self.active:
            return
        if self.session.paused:
            self.session.resume()
        else:
            self.session.pause()

    def fire(self) -> None:
        """Judge one part now, where a key is the trigger."""
        if isinstance(self._fireable, KeyTrigger):
            self._fireable.fire()

    def shutdown(self) -> None:
        """Stop and wait; every accepted part has its row when this returns.

        Loops end within 2 s; only an engine that is being loaded may take longer.
        """
        self.stop()
        for thread in self._threads:
            if not thread.wait(STOP_MS):
                logger.warning("A loop has not ended within %d ms; waiting on.", STOP_MS)
                thread.wait(LAST_RESORT_MS)

    def _camera(self) -> Camera:
        if not self.camera_settings:
            raise CameraError("No camera is chosen. Press Camera and choose one.")
        return self.services.build_camera(self.camera_settings)

    def _host(self, session: Session) -> None:
        self._threads = [LoopThread(loop, self) for loop in (session.inspect, session.acquire)]
        self._unfinished = len(self._threads)
        for thread in self._threads:
            thread.published.connect(self._on_event)
            thread.failed.connect(self.troubled)
            thread.finished.connect(self._on_finished)
        for thread in self._threads:
            thread.start()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if isinstance(event, StateChanged):
            self.state = event.state
        self.told.emit(event)

    @Slot()
    def _on_finished(self) -> None:
        # Both must have said so: what a loop published is delivered before it says that.
        self._unfinished -= 1
        if self._unfinished:
            return
        for thread in self._threads:
            thread.wait()
            thread.deleteLater()
        self._threads = []
        self.ended.emit()
