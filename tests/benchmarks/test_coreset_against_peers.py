"""The coreset beside anomalib's KCenterGreedy and beside the one-by-one algorithm, in one run.

PATCHLIGHT_PEERS_PYTHON names an interpreter that can import anomalib; without it only the
comparison with the one-by-one algorithm runs. Each contender runs in its own process, in turns.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("coreset_worker.py")
DIMENSIONS = 1536
ROUNDS = 3


def like_features(count: int) -> np.ndarray:
    """Vectors shaped like a network's: 40 textures of low rank with noise, after a ReLU."""
    random = np.random.default_rng(1)
    middles = random.standard_normal((40, DIMENSIONS), np.float32)
    scale = np.arange(1, 25, dtype=np.float32) ** -0.5 * 24**-0.5
    directions = random.standard_normal((40, 24, DIMENSIONS), np.float32) * scale[:, None]
    points = 0.15 * random.standard_normal((count, DIMENSIONS), np.float32)
    for which, rows in enumerate(np.array_split(random.permutation(count), 40)):
        amount = random.gamma(2, 1, (len(rows), 1)).astype(np.float32)
        inside = amount * random.standard_normal((len(rows), 24), np.float32)
        points[rows] += middles[which] + inside @ directions[which]
    return np.maximum(points, 0, out=points)


def gaussian(count: int) -> np.ndarray:
    """The hard case: no structure, all distances alike."""
    return np.random.default_rng(1).standard_normal((count, DIMENSIONS), np.float32)


def run(python: str, contender: str, points: Path, keep: int) -> dict:
    command = [python, str(WORKER), contender, str(points), str(keep)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} if python == sys.executable else None
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", autouse=True)
def machine() -> None:
    capability = torch.backends.cpu.get_cpu_capability()
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, {capability}, torch {torch.__version__}"
    )


@pytest.fixture(scope="module")
def peer() -> str:
    python = os.environ.get("PATCHLIGHT_PEERS_PYTHON", "")
    if not python:
        pytest.skip("PATCHLIGHT_PEERS_PYTHON names no interpreter with anomalib")
    found = "import importlib.util as u, sys; sys.exit(u.find_spec('anomalib') is None)"
    if subprocess.run([python, "-c", found], check=False).returncode:
        pytest.skip(f"{python} has no anomalib")
    return python


@pytest.mark.parametrize("make", [like_features, gaussian])
def test_same_set_as_one_by_one(make, tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", make(20_000))
    results = {
        contender: run(sys.executable, contender, tmp_path / "points.npy", 2000)
        for contender in ("ours", "one-by-one")
    }
    ours, plain = results["ours"], results["one-by-one"]
    print(
        f"\n{make.__name__} 20,000 × {DIMENSIONS} to 2,000: {ours['seconds']:.2f} s, "
        f"one by one in float64 {plain['seconds']:.2f} s"
    )
    assert set(ours["picked"]) == set(plain["picked"])


@pytest.mark.parametrize("count", [20_000, 78_400, 160_000])
def test_against_anomalib(count: int, peer: str, tmp_path: Path) -> None:
    keep, points = count // 10, tmp_path / "points.npy"
    np.save(points, like_features(count))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(run(sys.executable, "ours", points, keep))
        theirs.append(run(peer, "anomalib", points, keep))
    ratios = {}
    print(f"\ncoreset {count:,} × {DIMENSIONS} to {keep:,}, medians of {ROUNDS}")
    for clock in ("seconds", "cpu"):
        a, b = (statistics.median(result[clock] for result in both) for both in (ours, theirs))
        ratios[clock] = b / a
        print(
            f"{clock:>8}: {a:.2f} against anomalib's {b:.0f} "
            f"(extrapolated from {theirs[0]['timed']} picks), ratio {b / a:.0f}"
        )
    if count == 78_400:
        assert ratios["seconds"] >= 150
