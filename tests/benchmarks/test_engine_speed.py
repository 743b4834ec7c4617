"""Ratios measured side by side in one run: what a choice of ours buys over the plain way.

Run with `make bench`. Each pair takes turns in one process; medians and ratio are printed.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from engine import coreset
from station import journey


def pair(
    name: str, ours: Callable[[], object], plain: Callable[[], object], runs: int = 5
) -> float:
    """Print both medians in milliseconds and return plain / ours."""
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    ours()
    plain()
    for _ in range(runs):
        for which, work in (("ours", ours), ("plain", plain)):
            start = time.perf_counter()
            work()
            times[which].append((time.perf_counter() - start) * 1000)
    a, b = (statistics.median(times[which]) for which in ("ours", "plain"))
    print(f"\n{name}: {a:.1f} ms against {b:.1f} ms, ratio {b / a:.2f}")
    return b / a


def one_by_one(points: np.ndarray, count: int) -> np.ndarray:
    """Greedy k-center as the paper writes it, one pass over all points a pick."""
    picked = [int(np.random.default_rng(0).integers(len(points)))]
    norms = np.einsum("nd,nd->n", points, points)
    nearest = np.full(len(points), np.inf, np.float32)
    while len(picked) < count:
        last = picked[-1]
        squared = norms + norms[last] - 2 * (points @ points[last])
        np.minimum(nearest, squared, out=nearest)
        nearest[last] = 0
        picked.append(int(nearest.argmax()))
    return np.asarray(picked)


def test_coreset_by_lazy_batches_against_one_by_one() -> None:
    points = np.random.default_rng(1).standard_normal((20_000, 152), np.float32)
    ours, plain = coreset.select(points, 2000), one_by_one(points, 2000)
    assert set(ours.tolist()) == set(plain.tolist())
    ratio = pair(
        "coreset 20,000 × 152 to 2,000, lazy batches against one by one",
        lambda: coreset.select(points, 2000),
        lambda: one_by_one(points, 2000),
        runs=3,
    )
    assert ratio > 1


def test_each_stage_of_a_parts_journey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    print()
    stages = list(journey.stages(journey.usual_model(), pixels, time.perf_counter))
    for stage in stages:
        print(f"{stage.name:34} {stage.median_ms:8.2f} ms")
    assert all(stage.median_ms > 0 for stage in stages)
