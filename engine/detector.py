"""What every taught method offers, whichever way it was taught."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.preprocessing import Preprocessing
from engine.progress import IsCancelled, Progress
from engine.score import Score
from engine.teach import ReadImage, TeachSettings


class Detector(Protocol):
    """A taught model on one runtime."""

    @property
    def device(self) -> str:
        """What judges, for people."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures reach the network."""

    def score(self, image: NDArray[np.uint8]) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB. Raises ImageError where the roi does not fit."""


Teach = Callable[[Sequence[ReadImage], TeachSettings, Progress, IsCancelled], Detector]
"""(good pictures, settings, progress, cancelled) -> what was taught: as `engine.teach.teach`."""
