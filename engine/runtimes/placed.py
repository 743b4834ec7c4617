"""Matching patches with what was taught at their own place, on any runtime."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.memory_bank import MemoryBank
from engine.places import Places
from engine.runtimes import BankMatcher, Nearest, Runtime
from engine.tiling import Tiling

Value = TypeVar("Value", np.float32, np.int64)


class PlacedMatcher(BankMatcher):
    """Any runtime, and an exact search place by place behind it.

    ‖q − m‖² = ‖q‖² − 2·q·m + ‖m‖²: one matrix product a place, of all its patches with all its
    vectors. NumPy takes 0.51 ms for 8 places (64 patches, 400 vectors, 64 dimensions), an OpenVINO
    graph 0.67 ms, torch 0.74 ms, faiss 1.7 ms.
    """

    def __init__(
        self, runtime: Runtime, bank: MemoryBank, places: Places, tiling: Tiling, stride: int
    ) -> None:
        super().__init__(runtime, bank)
        self._places = places
        self._kept = list(tiling.kept(stride))
        self._vectors = bank.vectors.reshape(places.count, -1, bank.vectors.shape[1])
        self._lengths = np.einsum("pkd,pkd->pk", self._vectors, self._vectors)[:, None]
        self._steps = places.steps()

    def nearest(self, pictures: NDArray[np.uint8], first: int = 0) -> Nearest:
        """Run uint8 (N, H, W, 3) RGB, a part's tiles from number `first` on."""
        patches = self.runtime.patches(pictures)
        distances = np.zeros(patches.shape[:3], np.float32)
        indices = np.zeros(patches.shape[:3], np.int64)
        for n, tile in enumerate(patches):
            place = self._kept[first + n]
            columns = place.inside[1]
            for numbers, rows in self._places.strips(place):
                squared, found = self._search(tile[rows, columns], numbers)
                distances[n, rows, columns] = np.sqrt(squared)
                indices[n, rows, columns] = found
        return Nearest(distances, indices, lambda n, i, j: self._located(patches[n], i, j))

    def _located(self, tile: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
        side = self._places.side
        step = self._steps[row % side * side + column % side]
        return np.concatenate([tile[row, column], step])

    def _search(
        self, strip: NDArray[np.float32], numbers: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the squared distance and the index of each patch's nearest; strip: (s, c·s, D)."""
        side, width, dimensions = strip.shape
        split = strip.reshape(side, width // side, side, dimensions).swapaxes(0, 1)
        queries = np.empty((width // side, side * side, dimensions + 2), np.float32)
        queries[..., :dimensions] = split.reshape(width // side, side * side, dimensions)
        queries[..., dimensions:] = self._steps
        products = np.matmul(queries, self._vectors[numbers].swapaxes(1, 2))
        products *= -2
        products += self._lengths[numbers]
        found = products.argmin(axis=2)
        least = np.take_along_axis(products, found[:, :, None], axis=2)[:, :, 0]
        squared = np.maximum(least + np.einsum("pqd,pqd->pq", queries, queries), 0)
        found += np.arange(numbers.start, numbers.stop)[:, None] * self._vectors.shape[1]
        return _joined(squared, side), _joined(found, side)


def _joined(values: NDArray[Value], side: int) -> NDArray[Value]:
    """Lay places (c, s·s) side by side again: (s, c·s)."""
    return values.reshape(-1, side, side).swapaxes(0, 1).reshape(side, -1)
