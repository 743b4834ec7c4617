"""The accuracy study: what each choice buys on labelled sets; run by hand.

    python -m tests.benchmarks.study DATASET ... [--rows default few-shot layers …]

Each row teaches on `train/good` (or on its first n pictures), scores all of `test`, and prints one
line of the table in ARCHITECTURE.md, Defaults.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from engine import metrics
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.images import load_image
from engine.patchcore import PatchCore
from engine.teach import TeachSettings, teach
from station.evaluation import Labelled, find_tests, load_truth
from station.pictures import find_pictures

USUAL = TeachSettings()
ROWS: dict[str, dict[str, TeachSettings]] = {
    "default": {"defaults": USUAL},
    "layers": {
        f"strides {' '.join(map(str, strides))}": replace(USUAL, backbone=Backbone(strides=strides))
        for strides in ((8, 16), (4, 8, 16), (8, 16, 32), (16, 32))
    },
    "backbone": {"lite2": replace(USUAL, backbone=Backbone("efficientnet_lite2"))},
    "side": {f"side {side}": replace(USUAL, side=side) for side in (224, 256, 320, 512)},
    "dimensions": {f"{d or 'all'} dimensions": replace(USUAL, dimensions=d) for d in (64, 256, 0)},
    "coreset": {
        f"coreset {ratio:.0%}, cap {cap}": replace(USUAL, size=CoresetSize(ratio, cap))
        for ratio, cap in ((0.01, 10_000), (0.1, 4_000), (0.1, 30_000))
    },
    "light": {"light as it is": replace(USUAL, level_light=False)},
    "tiling": {"tiles for 6 px": replace(USUAL, smallest_defect=6.0)},
}
FEW = (1, 5, 16, 50)


def main() -> None:
    """Print a line a row and data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--rows", nargs="+", default=[*ROWS, "few-shot"])
    args = parser.parse_args()
    for dataset in args.datasets:
        good, tests = find_pictures([dataset / "train" / "good"]), find_tests(dataset)
        for group in args.rows:
            for name, settings in ROWS.get(group, {}).items():
                _print(dataset.name, name, _figures(good, tests, settings))
        if "few-shot" in args.rows:
            for count in FEW:
                _print(dataset.name, f"{count} taught", _figures(good[:count], tests, USUAL))


def _figures(good: Sequence[Path], tests: Sequence[Labelled], settings: TeachSettings) -> str:
    reads = [partial(load_image, path) for path in (good if len(good) > 1 else [*good, *good])]
    start = time.perf_counter()
    model = teach(reads, settings)
    taught_s = time.perf_counter() - start
    scores, maps, masks, elapsed_ms = [], [], [], []
    for test in tests:
        pixels = load_image(test.path)
        start = time.perf_counter()
        score = model.score(pixels)
        elapsed_ms.append(1000 * (time.perf_counter() - start))
        scores.append(score.value)
        if test.mask is not None or not test.bad:
            maps.append(score.anomaly_map)
            masks.append(load_truth(test, pixels.shape[:2]))
    bad = [test.bad for test in tests]
    return (
        f"{metrics.auroc(scores, bad):.4f} / {metrics.pixel_auroc(maps, masks):.4f} / "
        f"{metrics.aupro(maps, masks):.4f} | {_shape(model)} | {taught_s:.1f} s, "
        f"{np.median(elapsed_ms):.0f} ms"
    )


def _shape(model: PatchCore) -> str:
    height, width = model.preprocessing.input_size
    tiles = len(model.preprocessing.tiling.corners)
    return f"{height} × {width}" + (f", {tiles} tiles" if tiles > 1 else "")


def _print(dataset: str, name: str, figures: str) -> None:
    print(f"| {dataset} | {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
