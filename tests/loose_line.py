"""The virtual line with nothing to stop the boards: shifted and turned, in sight as a whole."""

import numpy as np

from station.cameras.virtual_line.line import VirtualLine
from station.cameras.virtual_line.variation import Pose

SHIFT_PX, TURN_DEG = 40.0, 8.0
ZOOM = 0.78
"""The camera stands off so far that a board stays in the picture wherever it lies."""


class LooseLine(VirtualLine):
    """Boards lie anywhere within ±shift_px and ±turn_deg; board 0 lies straight, for reference.

    In pictures of 640 × 480; with shift and turn 0 the boards stop as on the line, seen from
    as far.
    """

    def __init__(
        self,
        seed: int,
        defect_rate: float = 0.0,
        shift_px: float = SHIFT_PX,
        turn_deg: float = TURN_DEG,
        size: tuple[int, int] = (480, 640),
    ) -> None:
        super().__init__(seed, defect_rate, size)
        self._shift_px, self._turn_deg = shift_px, turn_deg

    def _pose(self, index: int) -> Pose:
        stopped = super()._pose(index)
        if not self._shift_px and not self._turn_deg:
            return stopped
        x, y, turn = self.moved(index)
        return Pose(x / self._scale, y / self._scale, turn, stopped.belt_px)

    def moved(self, index: int) -> tuple[float, float, float]:
        """Return board `index`'s shift in pixels, x and y, and its turn in degrees, clockwise."""
        if not index:
            return 0.0, 0.0, 0.0
        random = np.random.default_rng([self._seed, index, 77])
        x, y = random.uniform(-self._shift_px, self._shift_px, 2)
        return float(x), float(y), float(random.uniform(-self._turn_deg, self._turn_deg))

    @property
    def _scale(self) -> float:
        return ZOOM * super()._scale
