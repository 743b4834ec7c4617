"""From a picture to the network's input: region of interest, resize, tiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.location import Anchor
from engine.region import Look, Polygon, Roi, crop, look
from engine.registration import Registration
from engine.tiling import Kept, Tiling

__all__ = ["Preprocessing", "Roi", "choose_brightness", "choose_input_size", "crop"]

STRIDE = 32
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
NOTHING = tuple(round(255 * mean) for mean in IMAGENET_MEAN)
MAX_ASPECT = 4.0
LIGHT_VARIES = 0.05
MAX_GAIN = 4.0


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures of one model reach its network.

    tiling: the size a part is brought to, and how it is cut into inputs of the network.
    roi: region of interest, None for the whole picture.
    brightness: mean grey level, 0 to 255, that every picture is brought to by one gain before it
        is judged, so that a dimmer lamp is no defect; None takes pictures as they come.
    scale: where pictures differ in size, network pixels for one pixel of the picture: they keep
        shape and scale and lie in the upper left corner; what is left of the input is no part of
        the picture. None: every picture fills the input.
    ignored: regions of the (located) picture that take no part in score and map; the network sees
        one colour there.
    anchor: what every part is located by and brought to the reference's place; None takes parts
        where they lie. Needs a roi.
    registration: what every part is laid on to a fraction of a pixel, and in one light; maps then
        show things where the reference has them. None takes parts as they lie.
    """

    tiling: Tiling
    roi: Roi | None
    brightness: float | None = None
    scale: float | None = None
    ignored: tuple[Polygon, ...] = ()
    anchor: Anchor | None = None
    registration: Registration | None = None

    @property
    def input_size(self) -> tuple[int, int]:
        """(H, W) of the network's input."""
        return self.tiling.tile

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the part's tiles, uint8 (T, H, W, 3), contiguous.

        Raises:
            ImageError: the roi does not fit. NotInPlace: the anchor does not locate the part.
        """
        return self.tiles(self.look(image))

    def look(self, image: NDArray[np.uint8]) -> Look:
        """Locate the part and cut out what is looked at; raises as `__call__`."""
        return look(image, self.roi, self.ignored, self.anchor)

    def tiles(self, found: Look) -> NDArray[np.uint8]:
        """Return the tiles of what `look` found, uint8 (T, H, W, 3), contiguous."""
        region = self.levelled(found)
        if self.registration is not None:
            region = self.registration.brought(region)
        return self.tiling.cut(region)

    def levelled(self, found: Look) -> NDArray[np.uint8]:
        """Return what `look` found at the network's scale, uint8 (H, W, 3), before it is cut."""
        size = self.filled(found.pixels.shape)
        if found.ignored is None:
            region = _resized(found.pixels, size)
            if self.brightness is not None:
                region = _levelled(region, self.brightness, mean_brightness(region))
        else:
            region = _resized(_blanked(found, self.brightness), size)
        return _extended(region, self.tiling.size)

    def filled(self, region: tuple[int, ...]) -> tuple[int, int]:
        """Return the (H, W) of the input that a region of (H, W, …) pixels fills."""
        height, width = self.tiling.size
        if self.scale is None:
            return height, width
        scale = min(self.scale, height / region[0], width / region[1])
        return to_stride(region[0] * scale), to_stride(region[1] * scale)

    def kept(self, found: Look, stride: int) -> list[Kept]:
        """Say, tile by tile, which patches are kept of what `look` found, and which are open."""
        seen = self.seen_of(found.pixels.shape, stride)
        open_patches = found.open_patches(seen)
        places = (place.within(seen) for place in self.tiling.kept(stride))
        return [place if open_patches is None else place.of(open_patches) for place in places]

    def seen(self, image: tuple[int, ...], stride: int) -> tuple[int, int]:
        """Return how many rows and columns of patches show an image of shape (H, W, …)."""
        return self.seen_of(image if self.roi is None else self.roi[2:], stride)

    def seen_of(self, region: tuple[int, ...], stride: int) -> tuple[int, int]:
        """Return how many rows and columns of patches show a region of (H, W, …) pixels."""
        height, width = self.filled(region)
        return -(-height // stride), -(-width // stride)


def mean_brightness(region: NDArray[np.uint8]) -> float:
    """Mean grey level of uint8 (H, W, 3), 0 to 255."""
    return float(np.mean(cv2.mean(region)[:3]))


def choose_brightness(means: Sequence[float]) -> float | None:
    """Say which brightness to bring pictures to, from the mean grey levels of good ones.

    None where they vary by less than 5 % (standard deviation over mean): there the gain would only
    add its own noise.
    """
    centre = float(np.mean(means))
    return float(np.median(means)) if np.std(means) > LIGHT_VARIES * centre > 0 else None


def _levelled(region: NDArray[np.uint8], brightness: float, mean: float) -> NDArray[np.uint8]:
    """Bring the mean grey level to `brightness`; a gain beyond 4 would only amplify noise."""
    gain = brightness / max(mean, brightness / MAX_GAIN)
    return np.asarray(cv2.convertScaleAbs(region, alpha=max(gain, 1 / MAX_GAIN)), np.uint8)


def _blanked(found: Look, brightness: float | None) -> NDArray[np.uint8]:
    """Level what is looked at and fill the rest, before pixels are mixed by resizing."""
    assert found.ignored is not None
    if brightness is None:
        region = found.pixels.copy()
    else:
        region = _levelled(found.pixels, brightness, found.brightness())
    region[found.ignored] = NOTHING
    return region


def _resized(region: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if region.shape[:2] == size:
        return region
    shrinks = region.shape[0] >= size[0] and region.shape[1] >= size[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(region, size[::-1], interpolation=interpolation), np.uint8)


def _extended(region: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Fill up with the colour that the network takes for nothing, as it pads its own borders."""
    below, right = size[0] - region.shape[0], size[1] - region.shape[1]
    if not below and not right:
        return region
    filled = cv2.copyMakeBorder(region, 0, below, 0, right, cv2.BORDER_CONSTANT, value=NOTHING)
    return np.asarray(filled, np.uint8)


def choose_input_size(region: tuple[int, int], side: int) -> tuple[int, int]:
    """Choose the network's input (H, W) for regions of (H, W) pixels.

    The aspect ratio is kept (to the nearest multiple of 32) and the area is that of a square of
    `side`, so a long part costs what a square one costs. Ratios beyond 4 are held at 4.
    """
    aspect = min(max(region[1] / region[0], 1 / MAX_ASPECT), MAX_ASPECT)
    height = side / aspect**0.5
    width = side * aspect**0.5
    return to_stride(height), to_stride(width)


def to_stride(length: float) -> int:
    """Round pixels to the nearest multiple of 32, at least one."""
    return max(STRIDE, round(length / STRIDE) * STRIDE)
