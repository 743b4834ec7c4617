"""Gradient noise (Perlin, "An image synthesizer", SIGGRAPH 1985; fade of 2002)."""

import numpy as np
from numpy.typing import NDArray

OCTAVES = 3


def fractal(
    shape: tuple[int, int], cell: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return noise float32 (H, W), largest magnitude 1; octaves halve cell and height.

    Args:
        shape: (H, W) in pixels. cell: distance of the coarsest lattice in pixels, 1 or more.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(OCTAVES):
        total += perlin(shape, max(cell / 2**octave, 1.0), random) / 2**octave
    peak = float(np.abs(total).max())
    return total / np.float32(peak) if peak > 0 else total


def perlin(shape: tuple[int, int], cell: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Return one octave, float32 (H, W), zero at the lattice and within ±0.71 between."""
    rows, columns = (
        (np.arange(length, dtype=np.float32) + 0.5) / np.float32(cell) for length in shape
    )
    size = (int(rows[-1]) + 2, int(columns[-1]) + 2)
    angles = random.uniform(0, 2 * np.pi, size).astype(np.float32)
    i, j = rows.astype(int)[:, None], columns.astype(int)[None, :]
    y, x = (rows % 1)[:, None], (columns % 1)[None, :]

    def corner(down: int, right: int) -> NDArray[np.float32]:
        angle = angles[i + down, j + right]
        return np.asarray(np.sin(angle) * (y - down) + np.cos(angle) * (x - right), np.float32)

    above = corner(0, 0) + _fade(x) * (corner(0, 1) - corner(0, 0))
    below = corner(1, 0) + _fade(x) * (corner(1, 1) - corner(1, 0))
    return np.asarray(above + _fade(y) * (below - above), np.float32)


def _fade(t: NDArray[np.float32]) -> NDArray[np.float32]:
    """6t⁵ − 15t⁴ + 10t³."""
    return np.asarray(t * t * t * (t * (6 * t - 15) + 10), np.float32)
