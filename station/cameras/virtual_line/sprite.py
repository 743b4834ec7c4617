"""Lit objects ready to be laid on the board, and how they are turned, moved and laid."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.relief import FloatMap

_INVISIBLE = 1 / 255

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A lit object, its shadow with it.

    colour: uint8 (h, w, 3), already times its alpha. keep: uint8 (h, w, 3), how much of what is
    below stays, 255 all of it; thrice the same, so that laying is one multiplication.
    body: float32 (h, w) of 0..1, the object alone without its shadow.
    origin: x, y in pixels of the object's own (0 mm, 0 mm) from the upper left corner.
    """

    colour: Pixels
    keep: Pixels
    body: FloatMap
    origin: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A sprite at its place on the canvas.

    transform: 2 × 3, from the sprite's pixels to those of a window of `shape` whose first pixel is
    the canvas row and column `corner`. tone: factor on the colour.
    """

    sprite: Sprite
    transform: NDArray[np.float64]
    shape: tuple[int, int]
    corner: tuple[int, int]
    tone: float


def trimmed(colour: FloatMap, alpha: FloatMap, body: FloatMap) -> Sprite:
    """Return a sprite without the empty border of its sheet; the sheet's middle is its origin.

    colour: float32 (H, W, 3) of 0..255, already times `alpha`, float32 (H, W) of 0..1.
    """
    seen = np.argwhere(alpha > _INVISIBLE)
    top, left = seen.min(axis=0)
    bottom, right = seen.max(axis=0) + 1
    origin = (alpha.shape[1] / 2 - float(left), alpha.shape[0] / 2 - float(top))
    window = (slice(top, bottom), slice(left, right))
    keep = cv2.cvtColor(rounded(255 * (1 - alpha[window])), cv2.COLOR_GRAY2RGB)
    body_part = np.ascontiguousarray(body[window])
    return Sprite(rounded(colour[window]), np.asarray(keep, np.uint8), body_part, origin)


def rounded(values: FloatMap) -> Pixels:
    """Return the nearest uint8 of each value."""
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)


def posed(
    sprite: Sprite, at: tuple[float, float], angle_deg: float = 0.0, tone: float = 1.0
) -> Laid:
    """Bring a sprite's origin to `at` (x, y in canvas pixels), turned clockwise by `angle_deg`."""
    turn = np.deg2rad(angle_deg)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    height, width = sprite.body.shape
    ends = np.array([(0, 0), (width, 0), (0, height), (width, height)]) - sprite.origin
    moved = ends @ matrix.T + at
    left, top = np.floor(moved.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(moved.max(axis=0)).astype(int) + 1
    # OpenCV counts from a pixel's centre, hence the halves.
    shift = np.array(at) - (left, top) - 0.5 - matrix @ (np.array(sprite.origin) - 0.5)
    shape = (int(bottom - top), int(right - left))
    return Laid(sprite, np.column_stack([matrix, shift]), shape, (int(top), int(left)), tone)


def lay(canvas: Pixels, laid: Laid) -> None:
    """Lay a sprite on `canvas`, uint8 (H, W, 3), in place; what falls outside is cut off."""
    on_canvas, on_window = _overlap(canvas.shape, laid)
    size = laid.shape[::-1]
    whole = (255, 255, 255)
    colour = cv2.warpAffine(laid.sprite.colour, laid.transform, size)
    keep = cv2.warpAffine(laid.sprite.keep, laid.transform, size, borderValue=whole)
    if laid.tone != 1:
        colour = cv2.convertScaleAbs(colour, alpha=laid.tone)
    below = cv2.multiply(canvas[on_canvas], keep[on_window], scale=1 / 255)
    canvas[on_canvas] = cv2.add(below, colour[on_window])


def cover(mask: FloatMap, laid: Laid) -> None:
    """Add a sprite's body to `mask`, float32 (H, W) of 0..1, in place."""
    on_canvas, on_window = _overlap(mask.shape, laid)
    body = cv2.warpAffine(laid.sprite.body, laid.transform, laid.shape[::-1])
    np.maximum(mask[on_canvas], body[on_window], out=mask[on_canvas])


def _overlap(shape: tuple[int, ...], laid: Laid) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where the two overlap, on the canvas and in the window."""
    spans = [
        (max(first, 0), min(first + length, end), first)
        for first, length, end in zip(laid.corner, laid.shape, shape[:2], strict=True)
    ]
    (top, bottom, row), (left, right, column) = spans
    on_canvas = (slice(top, bottom), slice(left, right))
    return on_canvas, (slice(top - row, bottom - row), slice(left - column, right - column))
