"""TensorRT on an NVIDIA GPU: the engine is built on the device it runs on, then kept in a cache.

The registry's tensorrt is a stub for machines with a GPU, so this runtime was written against
TensorRT 10's documentation and has never run where it was written. The parity gate
(engine.parity) is what makes it safe: unless it reproduces the golden scores it judges nothing.
"""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from engine.errors import EngineError
from engine.network import INPUT, PATCHES, Network

BATCH = 8
"""Most pictures at once; one is what the engine is tuned for, since parts come one by one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine may run: it is useless on any other.

    device: the GPU's name; capability: its compute capability; version: of TensorRT.
    """

    device: str
    capability: tuple[int, int]
    version: str

    def file_name(self, onnx: bytes) -> str:
        """Name the engine of this network on this device."""
        device = re.sub(r"[^A-Za-z0-9]+", "-", self.device).strip("-")
        major, minor = self.capability
        digest = hashlib.sha256(onnx).hexdigest()
        return f"{device}-sm{major}{minor}-trt{self.version}-{digest}.engine"


class TensorRtRuntime:
    """The network in TensorRT, float32 without TF32; several pictures at once."""

    batch = BATCH

    def __init__(self, network: Network, cache: Path | None = None) -> None:
        """Load the engine from `cache` (default: the user's cache folder), or build it: minutes.

        Raises:
            EngineError: no TensorRT, no GPU, or a network that TensorRT does not take.
        """
        self._trt, self._torch = _library("tensorrt"), _library("torch")
        self._logger = self._trt.Logger(self._trt.Logger.WARNING)
        place = self._place()
        path = (cache or user_cache_path("patchlight") / "tensorrt") / place.file_name(network.onnx)
        plan = cached(path, lambda: self._build(network))
        engine = self._trt.Runtime(self._logger).deserialize_cuda_engine(plan)
        if engine is None:
            raise EngineError(f"TensorRT does not read its engine. Delete '{path}' and try again.")
        self._context = engine.create_execution_context()
        self._stream = self._torch.cuda.Stream()
        self.device = f"TensorRT {place.version} f32 on {place.device}"

    def patches(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) RGB; return the patch vectors, float32 (N, h, w, D)."""
        parts = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
        answers = [self._run(part) for part in parts]
        return answers[0] if len(answers) == 1 else np.concatenate(answers)

    def _run(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        torch, context = self._torch, self._context
        with torch.cuda.stream(self._stream):
            x = torch.from_numpy(np.require(pictures, requirements="W")).cuda().float().contiguous()
            context.set_input_shape(INPUT, tuple(x.shape))
            shape = tuple(context.get_tensor_shape(PATCHES))
            y = torch.empty(shape, dtype=torch.float32, device=x.device)
            context.set_tensor_address(INPUT, x.data_ptr())
            context.set_tensor_address(PATCHES, y.data_ptr())
            if not context.execute_async_v3(self._stream.cuda_stream):
                raise EngineError("TensorRT could not run the network. Restart the station.")
            patches: NDArray[np.float32] = y.cpu().numpy()
        return patches

    def _place(self) -> Place:
        cuda = self._torch.cuda
        if not cuda.is_available():
            raise EngineError("TensorRT needs an NVIDIA GPU; torch sees none on this machine.")
        return Place(cuda.get_device_name(), cuda.get_device_capability(), self._trt.__version__)

    def _build(self, network: Network) -> bytes:
        trt = self._trt
        builder = trt.Builder(self._logger)
        definition = builder.create_network(0)
        parser = trt.OnnxParser(definition, self._logger)
        if not parser.parse(with_float_input(network.onnx)):
            reasons = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
            raise EngineError(f"TensorRT does not take this network: {reasons}.")
        plan = builder.build_serialized_network(definition, self._settings(builder, network))
        if plan is None:
            raise EngineError("TensorRT could not build its engine. Its own log says why.")
        return bytes(plan)

    def _settings(self, builder: Any, network: Network) -> Any:
        settings = builder.create_builder_config()
        settings.clear_flag(self._trt.BuilderFlag.TF32)
        profile = builder.create_optimization_profile()
        one, most = ((n, *network.input_size, 3) for n in (1, BATCH))
        profile.set_shape(INPUT, one, one, most)
        settings.add_optimization_profile(profile)
        return settings


def cached(path: Path, build: Callable[[], bytes]) -> bytes:
    """Return what `path` holds, building it first where it is missing; a reader sees all or none.

    Raises:
        EngineError: the cache cannot be written.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        plan = build()
    except OSError as error:
        raise EngineError(f"The engine '{path}' cannot be read: {error.strerror}.") from error
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(plan)
        temporary.replace(path)
    except OSError as error:
        raise EngineError(f"The engine '{path}' cannot be kept: {error.strerror}.") from error
    return plan


def with_float_input(onnx: bytes) -> bytes:
    """Return the network with a float32 input: TensorRT only casts uint8, the graph turns it."""
    import onnx as format_

    model = format_.load_from_string(onnx)
    model.graph.input[0].type.tensor_type.elem_type = format_.TensorProto.FLOAT
    return bytes(model.SerializeToString())


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(
            f"{name} does not load here ({error}). TensorRT needs 'pip install "
            "patchlight[tensorrt]' beside a CUDA build of torch, on a machine with an NVIDIA GPU."
        ) from error
