"""An endless conveyor of rendered parts behind the Camera protocol: all that lines share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from station.cameras.camera import Camera, Picture
from station.cameras.virtual_line.defects import DefectKind
from station.cameras.virtual_line.variation import Stream, chance
from station.errors import CameraError


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """One rendered board, or panel of boards, with its ground truth.

    pixels: uint8 (H, W, 3) RGB, read-only. defect: None on a good board.
    mask: bool (H, W), read-only; the pixels the defect concerns, none on a good board.
    """

    pixels: NDArray[np.uint8]
    defect: DefectKind | None
    mask: NDArray[np.bool_]


class Conveyor(Camera):
    """Gives rendered boards one after the other; a subclass says how board `index` looks.

    SMALLEST: (H, W) of the smallest pictures. KINDS: what can go wrong, each equally likely.

    Raises:
        CameraError: a seed, rate, size, first board or step that no line can have.
    """

    SMALLEST: ClassVar[tuple[int, int]]
    KINDS: ClassVar[tuple[DefectKind, ...]] = tuple(DefectKind)

    def __init__(
        self, seed: int, defect_rate: float, size: tuple[int, int], first_board: int, step: int
    ) -> None:
        _check(seed, defect_rate, first_board, step)
        _check_size(size, self.SMALLEST)
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
        """Start the conveyor at the first board, made once already: the first of all takes long."""
        self._next_board = self._first_board
        self.board(self._first_board)

    def grab(self) -> Picture:
        """Return the next board; there is always one."""
        index = self._next_board
        self._next_board += self._step
        return Picture(self.board(index).pixels, f"board {index:06d}")

    def close(self) -> None:
        """Stop the conveyor."""

    @abstractmethod
    def board(self, index: int) -> Board:
        """Return board `index` (0 or more) with its ground truth, the same whenever asked."""

    def defect(self, index: int) -> DefectKind | None:
        """Say what is wrong with board `index`, without rendering it; None where nothing is."""
        return self._fate(index)[0]

    def _fate(self, index: int) -> tuple[DefectKind | None, np.random.Generator]:
        """Return what is wrong with a board, and the chance that decides how."""
        rng = chance(self._seed, Stream.DEFECT, index)
        defective = rng.random() < self._defect_rate
        kind = self.KINDS[rng.integers(len(self.KINDS))]
        return kind if defective else None, rng


def _check(seed: int, defect_rate: float, first_board: int, step: int) -> None:
    """Raise CameraError for values no line can have."""
    if seed < 0 or first_board < 0 or step < 1:
        raise CameraError(
            "The virtual line's seed and first board must be 0 or more, its step 1 or more."
        )
    if not 0 <= defect_rate <= 1:
        raise CameraError(
            f"The virtual line's defect rate is {defect_rate}. Choose a share from 0 to 1."
        )


def _check_size(size: tuple[int, int], smallest: tuple[int, int]) -> None:
    """Raise CameraError for pictures, (H, W), smaller than `smallest` in either way."""
    if size[0] < smallest[0] or size[1] < smallest[1]:
        raise CameraError(
            f"Pictures of {size[1]} × {size[0]} pixels are too small for the virtual line. "
            f"Choose at least {smallest[1]} × {smallest[0]}."
        )
