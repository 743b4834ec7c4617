"""What travels with a part: trigger -> `Frame` -> `Judged` or `Faulted` -> ledger row."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engine.score import Score


class Verdict(str, Enum):
    """How a part ended. To the line, FAULT is a reject."""

    OK = "OK"
    NG = "NG"
    FAULT = "FAULT"


class FaultReason(str, Enum):
    """Why a part could not be judged."""

    NO_FRAME = "no frame"
    QUEUE_FULL = "queue full"
    LATE = "late"
    UNFIT = "picture unfit"
    BLACK = "picture black"
    OVEREXPOSED = "picture overexposed"
    BLURRED = "picture blurred"
    FROZEN = "picture frozen"
    TORN = "picture torn"
    WRONG_SIZE = "wrong size"
    NOT_IN_PLACE = "not in place"
    SCORING_FAILED = "scoring failed"
    STOPPED = "station stopped"


class NgReason(str, Enum):
    """Why a part is NG beyond its score; "" for one that merely scores at or above."""

    WRONG_PRODUCT = "wrong product"


NO_FRAME_ID = -1
"""Of pictures whose camera does not number them."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one part.

    pixels: uint8 (H, W, 3) RGB, read-only.
    captured_at: UTC, timezone-aware.
    sequence: the trigger's number; unique in the ledger and without gaps.
    source: what the camera calls this picture (a file name, "board 17").
    part_id: what the trigger or a code on the part calls it; "" where nothing does.
    frame_id: the camera's own number of the picture, or `NO_FRAME_ID`.
    """

    pixels: NDArray[np.uint8]
    captured_at: datetime
    sequence: int
    source: str
    part_id: str = ""
    frame_id: int = NO_FRAME_ID


@dataclass(frozen=True, slots=True)
class Missed:
    """A trigger that never became a frame fit for the part queue."""

    sequence: int
    triggered_at: datetime
    reason: FaultReason
    text: str
    part_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A part with a score. `verdict` is OK or NG; NG is `score.value >= threshold`.

    elapsed_ms: trigger to verdict.
    reason, text: an `NgReason` value and a sentence for people, where the score alone does not say
        what is wrong; else empty.
    """

    frame: Frame
    score: Score
    threshold: float
    verdict: Verdict
    elapsed_ms: float
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Faulted:
    """A part that could not be judged. `pixels` is an empty (0, 0, 3) array if there is none."""

    sequence: int
    captured_at: datetime
    source: str
    reason: FaultReason
    text: str
    pixels: NDArray[np.uint8]
    part_id: str = ""


Inspection = Judged | Faulted


def judge(score: float, threshold: float) -> Verdict:
    """NG at or above the threshold, everywhere in the house. A score that is no number is NG."""
    return Verdict.OK if score < threshold else Verdict.NG
