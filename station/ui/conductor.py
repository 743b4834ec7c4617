"""Makes window and station work together: commands go down, events and pictures come up."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from engine.errors import EngineError
from station.errors import StationError
from station.inspection.events import StorageChanged
from station.inspection.watchdog import Pulse
from station.ledger.row import Row
from station.ui.control import StationControl
from station.ui.dialogs import Dialogs
from station.ui.error_door import ErrorDoor
from station.ui.keeping import Keeping
from station.ui.lane import Lane
from station.ui.live.looking_back import Archive
from station.ui.main_window import MainWindow
from station.ui.services import Services

RECALLED = 12
FRAME_MS = 66
"""15 pictures a second; judging never waits for drawing."""
SCREEN_LIMIT_S = 5.0
"""Silence of the screen's thread that counts as stuck."""


class Conductor(QObject):
    """Owns the window and the lanes; everything here runs in the screen's thread."""

    def __init__(self, services: Services, door: ErrorDoor) -> None:
        super().__init__()
        self.services = services
        self.door = door
        settings = services.settings.lanes
        self.window = MainWindow([lane.name for lane in settings])
        self.lanes = [
            Lane(services, lane, live, self)
            for lane, live in zip(settings, self.window.lives, strict=True)
        ]
        self.lane = self.lanes[0]
        self.archive = Archive(services.home, services.store)
        self.dialogs = Dialogs(services, self, self.window)
        self._screen = Pulse("screen", SCREEN_LIMIT_S)
        self.keeping = Keeping(services, self.pulses, self)
        self._commands = self._handlers()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.tick)
        self._connect()
        self.window.header.operator.show_value(services.operator)
        self.show_lane(0)
        for lane in self.lanes:
            lane.on_setup()
        self._timer.start()

    @property
    def control(self) -> StationControl:
        """Of the lane that is shown."""
        return self.lane.control

    @property
    def active(self) -> bool:
        """True while any lane runs."""
        return any(lane.control.active for lane in self.lanes)

    def pulses(self) -> tuple[Pulse, ...]:
        """What every thread of the station shows while it is alive."""
        return (self._screen, *(pulse for lane in self.lanes for pulse in lane.control.pulses))

    @Slot()
    def tick(self) -> None:
        """Pull the newest pictures and draw what came; twice a second would do for figures."""
        self._screen.beat()
        for lane in self.lanes:
            lane.tick(self.services.clock())
        self._show_figures()

    def tick_figures(self) -> None:
        """Write what is counted and timed, without waiting for the timer."""
        self.window.live.refresh(self.services.clock())
        self._show_figures()

    def _show_figures(self) -> None:
        header, control = self.window.header, self.control
        header.show_run(control.started_at if control.active else None, self.services.clock())
        header.show_latency(self.window.live.tally, control.trigger.takt_s)

    @Slot(int)
    def show_lane(self, index: int) -> None:
        """Let another lane fill the page."""
        self.lane = self.lanes[index]
        self.window.show_lane(index)
        self._show()

    @Slot(object)
    def on_stored(self, event: StorageChanged) -> None:
        """Say in the banner, and in the header for as long as it lasts, what storage needs."""
        self.window.header.show_storage("" if event.ok else event.text)
        if not event.ok:
            self.door.tell(event.text)

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
        """Fill each lane's strip with the rejects of its earlier runs."""
        try:
            rejects = self.archive.latest_rejects(RECALLED, self.services.clock())
        except StationError as error:
            self.door.report(error)
            return
        for lane in self.lanes:
            for row, thumbnail in rejects:
                if row.lane == lane.name or len(self.lanes) == 1:
                    lane.live.strip.add(row, thumbnail)
        self._show_commands()

    @Slot()
    def shutdown(self) -> None:
        """Stop the screen's timer, the wizard's job and the loops, in that order."""
        self._timer.stop()
        self._screen.rest()
        self.dialogs.stop()
        for lane in self.lanes:
            lane.control.stop()
        for lane in self.lanes:
            lane.control.shutdown()
        self.keeping.stop()

    def run_or_stop(self) -> None:
        """F5: all lanes."""
        if self.active:
            self.stop()
        else:
            self.start()

    def start(self, max_parts: int | None = None) -> None:
        """Start every lane that has a recipe; `max_parts` ends each by itself."""
        for lane in self.lanes:
            if lane.control.recipe is not None:
                lane.start(max_parts)

    def stop(self) -> None:
        """Ask every lane to end its run."""
        for lane in self.lanes:
            lane.control.stop()

    def pause_or_resume(self) -> None:
        """All lanes: pause those that run, or let all go on where the shown one is paused."""
        session = self.control.session
        paused = session is not None and session.paused
        for lane in self.lanes:
            lane.control.pause(not paused)

    def _connect(self) -> None:
        self.window.asked.connect(self._on_asked)
        self.window.closing.connect(self.shutdown)
        self.window.lane_bar.chosen.connect(self.show_lane)
        self.door.reported.connect(self.window.banner.show_trouble)
        self.keeping.told.connect(self.door.tell)
        self.keeping.troubled.connect(self.door.report)
        self.keeping.stored.connect(self.on_stored)
        for lane in self.lanes:
            lane.changed.connect(self._show)
            lane.told.connect(self.door.tell)
            lane.control.troubled.connect(self.door.report)
            lane.control.ended.connect(self.tick)
            lane.control.ended.connect(self.dialogs.on_ended)
            lane.control.ended.connect(self.keeping.back_up)
            lane.live.look_back_asked.connect(self.look_back)

    @Slot()
    def _show(self) -> None:
        """Write in the header and on the commands what the shown lane says."""
        header, lane = self.window.header, self.lane
        header.show_recipe(lane.control.recipe)
        header.show_device(lane.device, lane.refused)
        header.camera.show_value(lane.trouble or lane.camera_text, bool(lane.trouble))
        self._show_commands()

    def _show_commands(self) -> None:
        control, actions = self.control, self.window.actions_by_name
        self.window.show_commands(
            control.state,
            self.active,
            ready=any(lane.control.recipe is not None for lane in self.lanes),
            has_key=control.has_key,
        )
        if self.window.is_live:
            any_reject = bool(self.window.live.strip.rows)
            actions["previous"].setEnabled(any_reject)
            actions["next"].setEnabled(any_reject)
            actions["live"].setEnabled(self.window.live.looking_at is not None)

    def _handlers(self) -> dict[str, Callable[[], None]]:
        """What each command of the table does."""
        return {
            "run": self.run_or_stop,
            "pause": self.pause_or_resume,
            "trigger": self._fire,
            "recipe": self.dialogs.recipe,
            "camera": self.dialogs.camera,
            "teach": self.dialogs.teach,
            "export": self.dialogs.export,
            "help": self.dialogs.help,
            "manual": self.dialogs.manual,
            "quit": self.close,
            "full": self.window.toggle_full_screen,
            "mode": self._next_mode,
            "more": lambda: self.window.live.overlay.step(+1),
            "less": lambda: self.window.live.overlay.step(-1),
            "previous": lambda: self.window.live.strip.step(+1),
            "next": lambda: self.window.live.strip.step(-1),
            "live": self._back_to_live,
        }

    @Slot(str)
    def _on_asked(self, name: str) -> None:
        self._commands[name]()

    def close(self) -> None:
        """Close the window as a person would."""
        self.window.close()

    def _fire(self) -> None:
        self.control.fire()

    def _next_mode(self) -> None:
        self.window.live.overlay.next_mode()

    def _back_to_live(self) -> None:
        self.window.live.back_to_live()
        self._show_commands()
