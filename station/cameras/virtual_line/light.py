"""The lamp over the board: a ring light, stronger from the upper left, and the shadow it leaves."""

import cv2
import numpy as np

from station.cameras.virtual_line.relief import FloatMap, Relief, blurred
from station.cameras.virtual_line.sprite import Sprite, trimmed

_SUN = np.array([-0.42, -0.52, 0.74])
_AMBIENT = 0.52
_RING_ELEVATION = 0.60
_SHADOW_MM_PER_MM = 0.34
_SHADOW_DEPTH = 0.62


def shade(relief: Relief, scale: float) -> FloatMap:
    """Return how the surface looks, float32 (H, W, 3), display-referred 0..1.

    scale: pixels a millimetre. Diffuse light follows Lambert; gloss mirrors a ring of lamps whose
    reflections appear on slopes of about 26 degrees, as they do on solder under a real ring light.
    """
    normal = _normals(relief.height, scale)
    sun = _SUN / np.linalg.norm(_SUN)
    towards = cv2.transform(normal, (sun / sun[2])[None])
    lambert = np.maximum(towards.reshape(relief.height.shape), 0)
    diffuse = _AMBIENT + (1 - _AMBIENT) * lambert
    mirror = relief.gloss * _mirrored(normal, relief.roughness)
    # A metal mirrors in its own colour, a plastic in the lamp's: half and half will do for both.
    peak = np.maximum(relief.albedo.max(axis=2, keepdims=True), 0.05)
    tint = 0.45 + 0.55 * relief.albedo / peak
    radiance = relief.albedo * diffuse[..., None] + mirror[..., None] * tint
    return np.asarray(np.sqrt(np.minimum(radiance, 1)), np.float32)


def _normals(height: FloatMap, scale: float) -> FloatMap:
    """Return unit normals, float32 (H, W, 3), of a height map in millimetres."""
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=scale / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=scale / 8)
    upright = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    return np.asarray(cv2.merge([-slope_x * upright, -slope_y * upright, upright]), np.float32)


def _mirrored(normal: FloatMap, roughness: FloatMap) -> FloatMap:
    """Return the lamp light mirrored towards the camera straight above."""
    up = normal[..., 2]
    ray_z = 2 * up * up - 1
    lit_side = -(normal[..., 0] * 0.62 + normal[..., 1] * 0.78)
    ring = np.exp(-(((ray_z - _RING_ELEVATION) / (0.08 + roughness)) ** 2))
    sheen = 0.22 * np.exp(-(((1 - ray_z) / (0.05 + roughness * 0.6)) ** 2))
    return np.asarray(ring * np.clip(0.75 + 1.2 * lit_side, 0.25, None) + sheen, np.float32)


def lit(relief: Relief, scale: float, oversampling: int, casts_shadow: bool = True) -> Sprite:
    """Light an object drawn around its sheet's middle at `oversampling` times the scale needed."""
    cover = relief.cover
    colour = shade(relief, scale) * (255 * cover[..., None])
    shadow = _shadow(relief, scale) if casts_shadow else np.zeros_like(cover)
    alpha = cover + shadow * (1 - cover)
    return trimmed(*(_reduced(values, oversampling) for values in (colour, alpha, cover)))


def _shadow(relief: Relief, scale: float) -> FloatMap:
    """Return the soft shadow's depth, float32 (H, W), on the plane below the object.

    The height is cast in slices, so that flat pins throw less of it than a tall can.
    """
    tallest = float((relief.height * (relief.cover > 0.5)).max())
    depth = np.zeros_like(relief.cover)
    for level in np.linspace(0.15, 0.9, 4) * tallest:
        slice_ = np.asarray(relief.cover * (relief.height >= level), np.float32)
        reach = level * _SHADOW_MM_PER_MM * scale
        move = np.array([[1, 0, reach * 0.62], [0, 1, reach * 0.78]])
        cast = cv2.warpAffine(slice_, move, slice_.shape[::-1])
        depth = np.maximum(
            depth, blurred(np.asarray(cast, np.float32), (0.05 + level * 0.14) * scale)
        )
    contact = blurred(relief.cover, 0.12 * scale) * 0.5
    return np.asarray(np.maximum(depth, contact) * _SHADOW_DEPTH, np.float32)


def _reduced(values: FloatMap, factor: int) -> FloatMap:
    height, width = values.shape[0] // factor, values.shape[1] // factor
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA), np.float32)
