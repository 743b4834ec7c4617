"""What is measured on a picture: sharpness, smear and light, and how like two pictures are."""

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.preprocessing import Roi, crop

LONGEST = 1600
"""Pixels of the longer side that are measured; larger pictures are averaged down to it."""
SMOOTHING = 0.8
"""Standard deviation, in pixels, that takes noise out before directions are compared."""
DIRECTIONS = ((1, 0), (1, 1), (0, 1), (1, -1))
"""Steps (x, y) in pixels: along 0, 45, 90 and 135 degrees."""
THUMB = 128
DETAIL = 3.0
"""Standard deviation, in pixels of the thumbnail, of what is taken off to leave its detail."""


@dataclass(frozen=True, slots=True, eq=False)
class Gauged:
    """What is quickly measured on a picture: its sharpness and its light.

    sharpness: energy of the Laplacian over that of the gradient (both in Pertuz et al., "Analysis
        of focus measure operators", Pattern Recognition 46, 2013). How fine the finest detail is,
        however much of it there is: a blur takes the finest first.
    detail: variance of the Laplacian over the squared brightness.
    brightness: mean grey level, 0 to 255.
    white, black: share of pixels in which a channel is at 255, or all channels are at 0.
    """

    sharpness: float
    detail: float
    brightness: float
    white: float
    black: float


@dataclass(frozen=True, slots=True, eq=False)
class Measured(Gauged):
    """One picture in figures.

    directions: float64 (4,), log energy of differences along 0, 45, 90 and 135 degrees, less their
        mean: a movement takes detail along its own direction only.
    thumb: uint8 (128, 128), grey.
    """

    directions: NDArray[np.float64]
    thumb: NDArray[np.uint8]


def measure(pixels: NDArray[np.uint8], roi: Roi | None = None) -> Measured:
    """Measure uint8 (H, W, 3) RGB inside `roi`. Raises ImageError where that does not fit."""
    region = crop(pixels, roi)
    grey = _reduced(to_grey(region))
    quick = _gauged(region, grey)
    return Measured(
        quick.sharpness,
        quick.detail,
        quick.brightness,
        quick.white,
        quick.black,
        directions=_directions(grey),
        thumb=np.asarray(cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA), np.uint8),
    )


def gauge(pixels: NDArray[np.uint8], roi: Roi | None = None) -> Gauged:
    """Measure what a part on the line has the time for. Raises ImageError as `measure`."""
    region = crop(pixels, roi)
    return _gauged(region, _reduced(to_grey(region)))


def directions(pixels: NDArray[np.uint8], roi: Roi | None = None) -> NDArray[np.float64]:
    """Return `Measured.directions`. Raises ImageError as `measure`."""
    return _directions(_reduced(to_grey(crop(pixels, roi))))


def _gauged(region: NDArray[np.uint8], grey: NDArray[np.uint8]) -> Gauged:
    """Whole numbers as long as can be: exact, and several times faster than fractions."""
    laplacian = _variance(cv2.Laplacian(grey, cv2.CV_16S))
    brightness = float(cv2.mean(grey)[0])
    red, green, blue = cv2.split(region)
    highest = cv2.max(cv2.max(red, green), blue)
    return Gauged(
        sharpness=laplacian / max(_gradient(grey), 1e-6),
        detail=laplacian / max(brightness, 1.0) ** 2,
        brightness=brightness,
        white=_share(highest, 255),
        black=_share(highest, 0),
    )


def _variance(values: MatLike) -> float:
    mean = cv2.sumElems(values)[0] / max(values.size, 1)
    return cv2.norm(values, cv2.NORM_L2SQR) / max(values.size, 1) - float(mean) ** 2


def _share(values: MatLike, level: int) -> float:
    return cv2.countNonZero(cv2.inRange(values, (level,), (level,))) / max(values.size, 1)


def unlikeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Say by how many grey levels (root mean square) two thumbnails differ at half their size.

    The lamp's part is taken out first: `other` is brought to the mean and contrast of `one`.
    """
    a, b = _halved(one), _halved(other)
    matched = (b - b.mean()) * (a.std() / max(float(b.std()), 1e-6))
    return float(np.sqrt(np.square(a - a.mean() - matched).mean()))


def same_detail(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlate what is finest in two thumbnails, -1 to 1; 0 where it is only noise."""
    a, b = _detail(one), _detail(other)
    return float((a * b).mean() / max(float(a.std() * b.std()), 1e-6))


def to_grey(region: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return uint8 (H, W) of uint8 (H, W, 3) RGB."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(region), cv2.COLOR_RGB2GRAY), np.uint8)


def _reduced(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = LONGEST / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _gradient(grey: NDArray[np.uint8]) -> float:
    """Mean squared gradient (Tenengrad), grey levels a pixel."""
    along_x = cv2.Sobel(grey, cv2.CV_16S, 1, 0)
    along_y = cv2.Sobel(grey, cv2.CV_16S, 0, 1)
    energy = cv2.norm(along_x, cv2.NORM_L2SQR) + cv2.norm(along_y, cv2.NORM_L2SQR)
    return energy / 64 / max(grey.size, 1)


def _directions(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    values = grey.astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(values, (0, 0), SMOOTHING), np.float32)
    energies = np.array([_energy(smooth, x, y) / (x * x + y * y) for x, y in DIRECTIONS])
    logarithms = np.log(energies + 1e-6)
    return np.asarray(logarithms - logarithms.mean(), np.float64)


def _energy(values: NDArray[np.float32], x: int, y: int) -> float:
    """Mean squared difference between pixels that lie (x, y) apart; x is 0 or 1."""
    height, width = values.shape
    ahead = values[max(y, 0) : height + min(y, 0), x:]
    behind = values[max(-y, 0) : height - max(y, 0), : width - x]
    difference = ahead - behind
    return float(np.vdot(difference, difference)) / max(difference.size, 1)


def _halved(thumb: NDArray[np.uint8]) -> NDArray[np.float32]:
    half = cv2.resize(thumb.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32)


def _detail(thumb: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = thumb.astype(np.float32)
    detail = values - cv2.GaussianBlur(values, (0, 0), DETAIL)
    return np.asarray(detail - detail.mean(), np.float32)
