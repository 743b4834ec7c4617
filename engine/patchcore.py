"""PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.backbone import Backbone, Weights
from engine.memory_bank import MemoryBank
from engine.preprocessing import Preprocessing
from engine.runtimes import Runtime
from engine.score import Score

SIGMA_AT_224 = 4.0
"""Gaussian smoothing of the map in pixels of a 224-pixel input, as in the paper."""


@dataclass(frozen=True, slots=True, eq=False)
class PatchCore:
    """A taught model on one runtime. Scoring is pure: same picture, same score."""

    backbone: Backbone
    weights: Weights
    preprocessing: Preprocessing
    bank: MemoryBank
    runtime: Runtime

    @property
    def device(self) -> str:
        """What judges, for people."""
        return self.runtime.device

    def score(self, image: NDArray[np.uint8]) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB. Raises ImageError where the roi does not fit."""
        return self.score_batch([image])[0]

    def score_batch(self, images: Sequence[NDArray[np.uint8]]) -> list[Score]:
        """Score pictures, which may differ in size; each scores as it would alone."""
        batch = np.stack([self.preprocessing(image) for image in images])
        patches = self.runtime.patches(batch)
        return [
            self._score(grid, image.shape[:2]) for grid, image in zip(patches, images, strict=True)
        ]

    def _score(self, grid: NDArray[np.float32], size: tuple[int, ...]) -> Score:
        height, width, dimensions = grid.shape
        queries = grid.reshape(-1, dimensions)
        distances, nearest = self.bank.nearest(queries)
        farthest = int(distances.argmax())
        weight = self._weight(queries[farthest], int(nearest[farthest]))
        patch_scores = distances.reshape(height, width)
        return Score(float(distances[farthest]) * weight, self._map(patch_scores, size))

    def _weight(self, patch: NDArray[np.float32], nearest: int) -> float:
        """1 − softmax over the distances of m^test,* to m* and its neighbours (equation 7)."""
        around = self.bank.vectors[self.bank.neighbours[nearest]]
        if len(around) < 2:
            return 1.0
        distances = np.sqrt(np.square(around - patch).sum(axis=1, dtype=np.float64))
        exponentials = np.exp(distances - distances.max())
        return float(1 - exponentials[0] / exponentials.sum())

    def _map(self, patch_scores: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
        """Upsample, smooth at the network's input size, and lay over the whole picture."""
        height, width = self.preprocessing.input_size
        fine = cv2.resize(patch_scores, (width, height), interpolation=cv2.INTER_LINEAR)
        sigma = SIGMA_AT_224 * (height * width) ** 0.5 / 224
        smooth = cv2.GaussianBlur(fine, (0, 0), sigma)
        if self.preprocessing.roi is None:
            top, left, rows, columns = 0, 0, size[0], size[1]
        else:
            top, left, rows, columns = self.preprocessing.roi
        inside = cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR)
        if (rows, columns) == tuple(size[:2]):
            return inside.astype(np.float32, copy=False)
        whole = np.zeros(size[:2], np.float32)
        whole[top : top + rows, left : left + columns] = inside
        return whole
