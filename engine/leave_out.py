"""Leave-one-image-out: how far each patch is from what the other pictures show.

The patches of a picture are compared with vectors of every other picture and never with its own,
so that a defect cannot hide behind itself. A patch's score is its distance to the k-th nearest
*picture*, not to the nearest vector: up to k − 1 other pictures with the same defect then do not
cover it (the k-th neighbour as an outlier score: Ramaswamy et al., SIGMOD 2000). It counts less the
farther the other pictures are from it on the whole (as in the local outlier factor, Breunig et al.,
SIGMOD 2000): a surface that some good parts show is near some pictures and far from the rest, a
defect is near none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.placed_bank import learn_whitening
from engine.places import PlacedPoints
from engine.progress import IsCancelled, Progress, raise_if

SHARED = 0.05
"""Share of the pictures that may have the same defect without covering one another."""
MANY = 0.3
"""Share of the other pictures whose distance the k-th nearest one's is held against."""
REFERENCES = 10_000
"""Vectors that stand for all pictures, equally many of each."""
LEAST_EACH = 16
"""Vectors of a picture at least, however many pictures there are."""
EACH_AT_PLACE = 24
"""Vectors of a picture at one place, by position."""
TINY = np.float32(1e-12)
ROWS = 512
"""Patches compared at a time: 20 MB of distances."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Patches to be compared with the references of all pictures.

    rows: int (Q,), their numbers. queries: float32 (Q, D). pictures: int (Q,), ascending.
    references: float32 (R, D), picture by picture; owners: int (R,), ascending.
    """

    rows: NDArray[np.int64]
    queries: NDArray[np.float32]
    pictures: NDArray[np.int32]
    references: NDArray[np.float32]
    owners: NDArray[np.int32]


def everywhere(
    points: NDArray[np.float32], origins: NDArray[np.int32], seed: int
) -> Iterator[Part]:
    """Compare every patch with patches drawn from the whole of every picture, equally many."""
    pictures = origins[:, 0]
    each = max(LEAST_EACH, REFERENCES // int(pictures[-1] + 1))
    drawn = _drawn(pictures, each, seed)
    references, owners = np.array(points[drawn]), pictures[drawn]
    for start in range(0, len(points), ROWS):
        rows = np.arange(start, min(start + ROWS, len(points)))
        yield Part(rows, np.array(points[rows]), pictures[rows], references, owners)


def by_place(placed: PlacedPoints, seed: int) -> Iterator[Part]:
    """Compare every patch with what the pictures show at and around its own place."""
    places, whitening = learn_whitening(placed, seed)
    for number in range(places.count):
        own, near = placed.own(number), placed.at(number)
        if not len(own):
            continue
        near = near[_drawn(placed.origins[near, 0], EACH_AT_PLACE, seed)]
        located = [
            places.located(placed.points[some] @ whitening, placed.origins[some], number)
            for some in (own, near)
        ]
        owners = placed.origins[near, 0]
        for start in range(0, len(own), ROWS):
            rows = own[start : start + ROWS]
            queries = located[0][start : start + ROWS]
            yield Part(rows, queries, placed.origins[rows, 0], located[1], owners)


def _drawn(pictures: NDArray[np.int32], each: int, seed: int) -> NDArray[np.int64]:
    """Draw positions, at most `each` of every picture; pictures: ascending."""
    starts = np.flatnonzero(np.diff(pictures, prepend=-1))
    random = np.random.default_rng([seed, 2])
    return np.concatenate(
        [
            first + np.sort(random.permutation(count)[:each])
            for first, count in zip(starts, np.diff(starts, append=len(pictures)), strict=True)
        ]
    )


def to_others(
    parts: Iterator[Part],
    patches: int,
    origins: NDArray[np.int32],
    progress: Progress,
    cancelled: IsCancelled,
) -> NDArray[np.float32]:
    """Return how far every patch is from what the other pictures show, float32 (N,)."""
    scores = np.zeros(patches, np.float32)
    shared = look_alikes(int(origins[-1, 0]) + 1)
    done = 0
    for part in parts:
        raise_if(cancelled)
        scores[part.rows] = unlike(part, shared)
        done += len(part.rows)
        progress("comparing", done, patches)
    return scores


def look_alikes(pictures: int) -> int:
    """Return how many other pictures may share a defect and not cover it; at least 1."""
    return max(1, round(SHARED * pictures))


def unlike(part: Part, shared: int) -> NDArray[np.float32]:
    """Return how far each query is from what other pictures show, float32 (Q,).

    d²/D: d is the distance to the picture after the `shared` nearest ones, D the one to the picture
    that a share `MANY` of the others is nearer than. 0 where no other picture shows the place.
    """
    squared, others = _to_pictures(part)
    if not others:
        return np.zeros(len(part.rows), np.float32)
    near = min(shared, others - 1)
    far = max(near, round(MANY * others) - 1)
    found = np.partition(squared, sorted({near, far}), axis=1)
    usual = np.sqrt(np.maximum(found[:, far], TINY))
    return np.asarray(found[:, near] / usual, np.float32)


def _to_pictures(part: Part) -> tuple[NDArray[np.float32], int]:
    """Return squared distances to each picture's nearest reference, and how many others there are.

    float32 (Q, pictures); infinite to the query's own.
    """
    starts = np.flatnonzero(np.diff(part.owners, prepend=-1))
    squared = part.queries @ (-2 * part.references.T)
    squared += np.einsum("rd,rd->r", part.references, part.references)
    nearest = np.minimum.reduceat(squared, starts, axis=1)
    nearest += np.einsum("qd,qd->q", part.queries, part.queries)[:, None]
    np.maximum(nearest, 0, out=nearest)
    own = part.pictures[:, None] == part.owners[starts]
    nearest[own] = np.inf
    return nearest, len(starts) - bool(own.any())
