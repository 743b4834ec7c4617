"""What becomes of any scene in front of the camera: the lamp's field and the sensor's noise."""

import cv2
import numpy as np

from station.cameras.virtual_line.relief import FloatMap
from station.cameras.virtual_line.sprite import Pixels
from station.cameras.virtual_line.variation import Light

_VIGNETTE = 0.17
_GLARE = 0.07
_LUMA_NOISE = 1.5
_CHROMA_NOISE = 1.3
_FIELD_STEP = 8
_BAND = 32
"""Rows worked on at a time: what a large picture needs then stays in the processor's cache."""


class Sensor:
    """A sensor of `size` (H, W) behind its lens."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size

    def sensed(self, scene: cv2.typing.MatLike, light: Light, rng: np.random.Generator) -> Pixels:
        """Return the frame of a scene, uint8 (H, W, 3): lamp and lens fall-off, then noise.

        Its square-root response makes photon noise equally strong in bright and dark; the colour
        noise is coarser, as the mosaic filter leaves it.
        """
        height, width = self._size
        field = self._field(light)
        luma = rng.standard_normal((height, width), np.float32) * np.float32(_LUMA_NOISE)
        coarse = ((height + 1) // 2, (width + 1) // 2, 3)
        chroma = rng.standard_normal(coarse, np.float32) * np.float32(_CHROMA_NOISE)
        noise = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
        frame = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, _BAND):
            rows = slice(top, top + _BAND)
            picture = cv2.multiply(scene[rows], field[rows], dtype=cv2.CV_32F)
            grey = cv2.cvtColor(luma[rows], cv2.COLOR_GRAY2RGB)
            frame[rows] = cv2.add(picture, cv2.add(noise[rows], grey), dtype=cv2.CV_8U)
        return frame

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
