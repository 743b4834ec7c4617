"""Pictures as a bad lamp, a bad lens or a bad cable make them."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def black(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """The lamp is off: only the sensor's noise is left."""
    return chance.poisson(1.5, pixels.shape).astype(np.uint8)


def overexposed(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """Ten times the light, or nearly."""
    bright = pixels.astype(np.float32) * 10 + 60 + chance.normal(0, 2, pixels.shape)
    return np.clip(bright, 0, 255).astype(np.uint8)


def blurred(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """The lens is out of focus."""
    soft = cv2.GaussianBlur(pixels, (0, 0), 5.0).astype(np.float32)
    return np.clip(soft + chance.normal(0, 1, pixels.shape), 0, 255).astype(np.uint8)


def torn(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """The lower part was never transferred."""
    broken = pixels.copy()
    broken[int(len(pixels) * chance.uniform(0.3, 0.7)) :] = 128
    return broken


SPOILERS: dict[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    "black": black,
    "overexposed": overexposed,
    "blurred": blurred,
    "torn": torn,
}
