"""Starts, pauses and stops one lane's runs; hosts their loops. Draws nothing."""

import logging
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from station.cameras.camera import Camera
from station.codes import read_part_id
from station.errors import CameraError, StationError
from station.inspection.events import Event, RunState, StateChanged
from station.inspection.session import Session
from station.inspection.triggers import KeyTrigger, Trigger
from station.inspection.watchdog import Pulse
from station.line.line import Line, NoLine, open_line
from station.recipes.recipe import Recipe
from station.settings import LaneSettings
from station.ui.services import CameraSettings, Services, TriggerChoice, TriggerKind
from station.ui.threads import LoopThread

logger = logging.getLogger(__name__)

ACTIVE = frozenset({RunState.STARTING, RunState.RUNNING, RunState.PAUSED})
STOP_MS = 2000
LAST_RESORT_MS = 60_000


class StationControl(QObject):
    """What is set up in one lane and whether it runs.

    told: each event of the loops, in order. setup_changed: recipe, camera or trigger.
    ended: all loops have returned. troubled: an exception for the error door.
    """

    told = Signal(object)
    setup_changed = Signal()
    ended = Signal()
    troubled = Signal(object)

    def __init__(
        self,
        services: Services,
        parent: QObject | None = None,
        lane: LaneSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self.services = services
        self.lane = lane or LaneSettings()
        self.recipe: Recipe | None = None
        self.camera_settings: CameraSettings = {}
        self.trigger = TriggerChoice.of(self.lane)
        self.state = RunState.STOPPED
        self.started_at: datetime | None = None
        self.session: Session | None = None
        self._trigger: Trigger | None = None
        self._threads: list[LoopThread] = []
        self._line: LoopThread | None = None
        self._unfinished = 0

    @property
    def active(self) -> bool:
        """True from start until all loops have returned."""
        return bool(self._threads)

    @property
    def pulses(self) -> tuple[Pulse, ...]:
        """What the loops show while they are alive."""
        return self.session.pulses if self.session is not None and self.active else ()

    @property
    def has_key(self) -> bool:
        """True where a key is the trigger."""
        return self.trigger.kind is TriggerKind.KEY

    def use_recipe(self, recipe: Recipe) -> None:
        """Judge by that recipe from the next start.

        Through the camera that was chosen for it in this lane, else the one it was taught with.
        """
        self.recipe = recipe
        chosen = self.lane.camera if self.lane.recipe == recipe.name else {}
        self.camera_settings = dict(chosen or recipe.draft.camera)
        self.setup_changed.emit()

    def use_camera(self, settings: CameraSettings, trigger: TriggerChoice) -> None:
        """Judge what that camera sees from the next start."""
        self.camera_settings, self.trigger = dict(settings), trigger
        self.lane = replace(
            self.lane,
            recipe=self.recipe.name if self.recipe else self.lane.recipe,
            camera=dict(settings),
            trigger=trigger.word,
            period_s=trigger.period_s,
            takt_s=trigger.takt_s,
            codes=trigger.codes,
        )
        self.setup_changed.emit()

    def start(self, max_parts: int | None = None) -> None:
        """Start a run; what prevents it goes to `troubled`."""
        if self.active or self.recipe is None:
            return
        try:
            camera, line = self._camera(), open_line(self.services.settings.line, self.lane)
            trigger = self.trigger.build(None if isinstance(line, NoLine) else line.trigger)
        except StationError as error:
            self.troubled.emit(error)
            return
        self._trigger = trigger
        self.session = Session(
            self.services.home,
            self.recipe,
            camera,
            trigger if trigger is line.trigger else line.guard(trigger),
            operator=self.services.operator,
            queue_capacity=self.lane.queue,
            load_engine=self.services.load_engine,
            max_parts=max_parts,
            lane=self.lane.name,
            limit_s=self.trigger.takt_s,
            identify=read_part_id if self.trigger.codes else None,
            answer=line.answer,
            open_ledger=self.services.shared.lease if self.services.shared else None,
            clock=self.services.clock,
        )
        self.started_at = self.services.clock()
        self.state = RunState.STARTING
        self._host(self.session, line)

    def stop(self) -> None:
        """Ask the run to end; `ended` follows."""
        for thread in self._threads:
            thread.request_stop()

    def pause(self, wanted: bool) -> None:
        """Accept no new part, or accept them again."""
        if self.session is None or not self.active:
            return
        if wanted:
            self.session.pause()
        else:
            self.session.resume()

    def fire(self) -> None:
        """Judge one part now, where a key is the trigger."""
        if isinstance(self._trigger, KeyTrigger):
            self._trigger.fire()

    def shutdown(self) -> None:
        """Stop and wait; every accepted part has its row when this returns.

        Loops end within 2 s; the line's last, so that it hands out their last results.
        """
        self.stop()
        for thread in self._threads:
            _wait_for(thread)
        if self._line is not None:
            self._line.request_stop()
            _wait_for(self._line)

    def _camera(self) -> Camera:
        if not self.camera_settings:
            raise CameraError("No camera is chosen. Press Camera and choose one.")
        return self.services.build_camera(self.camera_settings)

    def _host(self, session: Session, line: Line) -> None:
        self._threads = [LoopThread(loop, self) for loop in (session.inspect, session.acquire)]
        self._unfinished = len(self._threads)
        for thread in self._threads:
            thread.finished.connect(self._on_finished)
        self._line = LoopThread(line, self)
        self._line.finished.connect(self._on_line_finished)
        for thread in (self._line, *self._threads):
            thread.published.connect(self._on_event)
            thread.failed.connect(self.troubled)
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
        if self._unfinished or self._line is None:
            return
        self._line.request_stop()
        if self._line.isFinished():
            self._on_line_finished()

    @Slot()
    def _on_line_finished(self) -> None:
        if self._unfinished or self._line is None:
            return  # It failed before its run ended, and has said so.
        for thread in (self._line, *self._threads):
            thread.wait()
            thread.deleteLater()
        self._threads, self._line = [], None
        self.ended.emit()


def _wait_for(thread: LoopThread) -> None:
    if not thread.wait(STOP_MS):
        logger.warning("A loop has not ended within %d ms; waiting on.", STOP_MS)
        thread.wait(LAST_RESORT_MS)
