"""The fixture that holds a panel's boards, as the camera over it sees it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.bare_board import BareBoard
from station.cameras.virtual_line.light import shade
from station.cameras.virtual_line.optics import board_shadow
from station.cameras.virtual_line.relief import Colour, FloatMap, Pen, Relief, blurred, grain
from station.cameras.virtual_line.sprite import Pixels, rounded
from station.cameras.virtual_line.variation import Pose

SCALE = 10.0
"""Frame pixels a millimetre."""

_PLAY = 0.6
_MATERIAL: Colour = (62, 65, 72)
_FLOOR: Colour = (30, 31, 34)
_ENGRAVED: Colour = (148, 150, 150)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slot:
    """One board's place: its row and column on the panel, from 0, and its number."""

    row: int
    column: int
    number: int

    @property
    def name(self) -> str:
        """What is engraved beside it: "A1" is the upper left one."""
        return f"{chr(ord('A') + self.row % 26)}{self.column + 1}"


class Fixture:
    """As many pockets as fit a frame of `size` (H, W), under one camera.

    Views of single boards are windows of the frame, uint8 (h, w, 3), one a slot.
    """

    def __init__(self, size: tuple[int, int], board: BareBoard, rng: np.random.Generator) -> None:
        self._size = size
        self._window = (round(layout.VIEW_HEIGHT * SCALE), round(layout.VIEW_WIDTH * SCALE))
        self._zoom = SCALE / board.scale
        middle = board.pixel(layout.BOARD_WIDTH / 2, layout.BOARD_HEIGHT / 2)
        self._board_middle = np.array(middle)
        self._tray_left = rounded(255 * (1 - board.cover) * (1 - board_shadow(board)))
        self._rng = rng

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slots, row by row."""
        rows, columns = (side // step for side, step in zip(self._size, self._window, strict=True))
        places = product(range(rows), range(columns))
        return tuple(Slot(row, column, n) for n, (row, column) in enumerate(places))

    def empty(self, pose: Pose) -> Pixels:
        """Return the empty tray as it stands, uint8 (H, W, 3)."""
        move = _rigid(pose.angle_deg, 1.0, self._middle, self._middle + _shift_px(pose))
        seen = cv2.warpAffine(self._tray, move, self._size[::-1], borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(seen, np.uint8)

    def window(self, slot: Slot) -> tuple[slice, slice]:
        """Return the rows and columns of the frame that a slot takes."""
        top, left = self._corner(slot)
        return slice(top, top + self._window[0]), slice(left, left + self._window[1])

    def put(self, tray: Pixels, canvas: Pixels, transform: Matrix, blur_mm: float) -> Pixels:
        """Return a slot's window with its board, uint8 (h, w, 3), on the tray's window."""
        soft = cv2.GaussianBlur(canvas, (0, 0), blur_mm * SCALE / self._zoom)
        size = self._window[::-1]
        board = cv2.warpAffine(soft, transform, size)
        left = cv2.warpAffine(self._tray_left, transform, size, borderValue=(255,))
        under = cv2.multiply(tray, cv2.cvtColor(left, cv2.COLOR_GRAY2RGB), scale=1 / 255)
        return np.asarray(cv2.add(board, under), np.uint8)

    def seen_mask(self, mask: FloatMap, transform: Matrix) -> NDArray[np.bool_]:
        """Return which pixels of a window a canvas mask, float32 of 0..1, covers by half."""
        return np.asarray(cv2.warpAffine(mask, transform, self._window[::-1]) >= 0.5, np.bool_)

    def transform(self, slot: Slot, panel: Pose, board: Pose) -> Matrix:
        """Return the 2 × 3 matrix from a board's canvas to its slot's window."""
        corner = np.array(self._corner(slot)[::-1])
        pocket = corner + np.array(self._window[::-1]) / 2 + _shift_px(board)
        turn = _rigid(panel.angle_deg, 1.0, self._middle, self._middle + _shift_px(panel))
        at = turn @ np.array([*pocket, 1.0]) - corner
        return _rigid(panel.angle_deg + board.angle_deg, self._zoom, self._board_middle, at)

    @property
    def _middle(self) -> NDArray[np.float64]:
        return np.array(self._size[::-1]) / 2

    def _corner(self, slot: Slot) -> tuple[int, int]:
        last = self.slots[-1]
        top = (self._size[0] - (last.row + 1) * self._window[0]) // 2
        left = (self._size[1] - (last.column + 1) * self._window[1]) // 2
        return top + slot.row * self._window[0], left + slot.column * self._window[1]

    @cached_property
    def _tray(self) -> Pixels:
        """Return the milled tray with its pockets and their names, lit, uint8 (H, W, 3)."""
        tray = np.empty((*self._size, 3), np.uint8)
        tray[:] = _lit(Relief(self._window), Pen(self._window, SCALE))[0, 0]
        pocket = _pocket(Pen(self._window, SCALE))
        for slot in self.slots:
            tray[self.window(slot)] = _engraved(pocket, slot.name)
        texture = grain(self._size, 0.06 * SCALE, self._rng)
        return np.asarray(cv2.add(tray, _grey(texture * 2.0), dtype=cv2.CV_8U), np.uint8)


def _rigid(angle_deg: float, zoom: float, start: Matrix, end: Matrix) -> Matrix:
    """Return the 2 × 3 matrix that turns and zooms around `start` and brings it to `end`."""
    turn = np.deg2rad(angle_deg)
    matrix = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # OpenCV counts from a pixel's centre, hence the halves.
    return np.column_stack([matrix, end - 0.5 - matrix @ (start - 0.5)])


def _shift_px(pose: Pose) -> NDArray[np.float64]:
    return np.array([pose.x, pose.y]) * SCALE


def _grey(values: FloatMap) -> FloatMap:
    return np.asarray(cv2.cvtColor(values, cv2.COLOR_GRAY2RGB), np.float32)


def _lit(relief: Relief, pen: Pen) -> Pixels:
    relief.paint(np.ones(pen.shape, np.float32), _MATERIAL, gloss=0.04, roughness=0.4)
    return rounded(shade(relief, pen.scale) * np.float32(255))


def _pocket(pen: Pen) -> Pixels:
    """Return one pocket in the material around it, lit, uint8 (h, w, 3)."""
    relief = Relief(pen.shape)
    relief.paint(np.ones(pen.shape, np.float32), _MATERIAL, gloss=0.04, roughness=0.4)
    width, height = layout.BOARD_WIDTH + 2 * _PLAY, layout.BOARD_HEIGHT + 2 * _PLAY
    hole = pen.round_rect(width, height, layout.CORNER_RADIUS + _PLAY)
    corners = [(x * width / 2, y * height / 2) for x in (-1, 1) for y in (-1, 1)]
    hole = np.maximum(hole, pen.discs(corners, 1.4))
    relief.paint(hole, _FLOOR, gloss=0.02)
    relief.height -= blurred(hole, 0.12 * pen.scale) * np.float32(0.5)
    return rounded(shade(relief, pen.scale) * np.float32(255))


def _engraved(pocket: Pixels, name: str) -> Pixels:
    """Return a pocket with its name filled with paint, above its left end."""
    pen = Pen(pocket.shape[:2], SCALE)
    at = (4.5 - layout.BOARD_WIDTH / 2, -layout.VIEW_HEIGHT / 2 + 1.3)
    ink = _grey(pen.text(name, 1.5, 0.24, at) * np.float32(0.85))
    paint = np.array(_ENGRAVED, np.float32)
    return rounded(np.asarray(pocket + ink * (paint - pocket), np.float32))
