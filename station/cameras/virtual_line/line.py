"""The virtual PCB line: one rendered board after the other, each filling the picture."""

from functools import cached_property

import numpy as np

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.assembling import assemble
from station.cameras.virtual_line.conveyor import Board, Conveyor
from station.cameras.virtual_line.defects import plan
from station.cameras.virtual_line.optics import Optics
from station.cameras.virtual_line.variation import Pose, Stream, chance, light_of, pose_of
from station.cameras.virtual_line.workshop import Workshop

_SUPERSAMPLING = 2
_FINEST = 24.0
"""Canvas pixels a millimetre beyond which the lens would show no more."""


class VirtualLine(Conveyor):
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

    SMALLEST = (96, 128)

    def __init__(
        self,
        seed: int,
        defect_rate: float = 0.1,
        size: tuple[int, int] = (480, 640),
        first_board: int = 0,
        step: int = 1,
    ) -> None:
        super().__init__(seed, defect_rate, size, first_board, step)

    def board(self, index: int) -> Board:
        """Return board `index` (0 or more) with its ground truth."""
        kind, rng = self._fate(index)
        flaw = plan(kind, self._workshop, rng) if kind else None
        canvas, truth = assemble(self._workshop, self._seed, index, flaw)
        pose = self._pose(index)
        noise = chance(self._seed, Stream.NOISE, index)
        pixels = self._optics.expose(canvas, pose, light_of(self._seed, index), noise)
        mask = np.zeros(self._size, np.bool_)
        if truth is not None:
            mask = self._optics.seen_mask(truth, pose)
        pixels.setflags(write=False)
        mask.setflags(write=False)
        return Board(pixels, kind, mask)

    @property
    def roi(self) -> tuple[int, int, int, int]:
        """A straight board in the middle of the picture: (top, left, height, width) in pixels."""
        height, width = layout.BOARD_HEIGHT * self._scale, layout.BOARD_WIDTH * self._scale
        top, left = (self._size[0] - height) / 2, (self._size[1] - width) / 2
        return round(top), round(left), round(height), round(width)

    def _pose(self, index: int) -> Pose:
        """Say where board `index` stops."""
        return pose_of(self._seed, index)

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
