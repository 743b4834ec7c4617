"""Greedy k-center coreset (Roth et al., CVPR 2022, algorithm 1): exact, seeded, cancellable.

The one-by-one algorithm updates every point after each pick. Here the points with the largest
minimum distances wait in a pool; as long as the farthest of the pool is farther than any point
outside it can be, it is the true arg-max, and everyone else is updated once a batch with one
matrix product. What is selected is what the one-by-one algorithm selects.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if

POOL = 2048
ROWS = 65_536
PROJECTED = 128


@dataclass(frozen=True, slots=True)
class CoresetSize:
    """How many vectors to keep: `ratio` of them, and never more than `cap`."""

    ratio: float = 0.1
    cap: int = 10_000

    def of(self, count: int) -> int:
        """Return the number to keep of `count`, at least 1."""
        return max(1, min(count, self.cap, round(count * self.ratio)))


def project(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Random projection (N, D) -> (N, 128), scaled to keep distances (Johnson-Lindenstrauss).

    Vectors of up to 256 dimensions come back as they are: projecting them saves nothing.
    """
    dimensions = vectors.shape[1]
    if dimensions <= 2 * PROJECTED:
        return vectors
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((dimensions, PROJECTED), np.float32)
    matrix *= np.float32(PROJECTED**-0.5)
    return np.concatenate([vectors[i : i + ROWS] @ matrix for i in range(0, len(vectors), ROWS)])


def select(
    points: NDArray[np.float32],
    count: int,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> NDArray[np.int64]:
    """Pick `count` points, each the one farthest from all picked before.

    Args:
        points: float32 (N, D), in memory or mapped from disk; read in blocks, never N × N.
        count: how many; fewer come back once only copies of picked points are left.

    Returns:
        int64 (≤ count,), in the order of picking.

    Raises:
        Cancelled: between two batches.
    """
    first = int(np.random.default_rng(seed).integers(len(points)))
    picked = [first]
    norms = _squared_norms(points)
    nearest = np.full(len(points), np.inf, np.float32)
    batch = picked[:]
    while len(picked) < count:
        raise_if(cancelled)
        _update(nearest, points, norms, batch)
        batch = _pick_from_pool(points, norms, nearest, count - len(picked))
        if not batch:
            break
        picked += batch
        progress("coreset", len(picked), count)
    return np.asarray(picked[:count], np.int64)


def _squared_norms(points: NDArray[np.float32]) -> NDArray[np.float32]:
    blocks = (points[i : i + ROWS] for i in range(0, len(points), ROWS))
    return np.concatenate([np.einsum("nd,nd->n", block, block) for block in blocks])


def _update(
    nearest: NDArray[np.float32],
    points: NDArray[np.float32],
    norms: NDArray[np.float32],
    batch: list[int],
) -> None:
    """Lower `nearest` (squared distance to the closest pick) by the new picks."""
    centres = np.ascontiguousarray(points[batch]).T
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        squared = points[rows] @ centres
        squared *= -2
        squared += norms[batch]
        closest = squared.min(axis=1) + norms[rows]
        np.minimum(nearest[rows], closest, out=nearest[rows])
    np.maximum(nearest, 0, out=nearest)
    nearest[batch] = 0


def _pick_from_pool(
    points: NDArray[np.float32],
    norms: NDArray[np.float32],
    nearest: NDArray[np.float32],
    wanted: int,
) -> list[int]:
    """Pick while the farthest of the pool is certainly the farthest of all."""
    size = min(POOL, len(points))
    pool = np.sort(np.argpartition(nearest, -size)[-size:])
    vectors, lengths, distance = points[pool], norms[pool], nearest[pool]
    entry = distance.min() if size < len(points) else np.float32(-1)
    picks: list[int] = []
    while len(picks) < wanted:
        best = int(distance.argmax())
        if distance[best] <= 0 or (picks and distance[best] <= entry):
            break
        picks.append(int(pool[best]))
        squared = lengths + lengths[best] - 2 * (vectors @ vectors[best])
        np.minimum(distance, squared, out=distance)
        distance[best] = 0
    return picks
