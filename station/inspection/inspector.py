"""One picture to one verdict. Pure: no threads, no files, no screen."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine import image_checks
from engine.errors import Cancelled, ImageError, NotInPlace
from engine.score import Score
from station.parts import Faulted, FaultReason, Frame, Inspection, Judged, Missed, judge
from station.recipes.recipe import Recipe

logger = logging.getLogger(__name__)


class Scorer(Protocol):
    """The engine as the station sees it."""

    @property
    def device(self) -> str:
        """What judges, for people: "torch on CPU"."""

    def score(self, image: NDArray[np.uint8], /) -> Score:
        """Score uint8 (H, W, 3) RGB. Raises ImageError, NotInPlace where unfit."""


class Loaded(Protocol):
    """A recipe's engine, and why faster ones do not judge: one sentence each."""

    @property
    def model(self) -> Scorer: ...

    @property
    def refused(self) -> tuple[str, ...]: ...

    def close(self) -> None:
        """Let go of what judges. Safe to call twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Inspector:
    """Checks, scores and judges; whatever goes wrong becomes a `Faulted`, never an exception.

    Only Cancelled passes: nobody waits for the score any longer.

    threshold: raw score at which NG starts.
    frame_size: (H, W) that pictures must have; (0, 0) accepts any.
    clock: monotonic seconds, the same clock that stamped the grab.
    """

    scorer: Scorer
    threshold: float
    frame_size: tuple[int, int]
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(
        cls, recipe: Recipe, scorer: Scorer, clock: Callable[[], float] = time.monotonic
    ) -> "Inspector":
        """Judge as `recipe` says, with all the limits that it was published with."""
        return cls(scorer, recipe.threshold.value, recipe.draft.frame_size, clock)

    def inspect(self, frame: Frame, grabbed_s: float) -> Inspection:
        """Judge one frame; `elapsed_ms` counts from `grabbed_s` to the verdict."""
        try:
            score = self._score(frame.pixels)
        except Cancelled:
            raise
        except NotInPlace as error:
            return faulted(frame, FaultReason.NOT_IN_PLACE, str(error))
        except ImageError as error:
            return faulted(frame, FaultReason.UNFIT, str(error))
        except Exception as error:
            logger.exception("Part %d could not be scored.", frame.sequence)
            return faulted(frame, FaultReason.SCORING_FAILED, _why(error))
        verdict = judge(score.value, self.threshold)
        elapsed_ms = (self.clock() - grabbed_s) * 1000
        return Judged(frame, score, self.threshold, verdict, elapsed_ms)

    def _score(self, pixels: NDArray[np.uint8]) -> Score:
        image_checks.check(pixels, self.frame_size)
        score = self.scorer.score(pixels)
        if score.anomaly_map.shape != pixels.shape[:2]:
            raise ValueError(f"the anomaly map is {score.anomaly_map.shape}")
        if not (math.isfinite(score.value) and np.isfinite(score.anomaly_map.max())):
            raise ValueError("the score is not a number")
        return score


def faulted(part: Frame | Missed, reason: FaultReason, text: str) -> Faulted:
    """Return the fault row's content for a part that could not be judged."""
    if isinstance(part, Frame):
        return Faulted(
            part.sequence, part.captured_at, part.source, reason, text, part.pixels, part.part_id
        )
    nothing = np.zeros((0, 0, 3), np.uint8)
    return Faulted(part.sequence, part.triggered_at, "", reason, text, nothing, part.part_id)


def _why(error: Exception) -> str:
    return (
        f"Scoring failed: {str(error).rstrip('.') or type(error).__name__}. "
        "If it happens again, restart the station and send the log."
    )
