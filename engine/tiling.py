"""Cutting a part that is larger than the network's input into overlapping tiles, and back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

STEP = 32
"""Tiles start at multiples of the network's deepest stride, so that their patch grids align."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one tile contributes, in patches: `inside` the tile's grid, `whole` of the part's.

    open: bool (rows, columns) of these, False where a patch lies in an ignored region; None where
        nothing is ignored.
    """

    inside: tuple[slice, slice]
    whole: tuple[slice, slice]
    open: NDArray[np.bool_] | None = None

    def within(self, seen: tuple[int, int]) -> "Kept":
        """Keep only what lies in the part's first `seen` (rows, columns) of patches."""
        over = [
            min(max(place.stop - most, 0), place.stop - place.start)
            for place, most in zip(self.whole, seen, strict=True)
        ]
        rows, columns = (slice(p.start, p.stop - n) for p, n in zip(self.inside, over, strict=True))
        down, across = (slice(p.start, p.stop - n) for p, n in zip(self.whole, over, strict=True))
        return Kept((rows, columns), (down, across))

    def of(self, open_patches: NDArray[np.bool_]) -> "Kept":
        """Know which are open; open_patches: bool (rows, columns) of the whole part."""
        return replace(self, open=open_patches[self.whole])

    def vectors(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the open patches' vectors, float32 (P, D), of a tile's, (h, w, D)."""
        kept = patches[self.inside]
        return kept.reshape(-1, kept.shape[-1]) if self.open is None else kept[self.open]

    @property
    def empty(self) -> bool:
        """True where nothing is kept."""
        return any(place.stop <= place.start for place in self.whole)


@dataclass(frozen=True, slots=True)
class Tiling:
    """Where the tiles of one part lie, in pixels of the network's scale.

    size: (H, W) of the whole part; tile: (h, w) of a tile, at most `size`; all multiples of 32.
    overlap: least overlap of neighbouring tiles, in pixels; of each overlap the outer half of
        either tile is thrown away, because patches there see the tile's border.
    """

    size: tuple[int, int]
    tile: tuple[int, int]
    overlap: int = 0

    @property
    def corners(self) -> list[tuple[int, int]]:
        """(top, left) of every tile, row by row."""
        return [(top, left) for top in self._starts(0) for left in self._starts(1)]

    def grid(self, stride: int) -> tuple[int, int]:
        """Return (h, w) of the whole part in patches of `stride` pixels."""
        return self.size[0] // stride, self.size[1] // stride

    def cut(self, part: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut uint8 (H, W, 3) into contiguous (T, h, w, 3); one tile is not copied."""
        height, width = self.tile
        if self.tile == self.size:
            return np.ascontiguousarray(part)[None]
        return np.stack([part[y : y + height, x : x + width] for y, x in self.corners])

    def kept(self, stride: int) -> Iterator[Kept]:
        """Say, tile by tile, which patches (of `stride` pixels) go where; each is kept once."""
        rows = list(self._kept(0, stride))
        columns = list(self._kept(1, stride))
        for inside_rows, whole_rows in rows:
            for inside_columns, whole_columns in columns:
                yield Kept((inside_rows, inside_columns), (whole_rows, whole_columns))

    def _starts(self, axis: int) -> list[int]:
        length, tile = self.size[axis], self.tile[axis]
        if tile >= length:
            return [0]
        count = ceil((length - self.overlap) / max(tile - self.overlap, STEP))
        return [round(i * (length - tile) / (count - 1) / STEP) * STEP for i in range(count)]

    def _kept(self, axis: int, stride: int) -> Iterator[tuple[slice, slice]]:
        starts, tile = self._starts(axis), self.tile[axis]
        seams = [(before + tile + after) // 2 // STEP * STEP for before, after in pairwise(starts)]
        edges = [0, *seams, self.size[axis]]
        for start, first, last in zip(starts, edges, edges[1:], strict=False):
            whole = slice(first // stride, last // stride)
            yield slice((first - start) // stride, (last - start) // stride), whole
