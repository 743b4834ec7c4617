"""The coreset's patch vectors, where each came from, and exact nearest neighbours among them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.places import Places

if TYPE_CHECKING:
    import faiss

NEIGHBOURS = 9
"""b of the image score's re-weighting; 9 in the common implementation."""
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class MemoryBank:
    """M patch vectors.

    vectors: float32 (M, D).
    origins: int32 (M, 3): teaching image, row and column in the patch grid.
    neighbours: int32 (M, min(9, M)): each vector's nearest bank vectors, itself first.
    places: where the bank is one by place; the vectors then go place by place, equally many each,
        and a vector's neighbours are of its own place. None: one bank for the whole part.
    usual: float32 (h, w), how far patches of good parts usually are from the bank, where it is one
        by place; else None.
    """

    vectors: NDArray[np.float32]
    origins: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    places: Places | None = None
    usual: NDArray[np.float32] | None = None

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.float32],
        origins: NDArray[np.int32],
        places: Places | None = None,
        usual: NDArray[np.float32] | None = None,
    ) -> "MemoryBank":
        """Index `vectors` and look up each one's neighbours."""
        vectors = np.ascontiguousarray(vectors, np.float32)
        each = len(vectors) // places.count if places else len(vectors)
        neighbours = [
            first + _neighbours(vectors[first : first + each])
            for first in range(0, len(vectors), each)
        ]
        return cls(vectors, origins.astype(np.int32), np.concatenate(neighbours), places, usual)

    @property
    def compared(self) -> int:
        """With how many vectors a patch is compared."""
        return len(self.vectors) // (self.places.count if self.places else 1)

    def nearest(
        self, queries: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return each query's distance (Euclidean) to its nearest vector, and that vector.

        Args:
            queries: float32 (Q, D), searched in chunks.

        Returns:
            float32 (Q,) and int64 (Q,).
        """
        squared, found = _search(self._flat, queries, 1)
        return np.sqrt(np.maximum(squared[:, 0], 0)), found[:, 0]

    @cached_property
    def _flat(self) -> "faiss.IndexFlatL2":
        return _index(self.vectors)


def _neighbours(vectors: NDArray[np.float32]) -> NDArray[np.int32]:
    _, found = _search(_index(vectors), vectors, min(NEIGHBOURS, len(vectors)))
    return _self_first(found)


def _index(vectors: NDArray[np.float32]) -> "faiss.IndexFlatL2":
    import faiss

    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    return index


def _search(
    index: "faiss.IndexFlatL2", queries: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    squared = np.empty((len(queries), k), np.float32)
    found = np.empty((len(queries), k), np.int64)
    for start in range(0, len(queries), CHUNK):
        rows = slice(start, start + CHUNK)
        squared[rows], found[rows] = index.search(np.ascontiguousarray(queries[rows]), k)
    return squared, found


def _self_first(found: NDArray[np.int64]) -> NDArray[np.int32]:
    """Put each vector before its neighbours; rounding may let a near-copy come first."""
    itself = np.arange(len(found))[:, None]
    others = np.where(found == itself, np.iinfo(np.int64).max, np.arange(found.shape[1]))
    order = np.argsort(others, axis=1, kind="stable")[:, : found.shape[1] - 1]
    rest = np.take_along_axis(found, order, axis=1)
    return np.concatenate([itself, rest], axis=1).astype(np.int32)
