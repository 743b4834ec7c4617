"""PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.anomaly_map import lay_over
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import EXACT
from engine.preprocessing import Preprocessing
from engine.runtimes import Matcher
from engine.score import Score
from engine.tiling import Kept


@dataclass(frozen=True, slots=True, eq=False)
class _Farthest:
    """The patch m^test,* farthest from the bank, and its nearest bank vector m*."""

    distance: float
    nearest: int
    patch: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PatchCore:
    """A taught model on one runtime. Scoring is pure: same picture, same score."""

    model: Model
    matcher: Matcher

    @property
    def device(self) -> str:
        """What judges, for people; fast mode is named, since it has its own scores."""
        mode = self.model.mode
        return self.matcher.device if mode == EXACT else f"{self.matcher.device}, {mode} mode"

    @property
    def bank(self) -> MemoryBank:
        """The model's memory bank."""
        return self.model.bank

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures reach the network."""
        return self.model.preprocessing

    def score(self, image: NDArray[np.uint8]) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB. Raises ImageError where the roi does not fit."""
        distances, farthest = self._match(self.preprocessing(image))
        value = self._reweighted(farthest.patch, farthest.nearest)
        return Score(value, lay_over(distances, self.preprocessing, image.shape))

    def _match(self, tiles: NDArray[np.uint8]) -> tuple[NDArray[np.float32], _Farthest]:
        """Match a part's tiles; return the part's patch scores (h, w) and its farthest patch."""
        stride, tiling = self.model.network.stride, self.preprocessing.tiling
        whole = np.empty((tiling.size[0] // stride, tiling.size[1] // stride), np.float32)
        kept = list(tiling.kept(stride))
        farthest = _Farthest(-1.0, 0, np.empty(0, np.float32))
        for start in range(0, len(tiles), self.matcher.batch):
            found = self.matcher.nearest(tiles[start : start + self.matcher.batch])
            for n, distances in enumerate(found.distances):
                place: Kept = kept[start + n]
                inside = distances[place.inside]
                whole[place.whole] = inside
                row, column = np.unravel_index(int(inside.argmax()), inside.shape)
                if inside[row, column] > farthest.distance:
                    i, j = int(row) + place.inside[0].start, int(column) + place.inside[1].start
                    farthest = _Farthest(
                        float(distances[i, j]), int(found.indices[n, i, j]), found.take(n, i, j)
                    )
                    farthest = _Farthest(farthest.distance, farthest.nearest, farthest.patch.copy())
        return whole, farthest

    def _reweighted(self, patch: NDArray[np.float32], nearest: int) -> float:
        """s = (1 − softmax over the distances of m^test,* to m* and its neighbours) · s*.

        Equations 6 and 7. The distance s* is taken anew, in float64: the search's own comes from
        ‖q‖² − 2·q·m + ‖m‖², which cancels.
        """
        around = self.bank.vectors[self.bank.neighbours[nearest]]
        distances = np.sqrt(np.square(around - patch, dtype=np.float64).sum(axis=1))
        if len(around) < 2:
            return float(distances[0])
        exponentials = np.exp(distances - distances.max())
        return float(distances[0] * (1 - exponentials[0] / exponentials.sum()))
