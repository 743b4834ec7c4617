"""Which directions of the patch vectors are worth keeping: their first principal components.

The paper brings the concatenated channels to a chosen number by adaptive averaging; principal
components lose less at the same number, and cost nothing more once they are in the network.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from engine.backbone import Backbone
from engine.progress import IsCancelled, Progress, raise_if

SAMPLED = 24
"""About so many pictures are looked at."""

ReadVectors = Callable[[int], Iterable[NDArray[np.float32]]]
"""Number of a picture -> its patch vectors, float32 (P, D) tile by tile."""


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
    moments: _Moments | None = None
    for done, picture in enumerate(chosen, start=1):
        raise_if(cancelled)
        for vectors in read(picture):
            if vectors.shape[1] <= dimensions:
                return None
            moments = moments or _Moments(vectors.shape[1])
            moments.add(vectors)
        progress("projection", done, len(chosen))
    return None if moments is None else moments.components()[:dimensions].astype(np.float32)


class _Moments:
    """Sums over patch vectors, in float64."""

    def __init__(self, dimensions: int) -> None:
        self._total = np.zeros(dimensions)
        self._squares = np.zeros((dimensions, dimensions))
        self._count = 0

    def add(self, vectors: NDArray[np.float32]) -> None:
        self._total += vectors.sum(axis=0, dtype=np.float64)
        self._squares += vectors.T @ vectors
        self._count += len(vectors)

    def components(self) -> NDArray[np.float64]:
        mean = self._total / self._count
        return components(self._squares / self._count - np.outer(mean, mean))[0]


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


def for_timing(
    backbone: Backbone, dimensions: int, whitened: bool = False
) -> NDArray[np.float32] | None:
    """Return a projection of the size that teaching would learn, for models that only take time."""
    channels = sum(backbone.build()[0].channels())
    kept = min(channels, dimensions or channels)
    return None if kept == channels and not whitened else np.eye(kept, channels, dtype=np.float32)
