"""PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.anomaly_map import lay_over
from engine.errors import ImageError
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import EXACT
from engine.preprocessing import Preprocessing
from engine.region import Look
from engine.runtimes import Matcher, Nearest
from engine.score import Score
from engine.tiling import Kept

ODD = 0.5
"""Patches (sigma) by which scores are smoothed where they are by position."""


@dataclass(frozen=True, slots=True, eq=False)
class _Farthest:
    """The patch m^test,* farthest from the bank, and its nearest bank vector m*."""

    distance: float
    nearest: int
    patch: NDArray[np.float32]


_NONE = _Farthest(-1.0, 0, np.empty(0, np.float32))


def _farther(farthest: _Farthest, found: Nearest, tile: int, place: Kept) -> _Farthest:
    """Return the farthest open patch that `tile` keeps where it is farther, else `farthest`."""
    inside = found.distances[tile][place.inside]
    if place.open is not None:
        inside = np.where(place.open, inside, np.float32(-1))
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    distance = float(inside[row, column])
    if distance <= farthest.distance:
        return farthest
    i, j = int(row) + place.inside[0].start, int(column) + place.inside[1].start
    return _Farthest(distance, int(found.indices[tile, i, j]), found.take(tile, i, j).copy())


def _above(
    distances: NDArray[np.float32],
    usual: NDArray[np.float32],
    open_patches: NDArray[np.bool_] | None,
) -> NDArray[np.float32]:
    """Return how much farther patches are than good parts' usually are there, float32 (h, w).

    By position every place has a bank of its own, denser here than there; what is usual at a place
    is no sign of a defect. The least smoothing (half a patch) costs a defect, which covers several
    patches, less than the one odd patch among hundreds of thousands. In place of the paper's
    re-weighting, which levels the same differences within one bank.
    """
    above = distances - usual[: distances.shape[0], : distances.shape[1]]
    if open_patches is not None:
        above[~open_patches] = 0
    np.maximum(above, 0, out=above)
    smooth = np.asarray(cv2.GaussianBlur(above, (0, 0), ODD), np.float32)
    if open_patches is not None:
        smooth[~open_patches] = 0
    return smooth


@dataclass(frozen=True, slots=True, eq=False)
class PatchCore:
    """A taught model on one runtime. Scoring is pure: same picture, same score.

    runtime: that runtime's name, for `open_model`.
    """

    model: Model
    matcher: Matcher
    runtime: str = ""

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
        """Score one picture, uint8 (H, W, 3) RGB.

        Raises:
            ImageError: the roi does not fit. NotInPlace: the part is not where it should be.
        """
        found = self.preprocessing.look(image)
        distances, farthest = self._match(found)
        if farthest is _NONE:
            raise ImageError("The ignored regions leave nothing to look at. Teach again.")
        if self.bank.usual is None:
            value = self._reweighted(farthest.patch, farthest.nearest)
        else:
            distances = _above(distances, self.bank.usual, found.open_patches(distances.shape))
            value = float(distances.max())
        return Score(value, lay_over(distances, self.preprocessing, image.shape, found))

    def _match(self, look: Look) -> tuple[NDArray[np.float32], _Farthest]:
        """Match a part's tiles; return the patch scores (h, w) seen and the farthest patch."""
        tiles = self.preprocessing.tiles(look)
        seen = self.preprocessing.seen_of(look.pixels.shape, self._stride)
        whole = np.empty(seen, np.float32)
        kept = self.preprocessing.kept(look, self._stride)
        farthest = _NONE
        for start in range(0, len(tiles), self.matcher.batch):
            found = self.matcher.nearest(tiles[start : start + self.matcher.batch], start)
            for n, distances in enumerate(found.distances):
                place = kept[start + n]
                if not place.empty:
                    whole[place.whole] = distances[place.inside]
                    farthest = _farther(farthest, found, n, place)
        return whole, farthest

    @property
    def _stride(self) -> int:
        return self.model.network.stride

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
