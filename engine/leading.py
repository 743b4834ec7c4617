"""Exact nearest neighbours of long vectors at the price of short ones.

Along the bank's first principal axes lies most of what tells vectors apart. For a query q and a
bank vector m, both from the bank's mean, with q₁, m₁ along those axes and q₂, m₂ the rest,

    |q − m|² = |q₁ − m₁|² + |q₂ − m₂|² ≥ |q₁ − m₁|² + (|q₂| − |m₂|)²,

which is the squared distance of two short vectors: (q₁, |q₂|) and (m₁, |m₂|). Only bank vectors
whose bound does not exceed the true distance to one of them are compared in full length. Of 7,840
vectors of 1,536 dimensions that leaves 11 a query with 128 axes (WRN50, random weights).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.projection import components

LONG = 256
"""Dimensions below which one product with the whole bank is as fast."""
AXES = 128
"""With 64, 128 and 256 a picture takes 161, 146 and 154 ms (WRN50), 46, 40 and 47 ms (ResNet18)."""
SAMPLED = 2048
"""Bank vectors that the axes are learned from."""
TRIED = 64
"""Bank vectors that are looked up among the others to see how much the bound leaves."""
GATHERED = 60
"""How many times longer a multiplication takes for a pair by itself than in a large product."""
PASSES = 80
"""What going over all bounds once more costs, in multiplications a bound."""
WORTH = 0.8
"""Share of the full product's cost above which it is not replaced."""
CHUNK = 256
"""Pairs compared at a time: 6,049 of 1,536 dimensions take 8 ms, 25 ms with 1,024."""
UNIT = 2.0**-24


@dataclass(frozen=True, slots=True, eq=False)
class Leading:
    """A bank of M vectors seen along A leading axes.

    middle: float32 (D,). axes: float32 (A, D), orthonormal rows.
    short: float32 (M, A + 1), (m₁, |m₂|). lengths: float32 (M,), |m|² from the middle.
    """

    vectors: NDArray[np.float32]
    middle: NDArray[np.float32]
    axes: NDArray[np.float32]
    short: NDArray[np.float32]
    lengths: NDArray[np.float32]

    @classmethod
    def choose(cls, vectors: NDArray[np.float32]) -> "Leading | None":
        """Learn the axes; None where the bank itself shows that they would save too little.

        vectors: float32 (M, D).
        """
        count, dimensions = vectors.shape
        if dimensions < LONG or count < 2 * TRIED:
            return None
        sample = vectors[:: max(1, count // SAMPLED)]
        found = components(np.cov(sample, rowvar=False, dtype=np.float64))[0]
        leading = cls._along(vectors, found[:AXES].astype(np.float32))
        return leading if leading._cost() < WORTH * count * dimensions else None

    @classmethod
    def _along(cls, vectors: NDArray[np.float32], axes: NDArray[np.float32]) -> "Leading":
        middle = vectors.mean(axis=0)
        centred = vectors - middle
        along = centred @ axes.T
        rest = np.linalg.norm(centred - along @ axes, axis=1)
        short = np.concatenate([along, rest[:, None]], axis=1)
        return cls(vectors, middle, axes, short, np.einsum("md,md->m", centred, centred))

    def _cost(self) -> float:
        """Multiplications a query, by what is left of bank vectors looked up among the others."""
        count, dimensions = self.vectors.shape
        chosen = np.arange(TRIED) * (count // TRIED)
        bounds = self.lengths[chosen, None] + self.lengths
        bounds -= 2 * self.short[chosen] @ self.short.T
        bounds[np.arange(TRIED), chosen] = np.inf
        nearest = self.vectors[bounds.argmin(axis=1)]
        reached = np.square(self.vectors[chosen] - nearest).sum(axis=1)
        left = float((bounds <= reached[:, None]).mean()) * count
        short = len(self.axes) + 1
        large = dimensions * short + count * (short + PASSES)
        return float(large + GATHERED * dimensions * left)

    def resolve(
        self,
        queries: NDArray[np.float32],
        bounds: NDArray[np.float32],
        first: NDArray[np.integer],
        lengths: NDArray[np.float32],
        rest: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Find the nearest bank vector of each query among those that its bounds leave.

        Args:
            queries: float32 (Q, D). bounds: float32 (Q, M), bounds less `lengths`.
            first: int (Q,), of the least bound. lengths: float32 (Q,), |q|² from the middle.
            rest: float32 (Q,), |q₂|.

        Returns:
            Distances, float32 (Q,), and indices, int64 (Q,).
        """
        best = np.empty(len(queries), np.float32)
        for part in _chunks(len(queries)):
            best[part] = self._squared(queries[part], first[part])
        limit = best + self._slack(lengths, rest) - lengths
        left, right = np.divmod(np.flatnonzero(bounds <= limit[:, None]), bounds.shape[1])
        nearest = first.astype(np.int64)
        for pairs in _chunks(len(left)):
            rows, columns = left[pairs], right[pairs]
            squared = self._squared(queries[rows], columns)
            np.minimum.at(best, rows, squared)
            reached = squared <= best[rows]
            nearest[rows[reached]] = columns[reached]
        return np.sqrt(best), nearest

    def _squared(
        self, queries: NDArray[np.float32], numbers: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        difference = queries - self.vectors[numbers]
        squared: NDArray[np.float32] = np.einsum("qd,qd->q", difference, difference)
        return squared

    def _slack(
        self, lengths: NDArray[np.float32], rest: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """How much float32 may have raised a bound: by its products, and by the error of |q₂|.

        A sum of D products rounds by about √D u |x| |y| (Higham & Mary, 2019); |q₂|² is the
        difference of two such sums, and moving |q₂| by e moves the bound by 2 e | |q₂| − |m₂| |.
        """
        rounding = 16 * UNIT * np.sqrt(len(self.middle)) * (lengths + self.lengths.max())
        off = rounding / np.maximum(rest, np.sqrt(rounding))
        farthest = np.maximum(rest, self.short[:, -1].max())
        slack: NDArray[np.float32] = rounding + 2 * off * farthest + off * off
        return slack


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]
