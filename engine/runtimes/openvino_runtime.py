"""OpenVINO on the CPU: the network alone, or network, bank and arg-min in one graph.

Precision is set on purpose: OpenVINO chooses bf16 by itself on some CPUs, and scores then differ
by 1 to 2 %.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from numpy.typing import NDArray

from engine.leading import Leading
from engine.memory_bank import MemoryBank
from engine.network import Network
from engine.runtimes import Nearest


class OpenVinoRuntime:
    """The network alone; pictures go through one by one."""

    batch = 1

    def __init__(self, network: Network, precision: str = "f32") -> None:
        """Compile `network`. precision: OpenVINO's INFERENCE_PRECISION_HINT."""
        compiled = _compiled(read(network), precision)
        self._request = compiled.create_infer_request()
        self.device = _device(compiled)

    def patches(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) RGB; return the patch vectors, float32 (N, h, w, D)."""
        if len(pictures) == 1:
            return self._run(pictures)
        return np.concatenate([self._run(picture[None]).copy() for picture in pictures])

    def _run(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = _infer(self._request, picture)[0]
        return found


class OpenVinoMatcher:
    """Network, distances to the whole bank and arg-min in one graph; one thread pool, no copies.

    ‖q − m‖² = ‖q‖² − 2·q·m + ‖m‖²: one matrix product with the bank; the nearest by TopK(1), which
    costs what a plain minimum does.
    """

    batch = 1

    def __init__(self, network: Network, bank: MemoryBank, precision: str = "f32") -> None:
        """Compile network and bank. precision: OpenVINO's INFERENCE_PRECISION_HINT."""
        compiled = _compiled(_fused(read(network), bank.vectors), precision)
        self._request = compiled.create_infer_request()
        self.device = _device(compiled)

    def nearest(
        self,
        pictures: NDArray[np.uint8],
        first: int = 0,  # noqa: ARG002  # all tiles share one bank
    ) -> Nearest:
        """Run uint8 (1, H, W, 3) RGB and look every patch up in the bank."""
        squared, indices, lengths, patches = _infer(self._request, pictures)
        distances = np.maximum(squared + lengths, 0, out=squared)
        np.sqrt(distances, out=distances)
        return Nearest.of(distances, indices, patches)


class OpenVinoLeadingMatcher:
    """Network and lower bounds of all distances in one graph; what they leave is compared after.

    For banks of long vectors; as exact as `OpenVinoMatcher` (engine.leading).
    """

    batch = 1

    def __init__(self, network: Network, leading: Leading, precision: str = "f32") -> None:
        """Compile network and bounds. precision: OpenVINO's INFERENCE_PRECISION_HINT."""
        compiled = _compiled(_bounded(read(network), leading), precision)
        self._request = compiled.create_infer_request()
        self._leading = leading
        self.device = _device(compiled)

    def nearest(
        self,
        pictures: NDArray[np.uint8],
        first: int = 0,  # noqa: ARG002  # all tiles share one bank
    ) -> Nearest:
        """Run uint8 (1, H, W, 3) RGB and look every patch up in the bank."""
        bounds, least, lengths, rest, patches = _infer(self._request, pictures)
        queries = patches.reshape(-1, patches.shape[-1])
        distances, indices = self._leading.resolve(
            queries, bounds, least[:, 0], lengths[:, 0], rest[:, 0]
        )
        return Nearest.of(distances, indices, patches)


def product(matrix: NDArray[np.float32]) -> Callable[[], object]:
    """Return a call that multiplies float32 (N, N) by itself, as fast as the network is run."""
    left = ops.parameter(matrix.shape, np.float32)
    model = ov.Model([ops.matmul(left, ops.constant(matrix), False, True)], [left])
    request = _compiled(model, "f32").create_infer_request()
    return lambda: _infer(request, matrix)


def _fused(network: ov.Model, bank: NDArray[np.float32]) -> ov.Model:
    """Append the search to the network: outputs ‖·‖² less ‖q‖², index, ‖q‖², patches."""
    patches = network.outputs[0].get_node().input_value(0)
    queries = ops.reshape(patches, np.array([-1, bank.shape[1]], np.int64), False)
    norms = np.square(bank, dtype=np.float64).sum(axis=1).astype(np.float32)
    products = ops.matmul(queries, ops.constant(-2 * bank), False, True)
    shifted = ops.add(products, ops.constant(norms[None]))
    nearest = ops.topk(shifted, ops.constant(np.int64(1)), 1, "min", "none")
    lengths = _row_sums(ops.multiply(queries, queries))
    outputs = (nearest.output(0), nearest.output(1), lengths.output(0), patches)
    return ov.Model([ops.result(output) for output in outputs], network.get_parameters())


def _bounded(network: ov.Model, leading: Leading) -> ov.Model:
    """Append the bounds: outputs bounds less |q|², the least's index, |q|², |q₂|, patches."""
    patches = network.outputs[0].get_node().input_value(0)
    dimensions = leading.vectors.shape[1]
    queries = ops.reshape(patches, np.array([-1, dimensions], np.int64), False)
    centred = ops.subtract(queries, ops.constant(leading.middle[None]))
    lengths = _row_sums(ops.multiply(centred, centred))
    along = ops.matmul(centred, ops.constant(leading.axes), False, True)
    outside = ops.subtract(lengths, _row_sums(ops.multiply(along, along)))
    rest = ops.sqrt(ops.relu(outside))
    short = ops.concat([along, rest], 1)
    products = ops.matmul(short, ops.constant(-2 * leading.short), False, True)
    bounds = ops.add(products, ops.constant(leading.lengths[None]))
    least = ops.topk(bounds, ops.constant(np.int64(1)), 1, "min", "none")
    outputs = (bounds.output(0), least.output(1), lengths.output(0), rest.output(0), patches)
    return ov.Model([ops.result(output) for output in outputs], network.get_parameters())


def _row_sums(values: ov.Node) -> ov.Node:
    return ops.reduce_sum(values, np.array([1]), keep_dims=True)


def read(network: Network) -> ov.Model:
    """Read `network` for one picture at a time; every shape in it is then known."""
    model = ov.Core().read_model(network.onnx)
    model.reshape([1, *network.input_size, 3])
    return model


def _compiled(model: ov.Model, precision: str) -> ov.CompiledModel:
    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    return ov.Core().compile_model(model, "CPU", settings)


def _infer(request: ov.InferRequest, given: NDArray[Any]) -> list[NDArray[Any]]:
    """Run without copying in or out: what comes back is overwritten by the next call."""
    request.infer([given], share_inputs=True, share_outputs=True)
    return [tensor.data for tensor in request.output_tensors]


def _device(compiled: ov.CompiledModel) -> str:
    """Name the precision that runs: a CPU without bf16 takes the hint and runs f32."""
    return f"OpenVINO {compiled.get_property('INFERENCE_PRECISION_HINT').to_string()} on CPU"
