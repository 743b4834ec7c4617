"""One picture to one verdict. Pure: no threads, no files, no screen."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, ImageError, NotInPlace
from engine.score import Score
from station.inspection.expected import Expected, reason_of
from station.parts import (
    Faulted,
    FaultReason,
    Frame,
    Inspection,
    Judged,
    Missed,
    NgReason,
    Verdict,
    judge,
)
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
    expected: what pictures must be like to be judged, and parts to be this product.
    clock: monotonic seconds, the same clock that stamped the grab.
    """

    scorer: Scorer
    threshold: float
    expected: Expected = Expected()  # noqa: RUF009  # frozen
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(
        cls, recipe: Recipe, scorer: Scorer, clock: Callable[[], float] = time.monotonic
    ) -> "Inspector":
        """Judge as `recipe` says, with all the limits that it was published with."""
        return cls(scorer, recipe.threshold.value, Expected.of(recipe.draft), clock)

    def inspect(self, frame: Frame, grabbed_s: float) -> Inspection:
        """Judge one frame; `elapsed_ms` counts from `grabbed_s` to the verdict."""
        try:
            return self._inspected(frame, grabbed_s)
        except Cancelled:
            raise
        except NotInPlace as error:
            return faulted(frame, FaultReason.NOT_IN_PLACE, str(error))
        except ImageError as error:
            return faulted(frame, FaultReason.UNFIT, str(error))
        except Exception as error:
            logger.exception("Part %d could not be scored.", frame.sequence)
            return faulted(frame, FaultReason.SCORING_FAILED, _why(error))

    def _inspected(self, frame: Frame, grabbed_s: float) -> Inspection:
        found = self.expected.speaks_against(frame.pixels)
        if found is not None and not self.expected.may_be_foreign(frame.pixels, found):
            return faulted(frame, reason_of(found), self.expected.told(found))
        score = self._score(frame.pixels)
        verdict = judge(score.value, self.threshold)
        foreign = verdict is Verdict.NG and self.expected.is_foreign(score)
        if found is not None and not foreign:
            return faulted(frame, reason_of(found), self.expected.told(found))
        elapsed_ms = (self.clock() - grabbed_s) * 1000
        reason = NgReason.WRONG_PRODUCT.value if foreign else ""
        text = self.expected.foreign if foreign else ""
        return Judged(frame, score, self.threshold, verdict, elapsed_ms, reason, text)

    def _score(self, pixels: NDArray[np.uint8]) -> Score:
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
