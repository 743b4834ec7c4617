"""Fast mode: the same method on fewer numbers. It has its own scores and takes its own threshold.

Two levers. The patch vectors are projected onto the directions in which the memory bank varies
most, inside the network and before pooling and upsampling, so that these and the search cost less;
and the network's convolutions run in 8 bits where that is faster. Whether a product can bear them
is for its own evidence to say (station.quickening).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from engine.errors import EngineError
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import EXACT, FAST, FAST_INT8, PATCHES, Network
from engine.preprocessing import Preprocessing
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.quantised import quantise

VARIANCE = 0.95
"""Share of the bank's variance that the projection keeps."""
STEP = 16
"""Dimensions come in multiples of this: a full register of floats."""
_PROJECTION = "projection"


def projected(model: Model, dimensions: int | None = None) -> Model:
    """Return `model` with patch vectors projected onto the bank's first principal components.

    Pooling, upsampling and concatenation are linear, so P·concat(pool(a), up(pool(b))) is
    pool(Pₐ·a) + up(pool(P_b·b)): one 1 × 1 convolution a tapped layer, and a sum.

    Args:
        dimensions: of the projected vectors; as many as keep 95 % of the variance by default.

    Raises:
        EngineError: the model is in fast mode already, or has not that many dimensions.
    """
    if model.mode != EXACT:
        raise EngineError(f"The model is in {model.mode} mode already. Take the exact one.")
    components, shares = _components(model.bank.vectors)
    count = dimensions or _enough(shares)
    if count > len(components):
        raise EngineError(f"{count} dimensions are more than the {len(components)} there are.")
    matrix = np.ascontiguousarray(components[:count], np.float32)
    bank = model.bank
    return replace(
        model,
        network=replace(model.network, onnx=_project(model.network, matrix), mode=FAST),
        bank=MemoryBank.build(bank.vectors @ matrix.T, bank.origins),
    )


def in_int8(
    model: Model,
    pictures: Sequence[NDArray[np.uint8]],
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Model:
    """Return `model` with 8-bit convolutions up to the tapped layers; the bank stays as it is.

    Args:
        pictures: uint8 (H, W, 3) RGB of good parts, which show how large activations become.
        progress: told the stage "int8".

    Raises:
        EngineError: no picture. ImageError, Cancelled as they come.
    """
    if not pictures:
        raise EngineError("Quantising takes good pictures, and there are none.")
    tiles = _tiles(pictures, model.preprocessing, progress, cancelled)
    graph = quantise(model.network.onnx, tiles, _PROJECTION)
    return replace(model, network=replace(model.network, onnx=graph, mode=FAST_INT8))


def _tiles(
    pictures: Sequence[NDArray[np.uint8]],
    preprocessing: Preprocessing,
    progress: Progress,
    cancelled: IsCancelled,
) -> Iterator[NDArray[np.uint8]]:
    for done, picture in enumerate(pictures, start=1):
        for tile in preprocessing(picture):
            raise_if(cancelled)
            yield tile[None]
        progress("int8", done, len(pictures))


def _components(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal components (D, D), largest first, and the share of variance kept up to each."""
    variances, columns = np.linalg.eigh(np.cov(vectors, rowvar=False, dtype=np.float64))
    kept = np.cumsum(variances[::-1].clip(0))
    return columns.T[::-1], kept / max(kept[-1], np.finfo(np.float64).tiny)


def _enough(shares: NDArray[np.float64]) -> int:
    least = 1 + int(np.searchsorted(shares, VARIANCE))
    return min(ceil(least / STEP) * STEP, len(shares))


def _project(network: Network, matrix: NDArray[np.float32]) -> bytes:
    """Put each tapped layer's block of `matrix` (d, D) before its pooling; add up at the end."""
    model = onnx.load_from_string(network.onnx)
    graph = model.graph
    channels = _channels(model)
    pools = [node for node in graph.node if node.op_type == "AveragePool"]
    start = 0
    for number, pool in enumerate(pools):
        layer = pool.input[0]
        block = matrix[:, start : start + channels[layer], None, None]
        start += channels[layer]
        _insert(graph, pool, f"{_PROJECTION}_{number}", block)
    if start != matrix.shape[1]:
        raise EngineError("The network's layers do not make up the bank's vectors. Teach again.")
    _sum_up(graph)
    return bytes(model.SerializeToString())


def _channels(model: onnx.ModelProto) -> dict[str, int]:
    """Channels of every (N, C, H, W) between two nodes."""
    inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
    shapes = {info.name: info.type.tensor_type.shape.dim for info in inferred}
    return {name: shape[1].dim_value for name, shape in shapes.items() if len(shape) == 4}


def _insert(graph: Any, pool: Any, name: str, block: NDArray[np.float32]) -> None:
    """Make `pool` read a 1 × 1 convolution of what it read before."""
    weights, output = f"{name}_weights", f"{name}_output"
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(block), weights))
    node = helper.make_node("Conv", [pool.input[0], weights], [output], name)
    graph.node.insert(list(graph.node).index(pool), node)
    pool.input[0] = output


def _sum_up(graph: Any) -> None:
    """Turn the concatenation before the output into a sum."""
    makers = {output: node for node in graph.node for output in node.output}
    last = makers[makers[PATCHES].input[0]]
    if last.op_type == "Concat":
        last.op_type = "Sum"
        del last.attribute[:]
