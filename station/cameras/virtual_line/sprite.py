"""Lit objects ready to be laid on the board, and how they are turned, moved and laid."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.relief import FloatMap

_INVISIBLE = 1 / 255


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A lit object, its shadow with it.

    pixels: float32 (h, w, 4), colour 0..255 times alpha, and alpha 0..1.
    body: float32 (h, w) of 0..1, the object alone without its shadow.
    origin: x, y in pixels of the object's own (0 mm, 0 mm) from the upper left corner.
    """

    pixels: FloatMap
    body: FloatMap
    origin: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A sprite brought to its place: as in `Sprite`, with the canvas row and column it starts at."""

    pixels: FloatMap
    body: FloatMap
    corner: tuple[int, int]


def trimmed(pixels: FloatMap, body: FloatMap) -> Sprite:
    """Return a sprite without the empty border of its sheet; the sheet's middle is its origin."""
    seen = np.argwhere(pixels[..., 3] > _INVISIBLE)
    top, left = seen.min(axis=0)
    bottom, right = seen.max(axis=0) + 1
    origin = (pixels.shape[1] / 2 - float(left), pixels.shape[0] / 2 - float(top))
    window = (slice(top, bottom), slice(left, right))
    return Sprite(np.ascontiguousarray(pixels[window]), np.ascontiguousarray(body[window]), origin)


def posed(
    sprite: Sprite, at: tuple[float, float], angle_deg: float = 0.0, tone: float = 1.0
) -> Laid:
    """Bring a sprite's origin to `at` (x, y in canvas pixels), turned clockwise by `angle_deg`.

    tone: factor on its colour.
    """
    turn = np.deg2rad(angle_deg)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    height, width = sprite.body.shape
    ends = np.array([(0, 0), (width, 0), (0, height), (width, height)]) - sprite.origin
    moved = ends @ matrix.T + at
    left, top = np.floor(moved.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(moved.max(axis=0)).astype(int) + 1
    # OpenCV counts from a pixel's centre, hence the halves.
    shift = np.array(at) - (left, top) - 0.5 - matrix @ (np.array(sprite.origin) - 0.5)
    transform = np.column_stack([matrix, shift])
    size = (int(right - left), int(bottom - top))
    pixels = np.asarray(cv2.warpAffine(sprite.pixels, transform, size), np.float32)
    body = np.asarray(cv2.warpAffine(sprite.body, transform, size), np.float32)
    pixels[..., :3] *= np.float32(tone)
    return Laid(pixels, body, (int(top), int(left)))


def lay(canvas: NDArray[np.uint8], laid: Laid) -> None:
    """Lay a sprite on `canvas`, uint8 (H, W, 3), in place; what falls outside is cut off."""
    canvas_part, own_part = _overlap(canvas.shape[:2], laid)
    under = canvas[canvas_part]
    pixels = laid.pixels[own_part]
    mixed = under * (1 - pixels[..., 3:]) + pixels[..., :3]
    np.copyto(under, np.clip(mixed + 0.5, 0, 255), casting="unsafe")


def cover(mask: FloatMap, laid: Laid) -> None:
    """Add a sprite's body to `mask`, float32 (H, W) of 0..1, in place."""
    canvas_part, own_part = _overlap(mask.shape, laid)
    np.maximum(mask[canvas_part], laid.body[own_part], out=mask[canvas_part])


def _overlap(shape: tuple[int, ...], laid: Laid) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where the two overlap, on the canvas and on the sprite; empty when they do not."""
    top, left = laid.corner
    rows = (max(top, 0), max(min(top + laid.body.shape[0], shape[0]), max(top, 0)))
    columns = (max(left, 0), max(min(left + laid.body.shape[1], shape[1]), max(left, 0)))
    on_canvas = (slice(*rows), slice(*columns))
    on_sprite = (
        slice(rows[0] - top, rows[1] - top),
        slice(columns[0] - left, columns[1] - left),
    )
    return on_canvas, on_sprite
