"""Large panels with small defects, judged by position, in tiles and in one input; run by hand.

    python -m tests.benchmarks.tiled_line --teach 30 --held 30 --bad 60 --good 100

Panels are rendered once into `--pictures` (about 20 MB each at 12 megapixels) and read from there.
The threshold is mean + 3 sigma of held-out good panels.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from engine import calibration
from engine.coreset import CoresetSize
from engine.images import load_image
from engine.metrics import auroc
from engine.patchcore import PatchCore
from engine.resolution import usual_backbone
from engine.teach import TeachSettings, teach
from station.cameras.virtual_line import VirtualPanel

FIRST = {"teach": 0, "held": 100_000, "good": 200_000, "bad": 300_000}
"""Index of each kind's first panel; the light drifts, so they are taken far apart."""
STEP = 29
PICTURES = Path(tempfile.gettempdir()) / "patchlight-panels"


def main() -> None:
    """Render, teach, judge, print; a line of JSON for tiled and one for untiled."""
    args = _arguments()
    paths = {kind: list(_rendered(args, kind, getattr(args, kind))) for kind in FIRST}
    for name in args.only:
        defect = None if name == "untiled" else float(args.defect_px)
        by_position = name == "by-position"
        settings = TeachSettings(
            backbone=usual_backbone(defect, by_position, strides=tuple(args.strides)),
            size=CoresetSize(cap=args.bank_cap),
            smallest_defect=defect,
            by_position=by_position,
        )
        start = time.perf_counter()
        model = teach([partial(load_image, path) for path in paths["teach"]], settings, _told)
        taught_s = time.perf_counter() - start
        print(json.dumps({"name": name, "teach_s": taught_s, **_judged(model, paths)}), flush=True)


def _judged(model: PatchCore, paths: dict[str, list[Path]]) -> dict[str, object]:
    times: list[float] = []
    scores = {
        kind: [_score(model, path, times) for path in paths[kind]]
        for kind in ("held", "good", "bad")
    }
    threshold = calibration.mean_sigma(scores["held"]).value
    good, bad = np.array(scores["good"]), np.array(scores["bad"])
    both = [*scores["good"], *scores["bad"]]
    return {
        "tiles": len(model.preprocessing.tiling.corners),
        "size": model.preprocessing.tiling.size,
        "bank": len(model.bank.vectors),
        "threshold": threshold,
        "found": f"{int((bad >= threshold).sum())} of {len(bad)}",
        "false_rejects": f"{int((good >= threshold).sum())} of {len(good)}",
        "auroc": auroc(both, [False] * len(good) + [True] * len(bad)),
        "part_ms": float(np.median(times)),
        "scores": scores,
    }


def _score(model: PatchCore, path: Path, times: list[float]) -> float:
    pixels = load_image(path)
    start = time.perf_counter()
    value = model.score(pixels).value
    times.append(1000 * (time.perf_counter() - start))
    return value


def _rendered(args: argparse.Namespace, kind: str, count: int) -> Iterable[Path]:
    rate = 1.0 if kind == "bad" else 0.0
    size = (args.size[1], args.size[0])
    line = VirtualPanel(args.seed, rate, size, defect_px=args.defect_px)
    folder = args.pictures / f"{size[1]}x{size[0]}-{args.defect_px}px-{args.seed}" / kind
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:04}.png"
        if not path.exists():
            pixels = line.board(FIRST[kind] + number * STEP).pixels
            part = path.with_suffix(".part.png")
            cv2.imwrite(str(part), pixels[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
            part.rename(path)
        _told(f"panels {kind}", number + 1, count)
        yield path


def _told(stage: str, done: int, total: int) -> None:
    if done == total:
        print(f"{stage}: {total}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for kind, usual in (("teach", 30), ("held", 30), ("bad", 60), ("good", 100)):
        parser.add_argument(f"--{kind}", type=int, default=usual)
    parser.add_argument("--size", type=int, nargs=2, default=(4000, 3000))
    parser.add_argument("--defect-px", type=int, default=12)
    parser.add_argument("--strides", type=int, nargs="+", default=[])
    parser.add_argument("--bank-cap", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=["by-position", "tiled", "untiled"])
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    return parser.parse_args()


if __name__ == "__main__":
    main()
