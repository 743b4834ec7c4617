"""Judging that survives a graphics card without free memory: once more, then on the CPU."""

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.runtimes.memory import ON_GPU, free_gpu_memory, is_out_of_memory
from engine.runtimes.opening import available
from engine.score import Score
from station.errors import StationError
from station.inspection.inspector import Scorer
from station.judging import Opened, open_recipe
from station.recipes.recipe import Recipe

logger = logging.getLogger(__name__)


class Retrying:
    """Scores on a device; where its memory runs out once more, and from then on elsewhere.

    device: what judges now. alarm: for people, once something else judges than was opened; empty
    before.
    """

    def __init__(self, scorer: Scorer, open_other: Callable[[], Scorer]) -> None:
        """Judge with `scorer`.

        open_other: opens what judges without that memory; raises StationError or EngineError.
        """
        self._scorer: Scorer | None = scorer
        self._open_other = open_other
        self.device = scorer.device
        self.alarm = ""

    def score(self, image: NDArray[np.uint8], /) -> Score:
        """Score uint8 (H, W, 3) RGB.

        Raises:
            StationError: the memory is out and nothing else judges here. Else as the scorer.
        """
        scorer = self._scorer or self._other()
        if self.alarm:
            return scorer.score(image)
        try:
            return _twice(scorer, image)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            logger.warning("%s is out of memory: %s", self.device, str(error))
        # The first device's memory is let go of before the other takes any.
        del scorer
        self._scorer = None
        return self._other().score(image)

    def _other(self) -> Scorer:
        free_gpu_memory()
        try:
            other = self._open_other()
        except (StationError, EngineError) as error:
            raise StationError(
                f"{self.device} is out of memory, and nothing else judges here. {error} Close "
                "other programs that use the graphics card, then restart the station"
            ) from error
        self.alarm = (
            f"{self.device} ran out of memory twice: {other.device} judges from now on, which may "
            "be slower. Close other programs that use the graphics card, then stop and start."
        )
        logger.error("%s", self.alarm)
        self._scorer, self.device = other, other.device
        return other


def retrying(recipe: Recipe, opened: Opened) -> Scorer:
    """Return what scores in `opened`, with the CPU behind it where that is a graphics card."""
    model = opened.model
    if model.runtime not in ON_GPU:
        return model
    return Retrying(model, lambda: open_on_cpu(recipe, model.model.mode).model)


def open_on_cpu(recipe: Recipe, mode: str) -> Opened:
    """Open the recipe on the first runtime without a graphics card that passes the gate.

    mode: the recipe's, of `engine.network`.

    Raises:
        StationError: none does; the sentence gives each one's reason.
    """
    reasons = []
    for name in available(mode):
        if name not in ON_GPU:
            try:
                return open_recipe(recipe, name)
            except (StationError, EngineError) as error:
                reasons.append(str(error))
    raise StationError(" ".join(reasons) or "No runtime for the CPU is installed.")


def _twice(scorer: Scorer, image: NDArray[np.uint8]) -> Score:
    try:
        return scorer.score(image)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        free_gpu_memory()
    return scorer.score(image)
