"""Outlines of defects, and how much of each pixel they cover."""

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

SMALLEST = 2.0
"""Pixels: anything smaller than two is a matter of where the sensor's pixels lie."""
FINER = 4
POINTS = 64
SHARP = 0.6
"""Blur of an edge in pixels (σ), as a lens in focus leaves it."""

Outline = NDArray[np.float64]
"""(N, 2) row and column in pixels about the middle of the smallest circle around it."""


class Kind(str, Enum):
    """What is drawn.

    SCRATCH: a bent, tapering line, a twentieth as wide as long (1.5 px at least).
    SPOT: an ellipse with a sharp edge.
    STAIN: an irregular, tinted blot with a soft edge.
    PATCH: a piece of the same picture where it does not belong, as where something is missing.
    TEXTURE: a rough spot, lighter and darker by Perlin noise.
    """

    SCRATCH = "scratch"
    SPOT = "spot"
    STAIN = "stain"
    PATCH = "missing patch"
    TEXTURE = "rough texture"


def outline(kind: Kind, size: float, random: np.random.Generator) -> Outline:
    """Draw an outline whose longest extent is `size` pixels, turned at random."""
    points = _turned(_SHAPES[kind](size, random), random.uniform(0, 2 * np.pi))
    points *= size / pdist(points).max()
    middle, _ = cv2.minEnclosingCircle(points.astype(np.float32))
    return np.asarray(points - np.array(middle), np.float64)


def softness(kind: Kind, size: float) -> float:
    """Return the blur of the edge in pixels (σ)."""
    return max(SHARP, size / 16) if kind is Kind.STAIN else SHARP


def reach(size: float) -> float:
    """Return how far from its centre a defect of that size may change a pixel.

    A set of diameter d lies in a circle of radius d / √3 (Jung's theorem); three σ of the softest
    edge and three pixels for rounding come on top.
    """
    return size / 3**0.5 + 3 * softness(Kind.STAIN, size) + 3


def coverage(points: Outline, blur: float) -> NDArray[np.float32]:
    """Return how much each pixel is covered, float32 (S, S), S odd, largest value 1.

    The outline's origin lies in the middle pixel. Values at the rim below 1/255 are 0.
    """
    half = int(np.ceil(np.abs(points).max() + 3 * blur)) + 1
    side = 2 * half + 1
    fine = np.zeros((side * FINER, side * FINER), np.uint8)
    corners = np.round(((points[:, ::-1] + half + 0.5) * FINER - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(fine, [corners], 255, shift=4)
    covered = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(covered, (0, 0), blur, borderType=cv2.BORDER_CONSTANT)
    soft = soft / np.float32(soft.max())
    soft[soft < 1 / 255] = 0
    return np.asarray(soft, np.float32)


def _scratch(size: float, random: np.random.Generator) -> Outline:
    along = np.linspace(0, 1, POINTS // 2)
    middle = size * random.uniform(-0.15, 0.15) * 4 * along * (1 - along)
    half = max(1.5, size / 20) / 2 * np.sqrt(1 - np.abs(2 * along - 1) ** 3)
    there = np.stack([middle + half, size * along], axis=1)
    back = np.stack([middle - half, size * along], axis=1)[::-1]
    return np.concatenate([there, back])


def _spot(_size: float, random: np.random.Generator) -> Outline:
    angles = _angles()
    return np.stack([np.sin(angles) * random.uniform(0.7, 1.0), np.cos(angles)], axis=1)


def _blot(_size: float, random: np.random.Generator) -> Outline:
    angles = _angles()
    waves = np.arange(2, 7)
    heights = random.normal(0, 0.25, len(waves)) / waves
    phases = random.uniform(0, 2 * np.pi, len(waves))
    radius = 1 + (heights * np.cos(waves * angles[:, None] + phases)).sum(axis=1)
    return np.stack([radius * np.sin(angles), radius * np.cos(angles)], axis=1)


def _piece(_size: float, random: np.random.Generator) -> Outline:
    """A rectangle with round corners: a superellipse of fourth degree."""
    angles = _angles()
    sides = random.uniform(0.6, 1.0), 1.0
    there = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.asarray(np.sign(there) * np.sqrt(np.abs(there)) * np.array(sides), np.float64)


def _angles() -> NDArray[np.float64]:
    return np.linspace(0, 2 * np.pi, POINTS, endpoint=False)


def _turned(points: Outline, angle: float) -> Outline:
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]), np.float64)


_SHAPES = {
    Kind.SCRATCH: _scratch,
    Kind.SPOT: _spot,
    Kind.STAIN: _blot,
    Kind.PATCH: _piece,
    Kind.TEXTURE: _blot,
}
