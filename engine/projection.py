"""Which directions of the patch vectors are worth keeping: their first principal components.

The paper brings the concatenated channels to a chosen number by adaptive averaging; principal
components lose less at the same number, and cost nothing more once they are in the network.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.progress import IsCancelled, Progress, raise_if

SAMPLED = 24
"""About so many pictures are looked at."""

ReadVectors = Callable[[int], NDArray[np.float32]]
"""Number of a picture -> its patch vectors, float32 (P, D)."""


def learn(
    read: ReadVectors,
    pictures: int,
    dimensions: int,
    progress: Progress,
    cancelled: IsCancelled,
) -> NDArray[np.float32] | None:
    """Learn the projection from a sample of the pictures; None where D is no larger already.

    Returns:
        float32 (dimensions, D), rows orthonormal, largest variance first.
    """
    chosen = range(0, pictures, max(1, pictures // SAMPLED))
    total, squares, count = np.zeros(read(0).shape[1]), np.zeros(()), 0
    if len(total) <= dimensions:
        return None
    for done, picture in enumerate(chosen, start=1):
        raise_if(cancelled)
        vectors = read(picture)
        total = total + vectors.sum(axis=0, dtype=np.float64)
        squares = squares + (vectors.T @ vectors).astype(np.float64)
        count += len(vectors)
        progress("projection", done, len(chosen))
    mean = total / count
    return components(squares / count - np.outer(mean, mean))[0][:dimensions].astype(np.float32)


def components(
    covariance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal components, rows (D, D), largest first, and the share of variance up to each."""
    variances, columns = np.linalg.eigh(covariance)
    kept = np.cumsum(variances[::-1].clip(0))
    return columns.T[::-1], kept / max(kept[-1], np.finfo(np.float64).tiny)


def applied(projection: NDArray[np.float32], to: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Return the projection (d, D) after the one, (D, D'), that is there already."""
    return projection if to is None else np.ascontiguousarray(projection @ to, np.float32)
