"""The camera over the conveyor: pose, lens, lamp and sensor turn a lit board into a frame."""

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.bare_board import MARGIN, BareBoard
from station.cameras.virtual_line.layout import BOARD_HEIGHT, BOARD_WIDTH
from station.cameras.virtual_line.relief import FloatMap, blurred, grain
from station.cameras.virtual_line.variation import Light, Pose

_VIGNETTE = 0.17
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
        self._cover = np.asarray(board.cover * 255, np.uint8)
        self._shade = np.asarray(_board_shadow(board), np.uint8)
        self._belt = _draw_belt(size, scale, rng)

    def expose(
        self, canvas: NDArray[np.uint8], pose: Pose, light: Light, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Return the frame, uint8 (H, W, 3), of a lit board, uint8 (h, w, 3)."""
        sigma = max(light.blur_mm * self._scale / self._zoom, 0.3)
        soft = cv2.GaussianBlur(canvas, (0, 0), sigma)
        board = self._seen(np.asarray(soft, np.uint8), pose).astype(np.float32)
        cover = self._seen(self._cover, pose).astype(np.float32) * np.float32(1 / 255)
        shade = self._seen(self._shade, pose).astype(np.float32) * np.float32(1 / 255)
        belt = self._belt_under(pose) * (1 - shade)
        board *= cover[..., None]
        board += (belt * (1 - cover))[..., None]
        return self._sensed(board, light, rng)

    def seen_mask(self, mask: FloatMap, pose: Pose) -> NDArray[np.bool_]:
        """Return which frame pixels a canvas mask, float32 (h, w) of 0..1, covers by half or more."""
        # The average over a frame pixel, not a point sample, decides about its half.
        step = 1 / self._zoom
        mean = cv2.blur(mask, (round(step), round(step))) if step >= 2 else mask
        return np.asarray(self._seen(np.asarray(mean, np.float32), pose) >= 0.5, np.bool_)

    def _transform(self, pose: Pose) -> NDArray[np.float64]:
        turn = np.deg2rad(pose.angle_deg)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix *= self._zoom
        middle = np.array(self._size[::-1]) / 2 + np.array([pose.x, pose.y]) * self._scale
        shift = middle - 0.5 - matrix @ (self._canvas_middle - 0.5)
        return np.column_stack([matrix, shift])

    def _seen(self, picture: NDArray[np.generic], pose: Pose) -> NDArray[np.generic]:
        size = self._size[::-1]
        return np.asarray(cv2.warpAffine(picture, self._transform(pose), size))  # type: ignore[call-overload]

    def _belt_under(self, pose: Pose) -> FloatMap:
        start = pose.belt_px % self._size[1]
        return self._belt[:, start : start + self._size[1]]

    def _sensed(
        self, picture: FloatMap, light: Light, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Apply lamp and lens fall-off, then the sensor's noise; a square-root response makes
        photon noise equally strong in bright and dark."""
        height, width = self._size
        picture *= self._field(light)[..., None]
        picture *= light.balance
        luma = rng.standard_normal((height, width), np.float32)
        luma *= np.float32(_LUMA_NOISE)
        coarse = ((height + 1) // 2, (width + 1) // 2, 3)
        chroma = rng.standard_normal(coarse, np.float32) * np.float32(_CHROMA_NOISE)
        picture += cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
        picture += luma[..., None]
        return np.asarray(cv2.convertScaleAbs(np.maximum(picture, 0)), np.uint8)

    def _field(self, light: Light) -> FloatMap:
        """Return the illumination, float32 (H, W); smooth, so it is computed coarsely."""
        height, width = self._size
        rows, columns = max(height // _FIELD_STEP, 2), max(width // _FIELD_STEP, 2)
        y = np.linspace(-1, 1, rows)[:, None]
        x = np.linspace(-1, 1, columns)[None, :]
        lens = 1 - _VIGNETTE * ((x * width) ** 2 + (y * height) ** 2) / (width**2 + height**2)
        field = light.gain * lens * (1 + light.slope_x * x + light.slope_y * y)
        whole = cv2.resize(field.astype(np.float32), (width, height))
        return np.asarray(whole, np.float32)


def _board_shadow(board: BareBoard) -> FloatMap:
    """Return the board's shadow on the belt, 0..255, on the canvas."""
    reach = 0.55 * board.scale
    move = np.array([[1, 0, reach * 0.62], [0, 1, reach]])
    cast = cv2.warpAffine(board.cover, move, board.cover.shape[::-1])
    return blurred(np.asarray(cast, np.float32), 0.35 * board.scale) * 200


def _draw_belt(size: tuple[int, int], scale: float, rng: np.random.Generator) -> FloatMap:
    """Return two frames' width of dark rubber, float32 (H, 2 W), 0..255, its ends joining."""
    height, width = size
    shape = (height, width)
    fibres = grain(shape, 0.06 * scale, rng) * 2.2 + grain(shape, 1.6 * scale, rng) * 1.6
    dust = np.asarray(grain(shape, 0.05 * scale, rng) > 3.6, np.float32)
    belt = np.clip(30 + fibres + blurred(dust, 0.05 * scale) * 60, 4, 255)
    return np.concatenate([belt, belt], axis=1).astype(np.float32)
