"""What the inspection threads tell the screen. Full pictures travel by slot, not by event."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from station.ledger.row import Row


class RunState(str, Enum):
    """Where a run stands: STARTING -> RUNNING <-> PAUSED -> STOPPED, FINISHED or FAILED.

    Exactly one of the last three ends a run. FAILED needs a person.
    FINISHED: the camera has no more pictures, every trigger has its row.
    """

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The run is now in `state`; `text` says why, and what to do where something is wrong.

    device: what judges ("OpenVINO f32 on CPU"); empty until the engine is loaded.
    refused: why faster runtimes do not judge on this machine, one sentence each.
    """

    state: RunState
    text: str
    device: str
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """The camera's health as people read it: ok False means look at it; `text` says what to do."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A part whose row is committed; only now may the line and the screen know.

    thumbnail: uint8 (h, w, 3) RGB with the heatmap painted in, at most 160 px wide, for NG and
        FAULT parts; (0, 0, 3) for OK parts and parts without a picture.
    queued: parts waiting behind this one.
    """

    row: Row
    thumbnail: NDArray[np.uint8]
    queued: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A thread that has not shown itself for too long; stack: where it is, as Python prints it."""

    thread: str
    silent_s: float
    stack: str

    @property
    def text(self) -> str:
        """For people."""
        return (
            f"The {self.thread} thread has been stuck for {self.silent_s:.0f} s. If it does not "
            "recover, restart the station and send the log."
        )


@dataclass(frozen=True, slots=True)
class LineChanged:
    """Whether the line hears our verdicts: controlled False means that its PLC must reject every
    part and triggers none; `text` says why and what to do."""

    controlled: bool
    text: str


@dataclass(frozen=True, slots=True)
class StorageChanged:
    """Room on the disk and the ledger's backups: ok False means act; `text` says what to do."""

    ok: bool
    text: str


Event = StateChanged | CameraChanged | Recorded | LineChanged | StorageChanged


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A judged part ready to draw, scaled in the worker to at most 1280 px a side.

    sequence: of its row.
    base: uint8 (h, w, 3) RGB.
    heat: uint8 (h, w, 4) RGBA, straight alpha, on the recipe's fixed scale: alpha 0 wherever the
        map is below the threshold, so nothing is painted on a good part.
    contour: uint8 (h, w, 4) RGBA, the outline of the painted area only.
    """

    sequence: int
    base: NDArray[np.uint8]
    heat: NDArray[np.uint8]
    contour: NDArray[np.uint8]
