"""The demo in the window: it teaches itself a board in plain sight, then judges the line."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Slot
from PySide6.QtWidgets import QHBoxLayout

from engine.images import load_image
from station import demo
from station.cameras.camera import Camera
from station.drafts.steps import STEPS, StepName
from station.errors import StationError
from station.inspection.events import Event, Recorded, RunState
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.recipe import Recipe
from station.ui.conductor import Conductor
from station.ui.services import CameraSettings, TriggerChoice, TriggerKind
from station.ui.widgets import Card
from station.ui.wizard.rail import Rail
from station.ui.wizard.teach import STAGES
from station.ui.wizard.teaching import TeachingStep

SIZES = (QSize(1920, 1080), QSize(1280, 800))


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """parts: boards to judge before it closes by itself; None goes on until closed."""

    parts: int | None
    seed: int
    out: Path
    screenshots: bool


def demo_camera(
    seed: int, build: Callable[[CameraSettings], Camera]
) -> Callable[[CameraSettings], Camera]:
    """Build the demo's own line from its settings, every other camera as usual."""

    def build_either(settings: CameraSettings) -> Camera:
        line = demo.judging_line(seed)
        return line if dict(settings) == line.settings else build(settings)

    return build_either


class DemoTeaching(Card):
    """The wizard's teaching, fed by the virtual line."""

    def __init__(self) -> None:
        super().__init__()
        stages = (each for each in STAGES if each not in ("registration", "bad parts"))
        self.rail, self.step = Rail(), TeachingStep(("collecting", *stages))
        teach = STEPS.index(StepName.TEACH)
        self.rail.go_to(teach, teach, set(range(teach)))
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 20, 24, 20)
        row.setSpacing(28)
        row.addWidget(self.rail)
        row.addWidget(self.step, 1)


class DemoShow(QObject):
    """Runs the demo on a conductor. problem: why it could not go on; empty when all went well."""

    def __init__(self, conductor: Conductor, options: DemoOptions) -> None:
        super().__init__(conductor)
        self._conductor = conductor
        self._options = options
        self._seen = 0
        self._kept: set[tuple[str, bool]] = set()
        self.problem = ""
        self.teaching = DemoTeaching()
        conductor.control.told.connect(self._on_event)
        conductor.control.ended.connect(self._on_ended)

    def begin(self) -> None:
        """Show the window and teach."""
        window, step = self._conductor.window, self.teaching.step
        window.show()
        window.show_page(self.teaching)
        step.taught.connect(self._on_taught)
        step.gave_up.connect(self._on_gave_up)
        step.progressed.connect(self._on_progress)
        step.begin(partial(demo.prepare, self._conductor.services.home, self._options.seed))

    @Slot(str, int, int)
    def _on_progress(self, stage: str, done: int, total: int) -> None:
        if stage == "collecting":
            folder = self._conductor.services.home.teaching / demo.RECIPE
            self.teaching.step.sheet.add(load_image(max(folder.glob("*.png"))))
        if stage == "features" and done >= total // 2:
            self._keep("teaching")

    @Slot(object)
    def _on_taught(self, recipe: Recipe) -> None:
        conductor, parts = self._conductor, self._options.parts
        conductor.window.show_live()
        conductor.control.use_recipe(recipe)
        interval = TriggerChoice(TriggerKind.INTERVAL, 60 / demo.BOARDS_A_MINUTE)
        trigger = interval if parts is None else TriggerChoice(TriggerKind.FREE_RUN)
        conductor.control.use_camera(demo.judging_line(self._options.seed).settings, trigger)
        conductor.start(parts)

    @Slot()
    def _on_gave_up(self) -> None:
        self.problem = self.teaching.step.problem.text()
        if self._options.parts is not None:
            self._conductor.close()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if isinstance(event, Recorded):
            self._seen += 1
            self._keep_part(event.row)

    @Slot()
    def _on_ended(self) -> None:
        if self._options.parts is None:
            return
        if self._conductor.control.state is RunState.FAILED:
            self.problem = self._conductor.window.live.verdict.detail
        self._keep("end")
        self._conductor.close()

    def _keep_part(self, row: Row) -> None:
        """Keep the first OK and NG there is, and one of each again once the graph has filled."""
        name = f"live-{row.verdict.value.lower()}"
        late = self._seen > 3 * (self._options.parts or 0) // 4
        if not row.map_path or (name, late) in self._kept:
            return
        if not self._options.screenshots or row.verdict is Verdict.FAULT:
            return
        self._kept.add((name, late))
        view = self._conductor.archive.view(row)
        if view is not None:
            self._conductor.window.live.show_view(view)
        self._conductor.tick_figures()
        self._keep(name)

    def _keep(self, name: str) -> None:
        if not self._options.screenshots:
            return
        window = self._conductor.window
        before = window.size()
        for size in SIZES:
            window.resize(size)
            _settle()
            path = self._path(name, size)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not window.grab().save(str(path)):
                raise StationError(f"The screenshot '{path}' cannot be written.")
        window.resize(before)

    def _path(self, name: str, size: QSize) -> Path:
        folder = self._options.out / "screenshots"
        return folder / f"{name}-{size.width()}x{size.height()}.png"


def _settle() -> None:
    """Let layouts follow the new size without letting anything else happen."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
