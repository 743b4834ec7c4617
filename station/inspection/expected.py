"""What pictures and parts of one product look like, as far as its recipe says. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import fitness, resemblance
from engine.fitness import Limits
from engine.region import Polygon, Roi
from engine.score import Score
from engine.usual import Finding, Problem
from station.parts import FaultReason
from station.recipes.recipe import Draft

_REASONS = {
    Problem.DARK: FaultReason.BLACK,
    Problem.BLACKENED: FaultReason.BLACK,
    Problem.BRIGHT: FaultReason.OVEREXPOSED,
    Problem.CLIPPED: FaultReason.OVEREXPOSED,
    Problem.BLURRED: FaultReason.BLURRED,
    Problem.SMEARED: FaultReason.BLURRED,
    Problem.TORN: FaultReason.TORN,
    Problem.WRONG_SIZE: FaultReason.WRONG_SIZE,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What teaching has found out about the product's pictures; nothing where nobody has taught.

    product: its name. limits, unlike, roi, ignored: as of `station.recipes.Draft`.
    frame_size: (H, W) that pictures must have; (0, 0) accepts any.
    """

    frame_size: tuple[int, int] = (0, 0)
    product: str = ""
    limits: Limits | None = None
    unlike: float | None = None
    roi: Roi | None = None
    ignored: tuple[Polygon, ...] = ()

    @classmethod
    def of(cls, draft: Draft) -> "Expected":
        """Expect what the recipe was published with."""
        return cls(
            draft.frame_size, draft.name, draft.limits, draft.unlike, draft.roi, draft.ignored
        )

    def speaks_against(self, pixels: NDArray[np.uint8]) -> Finding | None:
        """Say why a picture must not be judged; None where it may be.

        Raises:
            ImageError: the region of interest sticks out of it.
        """
        return fitness.check(pixels, self.frame_size, self.limits, self.roi)

    def may_be_foreign(self, pixels: NDArray[np.uint8], finding: Finding) -> bool:
        """Whether `finding` may come of another product: light and focus as such are in order.

        Only scoring can tell then. Raises ImageError as `speaks_against`.
        """
        if self.limits is None or self.unlike is None or not finding.relative:
            return False
        return self.limits.is_foreign(pixels, self.roi)

    def told(self, finding: Finding) -> str:
        """What to tell people; without a common layout also that it may be another product."""
        if not finding.relative or self.limits is None or self.limits.knows_layout:
            return finding.sentence
        return f"{finding.sentence} Or is it another product?"

    def is_foreign(self, score: Score) -> bool:
        """Whether most of the part is far beyond everything taught: another product."""
        return self.unlike is not None and self.reached(score) > self.unlike

    def reached(self, score: Score) -> float:
        """Return what most of the area looked at reach in the anomaly map."""
        size = (score.anomaly_map.shape[0], score.anomaly_map.shape[1])
        pixels = resemblance.area(size, self.roi, self.ignored)
        return resemblance.reached(score.anomaly_map, pixels)

    @property
    def foreign(self) -> str:
        """What to tell people of another product."""
        return f"The part does not look like '{self.product}'. Check the product and the recipe."


def reason_of(finding: Finding) -> FaultReason:
    """Under which reason a refused picture is recorded."""
    return _REASONS.get(finding.problem, FaultReason.UNFIT)
