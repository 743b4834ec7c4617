"""Makes window and station work together: commands go down, events and pictures come up."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from engine.errors import EngineError
from station.errors import StationError
from station.inspection.events import (
    CameraChanged,
    Event,
    Recorded,
    RunState,
    StateChanged,
)
from station.ledger.row import Row
from station.ui.control import StationControl
from station.ui.dialogs import Dialogs
from station.ui.error_door import ErrorDoor
from station.ui.live.looking_back import Archive
from station.ui.main_window import MainWindow
from station.ui.services import Services

RECALLED = 12
FRAME_MS = 66
"""15 pictures a second; judging never waits for drawing."""


class Conductor(QObject):
    """Owns the window and the control; everything here runs in the screen's thread."""

    def __init__(self, services: Services, door: ErrorDoor) -> None:
        super().__init__()
        self.services = services
        self.door = door
        self.control = StationControl(services, self)
        self.archive = Archive(services.home, services.store)
        self.window = MainWindow()
        self.dialogs = Dialogs(services, self.control, self.window)
        self._commands = self._handlers()
        self._refused_told: tuple[str, ...] = ()
        self.window.asked.connect(self._on_asked)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.tick)
        door.reported.connect(self.window.banner.show_trouble)
        self.control.told.connect(self.on_event)
        self.control.setup_changed.connect(self.on_setup)
        self.control.ended.connect(self.on_ended)
        self.control.troubled.connect(door.report)
        self.window.live.look_back_asked.connect(self.look_back)
        self.window.closing.connect(self.shutdown)
        self.window.header.operator.show_value(services.operator)
        self.on_setup()
        self._timer.start()

    @Slot()
    def tick(self) -> None:
        """Pull the newest pictures and draw what came; twice a second would do for figures."""
        session, live = self.control.session, self.window.live
        if session is not None:
            frame = session.preview.take()
            if frame is not None:
                live.show_preview(frame)
            view = session.views.take()
            if view is not None:
                live.show_view(view)
        self.tick_figures()

    def tick_figures(self) -> None:
        """Write what is counted and timed."""
        live, now = self.window.live, self.services.clock()
        live.refresh(now)
        self.window.header.show_run(self.control.started_at if self.control.active else None, now)
        self.window.header.show_latency(live.tally)

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Show what the loops tell."""
        if isinstance(event, Recorded):
            self.window.live.show_part(event)
        elif isinstance(event, CameraChanged):
            self._show_camera(event)
        elif isinstance(event, StateChanged):
            self._show_state(event)
        self._show_commands()

    @Slot()
    def on_setup(self) -> None:
        """Show which recipe, camera and trigger the next run has."""
        recipe = self.control.recipe
        self.window.header.show_recipe(recipe)
        self.window.live.show_recipe(recipe)
        self.window.header.show_device("chosen at the start" if recipe else "", ())
        kind = str(self.control.camera_settings.get("kind", "none chosen"))
        self.window.header.camera.show_value(f"{kind} · {self.control.trigger.text}")
        self._show_commands()

    @Slot()
    def on_ended(self) -> None:
        """Draw the last pictures of a run that has ended."""
        self.tick()
        self._show_commands()

    @Slot(object)
    def look_back(self, row: Row) -> None:
        """Bring a recorded part back from disk."""
        try:
            view = self.archive.view(row)
        except (StationError, EngineError) as error:
            self.door.report(error)
            return
        self.window.live.look_at(row, view)
        self._show_commands()

    def recall_rejects(self) -> None:
        """Fill the strip with the rejects of earlier runs."""
        try:
            rejects = self.archive.latest_rejects(RECALLED, self.services.clock())
        except StationError as error:
            self.door.report(error)
            return
        for row, thumbnail in rejects:
            self.window.live.strip.add(row, thumbnail)
        self._show_commands()

    @Slot()
    def shutdown(self) -> None:
        """Stop the screen's timer, the wizard's job and the loops, in that order."""
        self._timer.stop()
        self.dialogs.stop()
        self.control.shutdown()

    def run_or_stop(self) -> None:
        """F5."""
        if self.control.active:
            self.control.stop()
            return
        self.start()

    def start(self, max_parts: int | None = None) -> None:
        """Start a run; `max_parts` ends it by itself."""
        self._refused_told = ()
        self.window.live.begin_run()
        self.control.start(max_parts)
        self._show_commands()

    def _show_state(self, event: StateChanged) -> None:
        if event.device:
            self.window.header.show_device(event.device, event.refused)
        if event.state is RunState.RUNNING:
            self._tell_refused(event.refused)
        self.window.live.show_state(event)
        if event.state is RunState.FAILED:
            self.door.tell(event.text)

    def _tell_refused(self, refused: tuple[str, ...]) -> None:
        """Say once a run, not after each pause, what does not judge here."""
        if refused != self._refused_told:
            self._refused_told = refused
            if refused:
                self.door.tell(" ".join(refused))

    def _show_camera(self, event: CameraChanged) -> None:
        kind = str(self.control.camera_settings.get("kind", ""))
        text = f"{kind} · {self.control.trigger.text}" if event.ok else event.text
        self.window.header.camera.show_value(text, not event.ok)

    def _show_commands(self) -> None:
        control, actions = self.control, self.window.actions_by_name
        self.window.show_commands(
            control.state,
            control.active,
            ready=control.recipe is not None,
            has_key=control.has_key,
        )
        if self.window.is_live:
            any_reject = bool(self.window.live.strip.rows)
            actions["previous"].setEnabled(any_reject)
            actions["next"].setEnabled(any_reject)
            actions["live"].setEnabled(self.window.live.looking_at is not None)

    def _handlers(self) -> dict[str, Callable[[], None]]:
        """What each command of the table does."""
        live = self.window.live
        return {
            "run": self.run_or_stop,
            "pause": self.control.pause_or_resume,
            "trigger": self.control.fire,
            "recipe": self.dialogs.recipe,
            "camera": self.dialogs.camera,
            "teach": self.dialogs.teach,
            "export": self.dialogs.export,
            "help": self.dialogs.help,
            "quit": self.close,
            "full": self.window.toggle_full_screen,
            "mode": live.overlay.next_mode,
            "more": partial(live.overlay.step, +1),
            "less": partial(live.overlay.step, -1),
            "previous": partial(live.strip.step, +1),
            "next": partial(live.strip.step, -1),
            "live": self._back_to_live,
        }

    @Slot(str)
    def _on_asked(self, name: str) -> None:
        self._commands[name]()

    def close(self) -> None:
        """Close the window as a person would."""
        self.window.close()

    def _back_to_live(self) -> None:
        self.window.live.back_to_live()
        self._show_commands()
