"""anomalib's PatchCore on a job, in anomalib's own interpreter: a script, imported by nobody.

Everything is at anomalib's defaults: WideResNet50 (layer2 and layer3), 256 × 256, 10 % coreset,
9 neighbours, float32, torch. Weights come from PATCHLIGHT_PEERS_WEIGHTS (a state dict), else from
the cache of anomalib's own downloads; without either the times are real and the scores mean
nothing, and the outcome says so. Nothing is fetched from a network.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

PEERS_WEIGHTS = "PATCHLIGHT_PEERS_WEIGHTS"
MODEL = "anomalib.models.image.patchcore.torch_model"
SIDE = 256
CORESET = 0.1
OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def declare_operators() -> list[object]:
    """Let a torchvision built for another torch be imported: its operators are not used here.

    What is returned must be kept: the declarations go with it.
    """
    kept: list[object] = []
    registry: Any = torch.library
    try:
        import torchvision  # noqa: F401
    except (RuntimeError, ImportError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = registry.Library("torchvision", "DEF")
        for schema in OPERATORS.values():
            library.define(schema)
        kept.append(library)
    return kept


def build() -> tuple[Any, bool, str]:
    """Return (model, whether it has weights, what to say about it)."""

    def untaught(pre_trained: bool) -> Any:
        model = importlib.import_module(MODEL).PatchcoreModel
        return model(layers=("layer2", "layer3"), pre_trained=pre_trained)

    file = os.environ.get(PEERS_WEIGHTS)
    if file:
        model = untaught(False)
        state = torch.load(file, map_location="cpu", weights_only=True)
        found = model.feature_extractor.feature_extractor.load_state_dict(state, strict=False)
        if found.missing_keys:
            sys.exit(f"'{file}' does not hold the weights of wide_resnet50_2.")
        return model, True, ""
    try:
        return untaught(True), True, ""
    except Exception:
        return untaught(False), False, f"no weights: timing only (name them in {PEERS_WEIGHTS})"


def read(path: str) -> torch.Tensor:
    """Read a picture: uint8 (3, H, W)."""
    pixels = np.array(Image.open(path).convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1)


def prepare(picture: torch.Tensor) -> torch.Tensor:
    """Resize and normalise as anomalib's default: float32 (1, 3, 256, 256)."""
    small = torch.nn.functional.interpolate(
        picture[None].float() / 255, size=(SIDE, SIDE), mode="bilinear", antialias=True
    )
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    return (small - mean) / std


@torch.inference_mode()
def score(model: Any, picture: torch.Tensor) -> tuple[float, NDArray[np.float32]]:
    """Score one picture: image score and anomaly map float32 (H, W) of its own size."""
    found = model(prepare(picture))
    whole = torch.nn.functional.interpolate(
        found.anomaly_map, size=picture.shape[1:], mode="bilinear", align_corners=False
    )
    return float(found.pred_score), whole[0, 0].float().numpy()


def teach(model: Any, paths: list[str]) -> None:
    """Fill the memory bank."""
    model.train()
    model.feature_extractor.eval()
    for done, path in enumerate(paths, start=1):
        with torch.inference_mode():
            model(prepare(read(path)))
        tell({"stage": "features", "done": done, "total": len(paths)})
    model.subsample_embedding(CORESET)
    model.eval()


def take_turns(model: Any, paths: list[str]) -> None:
    """Time a test picture each time the parent process asks, until it says "finish"."""
    tell({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        if "finish" in question:
            return
        picture = read(paths[question["time"]])
        start = time.perf_counter()
        score(model, picture)
        tell({"elapsed_ms": (time.perf_counter() - start) * 1000})
    sys.exit("the comparison was given up")


def test(model: Any, job: dict[str, Any], folder: Path, judges: bool) -> Iterator[float]:
    """Score every test picture; scores without meaning are not worked out."""
    paths = job["tests"] if judges else []
    for number, path in enumerate(paths):
        value, anomaly_map = score(model, read(path))
        if job["maps"]:
            np.save(folder / f"map-{number:06d}.npy", anomaly_map)
        tell({"stage": "testing", "done": number + 1, "total": len(paths)})
        yield value


def tell(said: dict[str, object]) -> None:
    """Tell the parent process: one line of JSON on standard output."""
    print(json.dumps(said), flush=True)


def resident_bytes(name: str) -> int:
    """Resident memory: "VmRSS" now, "VmHWM" the most ever; 0 outside Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    lines = status.read_text("ascii", "replace").splitlines()
    return int(dict(line.split(":", 1) for line in lines if ":" in line)[name].split()[0]) * 1024


def main(folder: Path) -> None:
    """Run the job in `folder` and leave its outcome there."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    kept = declare_operators()
    importlib.import_module(MODEL)
    loaded = resident_bytes("VmRSS")
    start = time.perf_counter()
    model, judges, note = build()
    teach(model, job["taught"])
    teach_seconds = time.perf_counter() - start
    held_out = [score(model, read(path))[0] for path in job["held_out"]]
    take_turns(model, job["tests"])
    outcome = {
        "device": "anomalib, torch on CPU",
        "teach_seconds": teach_seconds,
        "held_out": held_out,
        "scores": list(test(model, job, folder, judges)),
        "loaded_bytes": loaded,
        "peak_bytes": resident_bytes("VmHWM"),
        "judges": judges,
        "note": note,
    }
    (folder / "outcome.json").write_text(json.dumps(outcome), "utf-8")
    tell({"finished": True})
    del kept


if __name__ == "__main__":
    main(Path(sys.argv[1]))
