"""Is one of the good pictures bad? Each picture's score against all the others, worst first.

A hidden defect shows at the top; engine.leave_out says how it is kept from covering itself.
Nothing is thrown out here: the list says who stands out, a person decides.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from engine.anomaly_map import lay_over
from engine.leave_out import by_place, everywhere, to_others
from engine.places import PlacedPoints
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.teach import Extracted, ReadImage, TeachSettings, extract

FARTHEST = 5
"""Patches whose mean is the picture's score: one patch alone may be a speck of dust."""
OUTLYING = 3.5
"""Modified z-score from which a picture stands out (Iglewicz and Hoaglin, 1993)."""
SIGMA_PER_MAD = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""
SHOWN = 24
"""Pictures that come with an anomaly map, besides those that stand out."""
MAP_SIDE = 256
"""Longer side of a map in pixels: it is kept with the draft."""


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """One picture against all the others.

    picture: its number among those given. score: raw distance. anomaly_map: float32 (h, w), the
    whole picture at most 256 pixels a side, same unit; (0, 0) where none was made.
    """

    picture: int
    score: float
    anomaly_map: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What usual pictures score, from the median and the spread of the scores' logarithms.

    Scores are positive and skewed, their logarithms about symmetric; neither number is moved by a
    few bad pictures. median: raw score. spread: standard deviation of the logarithm, from its
    median absolute deviation.
    """

    median: float
    spread: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> "Usual":
        """Describe the usual among `scores`."""
        logs = np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        median = float(np.median(logs))
        return cls(exp(median), SIGMA_PER_MAD * float(np.median(np.abs(logs - median))))

    @property
    def limit(self) -> float:
        """The score from which a picture stands out."""
        return self.median * exp(OUTLYING * self.spread)

    @property
    def high(self) -> float:
        """The score that is painted strongest: as far above the limit as the median is below."""
        return self.limit + max(self.limit - self.median, 0.1 * self.limit)


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """All pictures, worst first, and what usual ones score."""

    ranked: tuple[Suspect, ...]
    usual: Usual

    @property
    def outstanding(self) -> tuple[Suspect, ...]:
        """Those unlike all the others, worst first."""
        return tuple(each for each in self.ranked if each.score > self.usual.limit)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, without the maps."""
        return {
            "median": self.usual.median,
            "spread": self.usual.spread,
            "limit": self.usual.limit,
            "ranked": [{"picture": each.picture, "score": each.score} for each in self.ranked],
        }


def find_suspects(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Suspects:
    """Score every picture against all the others; deterministic by the settings' seed.

    Memory does not grow with the pictures but for 24 bytes a patch and the maps; patches are on
    disk meanwhile.

    Args:
        images: one call a picture, returning uint8 (H, W, 3) RGB; some are called three times.
        progress: told the stages "projection", "features", "comparing" and "maps".

    Raises:
        TeachError: fewer than 2 pictures. BackboneError, ImageError, Cancelled as they come.
    """
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        read = extract(images, settings, Path(folder), progress, cancelled)
        points, origins = read.features.take()
        if settings.by_position:
            parts = by_place(PlacedPoints(read.places, points, origins), settings.seed)
        else:
            parts = everywhere(points, origins, settings.seed)
        scores = to_others(parts, len(points), origins, progress, cancelled)
        del points
    ranking = _Ranking(images, read, scores, origins)
    return ranking.suspects(progress, cancelled)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Patch scores, float32 (N,), of all pictures, and where each patch lies."""

    images: Sequence[ReadImage]
    read: Extracted
    scores: NDArray[np.float32]
    origins: NDArray[np.int32]

    def suspects(self, progress: Progress, cancelled: IsCancelled) -> Suspects:
        """Rank the pictures; make the maps of the first, and of all that stand out."""
        own = self._own()
        values = [_farthest(self.scores[rows]) for rows in own]
        usual = Usual.of(values)
        order = sorted(range(len(own)), key=lambda number: -values[number])
        mapped = min(len(own), max(SHOWN, sum(value > usual.limit for value in values)))
        maps = [np.empty((0, 0), np.float32)] * len(own)
        for done, number in enumerate(order[:mapped], start=1):
            raise_if(cancelled)
            maps[number] = self._map(number, own[number], values[number])
            progress("maps", done, mapped)
        ranked = tuple(Suspect(number, values[number], maps[number]) for number in order)
        return Suspects(ranked, usual)

    def _own(self) -> list[slice]:
        """Return which patches are each picture's."""
        bounds = np.searchsorted(self.origins[:, 0], np.arange(len(self.images) + 1))
        return [slice(int(first), int(end)) for first, end in pairwise(bounds)]

    def _map(self, number: int, own: slice, score: float) -> NDArray[np.float32]:
        """Return the anomaly map, small, its peak at the picture's score."""
        grid = _grid(self.scores[own], self.origins[own], self.read)
        image, preprocessing = self.images[number](), self.read.preprocessing
        look = preprocessing.look(image)
        rows, columns = preprocessing.seen_of(look.pixels.shape, self.read.network.stride)
        seen = np.ascontiguousarray(grid[:rows, :columns])
        small = _small(lay_over(seen, preprocessing, image.shape, look))
        peak = float(small.max())
        return small * np.float32(score / peak) if peak > 0 else small


def _farthest(scores: NDArray[np.float32]) -> float:
    """Return the mean of the farthest patches."""
    return float(np.sort(scores)[-FARTHEST:].mean()) if len(scores) else 0.0


def _grid(
    scores: NDArray[np.float32], origins: NDArray[np.int32], read: Extracted
) -> NDArray[np.float32]:
    """Lay patch scores out, float32 (h, w); a patch that was not drawn has its nearest's."""
    grid = np.full(read.preprocessing.tiling.grid(read.network.stride), np.nan, np.float32)
    grid[origins[:, 1], origins[:, 2]] = scores
    nearest = distance_transform_edt(np.isnan(grid), return_distances=False, return_indices=True)
    filled: NDArray[np.float32] = grid[tuple(nearest)]
    return filled


def _small(anomaly_map: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = anomaly_map.shape
    factor = min(1.0, MAP_SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(anomaly_map, size, interpolation=cv2.INTER_AREA), np.float32)
