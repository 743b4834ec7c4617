"""anomalib's side of the judging benchmark: its PatchCore in torch and in OpenVINO f32.

Both get the weights, the bank and the picture that ours gets, so the scores can be compared too.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision_ops
from serving import burst, serve

DECLARED = torchvision_ops.declare()

import openvino as ov  # noqa: E402
from anomalib.models import Patchcore  # noqa: E402

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
_judges: dict[str, Callable[[], float]] = {}


def build(key: str, backbone: str, file: str, folder: str) -> dict[str, Any]:
    """Build both; each maps a normalised float32 (1, 3, H, W) to a score and an anomaly map."""
    picture = torch.from_numpy(np.load(Path(folder) / "picture.npy"))
    x = (picture.permute(2, 0, 1)[None].float() / 255 - MEAN) / STD
    model = _model(backbone, file, Path(folder) / "bank.npy")
    _judges[f"{key} torch"] = _torch(model, x)
    _judges[f"{key} openvino"] = _openvino(model, x)
    return {name: _judges[f"{key} {name}"]() for name in ("torch", "openvino")}


def time(key: str, runs: int) -> dict[str, Any]:
    """Time tensor -> score and anomaly map; normalising is not in it."""
    return burst(_judges[key], runs)


def _model(backbone: str, file: str, bank: Path) -> Patchcore:
    """Its PatchCore with the resizing, normalising and score scaling around it left out."""
    model = Patchcore(
        backbone=backbone,
        pre_trained=False,
        pre_processor=False,
        post_processor=False,
        evaluator=False,
        visualizer=False,
    ).eval()
    network = model.model.feature_extractor.feature_extractor
    missing = network.load_state_dict(torch.load(file, weights_only=True), strict=False)
    if missing.missing_keys:
        raise RuntimeError(f"Other layers than torchvision's {backbone}: {missing.missing_keys}")
    model.model.memory_bank = torch.from_numpy(np.load(bank))
    return model


def _torch(model: Patchcore, x: torch.Tensor) -> Callable[[], float]:
    def judge() -> float:
        with torch.inference_mode():
            return float(model.model(x).pred_score)

    return judge


def _openvino(model: Patchcore, x: torch.Tensor) -> Callable[[], float]:
    """By its own export. Its inferencer adds a copy each way, which is spared here."""
    with tempfile.TemporaryDirectory() as folder:
        path = model.to_openvino(
            Path(folder), input_size=tuple(x.shape[2:]), onnx_kwargs={"dynamic_axes": None}
        )
        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        request = ov.Core().compile_model(path, "CPU", settings).create_infer_request()
    picture = x.numpy()

    def judge() -> float:
        request.infer([picture], share_inputs=True, share_outputs=True)
        return float(request.get_tensor("pred_score").data[0])

    return judge


if __name__ == "__main__":
    serve({"build": build, "time": time})
