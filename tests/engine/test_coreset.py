"""Greedy k-center: exact, seeded, bounded, cancellable."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine import coreset
from engine.errors import Cancelled, TeachError


def one_by_one(points: NDArray[np.float32], count: int, seed: int) -> list[int]:
    """The algorithm as the paper writes it, distances in float64."""
    exact = points.astype(np.float64)
    picked = [int(np.random.default_rng(seed).integers(len(points)))]
    nearest = np.full(len(points), np.inf)
    while len(picked) < count:
        distance = np.square(exact - exact[picked[-1]]).sum(axis=1)
        nearest = np.minimum(nearest, distance)
        picked.append(int(nearest.argmax()))
    return picked


def assert_each_pick_is_a_farthest(points: NDArray[np.float32], picked: NDArray[np.int64]) -> None:
    exact = points.astype(np.float64)
    nearest = np.full(len(points), np.inf)
    for last, following in pairwise(picked):
        np.minimum(nearest, np.square(exact - exact[last]).sum(axis=1), out=nearest)
        assert nearest[following] >= nearest.max() * (1 - 1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_selects_what_the_one_by_one_algorithm_selects(seed: int) -> None:
    points = np.random.default_rng(seed + 10).standard_normal((6000, 24), np.float32)
    assert coreset.select(points, 600, seed=seed).tolist() == one_by_one(points, 600, seed)


def test_points_far_from_the_origin_and_an_outlier_change_nothing() -> None:
    """Float32 squares of such points round by more than neighbouring distances differ."""
    points = np.random.default_rng(3).standard_normal((5000, 40), np.float32) + np.float32(300)
    points[1234] += 1000
    picked = coreset.select(points, 300)
    assert picked.tolist() == one_by_one(points, 300, 0)


def test_float32_rounding_only_widens_the_bounds() -> None:
    points = np.random.default_rng(4).random((3000, 1536), np.float32) + np.float32(50)
    cloud = coreset._Cloud(points, "cpu")
    picks = list(range(0, 3000, 60))
    cloud.lower_bounds(picks, lambda: False)
    exact = points.astype(np.float64)
    nearest = np.min([np.square(exact - exact[i]).sum(axis=1) for i in picks], axis=0)
    assert (cloud._bounds >= nearest).all()
    np.testing.assert_allclose(cloud._bounds, nearest, atol=0.01 * nearest.max())


def test_many_equal_distances_still_pick_a_farthest_each_time(monkeypatch) -> None:
    """More points tie than the pool holds: bounds are settled pool by pool."""
    monkeypatch.setattr(coreset, "POOL", 100)
    points = np.random.default_rng(5).integers(0, 3, (2000, 6)).astype(np.float32)
    picked = coreset.select(points, 200)
    assert len(picked) == 200
    assert_each_pick_is_a_farthest(points, picked)


def test_all_distinct_points_can_be_kept_among_copies(monkeypatch) -> None:
    monkeypatch.setattr(coreset, "POOL", 100)
    distinct = np.random.default_rng(6).standard_normal((150, 5), np.float32)
    points = np.repeat(distinct, 20, axis=0)
    assert sorted(coreset.select(points, 3000) // 20) == list(range(150))


def test_points_that_are_not_finite_are_refused() -> None:
    points = np.ones((50, 4), np.float32)
    points[7, 2] = np.nan
    with pytest.raises(TeachError, match="not finite"):
        coreset.select(points, 5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_graphics_card_selects_the_same() -> None:
    points = np.random.default_rng(7).standard_normal((20_000, 152), np.float32)
    on_cpu = coreset.select(points, 1000, device="cpu")
    np.testing.assert_array_equal(coreset.select(points, 1000, device="cuda"), on_cpu)


MEASURE = """
import sys
from pathlib import Path
import numpy as np
import torch
from engine import coreset

def most() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])

count, dimensions, keep = map(int, sys.argv[1:])
points = np.random.default_rng(0).standard_normal((count, dimensions), np.float32)
Path("/proc/self/clear_refs").write_text("5")
before = most()
coreset.select(coreset.project(points, 0), keep)
print(most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("shape", [(30_000, 96, 1500), (12_000, 600, 600)])
def test_memory_stated_beforehand_holds(shape: tuple[int, int, int]) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", MEASURE, *map(str, shape)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, timeout=120)
    peak, stated = int(run.stdout), coreset.memory_bytes(*shape)
    assert stated / 10 < peak <= stated


def test_a_long_coreset_needs_far_less_memory_than_all_distances() -> None:
    stated = coreset.memory_bytes(160_000, 1536, 16_000)
    assert stated < 600 * 2**20 < 4 * 160_000 * 16_000


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
    monkeypatch.setattr(coreset, "ROWS", {"cpu": 64, "cuda": 64})
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
    points = np.ones((5, 512), np.float32)
    assert coreset.project(points, seed=0) is points
