"""The virtual PCB line: an endless conveyor of rendered boards behind the Camera protocol."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from station.cameras.camera import Camera, Picture
from station.cameras.virtual_line import layout
from station.cameras.virtual_line.assembling import assemble
from station.cameras.virtual_line.defects import DefectKind, plan
from station.cameras.virtual_line.optics import Optics
from station.cameras.virtual_line.variation import Stream, chance, light_of, pose_of
from station.cameras.virtual_line.workshop import Workshop
from station.errors import CameraError

_SUPERSAMPLING = 2
_FINEST = 24.0
"""Canvas pixels a millimetre beyond which the lens would show no more."""

_SMALLEST = (96, 128)


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """One rendered board with its ground truth.

    pixels: uint8 (H, W, 3) RGB, read-only. defect: None on a good board.
    mask: bool (H, W), read-only; the pixels the defect concerns, none on a good board.
    """

    pixels: NDArray[np.uint8]
    defect: DefectKind | None
    mask: NDArray[np.bool_]


class VirtualLine(Camera):
    """Renders one product, board after board, a chosen share of them defective.

    `board(index)` is a pure function of (seed, index, defect_rate, size), in any order. Beyond
    that: a board's good appearance depends on (seed, index, size) alone, so with `defect_rate` 0
    every board is the good twin of itself; raising `defect_rate` only adds defective boards, and a
    board that was defective keeps its very defect.

    Args:
        seed: 0 or more; another seed is another day on the same product.
        defect_rate: share of defective boards, 0..1.
        size: (H, W) of the pictures in pixels.
        first_board: index of the first board `grab` gives after `open`.
        step: `grab` gives every step-th board, as somebody who takes one now and then.

    Raises:
        CameraError: a value outside what is said above.
    """

    def __init__(
        self,
        seed: int,
        defect_rate: float = 0.1,
        size: tuple[int, int] = (480, 640),
        first_board: int = 0,
        step: int = 1,
    ) -> None:
        _check(seed, defect_rate, size, first_board, step)
        self._seed = seed
        self._defect_rate = defect_rate
        self._size = size
        self._first_board = first_board
        self._step = step
        self._next_board = first_board

    @property
    def name(self) -> str:
        """What people call it."""
        return "virtual line"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """Enough to build the same line again."""
        return {
            "kind": "virtual line",
            "seed": self._seed,
            "defect_rate": self._defect_rate,
            "height": self._size[0],
            "width": self._size[1],
            "first_board": self._first_board,
            "step": self._step,
        }

    def open(self) -> None:
        """Start the conveyor at the first board."""
        self._next_board = self._first_board

    def grab(self) -> Picture:
        """Return the next board; there is always one."""
        index = self._next_board
        self._next_board += self._step
        return Picture(self.board(index).pixels, f"board {index:06d}")

    def close(self) -> None:
        """Stop the conveyor."""

    def board(self, index: int) -> Board:
        """Return board `index` (0 or more) with its ground truth."""
        kind, rng = self._fate(index)
        flaw = plan(kind, self._workshop, rng) if kind else None
        canvas, truth = assemble(self._workshop, self._seed, index, flaw)
        pose = pose_of(self._seed, index)
        noise = chance(self._seed, Stream.NOISE, index)
        pixels = self._optics.expose(canvas, pose, light_of(self._seed, index), noise)
        mask = np.zeros(self._size, np.bool_)
        if truth is not None:
            mask = self._optics.seen_mask(truth, pose)
        pixels.setflags(write=False)
        mask.setflags(write=False)
        return Board(pixels, kind, mask)

    def defect(self, index: int) -> DefectKind | None:
        """Say what is wrong with board `index`, without rendering it; None where nothing is."""
        return self._fate(index)[0]

    def _fate(self, index: int) -> tuple[DefectKind | None, np.random.Generator]:
        """Return what is wrong with a board, and the chance that decides how."""
        rng = chance(self._seed, Stream.DEFECT, index)
        defective = rng.random() < self._defect_rate
        kind = list(DefectKind)[rng.integers(len(DefectKind))]
        return kind if defective else None, rng

    @cached_property
    def _workshop(self) -> Workshop:
        # The product is the same whatever the seed: only what happens to it differs.
        scale = min(_SUPERSAMPLING * self._scale, max(self._scale, _FINEST))
        return Workshop(scale, chance(0, Stream.PRODUCT))

    @cached_property
    def _optics(self) -> Optics:
        rng = chance(0, Stream.PRODUCT, 1)
        return Optics(self._size, self._scale, self._workshop.board, rng)

    @property
    def _scale(self) -> float:
        """Frame pixels a millimetre: the whole view fits, whatever the frame's shape."""
        return min(self._size[0] / layout.VIEW_HEIGHT, self._size[1] / layout.VIEW_WIDTH)


def _check(
    seed: int, defect_rate: float, size: tuple[int, int], first_board: int, step: int
) -> None:
    """Raise CameraError for values no line can have."""
    if seed < 0 or first_board < 0 or step < 1:
        raise CameraError(
            "The virtual line's seed and first board must be 0 or more, its step 1 or more."
        )
    if not 0 <= defect_rate <= 1:
        raise CameraError(
            f"The virtual line's defect rate is {defect_rate}. Choose a share from 0 to 1."
        )
    if size[0] < _SMALLEST[0] or size[1] < _SMALLEST[1]:
        raise CameraError(
            f"Pictures of {size[1]} × {size[0]} pixels are too small for the virtual line. "
            f"Choose at least {_SMALLEST[1]} × {_SMALLEST[0]}."
        )
