"""Surfaces before the light falls on them: colour, height and gloss maps, and how to draw them."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from station.cameras.virtual_line.lettering import text_strokes

FloatMap = NDArray[np.float32]
Colour = tuple[int, int, int]

_SHIFT = 4
"""Binary places below the pixel that OpenCV's drawing calls are given."""


def linear(colour: Colour) -> FloatMap:
    """Return a displayed colour of 0..255 as linear float32 (3,) of 0..1; `shade` undoes it."""
    return np.asarray((np.array(colour) / 255.0) ** 2, np.float32)


class Pen:
    """Draws antialiased shapes given in millimetres into masks, float32 (H, W) of 0..1.

    scale: pixels a millimetre. origin: where (0 mm, 0 mm) lies, as x, y in pixels.
    """

    def __init__(
        self, shape: tuple[int, int], scale: float, origin: tuple[float, float] | None = None
    ) -> None:
        self.shape = shape
        self.scale = scale
        self.origin = np.array(origin or (shape[1] / 2, shape[0] / 2))

    def _points(self, points: ArrayLike) -> NDArray[np.int32]:
        # A pixel's own coordinate is its centre, hence the half.
        pixels = np.asarray(points, np.float64) * self.scale + self.origin - 0.5
        return np.asarray(np.round(pixels * 2**_SHIFT), np.int32)

    def _blank(self) -> NDArray[np.uint8]:
        return np.zeros(self.shape, np.uint8)

    def _thickness(self, width: float) -> int:
        return max(1, round(width * self.scale))

    def polygons(self, polygons: Sequence[ArrayLike]) -> FloatMap:
        """Fill each polygon, (n, 2) of x, y."""
        mask = self._blank()
        for polygon in polygons:
            cv2.fillPoly(mask, [self._points(polygon)], 255, cv2.LINE_AA, _SHIFT)
        return _unit(mask)

    def rects(self, rects: Sequence[tuple[float, float, float, float]]) -> FloatMap:
        """Fill axis-parallel rectangles given as centre x, centre y, width, height."""
        return self.polygons([rectangle(*rect) for rect in rects])

    def rect(self, width: float, height: float, x: float = 0.0, y: float = 0.0) -> FloatMap:
        """Fill one rectangle around x, y."""
        return self.rects([(x, y, width, height)])

    def round_rects(
        self, rects: Sequence[tuple[float, float, float, float]], radius: float
    ) -> FloatMap:
        """Fill rectangles (centre x, centre y, width, height) whose corners are round."""
        inner = [rectangle(x, y, w - 2 * radius, h - 2 * radius) for x, y, w, h in rects]
        return np.maximum(self.polygons(inner), self.lines(inner, 2 * radius, closed=True))

    def round_rect(self, width: float, height: float, radius: float) -> FloatMap:
        """Fill one round-cornered rectangle around the origin."""
        return self.round_rects([(0, 0, width, height)], radius)

    def discs(self, centres: ArrayLike, radius: float) -> FloatMap:
        """Fill a disc around each centre, (n, 2)."""
        mask = self._blank()
        reach = round(radius * self.scale * 2**_SHIFT)
        for x, y in self._points(centres).reshape(-1, 2):
            cv2.circle(mask, (int(x), int(y)), reach, 255, -1, cv2.LINE_AA, _SHIFT)
        return _unit(mask)

    def disc(self, radius: float, x: float = 0.0, y: float = 0.0) -> FloatMap:
        """Fill one disc around x, y."""
        return self.discs([(x, y)], radius)

    def lines(self, lines: Sequence[ArrayLike], width: float, closed: bool = False) -> FloatMap:
        """Stroke polylines, each (n, 2), with round ends."""
        mask = self._blank()
        points = [self._points(line) for line in lines]
        thickness = self._thickness(width)
        cv2.polylines(mask, points, closed, 255, thickness, cv2.LINE_AA, _SHIFT)
        return _unit(mask)

    def text(
        self,
        text: str,
        height: float,
        width: float,
        at: tuple[float, float] = (0, 0),
        turns: int = 0,
    ) -> FloatMap:
        """Letter `text` around `at`, turned counter-clockwise by quarter turns."""
        strokes = [turned(stroke, turns) + at for stroke in text_strokes(text, height)]
        return self.lines(strokes, width)


def rectangle(x: float, y: float, width: float, height: float) -> NDArray[np.float64]:
    """Return the corners, (4, 2), of a rectangle around x, y."""
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return np.asarray(signs * (width / 2, height / 2) + (x, y))


def turned(points: ArrayLike, turns: int) -> NDArray[np.float64]:
    """Turn points (n, 2) counter-clockwise by quarter turns (y points down), as np.rot90 does."""
    points = np.asarray(points, np.float64)
    for _ in range(turns % 4):
        points = np.stack([points[..., 1], -points[..., 0]], axis=-1)
    return points


def _unit(mask: NDArray[np.uint8]) -> FloatMap:
    return mask.astype(np.float32) / np.float32(255)


def _window(mask: FloatMap) -> tuple[slice, slice]:
    """Return the smallest rectangle that holds all of a mask."""
    x, y, width, height = cv2.boundingRect(np.asarray(mask > 0, np.uint8))
    return slice(y, y + height), slice(x, x + width)


def _mix(values: FloatMap, share: FloatMap, value: float) -> None:
    """Move values towards one value by their share, in place."""
    values += share * (np.float32(value) - values)


def dome(mask: FloatMap, reach_px: float) -> FloatMap:
    """Round a mask's edge off: 0 outside, a quarter circle over `reach_px` inwards, then 1."""
    inside = np.asarray(mask > 0.5, np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5) / max(reach_px, 1e-3)
    slope = 1 - np.minimum(distance, 1)
    return np.asarray(np.sqrt(np.maximum(1 - slope**2, 0)), np.float32)


def blurred(values: FloatMap, sigma_px: float) -> FloatMap:
    """Gaussian blur; the edge repeats."""
    if sigma_px < 0.1:
        return values
    return np.asarray(
        cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.float32
    )


def grain(shape: tuple[int, int], sigma_px: float, rng: np.random.Generator) -> FloatMap:
    """Return smooth noise, float32 (H, W), of mean 0 and standard deviation 1."""
    noise = blurred(rng.standard_normal(shape, np.float32), sigma_px)
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-6), np.float32)


class Relief:
    """One surface, drawn layer upon layer.

    albedo: float32 (H, W, 3), linear. height: float32 (H, W) in millimetres.
    gloss, roughness: float32 (H, W); how much it mirrors, and how widely.
    cover: float32 (H, W), where there is a surface at all.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.albedo = np.zeros((*shape, 3), np.float32)
        self.height = np.zeros(shape, np.float32)
        self.gloss = np.zeros(shape, np.float32)
        self.roughness = np.full(shape, 0.3, np.float32)
        self.cover = np.zeros(shape, np.float32)

    def paint(
        self, mask: FloatMap, colour: Colour, gloss: float = 0.0, roughness: float = 0.3
    ) -> None:
        """Cover `mask` with a material."""
        seen = _window(mask)
        part = mask[seen]
        for channel, value in enumerate(linear(colour)):
            _mix(self.albedo[..., channel][seen], part, float(value))
        _mix(self.gloss[seen], part, gloss)
        _mix(self.roughness[seen], part, roughness)
        np.maximum(self.cover[seen], part, out=self.cover[seen])

    def raise_to(self, mask: FloatMap, height: FloatMap | float) -> None:
        """Set the height, in millimetres, where `mask` is."""
        self.height += mask * (np.asarray(height, np.float32) - self.height)

    def tint(self, factor: FloatMap) -> None:
        """Scale the colour by a map (H, W)."""
        self.albedo *= np.maximum(factor, 0)[..., None]

    def turned(self, turns: int) -> "Relief":
        """Return a copy turned counter-clockwise by quarter turns."""
        other = Relief((1, 1))
        for name in ("albedo", "height", "gloss", "roughness", "cover"):
            setattr(other, name, np.ascontiguousarray(np.rot90(getattr(self, name), turns)))
        return other
