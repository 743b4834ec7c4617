"""From a picture to the network's input: region of interest, resize, normalise."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError

STRIDE = 32
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MAX_ASPECT = 4.0

Roi = tuple[int, int, int, int]
"""(top, left, height, width) in pixels."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures of one model reach its network.

    input_size: (H, W) of the network's input, multiples of 32.
    roi: region of interest, None for the whole picture.
    """

    input_size: tuple[int, int]
    roi: Roi | None

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return float32 (3, H, W), contiguous. Raises ImageError where the roi does not fit."""
        height, width = self.input_size
        region = crop(image, self.roi)
        shrinks = region.shape[0] >= height and region.shape[1] >= width
        resized = cv2.resize(
            region, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        scale = np.float32(1 / 255) / np.asarray(IMAGENET_STD, np.float32)
        offset = np.asarray(IMAGENET_MEAN, np.float32) / np.asarray(IMAGENET_STD, np.float32)
        return np.ascontiguousarray((resized * scale - offset).transpose(2, 0, 1))


def crop(image: NDArray[np.uint8], roi: Roi | None) -> NDArray[np.uint8]:
    """Return the view of `image` (H, W, 3) inside `roi`. Raises ImageError where it sticks out."""
    if roi is None:
        return image
    top, left, height, width = roi
    if top < 0 or left < 0 or height < 1 or width < 1:
        raise ImageError(f"The region of interest {roi} is not one. Draw it again.")
    if top + height > image.shape[0] or left + width > image.shape[1]:
        raise ImageError(
            f"The region of interest {roi} sticks out of a picture of {image.shape[1]} × "
            f"{image.shape[0]} pixels. Use the camera the recipe was taught with, or teach again."
        )
    return image[top : top + height, left : left + width]


def choose_input_size(region: tuple[int, int], side: int) -> tuple[int, int]:
    """Choose the network's input (H, W) for regions of (H, W) pixels.

    The aspect ratio is kept (to the nearest multiple of 32) and the area is that of a square of
    `side`, so a long part costs what a square one costs. Ratios beyond 4 are held at 4.
    """
    aspect = min(max(region[1] / region[0], 1 / MAX_ASPECT), MAX_ASPECT)
    height = side / aspect**0.5
    width = side * aspect**0.5
    return _to_stride(height), _to_stride(width)


def _to_stride(length: float) -> int:
    return max(STRIDE, round(length / STRIDE) * STRIDE)
