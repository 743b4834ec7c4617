"""Greedy k-center: exact, seeded, bounded, cancellable."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import coreset
from engine.errors import Cancelled


def one_by_one(points: NDArray[np.float32], count: int, seed: int) -> list[int]:
    """The algorithm as the paper writes it."""
    picked = [int(np.random.default_rng(seed).integers(len(points)))]
    nearest = np.full(len(points), np.inf)
    while len(picked) < count:
        distance = np.square(points - points[picked[-1]], dtype=np.float64).sum(axis=1)
        nearest = np.minimum(nearest, distance)
        picked.append(int(nearest.argmax()))
    return picked


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_selects_what_the_one_by_one_algorithm_selects(seed: int) -> None:
    points = np.random.default_rng(seed + 10).standard_normal((6000, 24), np.float32)
    assert coreset.select(points, 600, seed=seed).tolist() == one_by_one(points, 600, seed)


def test_same_seed_same_order_other_seed_other_order() -> None:
    points = np.random.default_rng(0).random((3000, 8), np.float32)
    first = coreset.select(points, 100, seed=4)
    np.testing.assert_array_equal(first, coreset.select(points, 100, seed=4))
    assert not np.array_equal(first, coreset.select(points, 100, seed=5))


def test_copies_are_never_picked_twice() -> None:
    points = np.repeat(np.eye(4, dtype=np.float32), 50, axis=0)
    assert len(coreset.select(points, 100)) == 4


def test_points_on_disk_are_read_in_blocks(tmp_path, monkeypatch) -> None:
    points = np.random.default_rng(0).random((500, 8), np.float32)
    points.tofile(tmp_path / "points")
    mapped = np.memmap(tmp_path / "points", np.float32, "r").reshape(500, 8)
    whole = coreset.select(points, 60)
    monkeypatch.setattr(coreset, "ROWS", 64)
    monkeypatch.setattr(coreset, "POOL", 40)
    np.testing.assert_array_equal(coreset.select(mapped, 60), whole)


def test_cancel_between_batches() -> None:
    points = np.random.default_rng(0).random((4000, 8), np.float32)
    with pytest.raises(Cancelled):
        coreset.select(points, 3000, cancelled=lambda: True)


def test_projection_keeps_distances_roughly_and_is_seeded() -> None:
    points = np.random.default_rng(0).standard_normal((40, 1024), np.float32)
    projected = coreset.project(points, seed=0)
    assert projected.shape == (40, 128)
    before = np.linalg.norm(points[0] - points[1:], axis=1)
    after = np.linalg.norm(projected[0] - projected[1:], axis=1)
    np.testing.assert_allclose(after / before, 1, atol=0.35)
    np.testing.assert_array_equal(projected, coreset.project(points, seed=0))


def test_short_vectors_are_not_projected() -> None:
    points = np.ones((5, 152), np.float32)
    assert coreset.project(points, seed=0) is points
