"""Greedy k-center coreset (Roth et al., CVPR 2022, algorithm 1): exact, seeded, cancellable.

The one-by-one algorithm updates every point after each pick. Here every point only has an upper
bound on its squared distance to the picks. The points with the largest bounds form a pool, whose
distances are computed in float64; while its farthest point is at least as far as any bound outside
it, that point is the true arg-max and is picked. Then the bounds that matter are lowered against
the whole batch with float32 matrix products, and the pool is filled anew.

Guaranteed: each pick is a point farthest from all picks before it, distances in float64; where
squared distances agree to `TIE` it may be any of those points. Float32 rounding decides nothing: it
only widens the bounds (`_slack`). That counts on float32 products in float32, torch's default.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import TeachError
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if

if TYPE_CHECKING:
    import torch

POOL = 2048
"""Points whose distances are exact at a time at most: no batch can pick more."""
SMALL_POOL = 512
"""Of few points fewer: 400 of 3,600 × 64 take 20 ms with 512, 31 with 1,024, 130 with 2,048."""
ROWS = {"cpu": 2048, "cuda": 32_768}
"""Points in one matrix product."""
PICKS = 1024
"""Picks that the pool is compared with in one matrix product."""
STALE = 0.8
"""Bounds below this share of the pool's entry stay as they are, which they may: a bound too high is
settled when its point comes into the pool. Of 78,400 feature-like points' products 0.36 remain, of
Gaussian ones 0.85; 0.9 leaves 0.20 but fills the pool 14 times instead of 10."""
SAMPLED = 4096
"""Points that the middle of all points is estimated from."""
PROJECTED = 128
PROJECTED_ABOVE = 512
TIE = 1e-12
"""Squared distances closer than this share of themselves are equal; a point whose squared distance
to a pick is less than this share of its squared length (from the middle) is a copy of the pick."""
SCRATCH = 64 * 2**20
"""Bytes that the linear algebra libraries may take for themselves."""

Real = TypeVar("Real", np.float32, np.float64)


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

    Vectors of up to 512 dimensions come back as they are. Projected, the farthest of 20,480 points
    (lite0 on `bottle`, 472 dimensions, 10 % kept) is 13 % farther from the coreset, the mean point
    1 % closer, at 43 % of the work; with 1,536 dimensions it is 12 times less multiplication.
    """
    count, dimensions = vectors.shape
    if dimensions <= PROJECTED_ABOVE:
        return vectors
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((dimensions, PROJECTED), np.float32)
    matrix *= np.float32(PROJECTED**-0.5)
    projected = np.empty((count, PROJECTED), np.float32)
    for rows in _blocks(count, ROWS["cpu"]):
        np.matmul(vectors[rows], matrix, out=projected[rows])
    return projected


def select(
    points: NDArray[np.float32],
    count: int,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
    device: str = "auto",
) -> NDArray[np.int64]:
    """Pick `count` points, each the one farthest from all picked before.

    Args:
        points: float32 (N, D), in memory or mapped from disk; read in blocks, never N × N.
        count: how many; fewer come back once only copies of picked points are left.
        device: "cpu", "cuda" or "auto" (CUDA where there is one): what compares all points with
            a batch. The pool stays on the CPU: consumer GPUs are slow in float64.

    Returns:
        int64 (≤ count,), in the order of picking.

    Raises:
        Cancelled: between two blocks of points. TeachError: a point is not finite.
    """
    cloud = _Cloud(points, device)
    picked = [int(np.random.default_rng(seed).integers(len(points)))]
    batch = picked[:]
    while len(picked) < count:
        cloud.lower_bounds(batch, cancelled)
        batch = cloud.next_batch(picked, count - len(picked), cancelled)
        if not batch:
            break
        picked += batch
        progress("coreset", len(picked), count)
    return np.asarray(picked, np.int64)


def memory_bytes(count: int, dimensions: int, keep: int) -> int:
    """Return the most memory, in bytes, that `project` and `select` take on the CPU.

    The points themselves are not counted: mapped from disk they need none.

    Args:
        count, dimensions: shape of the points before projection.
        keep: how many will be selected.
    """
    pool, rows = _pool_size(count), min(ROWS["cpu"], count)
    picks = min(PICKS, keep)
    each_point = 29 + (4 * PROJECTED if dimensions > PROJECTED_ABOVE else 0)
    update = 12 * pool * dimensions + 8 * rows * dimensions + 4 * rows * pool
    settle = 12 * (2 * pool + 2 * picks) * dimensions + 8 * pool * (pool + 2 * picks)
    return count * each_point + keep * 48 + update + settle + SCRATCH


class _Cloud:
    """All points, each with an upper bound on its squared distance to the picks."""

    def __init__(self, points: NDArray[np.float32], device: str) -> None:
        import torch

        count, dimensions = points.shape
        self._points = np.asarray(points)
        self._device = _resolve(device)
        self._middle = self._points[:: max(1, count // SAMPLED)].mean(axis=0)
        self._lengths = np.concatenate(
            [_squared(self._centred(rows)) for rows in _blocks(count, ROWS[self._device])]
        )
        if not np.isfinite(self._lengths).all():
            raise TeachError("Some patch vectors are not finite numbers; nothing can be kept.")
        self._slack = _slack(dimensions)
        self._bounds = np.full(count, np.inf)
        self._entry = 0.0
        self._pool = _pool_size(count)
        self._product = torch.empty(
            min(ROWS[self._device], count) * self._pool, device=self._device
        )

    def lower_bounds(self, batch: list[int], cancelled: IsCancelled) -> None:
        """Lower the bounds by the new picks `batch`, where they are not far below the pool's."""
        import torch

        centres = self._on_device(self._centred(batch)).T * -2
        lengths = self._on_device(self._lengths[batch])
        matter = np.flatnonzero(self._bounds > STALE * self._entry)
        for part in _blocks(len(matter), ROWS[self._device]):
            raise_if(cancelled)
            rows = matter[part]
            block = self._on_device(self._centred(rows))
            product = self._product[: len(block) * len(batch)].view(len(block), len(batch))
            torch.addmm(lengths, block, centres, out=product)
            nearest = product.amin(dim=1).cpu().numpy().astype(np.float64)
            self._lower(rows, nearest + self._lengths[rows])

    def _lower(self, rows: NDArray[np.int64], squared: NDArray[np.float64]) -> None:
        np.maximum(squared, 0, out=squared)
        squared += self._slack * (squared + self._lengths[rows])
        self._bounds[rows] = np.minimum(self._bounds[rows], squared)

    def next_batch(self, picked: list[int], wanted: int, cancelled: IsCancelled) -> list[int]:
        """Pick the next points, 1 to `wanted`; none when only copies of picks are left."""
        while True:
            raise_if(cancelled)
            members, outside = self._largest_bounds()
            self._entry = outside
            pool = _Pool(self._exactly(members))
            for start in range(0, len(picked), PICKS):
                pool.lower(self._exactly(picked[start : start + PICKS]))
            batch = pool.pick(outside * (1 - TIE), wanted)
            self._bounds[members] = pool.squared
            if batch or outside == 0:
                return [int(members[i]) for i in batch]

    def _largest_bounds(self) -> tuple[NDArray[np.int64], float]:
        """Return the points with the largest bounds, and what no other's bound exceeds."""
        others = len(self._bounds) - self._pool
        if others <= 0:
            return np.arange(len(self._bounds)), 0.0
        entry = np.partition(self._bounds, others)[others]
        above = np.flatnonzero(self._bounds > entry)
        ties = np.flatnonzero(self._bounds == entry)[: self._pool - len(above)]
        return np.sort(np.concatenate([above, ties])), float(entry)

    def _centred(self, which: slice | NDArray[np.int64] | list[int]) -> NDArray[np.float32]:
        """Return points about their middle: rounding then grows with spread, not with offset."""
        centred: NDArray[np.float32] = self._points[which] - self._middle
        return centred

    def _exactly(self, which: NDArray[np.int64] | list[int]) -> NDArray[np.float64]:
        exact: NDArray[np.float64] = np.subtract(
            self._points[which], self._middle, dtype=np.float64
        )
        return exact

    def _on_device(self, array: NDArray[np.float32]) -> "torch.Tensor":
        import torch

        return torch.from_numpy(array).to(self._device)


class _Pool:
    """Points with their squared distances to the picks and to one another, in float64."""

    def __init__(self, points: NDArray[np.float64]) -> None:
        self._points = points
        self._lengths = _squared(points)
        self.squared = np.full(len(points), np.inf)

    def lower(self, picks: NDArray[np.float64]) -> None:
        """Lower the squared distances by picks, float64 (K, D)."""
        to_picks = _products(picks * -2, self._points)
        to_picks += _squared(picks)[:, None]
        np.minimum(self.squared, to_picks.min(axis=0) + self._lengths, out=self.squared)

    def pick(self, outside: float, wanted: int) -> list[int]:
        """Pick the farthest while it is at least `outside`; return positions in the pool."""
        products = _products(self._points * -2, self._points)
        copies = TIE * self._lengths
        self.squared[self.squared <= copies] = 0
        picks: list[int] = []
        while len(picks) < wanted:
            best = int(self.squared.argmax())
            if self.squared[best] <= copies[best] or self.squared[best] < outside:
                break
            picks.append(best)
            to_best = products[best] + self._lengths
            np.minimum(self.squared, to_best + self._lengths[best], out=self.squared)
            self.squared[best] = 0
        self.squared[self.squared <= copies] = 0
        return picks


def _pool_size(count: int) -> int:
    return min(POOL, count, max(SMALL_POOL, count // 8))


def _slack(dimensions: int) -> float:
    """Return s such that a float32 squared distance d to the nearest pick is off by < s(d + |x|²).

    |x|² - 2xc + |c|² rounds by about √D u (|x| + |c|)², u = 2⁻²⁴ (Higham & Mary, SIAM J. Sci.
    Comput. 41, 2019). A pick within 3|x| of the middle makes that at most 16 √D u |x|²; one
    farther out is itself at least (|x| + |c|) / 2 away, which makes it at most 4 √D u d.
    """
    return float(16 * dimensions**0.5 * 2.0**-24)


def _products(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a bᵀ by torch, which takes 23 ms where numpy takes 30 (1024 × 128 × 2048)."""
    import torch

    products: NDArray[np.float64] = (torch.from_numpy(a) @ torch.from_numpy(b).T).numpy()
    return products


def _squared(block: NDArray[Real]) -> NDArray[Real]:
    lengths: NDArray[Real] = np.einsum("nd,nd->n", block, block)
    return lengths


def _blocks(count: int, rows: int) -> list[slice]:
    return [slice(start, start + rows) for start in range(0, count, rows)]


def _resolve(device: str) -> str:
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device
