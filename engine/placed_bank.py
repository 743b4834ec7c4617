"""A memory bank by place, and the whitening that goes with it: taught from patches on disk."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import coreset
from engine.coreset import CoresetSize
from engine.memory_bank import MemoryBank
from engine.places import PlacedPoints, Places
from engine.progress import IsCancelled, Progress, raise_if
from engine.tiling import STEP

MOST_AT_PLACE = 512
"""Vectors kept at one place at most: 0.7 GB for 12 megapixels at 29 dimensions."""
SAMPLED = 300
"""Places that the whitening is learned from."""
PLAY = 16.0
"""Network pixels by which a patch may be displaced until that counts as much as good parts usually
differ."""
SMOOTH = 2.0
"""Patches (sigma) over which the usual distance is smoothed: it is the mean of a few pictures."""
LEVELLED = 8
"""Taught patches at each position, about, that the usual distance is taken from: every n-th, n odd,
so that all positions of a place come round."""
FLOOR = 1e-3
"""Share of the mean variance added to every direction: what never varied is not made infinite."""


def fill(
    placed: PlacedPoints,
    size: CoresetSize,
    seed: int,
    progress: Progress,
    cancelled: IsCancelled,
) -> tuple[MemoryBank, NDArray[np.float32]]:
    """Whiten what was taught, and pick a coreset at every place.

    Where a place has fewer different vectors than it should keep they are repeated, so that all
    places hold equally many; a place that is ignored altogether holds zeros, which nothing is
    compared with.

    Returns:
        The bank, and the whitening, float32 (D, D), that patch vectors must go through as well.
    """
    places, whitening = learn_whitening(placed, seed)
    keep = kept_at_place(size, len(placed.points), places)
    vectors = np.empty((places.count * keep, placed.points.shape[1] + 2), np.float32)
    chosen = np.empty(len(vectors), np.int64)
    usual = np.zeros((places.rows * places.side, places.columns * places.side), np.float32)
    for number in range(places.count):
        raise_if(cancelled)
        here = placed.at(number)
        rows = slice(number * keep, (number + 1) * keep)
        if not len(here):
            vectors[rows], chosen[rows] = 0, 0
            continue
        white = places.located(placed.points[here] @ whitening, placed.origins[here], number)
        picked = coreset.select(white, keep, seed=seed, cancelled=cancelled, device="cpu")
        kept = np.resize(picked, keep)
        vectors[rows], chosen[rows] = white[kept], here[kept]
        row, column = (int(at) * places.side for at in divmod(number, places.columns))
        usual[row : row + places.side, column : column + places.side] = _usual(
            placed, here, white, picked, number
        )
        progress("coreset", number + 1, places.count)
    usual = np.asarray(cv2.GaussianBlur(usual, (0, 0), SMOOTH), np.float32)
    return MemoryBank.build(vectors, placed.origins[chosen], places, usual), whitening


def _usual(
    placed: PlacedPoints,
    here: NDArray[np.int64],
    white: NDArray[np.float32],
    picked: NDArray[np.int64],
    number: int,
) -> NDArray[np.float32]:
    """Return how far patches of good parts usually are from what other parts left here, (s, s).

    here: points at the place; white: the same, whitened and located, float32 (N, D + 2). picked:
    which of them the bank keeps. A picture's own vectors are left out of what its patches are
    compared with.
    """
    side, corner = placed.places.side, np.array(divmod(number, placed.places.columns))
    own = np.flatnonzero(np.isin(here, placed.own(number), assume_unique=True))
    own = own[:: len(own) // (LEVELLED * side**2) | 1]
    origins, pictures = placed.origins[here[own]], placed.origins[here[picked], 0]
    distances = _to_others(white[own], origins[:, 0], white[picked], pictures)
    at = (origins[:, 1:] - corner * side) @ np.array([side, 1])
    known = np.isfinite(distances)
    counts = np.bincount(at[known], minlength=side**2)
    sums = np.bincount(at[known], distances[known], minlength=side**2)
    everywhere = sums.sum() / max(counts.sum(), 1)
    means = np.where(counts, sums / counts.clip(1), everywhere)
    return np.asarray(means, np.float32).reshape(side, side)


def _to_others(
    queries: NDArray[np.float32],
    of: NDArray[np.int32],
    vectors: NDArray[np.float32],
    pictures: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Return each query's distance to the nearest vector of another picture; inf without one.

    queries: (Q, D), of the pictures `of`; vectors: (M, D), of `pictures`.
    """
    squared = -2 * queries @ vectors.T + np.einsum("nd,nd->n", vectors, vectors)
    squared[of[:, None] == pictures] = np.inf
    nearest = squared.min(axis=1) + np.einsum("nd,nd->n", queries, queries)
    distances: NDArray[np.float32] = np.sqrt(nearest.clip(0))
    return distances


def learn_whitening(placed: PlacedPoints, seed: int) -> tuple[Places, NDArray[np.float32]]:
    """Return the places with the weight of a patch's step, and the whitening, float32 (D, D)."""
    covariance = _differences(placed, seed)
    usual = float(np.trace(covariance) ** 0.5)
    places = replace(placed.places, weight=usual * STEP / placed.places.side / PLAY)
    return places, _inverse_root(covariance).astype(np.float32)


def kept_at_place(size: CoresetSize, taught: int, places: Places) -> int:
    """Return how many vectors each place keeps of `taught` in all."""
    return min(MOST_AT_PLACE, size.of(max(1, taught // places.count)))


def _differences(placed: PlacedPoints, seed: int) -> NDArray[np.float64]:
    """Return how good parts differ from one another at the same place, float64 (D, D).

    The mean square, in all directions, of what lies between a patch of one picture and the nearest
    one at that place of any other. With its inverse root no direction of it counts more than
    another (the Mahalanobis distance), and what good parts never do counts most.
    """
    random = np.random.default_rng([seed, 1])
    squares = np.zeros((placed.points.shape[1], placed.points.shape[1]))
    count = 0
    for number in random.permutation(placed.places.count)[:SAMPLED]:
        own, near = placed.own(number), placed.at(number)
        if len(own):
            picture = placed.origins[random.choice(own), 0]
            one = own[placed.origins[own, 0] == picture]
            others = near[placed.origins[near, 0] != picture]
            found = _to_nearest(placed.points[one], placed.points[others])
            squares += found.T @ found
            count += len(found)
    return squares / max(count, 1)


def _to_nearest(queries: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each query less its nearest other, float64 (Q, D); empty without others."""
    if not len(others):
        return np.empty((0, queries.shape[1]))
    squared = -2 * queries @ others.T + np.einsum("nd,nd->n", others, others)
    nearest = others[squared.argmin(axis=1)]
    difference: NDArray[np.float64] = np.subtract(queries, nearest, dtype=np.float64)
    return difference


def _inverse_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    variances, columns = np.linalg.eigh(covariance)
    mean = max(variances.mean(), np.finfo(np.float64).tiny)
    scale = np.sqrt(mean / (variances.clip(0) + FLOOR * mean))
    root: NDArray[np.float64] = (columns * scale) @ columns.T
    return root
