"""What the window is given to work with, and the choices a person makes before a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from engine.progress import IsCancelled, Progress
from engine.teach import TeachSettings
from station.cameras.camera import Camera
from station.clock import Clock
from station.drafts import DraftSession
from station.errors import StationError
from station.home import Home
from station.inspection.inspect_loop import LoadEngine
from station.inspection.triggers import (
    CameraTrigger,
    FreeRun,
    Interval,
    KeyTrigger,
    Trigger,
)
from station.ledger.shared import SharedLedger
from station.recipes.store import RecipeStore
from station.resolution import Prediction
from station.settings import LaneSettings, Settings

CameraSettings = Mapping[str, str | float | bool]
Predict = Callable[[TeachSettings, Sequence[Path]], Prediction]
Teach = Callable[[DraftSession, Progress, IsCancelled], None]


class TriggerKind(str, Enum):
    """What says that a part is there."""

    FREE_RUN = "Free run"
    INTERVAL = "Interval"
    KEY = "Key"
    LINE = "PLC"
    CAMERA = "Camera input"


TRIGGER_WORDS = {
    "free": TriggerKind.FREE_RUN,
    "interval": TriggerKind.INTERVAL,
    "key": TriggerKind.KEY,
    "line": TriggerKind.LINE,
    "camera": TriggerKind.CAMERA,
}
"""What the station's settings call them."""


@dataclass(frozen=True, slots=True)
class TriggerChoice:
    """A trigger as a person chooses it.

    period_s: of an interval.
    takt_s: the time from trigger to verdict that the line gives a part; None where it gives any.
    codes: read the part's id from a code in its picture.
    """

    kind: TriggerKind = TriggerKind.FREE_RUN
    period_s: float = 1.0
    takt_s: float | None = None
    codes: bool = False

    @classmethod
    def of(cls, lane: LaneSettings) -> "TriggerChoice":
        """What the settings of a lane say."""
        return cls(TRIGGER_WORDS[lane.trigger], lane.period_s, lane.takt_s, lane.codes)

    @property
    def word(self) -> str:
        """What the station's settings call its kind."""
        return next(word for word, kind in TRIGGER_WORDS.items() if kind is self.kind)

    def build(self, line: Trigger | None = None) -> Trigger:
        """Make the trigger for one run.

        Args:
            line: the PLC's, where the station has a line.

        Raises:
            StationError: the PLC is to trigger, and there is no line.
        """
        if self.kind is TriggerKind.LINE:
            if line is None:
                raise StationError(_NO_LINE)
            return line
        if self.kind is TriggerKind.INTERVAL:
            return Interval(self.period_s)
        return _SIMPLE[self.kind]()

    @property
    def text(self) -> str:
        """For people."""
        if self.kind is TriggerKind.INTERVAL:
            return f"every {self.period_s:g} s"
        return str(self.kind.value) if self.kind is TriggerKind.LINE else self.kind.value.lower()


_SIMPLE: dict[TriggerKind, Callable[[], Trigger]] = {
    TriggerKind.FREE_RUN: FreeRun,
    TriggerKind.KEY: KeyTrigger,
    TriggerKind.CAMERA: CameraTrigger,
}
_NO_LINE = (
    "The PLC is to trigger, but no line is set up. Name it in station.toml ([line]), or choose "
    "another trigger under Camera."
)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside the window.

    build_camera: settings -> a camera, not open; raises CameraError.
    load_engine: called in the inspect thread.
    teach: called in a job's thread; leaves the model in the draft.
    predict: called in a job's thread, with good pictures; says what teaching and judging take.
    settings: of this station, as they were at its start.
    shared: the ledger that all lanes write to; None where each run opens its own.
    """

    home: Home
    store: RecipeStore
    build_camera: Callable[[CameraSettings], Camera]
    load_engine: LoadEngine
    teach: Teach
    predict: Predict
    clock: Clock
    operator: str
    settings: Settings = field(default_factory=Settings)
    shared: SharedLedger | None = None
