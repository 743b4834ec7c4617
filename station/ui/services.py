"""What the window is given to work with, and the choices a person makes before a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.progress import IsCancelled, Progress
from engine.teach import TeachSettings
from station.cameras.camera import Camera
from station.clock import Clock
from station.drafts import DraftSession
from station.home import Home
from station.inspection.inspect_loop import LoadEngine
from station.inspection.triggers import FreeRun, Interval, KeyTrigger, Trigger
from station.recipes.store import RecipeStore
from station.resolution import Prediction

CameraSettings = Mapping[str, str | float | bool]
Predict = Callable[[TeachSettings, Sequence[Path]], Prediction]
Teach = Callable[[DraftSession, Progress, IsCancelled], None]


class TriggerKind(str, Enum):
    """What says that a part is there."""

    FREE_RUN = "Free run"
    INTERVAL = "Interval"
    KEY = "Key"


@dataclass(frozen=True, slots=True)
class TriggerChoice:
    """A trigger as a person chooses it. period_s: of an interval."""

    kind: TriggerKind = TriggerKind.FREE_RUN
    period_s: float = 1.0

    def build(self) -> Trigger:
        """Make the trigger for one run."""
        if self.kind is TriggerKind.INTERVAL:
            return Interval(self.period_s)
        return KeyTrigger() if self.kind is TriggerKind.KEY else FreeRun()

    @property
    def text(self) -> str:
        """For people."""
        if self.kind is TriggerKind.INTERVAL:
            return f"every {self.period_s:g} s"
        return str(self.kind.value).lower()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside the window.

    build_camera: settings -> a camera, not open; raises CameraError.
    load_engine: called in the inspect thread.
    teach: called in a job's thread; leaves the model in the draft.
    predict: called in a job's thread, with good pictures; says what teaching and judging take.
    """

    home: Home
    store: RecipeStore
    build_camera: Callable[[CameraSettings], Camera]
    load_engine: LoadEngine
    teach: Teach
    predict: Predict
    clock: Clock
    operator: str
