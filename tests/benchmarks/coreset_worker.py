"""Time one coreset in a process of its own, ours or anomalib's; prints JSON.

python coreset_worker.py ours|one-by-one|anomalib POINTS.npy KEEP

Runs in either interpreter: `ours` needs this repository, `anomalib` needs anomalib alone.
"""

import json
import os
import sys
import time

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # as the station runs; the peer gets the same

import numpy as np
import torch

FEW, MORE = 20, 120


def ours(points: np.ndarray, keep: int) -> dict[str, object]:
    """Project and select, from the raw vectors to the indices."""
    from engine import coreset

    coreset.project(points[:2048], 0)
    start = time.perf_counter()
    projected = coreset.project(points, 0)
    middle = time.perf_counter()
    picked = coreset.select(projected, keep)
    end = time.perf_counter()
    return {"seconds": end - start, "project": middle - start, "picked": picked.tolist()}


def one_by_one(points: np.ndarray, keep: int) -> dict[str, object]:
    """The algorithm as the paper writes it, in float64 and a pass over all points a pick."""
    from engine import coreset

    start = time.perf_counter()
    exact = torch.from_numpy(coreset.project(points, 0).astype(np.float64))
    exact -= exact.mean(dim=0)
    lengths = (exact * exact).sum(dim=1)
    nearest = torch.full_like(lengths, torch.inf)
    picked = [int(np.random.default_rng(0).integers(len(points)))]
    while len(picked) < keep:
        last = picked[-1]
        squared = torch.mv(exact, exact[last]).mul_(-2).add_(lengths).add_(lengths[last])
        torch.minimum(nearest, squared, out=nearest)
        nearest[last] = 0
        picked.append(int(nearest.argmax()))
    return {"seconds": time.perf_counter() - start, "picked": picked}


def anomalib(points: np.ndarray, keep: int) -> dict[str, object]:
    """Its own `select_coreset_idxs`, timed for few and for more picks, extrapolated to `keep`.

    A pick costs one pass over all points, the first as much as the last.
    """
    few, more = (_anomalib_seconds(points, picks) for picks in (FEW, MORE))
    a_pick = (more - few) / (MORE - FEW)
    return {"seconds": few + (keep - FEW) * a_pick, "a_pick": a_pick, "timed": FEW + MORE}


def _anomalib_seconds(points: np.ndarray, picks: int) -> float:
    _define_operators_that_torchvision_expects()
    from anomalib.models.components.sampling import KCenterGreedy

    sampler = KCenterGreedy(torch.from_numpy(points), sampling_ratio=0.5)
    sampler.coreset_size = picks
    start = time.perf_counter()
    sampler.select_coreset_idxs()
    return time.perf_counter() - start


def _define_operators_that_torchvision_expects() -> None:
    """Let torchvision import where it was built for another torch; the coreset uses none of it."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for module in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[module]
        for name in ("nms", "qnms"):
            schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            torch.library.define(f"torchvision::{name}", schema)


if __name__ == "__main__":
    work = {"ours": ours, "one-by-one": one_by_one, "anomalib": anomalib}[sys.argv[1]]
    print(json.dumps(work(np.load(sys.argv[2]), int(sys.argv[3]))))
