"""What runs a model: how one is chosen, what it loads and whom it tells."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine import model_file, operations
from engine.errors import EngineError
from engine.network import FAST, INPUT
from engine.patches import PatchNetwork
from engine.runtimes import opening
from engine.runtimes.opening import REFERENCE, open_first, open_runtime
from engine.runtimes.tensorrt_runtime import Place, TensorRtRuntime, cached, with_float_input
from tests.engine.pictures import good_picture

ROOT = Path(__file__).resolve().parents[2]
JUDGE = """
import sys, pathlib
import numpy as np
calls = []
sys.addaudithook(lambda event, args: calls.append(event) if event.startswith("socket.") else None)
blas = list(pathlib.Path("/proc/self/task").glob("*/status"))[1:]
switches = lambda: [line for s in blas for line in s.read_text().splitlines() if "ctxt" in line]
from engine import model_file
from engine.runtimes.opening import open_model
model = open_model(model_file.load(pathlib.Path(sys.argv[1])), "openvino")
picture = np.load(sys.argv[2])
model.score(picture)
before = switches()
for _ in range(5):
    model.score(picture)
problems = [f"{name} was loaded" for name in ("torch", "faiss") if name in sys.modules]
problems += calls
problems += ["NumPy's BLAS workers ran"] if switches() != before else []
sys.exit("; ".join(problems) or 0)
"""


@pytest.fixture
def files(model, tmp_path) -> list[str]:
    model_file.save(tmp_path / "model.npz", model.model)
    np.save(tmp_path / "picture.npy", good_picture(50))
    return [str(tmp_path / "model.npz"), str(tmp_path / "picture.npy")]


def test_judging_on_openvino_needs_no_torch_no_blas_and_tells_nobody(files, tmp_path) -> None:
    """No torch, no faiss, no work for NumPy's BLAS, no socket and no file in the person's home."""
    home = tmp_path / "home"
    home.mkdir()
    hidden = {"CI", "TF_BUILD", "JENKINS_URL"}  # telemetry is off there anyway
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"HOME": str(home), "LOCALAPPDATA": str(home), "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, *files],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []


def test_an_unknown_runtime_is_refused(model) -> None:
    with pytest.raises(EngineError, match="Choose one of tensorrt, cuda, openvino"):
        open_runtime("vulkan", model.model.network)


def test_only_runtimes_that_read_the_networks_file_run_a_fast_mode() -> None:
    fast = [name for name in opening.available() if name not in ("cuda", REFERENCE)]
    assert opening.available(FAST) == fast


@pytest.mark.skipif(torch.cuda.is_available(), reason="wants a machine without CUDA")
def test_teaching_goes_on_where_a_listed_runtime_does_not_start(model, monkeypatch) -> None:
    monkeypatch.setattr(opening, "available", lambda: ["tensorrt", "cuda", "onnxruntime"])
    name, runtime = open_first(model.model.network)
    assert (name, runtime.device) == ("onnxruntime", "ONNX Runtime on CPU")
    monkeypatch.setattr(opening, "available", lambda: ["cuda"])
    with pytest.raises(EngineError, match="torch sees no CUDA device"):
        open_first(model.model.network)


def test_operations_are_those_that_torch_counts(model) -> None:
    network = model.model.network
    tapped, _ = network.backbone.build()
    reference = PatchNetwork(tapped, network.projection)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        reference(torch.zeros(1, *network.input_size, 3, dtype=torch.uint8))
    assert operations.of_network(network) == counter.get_total_flops()
    assert operations.of_search(784, 7840, 1536) == 2 * 784 * 7840 * 1536 == 18_882_232_320


class TestTensorRt:
    """Only what runs without it; on a device the parity gate holds it against the reference."""

    HERE = Place("NVIDIA Orin (nvgpu)", (8, 7), "10.3.0")

    @pytest.mark.skipif(torch.cuda.is_available(), reason="wants a machine without a GPU")
    def test_without_it_a_sentence_says_what_is_missing(self, model) -> None:
        with pytest.raises(EngineError, match=r"patchlight\[tensorrt\]|needs an NVIDIA GPU"):
            TensorRtRuntime(model.model.network)

    def test_an_engine_is_kept_for_its_device_version_and_network(self) -> None:
        name = self.HERE.file_name(b"network")
        assert name.startswith("NVIDIA-Orin-nvgpu-sm87-trt10.3.0-")
        others = [
            Place("NVIDIA T4", (8, 7), "10.3.0").file_name(b"network"),
            Place("NVIDIA Orin (nvgpu)", (8, 6), "10.3.0").file_name(b"network"),
            Place("NVIDIA Orin (nvgpu)", (8, 7), "10.4.0").file_name(b"network"),
            self.HERE.file_name(b"another network"),
        ]
        assert len({name, *others}) == 5

    def test_it_is_built_once(self, tmp_path) -> None:
        built = []
        path = tmp_path / "cache" / "one.engine"
        for _ in range(2):
            assert cached(path, lambda: built.append(1) or b"plan") == b"plan"
        assert built == [1]
        assert list(path.parent.iterdir()) == [path]

    def test_a_cache_that_cannot_be_written_is_a_sentence(self, tmp_path) -> None:
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(EngineError, match=r"one\.engine' cannot be"):
            cached(tmp_path / "file" / "one.engine", lambda: b"plan")

    def test_the_network_with_a_float_input_is_the_same_network(self, model) -> None:
        network, tiles = model.model.network, model.preprocessing(good_picture(1))
        session = onnxruntime.InferenceSession(with_float_input(network.onnx))
        (found,) = session.run(None, {INPUT: tiles.astype(np.float32)})
        expected = open_runtime(REFERENCE, network).patches(tiles)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
