"""Patchlight's side of the judging benchmark: builds models, states their scores, times them."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torchvision_ops
from numpy.typing import NDArray
from serving import burst, serve

import station  # noqa: F401  # sets OMP_WAIT_POLICY, as every start of the station does
from engine.backbone import Backbone
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.projection import for_timing
from engine.runtimes.opening import open_model, open_runtime
from engine.teach import TeachSettings
from engine.tiling import Tiling

DECLARED = torchvision_ops.declare()
RUNTIMES = ("openvino", "torch")
_judges: dict[str, PatchCore] = {}
_pictures: dict[str, NDArray[np.uint8]] = {}


def weights(name: str, file: str) -> dict[str, Any]:
    """Save seeded random weights of a torchvision network: they serve for timing only."""
    import torchvision

    torch.manual_seed(0)
    torch.save(torchvision.models.get_model(name, weights=None).state_dict(), file)
    return {}


def build(
    *, key: str, backbone: str, file: str, side: int, rows: int, folder: str
) -> dict[str, Any]:
    """Build a model whose bank holds `rows` patches of seeded pictures; score one more picture.

    A network from a file taps the paper's layers and keeps all their channels, as the peer does;
    ours is as it is taught by default. Leaves bank.npy (rows, D) and picture.npy (side, side, 3)
    in `folder` for the peer.
    """
    network = (
        Network.build(Backbone(backbone, (8, 16), file), (side, side)) if file else _usual(side)
    )
    random = np.random.default_rng(0)
    bank = _bank(network, random, rows)
    tiling = Tiling((side, side), (side, side))
    origins = np.zeros((rows, 3), np.int32)
    model = Model(network, Preprocessing(tiling, None), MemoryBank.build(bank, origins))
    picture = _picture(random, side)
    np.save(Path(folder) / "bank.npy", bank)
    np.save(Path(folder) / "picture.npy", picture)
    judges = {name: open_model(model, name) for name in RUNTIMES}
    _judges[key], _pictures[key] = judges["openvino"], picture
    return {name: judge.score(picture).value for name, judge in judges.items()}


def _usual(side: int) -> Network:
    usual = TeachSettings()
    projection = for_timing(usual.backbone, usual.dimensions)
    return Network.build(usual.backbone, (side, side), projection)


def time(key: str, runs: int) -> dict[str, Any]:
    """Time uint8 picture of the network's size -> score and anomaly map of that size."""
    judge, picture = _judges[key], _pictures[key]
    return burst(lambda: judge.score(picture), runs)


def _bank(network: Network, random: np.random.Generator, rows: int) -> NDArray[np.float32]:
    runtime = open_runtime("openvino", network)
    side = network.input_size[0]
    patches: list[NDArray[np.float32]] = []
    while sum(map(len, patches)) < rows:
        found = runtime.patches(_picture(random, side)[None])
        patches.append(found.reshape(-1, found.shape[-1]).copy())
    return np.concatenate(patches)[:rows]


def _picture(random: np.random.Generator, side: int) -> NDArray[np.uint8]:
    coarse = random.integers(0, 256, (14, 14, 3), np.uint8)
    fine = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    return np.clip(fine + random.integers(-20, 21, fine.shape), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    serve({"weights": weights, "build": build, "time": time})
