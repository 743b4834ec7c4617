"""Opens what is asked for over the window; stops the line only after asking."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Slot

from station.audit import Kind, leave
from station.drafts import DraftSession, DraftStore
from station.errors import RecipeError, StationError
from station.recipe_pages import public_camera
from station.recipes.recipe import Recipe
from station.settings import LaneSettings, load, save
from station.shifts import Shifts
from station.ui.camera_sheet import CameraSheet
from station.ui.control import StationControl
from station.ui.drafts_sheet import DraftsSheet
from station.ui.export_sheet import ExportSheet
from station.ui.keys_sheet import KeysSheet
from station.ui.main_window import MainWindow
from station.ui.manual_sheet import ManualSheet
from station.ui.recipe_sheet import RecipeSheet
from station.ui.services import CameraSettings, Services, TriggerChoice
from station.ui.sheet import Question
from station.ui.threads import Job
from station.ui.wizard.wizard import Wizard

LONGEST_MS = 60_000
"""Until a job heeds its cancel; the window is out of sight by then."""


class Host(Protocol):
    """What the dialogs ask of the station behind the window."""

    @property
    def control(self) -> StationControl:
        """Of the lane that is shown."""

    @property
    def active(self) -> bool:
        """True while any lane runs."""

    def stop(self) -> None:
        """Ask every lane to end its run."""


class Dialogs(QObject):
    """The commands that need more than one press."""

    def __init__(self, services: Services, host: Host, window: MainWindow) -> None:
        super().__init__(window)
        self._services = services
        self._host = host
        self._window = window
        self._after_stop: Callable[[], None] | None = None
        self.wizard: Wizard | None = None

    def recipe(self) -> None:
        """Say what is inspected and why so; choosing another stops the line, after asking."""
        sheet = RecipeSheet(
            self._services.store,
            self._host.control.recipe,
            self._window,
            by=self._services.operator,
            judging=self._host.active,
        )
        sheet.chosen.connect(self._on_recipe)
        sheet.teach_again.connect(self._on_teach_again)
        sheet.refused.connect(self._on_refused)
        sheet.show_for(self._window)

    def camera(self) -> None:
        """Choose the camera and the trigger."""
        self._when_stopped("change the camera", self._open_camera)

    def teach(self) -> None:
        """Open the wizard."""
        self._when_stopped("teach", self._choose_draft)

    def export(self) -> None:
        """Save a shift."""
        now, started = self._services.clock(), self._host.control.started_at
        shifts = Shifts.of(self._services.settings.shifts)
        sheet = ExportSheet(self._services.home, now, started, self._window, shifts=shifts)
        sheet.show_for(self._window)

    def help(self) -> None:
        """List the keys."""
        KeysSheet(self._window).show_for(self._window)

    def manual(self) -> None:
        """Show how things are done, and why so."""
        ManualSheet(self._window).show_for(self._window)

    def stop(self) -> None:
        """End every job of the window, and what the wizard runs."""
        if self.wizard is not None:
            self.wizard.stop()
        for sheet in self._window.findChildren(CameraSheet):
            sheet.stop()
        for job in self._window.findChildren(Job):
            job.stop(LONGEST_MS)

    def _when_stopped(self, doing: str, then: Callable[[], None]) -> None:
        if not self._host.active:
            then()
            return
        Question(
            f"Stop judging to {doing}?",
            "The station is judging. Parts that arrive while it is stopped are not inspected.",
            self._window,
            yes="Stop judging",
            no="Keep judging",
            then=lambda: self._stop_then(then),
        ).show_for(self._window)

    def _stop_then(self, then: Callable[[], None]) -> None:
        if not self._host.active:
            then()
            return
        self._after_stop = then
        self._host.stop()

    @Slot()
    def on_ended(self) -> None:
        """A lane has ended its run; once all have, what waited for it is done."""
        if self._host.active:
            return
        then, self._after_stop = self._after_stop, None
        if then is not None:
            then()

    @Slot(str)
    def _on_refused(self, sentence: str) -> None:
        self._host.control.troubled.emit(RecipeError(sentence))

    @Slot(object)
    def _on_recipe(self, recipe: Recipe) -> None:
        use = partial(self._host.control.use_recipe, recipe)
        self._when_stopped("use this recipe", use)

    def _open_camera(self) -> None:
        sheet = CameraSheet(
            self._host.control.camera_settings,
            self._host.control.trigger,
            self._window,
            self._services.build_camera,
        )
        sheet.chosen.connect(self._on_camera)
        sheet.show_for(self._window)

    @Slot(object, object)
    def _on_camera(self, settings: CameraSettings, trigger: TriggerChoice) -> None:
        control = self._host.control
        control.use_camera(settings, trigger)
        self._note_camera(control)
        self._remember(control.lane)

    def _note_camera(self, control: StationControl) -> None:
        lane = f"lane {control.lane.name}: " if control.lane.name else ""
        camera = public_camera(control.camera_settings)
        shown = ", ".join(f"{name} {value}" for name, value in camera.items())
        text = f"{lane}camera {shown}; trigger {control.trigger.text}"
        services = self._services
        leave(services.home, Kind.CAMERA, text, services.operator, services.clock)

    def _remember(self, lane: LaneSettings) -> None:
        """Keep what was chosen, so that it is there after the next start."""
        home = self._services.home
        try:
            known = load(home)
            lanes = tuple(lane if each.name == lane.name else each for each in known.lanes)
            save(home, replace(known, lanes=lanes))
        except StationError as error:
            self._host.control.troubled.emit(error)

    def _choose_draft(self) -> None:
        store = DraftStore(self._services.home, self._services.clock)
        if not store.folders():
            self._open_wizard(store.begin())
            return
        sheet = DraftsSheet(store, self._window)
        sheet.chosen.connect(self._open_wizard)
        sheet.show_for(self._window)

    @Slot(object)
    def _on_teach_again(self, recipe: Recipe) -> None:
        self._when_stopped("teach", partial(self._teach_again, recipe))

    def _teach_again(self, recipe: Recipe) -> None:
        store = DraftStore(self._services.home, self._services.clock)
        self._open_wizard(store.of_recipe(recipe))

    @Slot(object)
    def _open_wizard(self, session: DraftSession) -> None:
        self.wizard = Wizard(self._services, session)
        self.wizard.left.connect(self._on_left)
        self.wizard.started.connect(self._on_started)
        self._window.show_page(self.wizard)

    @Slot()
    def _on_left(self) -> None:
        recipe = self.wizard.recipe if self.wizard is not None else None
        self._close_wizard()
        if recipe is not None:
            self._host.control.use_recipe(recipe)

    @Slot(object)
    def _on_started(self, recipe: Recipe) -> None:
        self._close_wizard()
        self._host.control.use_recipe(recipe)
        self._window.actions_by_name["run"].trigger()

    def _close_wizard(self) -> None:
        self.wizard = None
        self._window.show_live()
        self._host.control.setup_changed.emit()
