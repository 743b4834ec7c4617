"""The camera over the conveyor: pose, lens, lamp and sensor turn a lit board into a frame."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.bare_board import BareBoard
from station.cameras.virtual_line.layout import BOARD_HEIGHT, BOARD_WIDTH
from station.cameras.virtual_line.relief import FloatMap, blurred, grain
from station.cameras.virtual_line.sprite import Pixels, rounded
from station.cameras.virtual_line.variation import Light, Pose

_VIGNETTE = 0.17
_COMMON_SCALE = 10.0
_GLARE = 0.07
_LUMA_NOISE = 1.5
_CHROMA_NOISE = 1.3
_FIELD_STEP = 8


class Optics:
    """One camera of one frame size over one board; caches all that no board changes.

    size: (H, W) of the frame. scale: frame pixels a millimetre.
    """

    def __init__(
        self, size: tuple[int, int], scale: float, board: BareBoard, rng: np.random.Generator
    ) -> None:
        self._size = size
        self._scale = scale
        self._zoom = scale / board.scale
        self._canvas_middle = np.array(board.pixel(BOARD_WIDTH / 2, BOARD_HEIGHT / 2))
        self._belt_left = rounded(255 * (1 - board.cover) * (1 - _board_shadow(board)))
        self._belt = _draw_belt(size, scale, rng)

    def expose(self, canvas: Pixels, pose: Pose, light: Light, rng: np.random.Generator) -> Pixels:
        """Return the frame, uint8 (H, W, 3), of a lit board, uint8 (h, w, 3)."""
        soft = cv2.GaussianBlur(canvas, (0, 0), self._blur_px(light))
        board = self._seen(soft, pose, 0)
        left = self._seen(self._belt_left, pose, 255)
        start = pose.belt_px % self._size[1]
        under = np.ascontiguousarray(self._belt[:, start : start + self._size[1]])
        belt = cv2.cvtColor(cv2.multiply(under, left, scale=1 / 255), cv2.COLOR_GRAY2RGB)
        return self._sensed(cv2.add(board, belt), light, rng)

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

    def _sensed(self, scene: cv2.typing.MatLike, light: Light, rng: np.random.Generator) -> Pixels:
        """Apply lamp and lens fall-off, then the sensor's noise.

        Its square-root response makes photon noise equally strong in bright and dark; the colour
        noise is coarser, as the mosaic filter leaves it.
        """
        height, width = self._size
        picture = cv2.multiply(scene, self._field(light), dtype=cv2.CV_32F)
        luma = rng.standard_normal((height, width), np.float32) * np.float32(_LUMA_NOISE)
        coarse = ((height + 1) // 2, (width + 1) // 2, 3)
        chroma = rng.standard_normal(coarse, np.float32) * np.float32(_CHROMA_NOISE)
        noise = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
        noise = cv2.add(noise, cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB))
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)

    def _field(self, light: Light) -> FloatMap:
        """Return the illumination, float32 (H, W, 3); smooth, so it is computed coarsely."""
        height, width = self._size
        rows, columns = max(height // _FIELD_STEP, 2), max(width // _FIELD_STEP, 2)
        y = np.linspace(-1, 1, rows)[:, None]
        x = np.linspace(-1, 1, columns)[None, :]
        lens = 1 - _VIGNETTE * ((x * width) ** 2 + (y * height) ** 2) / (width**2 + height**2)
        glare = 1 + _GLARE * np.exp(-((x + 0.35) ** 2 + (y + 0.4) ** 2) / 0.35)
        field = light.gain * lens * glare * (1 + light.slope_x * x + light.slope_y * y)
        coarse = np.asarray(field[..., None] * light.balance, np.float32)
        return np.asarray(cv2.resize(coarse, (width, height)), np.float32)


def _board_shadow(board: BareBoard) -> FloatMap:
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
