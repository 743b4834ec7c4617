"""Time one coreset in a process of its own, ours or anomalib's; prints JSON.

Seconds of the wall, and of all cores (`cpu`): the latter hold still on a busy machine.

python coreset_worker.py ours|one-by-one|anomalib POINTS.npy KEEP

Runs in either interpreter: `ours` needs this repository, `anomalib` needs anomalib alone.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # as the station runs; the peer gets the same

import numpy as np
import torch

FEW, MORE = 20, 120


def clocks() -> np.ndarray:
    """Return the wall's seconds and this process's."""
    return np.array([time.perf_counter(), time.process_time()])


def ours(points: np.ndarray, keep: int) -> dict[str, object]:
    """Project and select, from the raw vectors to the indices."""
    from engine import coreset

    coreset.project(points[:2048], 0)
    start = clocks()
    picked = coreset.select(coreset.project(points, 0), keep)
    seconds, cpu = clocks() - start
    return {"seconds": seconds, "cpu": cpu, "picked": picked.tolist()}


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
    sys.path.insert(0, str(Path(__file__).with_name("peers")))
    import torchvision_ops

    _declared = torchvision_ops.declare()
    few, more = (_anomalib_seconds(points, picks) for picks in (FEW, MORE))
    seconds, cpu = few + (keep - FEW) * (more - few) / (MORE - FEW)
    return {"seconds": seconds, "cpu": cpu, "timed": MORE - FEW}


def _anomalib_seconds(points: np.ndarray, picks: int) -> np.ndarray:
    from anomalib.models.components.sampling import KCenterGreedy

    sampler = KCenterGreedy(torch.from_numpy(points), sampling_ratio=0.5)
    sampler.coreset_size = picks
    start = clocks()
    sampler.select_coreset_idxs()
    return clocks() - start


if __name__ == "__main__":
    work = {"ours": ours, "one-by-one": one_by_one, "anomalib": anomalib}[sys.argv[1]]
    print(json.dumps(work(np.load(sys.argv[2]), int(sys.argv[3]))))
