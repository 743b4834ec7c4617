"""The patch vectors of all teaching pictures, on disk."""

from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import TeachError
from engine.tiling import Kept

MOST = 2_000_000
"""Patch vectors that are taught at most: 1.2 GB on disk at 152 dimensions."""


def taught_every(pictures: int, patches: int, most: int = MOST) -> int:
    """Say that every n-th patch is taught: 1 where all of `pictures` × `patches` are."""
    return max(1, ceil(pictures * patches / most))


class Features:
    """Vectors of every n-th patch, drawn by the seed picture by picture.

    On disk, so that memory does not grow with the pictures; written with plain writes, so that a
    full disk is an error and not a crash. In memory: 12 bytes a vector, for where it came from.
    """

    def __init__(self, path: Path, grid: tuple[int, int], every: int, seed: int) -> None:
        """grid: (h, w) of the whole part in patches. every: n."""
        self._path = path
        self._grid = grid
        self._every = every
        self._seed = seed
        self._origins: list[NDArray[np.int32]] = []
        self._wanted = np.ones(grid, np.bool_)
        self._dimensions = 0

    def begin(self, picture: int) -> None:
        """Draw which patches of the next picture are taught."""
        if self._every > 1:
            count = self._wanted.size
            random = np.random.default_rng([self._seed, picture])
            self._wanted[:] = False
            drawn = random.choice(count, ceil(count / self._every), replace=False, shuffle=False)
            self._wanted.reshape(-1)[drawn] = True

    def add(self, picture: int, place: Kept, patches: NDArray[np.float32]) -> None:
        """Write what one tile of a picture keeps, ignored patches left out.

        patches: float32 (h, w, D) of the tile.
        """
        wanted = self._wanted[place.whole]
        if place.open is not None:
            wanted = wanted & place.open
        rows, columns = np.nonzero(wanted)
        self._write(patches[place.inside][wanted])
        corner = [picture, place.whole[0].start, place.whole[1].start]
        inside = np.stack([np.zeros_like(rows), rows, columns], axis=1)
        self._origins.append((inside + corner).astype(np.int32))
        self._dimensions = patches.shape[-1]

    def take(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return all vectors, float32 (N, D) mapped from disk, and where each came from, (N, 3)."""
        points = np.memmap(self._path, np.float32, "r").reshape(-1, self._dimensions)
        origins = np.concatenate(self._origins)
        self._origins.clear()
        return points, origins

    def _write(self, vectors: NDArray[np.float32]) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(vectors.data)
        except OSError as error:
            raise TeachError(
                f"The features do not fit on the disk ({error.strerror}). Free some space in "
                f"'{self._path.parent.parent}' or teach with fewer pictures."
            ) from error
