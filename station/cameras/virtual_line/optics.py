"""The camera over the conveyor: pose, lens, lamp and sensor turn a lit board into a frame."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.bare_board import BareBoard
from station.cameras.virtual_line.layout import BOARD_HEIGHT, BOARD_WIDTH
from station.cameras.virtual_line.relief import FloatMap, blurred, grain
from station.cameras.virtual_line.sensor import Sensor
from station.cameras.virtual_line.sprite import Pixels, rounded
from station.cameras.virtual_line.variation import Light, Pose

_COMMON_SCALE = 10.0


class Optics:
    """One camera of one frame size over one board; caches all that no board changes.

    size: (H, W) of the frame. scale: frame pixels a millimetre.
    """

    def __init__(
        self, size: tuple[int, int], scale: float, board: BareBoard, rng: np.random.Generator
    ) -> None:
        self._size = size
        self._sensor = Sensor(size)
        self._scale = scale
        self._zoom = scale / board.scale
        self._canvas_middle = np.array(board.pixel(BOARD_WIDTH / 2, BOARD_HEIGHT / 2))
        self._belt_left = rounded(255 * (1 - board.cover) * (1 - board_shadow(board)))
        self._belt = _draw_belt(size, scale, rng)

    def expose(self, canvas: Pixels, pose: Pose, light: Light, rng: np.random.Generator) -> Pixels:
        """Return the frame, uint8 (H, W, 3), of a lit board, uint8 (h, w, 3)."""
        soft = cv2.GaussianBlur(canvas, (0, 0), self._blur_px(light))
        board = self._seen(soft, pose, 0)
        left = self._seen(self._belt_left, pose, 255)
        start = pose.belt_px % self._size[1]
        under = np.ascontiguousarray(self._belt[:, start : start + self._size[1]])
        belt = cv2.cvtColor(cv2.multiply(under, left, scale=1 / 255), cv2.COLOR_GRAY2RGB)
        return self._sensor.sensed(cv2.add(board, belt), light, rng)

    def seen_mask(self, mask: FloatMap, pose: Pose) -> NDArray[np.bool_]:
        """Return which frame pixels a canvas mask, float32 (h, w) of 0..1, covers by half."""
        seen = cv2.warpAffine(mask, self._transform(pose), self._size[::-1])
        return np.asarray(seen >= 0.5, np.bool_)

    def _blur_px(self, light: Light) -> float:
        """Return the lens's blur on the canvas; who buys more pixels buys a better lens."""
        frame_px = light.blur_mm * _COMMON_SCALE * math.pow(self._scale / _COMMON_SCALE, 0.4)
        return max(frame_px / self._zoom, 0.3)

    def _transform(self, pose: Pose) -> NDArray[np.float64]:
        turn = np.deg2rad(pose.angle_deg)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix *= self._zoom
        middle = np.array(self._size[::-1]) / 2 + np.array([pose.x, pose.y]) * self._scale
        shift = middle - 0.5 - matrix @ (self._canvas_middle - 0.5)
        return np.column_stack([matrix, shift])

    def _seen(self, picture: cv2.typing.MatLike, pose: Pose, around: int) -> cv2.typing.MatLike:
        size, border = self._size[::-1], (around, around, around)
        return cv2.warpAffine(picture, self._transform(pose), size, borderValue=border)


def board_shadow(board: BareBoard) -> FloatMap:
    """Return the board's shadow on the belt, float32 (h, w) of 0..1, on the canvas."""
    reach = 0.5 * board.scale
    move = np.array([[1, 0, reach * 0.62], [0, 1, reach]])
    cast = cv2.warpAffine(board.cover, move, board.cover.shape[::-1])
    return blurred(np.asarray(cast, np.float32), 0.3 * board.scale) * np.float32(0.8)


def _draw_belt(size: tuple[int, int], scale: float, rng: np.random.Generator) -> Pixels:
    """Return a piece of dark rubber, uint8 (H, 2 W)."""
    shape = (size[0], 2 * size[1])
    fibres = grain(shape, 0.06 * scale, rng) * 2.2 + grain(shape, 1.6 * scale, rng) * 1.6
    dust = np.asarray(grain(shape, 0.05 * scale, rng) > 3.6, np.float32)
    return rounded(30 + fibres + blurred(dust, 0.05 * scale) * 60)
