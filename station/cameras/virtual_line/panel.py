"""The panel line: many boards in one large picture, a defect only some pixels long."""

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.assembling import assemble
from station.cameras.virtual_line.conveyor import Board, Conveyor
from station.cameras.virtual_line.defects import DefectKind, Flaw
from station.cameras.virtual_line.design import PRODUCT
from station.cameras.virtual_line.fixture import SCALE, Fixture, Slot
from station.cameras.virtual_line.sensor import Sensor
from station.cameras.virtual_line.small_flaws import SMALL_KINDS, plan_small
from station.cameras.virtual_line.sprite import Pixels
from station.cameras.virtual_line.variation import (
    Stream,
    chance,
    fixture_pose_of,
    light_of,
    pocket_pose_of,
)
from station.cameras.virtual_line.workshop import Workshop
from station.errors import CameraError

_SUPERSAMPLING = 2
_DEFECT_PX = (10, 20)
_TRIES = 200
_CLEAR = 55
"""Grey levels, of 255, by which a defect changes the picture somewhere even when it is blurred
over three pixels or so: a moved highlight, as good joints have them too, is no defect to see."""

_SEEN = 20
"""Grey levels of a change that counts towards a defect's visible length."""


@dataclass(frozen=True, slots=True, eq=False)
class _Blemish:
    """A slot's flaw and where its window, (h, w), shows it."""

    slot: Slot
    flaw: Flaw
    mask: NDArray[np.bool_]


class VirtualPanel(Conveyor):
    """Renders panels of boards, a chosen share of them with one small defect on one board.

    A board is drawn as `VirtualLine` draws it at 10 pixels a millimetre; a fixture holds as many
    as fit the picture (6 × 6 in 3000 × 4000), of four designs, each design always in the same
    places. Every board varies on its own. `board(index)`, panel `index`, is a pure function of
    the arguments; with `defect_rate` 0 every panel is the good twin of itself.

    Args:
        seed: 0 or more; another seed is another day on the same product.
        defect_rate: share of defective panels, 0..1.
        size: (H, W) of the pictures in pixels.
        defect_px: about how many pixels a defect's longer side measures, 10 to 20; it is within
            a sixth of it. Bridges, bad joints, broken tracks and scratches are as small as that.
        first_board: index of the first panel `grab` gives after `open`.
        step: `grab` gives every step-th panel.

    Raises:
        CameraError: a value outside what is said above.
    """

    SMALLEST = (480, 640)
    KINDS = SMALL_KINDS

    def __init__(
        self,
        seed: int,
        defect_rate: float = 0.1,
        size: tuple[int, int] = (3000, 4000),
        *,
        defect_px: int = 12,
        first_board: int = 0,
        step: int = 1,
    ) -> None:
        super().__init__(seed, defect_rate, size, first_board, step)
        if not _DEFECT_PX[0] <= defect_px <= _DEFECT_PX[1]:
            raise CameraError(
                f"Defects of {defect_px} pixels cannot be drawn on a panel. "
                f"Choose {_DEFECT_PX[0]} to {_DEFECT_PX[1]}."
            )
        self._defect_px = defect_px
        self._sensor = Sensor(size)

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """Enough to build the same line again."""
        return {**super().settings, "defect_px": self._defect_px}

    def board(self, index: int) -> Board:
        """Return panel `index` (0 or more) with its ground truth."""
        kind, rng = self._fate(index)
        frame = self._fixture.empty(fixture_pose_of(self._seed, index))
        blemish = self._blemish(kind, frame, index, rng) if kind else None
        mask = np.zeros(self._size, np.bool_)
        if blemish:
            mask[self._fixture.window(blemish.slot)] = blemish.mask
        for slot in self._fixture.slots:
            flaw = blemish.flaw if blemish and blemish.slot == slot else None
            frame[self._fixture.window(slot)] = self._look(frame, index, slot, flaw)[0]
        noise = chance(self._seed, Stream.NOISE, index)
        pixels = self._sensor.sensed(frame, light_of(self._seed, index), noise)
        pixels.setflags(write=False)
        mask.setflags(write=False)
        return Board(pixels, kind, mask)

    def _look(
        self, frame: Pixels, index: int, slot: Slot, flaw: Flaw | None
    ) -> tuple[Pixels, NDArray[np.bool_] | None]:
        """Return a slot's window, uint8 (h, w, 3), and its flaw's mask, bool (h, w), if any."""
        serial = index * len(self._fixture.slots) + slot.number
        canvas, truth = assemble(_workshop_of(slot), self._seed, serial, flaw)
        own = pocket_pose_of(self._seed, serial)
        move = self._fixture.transform(slot, fixture_pose_of(self._seed, index), own)
        tray = frame[self._fixture.window(slot)]
        seen = self._fixture.put(tray, canvas, move, light_of(self._seed, index).blur_mm)
        return seen, None if truth is None else self._fixture.seen_mask(truth, move)

    def _blemish(
        self, kind: DefectKind, frame: Pixels, index: int, rng: np.random.Generator
    ) -> _Blemish:
        """Return the first chance defect that is as large as wanted and clearly seen."""
        slot = self._fixture.slots[rng.integers(len(self._fixture.slots))]
        good, _ = self._look(frame, index, slot, None)
        for _ in range(_TRIES):
            flaw = plan_small(kind, self._defect_px / SCALE, _workshop_of(slot), rng)
            bad, mask = self._look(frame, index, slot, flaw)
            if mask is not None and self._is_fit(good, bad, mask):
                return _Blemish(slot, flaw, mask)
        raise CameraError(
            f"Panel {index} has no place for a {kind.value} of {self._defect_px} pixels. "
            "Choose another size of the defects."
        )

    def _is_fit(self, good: Pixels, bad: Pixels, mask: NDArray[np.bool_]) -> bool:
        """Tell whether a defect's mask and its visible change have the wanted length."""
        if abs(_longer_side(mask) - self._defect_px) > self._defect_px / 6:
            return False
        visible = _longer_side((_change(good, bad) > _SEEN) & mask)
        clear = _change(_soft(good), _soft(bad))[mask].max() >= _CLEAR
        return bool(clear and visible >= 0.75 * self._defect_px)

    @cached_property
    def _fixture(self) -> Fixture:
        rng = chance(0, Stream.PRODUCT, 1)
        return Fixture(self._size, _workshop(0).board, rng)


@cache
def _workshop(number: int) -> Workshop:
    """Return the workshop of design 0..3; all panels share it, it takes seconds to set up."""
    design = PRODUCT.mirrored(right=number % 2 == 1, down=number >= 2)
    return Workshop(_SUPERSAMPLING * SCALE, chance(0, Stream.PRODUCT), design)


def _workshop_of(slot: Slot) -> Workshop:
    return _workshop(slot.column % 2 + 2 * (slot.row % 2))


def _change(good: Pixels, bad: Pixels) -> Pixels:
    """Return how far two windows differ in their strongest channel, uint8 (h, w)."""
    return np.asarray(cv2.absdiff(good, bad).max(axis=2), np.uint8)


def _soft(window: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(window, (0, 0), 1.5), np.uint8)


def _longer_side(mask: NDArray[np.bool_]) -> float:
    """Return the longer side, in pixels, of the closest box around a mask, however it is turned."""
    points = np.argwhere(mask).astype(np.float32)
    return max(cv2.minAreaRect(points)[1]) + 1 if len(points) else 0.0
