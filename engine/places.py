"""Places on a part that lies the same way in every picture: what good parts show differs by place.

A patch is then compared with what was taught in and around its own place, and no longer with
everything: a solder joint where no joint belongs is far from all that lies there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tiling import STEP, Kept, Tiling

REACH_PX = 4
"""Pixels of the network's scale around a place from which it is taught as well: what play is left
once parts are registered (engine.registration)."""


@dataclass(frozen=True, slots=True)
class Places:
    """Squares of 32 network pixels, row by row; tiles begin, end and meet at their borders.

    rows, columns: of places. side: patches along a place's side. weight: distance that one patch's
    step counts; where a patch lies in its place is two more dimensions of it.
    """

    rows: int
    columns: int
    side: int
    weight: float = 0.0

    @classmethod
    def of(cls, tiling: Tiling, stride: int, weight: float = 0.0) -> "Places":
        """Return the places of a part whose patches are `stride` pixels apart."""
        rows, columns = tiling.grid(STEP)
        return cls(rows, columns, STEP // stride, weight)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.rows * self.columns

    @property
    def reach(self) -> int:
        """Patches around a place that are taught to it as well."""
        return max(1, REACH_PX * self.side // STEP)

    @property
    def reached(self) -> float:
        """How many times as many patches are taught to a place as lie in it."""
        return (1 + 2 * self.reach / self.side) ** 2

    def steps(self) -> NDArray[np.float32]:
        """Return what each patch of a place has in the two dimensions, float32 (side², 2)."""
        steps = np.indices((self.side, self.side)).reshape(2, -1).T
        return (self.weight * steps).astype(np.float32)

    def located(
        self, vectors: NDArray[np.float32], origins: NDArray[np.int32], number: int
    ) -> NDArray[np.float32]:
        """Append to vectors (N, D) where they lie as seen from place `number`: (N, D + 2)."""
        corner = np.array(divmod(number, self.columns)) * self.side
        steps = self.weight * (origins[:, 1:] - corner)
        return np.concatenate([vectors, steps], axis=1, dtype=np.float32)

    def strips(self, place: Kept) -> Iterator[tuple[slice, slice]]:
        """Cut what a tile keeps into rows of places: their numbers, and their rows in the tile."""
        top, left = (axis.start // self.side for axis in place.whole)
        columns = (place.whole[1].stop - place.whole[1].start) // self.side
        starts = range(place.inside[0].start, place.inside[0].stop, self.side)
        for row, start in enumerate(starts, start=top):
            first = row * self.columns + left
            yield slice(first, first + columns), slice(start, start + self.side)


class PlacedPoints:
    """Taught patches, found by place.

    points: float32 (N, D), in memory or mapped from disk. origins: int32 (N, 3): teaching picture,
    row and column in the part's patch grid. Holds 8 bytes a point besides them.
    """

    def __init__(
        self, places: Places, points: NDArray[np.float32], origins: NDArray[np.int32]
    ) -> None:
        self.places = places
        self.points = points
        self.origins = origins
        self._order = np.lexsort((origins[:, 2] // places.side, origins[:, 1] // places.side))
        numbers = self._numbers(origins[self._order])
        self._starts = np.searchsorted(numbers, np.arange(places.count + 1))

    def at(self, number: int) -> NDArray[np.int64]:
        """Return the points in place `number` and within reach of it, ascending."""
        side, reach = self.places.side, self.places.reach
        row, column = divmod(number, self.places.columns)
        near = np.concatenate(list(self._around(row, column)))
        found = self.origins[near, 1:] - np.array([row * side, column * side])
        return np.sort(near[((found >= -reach) & (found < side + reach)).all(axis=1)])

    def own(self, number: int) -> NDArray[np.int64]:
        """Return the points in place `number`, ascending."""
        return np.sort(self._order[self._starts[number] : self._starts[number + 1]])

    def _around(self, row: int, column: int) -> Iterator[NDArray[np.int64]]:
        left, right = max(column - 1, 0), min(column + 2, self.places.columns)
        for other in range(max(row - 1, 0), min(row + 2, self.places.rows)):
            first = other * self.places.columns
            yield self._order[self._starts[first + left] : self._starts[first + right]]

    def _numbers(self, origins: NDArray[np.int32]) -> NDArray[np.int32]:
        row, column = origins[:, 1] // self.places.side, origins[:, 2] // self.places.side
        return row * np.int32(self.places.columns) + column
