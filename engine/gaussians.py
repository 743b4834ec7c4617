"""One multivariate Gaussian a position: mean, covariance, and the Mahalanobis distance to it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if

REGULARISATION = 0.01
"""Added to the covariance's diagonal (ε of Defard et al., equation 1)."""
BLOCK = 16
"""Pictures folded into the covariances at once: the covariances go through memory 16 times less."""
CHUNK = 64
"""Positions inverted at once, in float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """P Gaussians of d dimensions.

    mean: float32 (P, d).
    whitening: float32 (P, d, d), lower triangular: L⁻¹ with Σ = L·Lᵀ, so that the Mahalanobis
        distance is the length of L⁻¹·(x − μ).
    """

    mean: NDArray[np.float32]
    whitening: NDArray[np.float32]

    def distances(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return √((x − μ)ᵀ·Σ⁻¹·(x − μ)), float32 (P,), of one vector a position, (P, d)."""
        white = np.matmul(self.whitening, (vectors - self.mean)[:, :, None])[:, :, 0]
        return np.asarray(np.sqrt(np.einsum("pd,pd->p", white, white)), np.float32)


def taught_bytes(positions: int, dimensions: int, block: int = BLOCK) -> int:
    """Bytes that `Moments` holds, however many pictures come: P·d²·4 and what is small beside."""
    covariances = positions * dimensions**2 * 4
    return covariances + positions * dimensions * (8 + 4 * (block + 1))


class Moments:
    """Mean and scatter of every position, of pictures that come one by one and are not kept."""

    def __init__(self, positions: int, dimensions: int, block: int = BLOCK) -> None:
        """Take `taught_bytes(positions, dimensions, block)` of memory."""
        self._seen = 0
        self._waiting = 0
        self._mean = np.zeros((positions, dimensions))
        self._scatter = np.zeros((positions, dimensions, dimensions), np.float32)
        self._block = np.empty((positions, block + 1, dimensions), np.float32)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Take one picture's vectors, float32 (P, d)."""
        self._block[:, self._waiting] = vectors
        self._waiting += 1
        if self._waiting == self._block.shape[1] - 1:
            self._fold()

    def gaussians(
        self, progress: Progress = no_progress, cancelled: IsCancelled = never_cancelled
    ) -> Gaussians:
        """End the counting: Σ = scatter / (N − 1) + ε·I, inverted where the scatter lies.

        N must be 2 or more. progress: told the stage "gaussians". Raises Cancelled.
        """
        self._fold()
        whitening, self._scatter = self._scatter, np.empty((0, 0, 0), np.float32)
        for rows in _chunks(len(whitening)):
            raise_if(cancelled)
            whitening[rows] = _whitening(whitening[rows] / np.float64(self._seen - 1))
            progress("gaussians", min(rows.stop, len(whitening)), len(whitening))
        return Gaussians(self._mean.astype(np.float32), whitening)

    def _fold(self) -> None:
        """Merge the waiting pictures, centred on their own mean, with those before.

        S = S_a + S_b + n_a·n_b / (n_a + n_b) · δ·δᵀ (Chan, Golub and LeVeque 1983); the last term
        is one more row of the centred block, so that all is one product.
        """
        count, self._waiting = self._waiting, 0
        if not count:
            return
        rows = self._block[:, : count + 1]
        mean = rows[:, :count].mean(axis=1, dtype=np.float64)
        rows[:, :count] -= mean[:, None]
        total = self._seen + count
        rows[:, count] = np.sqrt(self._seen * count / total) * (mean - self._mean)
        for chunk in _chunks(len(rows)):
            self._scatter[chunk] += np.matmul(rows[chunk].transpose(0, 2, 1), rows[chunk])
        self._mean += (mean - self._mean) * (count / total)
        self._seen = total


def _whitening(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return L⁻¹ of each covariance (with ε·I), float64 (P, d, d)."""
    covariances += REGULARISATION * np.eye(covariances.shape[1])
    return np.tril(np.linalg.inv(np.linalg.cholesky(covariances)))


def _chunks(length: int) -> Iterator[slice]:
    for start in range(0, length, CHUNK):
        yield slice(start, start + CHUNK)
