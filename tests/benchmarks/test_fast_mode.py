"""Fast modes beside exact mode, one process, a picture in turns. Generated weights, timing only.

The projection's size is fixed: the patch vectors of generated weights have a lower rank than those
of taught ones, and the share of variance would keep too few dimensions.
"""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from peers import machine, torchvision_ops

from engine import fast
from engine.backbone import DEFAULT, Backbone
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
TURNS = 20
ASKED = 2.0
"""The best fast mode against exact mode on WRN50 at 224, bank 7,840."""


def test_wide_resnet_in_fast_mode(tmp_path: Path) -> None:
    import torchvision

    file = tmp_path / "weights.pth"
    torch.manual_seed(0)
    torch.save(torchvision.models.wide_resnet50_2(weights=None).state_dict(), file)
    backbone = Backbone("wide_resnet50_2", (8, 16), str(file))
    gains = _measured("WRN50", backbone, side=224, rows=7840, dimensions=256)
    assert max(gains.values()) >= ASKED


@pytest.mark.parametrize("dimensions", [48, 96])
def test_default_backbone_in_fast_mode(dimensions: int) -> None:
    gains = _measured(DEFAULT, Backbone(), side=384, rows=10_000, dimensions=dimensions)
    assert max(gains.values()) > 1


def _measured(
    name: str, backbone: Backbone, *, side: int, rows: int, dimensions: int
) -> dict[str, float]:
    """Print the medians; return each fast mode's speed-up, the median over the turns."""
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(4)]
    exact = _model(backbone, side, rows, random)
    projected = fast.projected(exact, dimensions)
    forms = [exact, projected, fast.in_int8(projected, pictures)]
    opened = [open_model(form, "openvino") for form in forms]
    elapsed = np.array([[_ms(judge, pictures[0]) for judge in opened] for _ in range(TURNS)])[2:]
    gains = np.median(elapsed[:, :1] / elapsed, axis=0)
    print(f"\n{machine.line()}\n{name}, {side} × {side}, bank {rows}, {dimensions} dimensions")
    for judge, median, gain in zip(opened, np.median(elapsed, axis=0), gains, strict=True):
        print(f"  {judge.device:45} {median:8.1f} ms  {gain:5.2f} ×")
    return {form.mode: float(gain) for form, gain in zip(forms[1:], gains[1:], strict=True)}


def _model(backbone: Backbone, side: int, rows: int, random: np.random.Generator) -> Model:
    network = Network.build(backbone, (side, side), _usual_projection(backbone))
    runtime = open_runtime("openvino", network)
    patches: list[NDArray[np.float32]] = []
    while sum(map(len, patches)) < rows:
        picture = random.integers(0, 256, (1, side, side, 3), np.uint8)
        found = runtime.patches(picture)
        patches.append(found.reshape(-1, found.shape[-1]).copy())
    bank = MemoryBank.build(np.concatenate(patches)[:rows], np.zeros((rows, 3), np.int32))
    return Model(network, Preprocessing(Tiling((side, side), (side, side)), None), bank)


def _usual_projection(backbone: Backbone) -> NDArray[np.float32] | None:
    """What the default backbone is taught with; WRN50 keeps the paper's channels."""
    return for_timing(backbone, TeachSettings().dimensions) if backbone.name == DEFAULT else None


def _ms(judge: PatchCore, picture: NDArray[np.uint8]) -> float:
    start = time.perf_counter()
    judge.score(picture)
    return (time.perf_counter() - start) * 1000
