"""Fast mode: the same method on fewer numbers. It has its own scores and takes its own threshold.

Two levers. The patch vectors are projected onto the directions in which the memory bank varies
most, inside the network and before pooling and upsampling, so that these and the search cost less;
and the network's convolutions run in 8 bits where that is faster. Whether a product can bear them
is for its own evidence to say (station.quickening).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
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
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.quantised import quantise
from engine.runtimes.opening import open_first

VARIANCE = 0.95
"""Share of the bank's variance that the projection keeps."""
STEP = 16
"""Dimensions come in multiples of this: a full register of floats."""
RIDGE = 1e-6
"""Share of the mean square that keeps the fit from following what few pictures show by chance."""
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

    The patch vectors are brought back towards what they were by the affine map that fits best in
    least squares: it takes away more than half of what 8 bits do to the nearest distances.

    Args:
        pictures: uint8 (H, W, 3) RGB of good parts, to fit ranges and map on.
        progress: told the stages "int8 ranges" and "int8 fit".

    Raises:
        EngineError: no picture. ImageError, Cancelled as they come.
    """
    if not pictures:
        raise EngineError("Quantising takes good pictures, and there are none.")
    tiles = [tile[None] for picture in pictures for tile in model.preprocessing(picture)]
    watched = partial(_watched, tiles, progress, cancelled)
    graph = quantise(model.network.onnx, watched("int8 ranges"), _PROJECTION)
    rough = replace(model.network, onnx=graph, mode=FAST_INT8)
    fitted = _fitted(rough, model.network, watched("int8 fit"))
    return replace(model, network=replace(rough, onnx=_mapped(graph, fitted)))


def _watched(
    tiles: Sequence[NDArray[np.uint8]], progress: Progress, cancelled: IsCancelled, stage: str
) -> Iterator[NDArray[np.uint8]]:
    for done, tile in enumerate(tiles, start=1):
        raise_if(cancelled)
        yield tile
        progress(stage, done, len(tiles))


def _fitted(
    rough: Network, true: Network, tiles: Iterator[NDArray[np.uint8]]
) -> NDArray[np.float64]:
    """Least squares (D + 1, D) from the vectors of `rough`, and a one, to those of `true`."""
    found, wanted = open_first(rough)[1], open_first(true)[1]
    left: NDArray[np.float64] | float = 0.0
    right: NDArray[np.float64] | float = 0.0
    for tile in tiles:
        x, y = found.patches(tile), wanted.patches(tile)
        vectors = x.reshape(-1, x.shape[-1]).astype(np.float64)
        given = np.hstack([vectors, np.ones((len(vectors), 1))])
        left = left + given.T @ given
        right = right + given.T @ y.reshape(-1, y.shape[-1])
    normal = np.asarray(left)
    ridge = RIDGE * np.trace(normal) / len(normal)
    return np.linalg.solve(normal + ridge * np.eye(len(normal)), np.asarray(right))


def _mapped(graph: bytes, fitted: NDArray[np.float64]) -> bytes:
    """Append the affine map (D + 1, D) to a network's output, in float32."""
    model = onnx.load_from_string(graph)
    rough = f"{PATCHES}_rough"
    for node in model.graph.node:
        node.output[:] = [rough if name == PATCHES else name for name in node.output]
    for name, values in (("map", fitted[:-1]), ("shift", fitted[-1])):
        model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    model.graph.node.append(helper.make_node("MatMul", [rough, "map"], ["mapped"]))
    model.graph.node.append(helper.make_node("Add", ["mapped", "shift"], [PATCHES]))
    return bytes(model.SerializeToString())


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
    graph.output[0].type.tensor_type.shape.dim[3].dim_value = len(matrix)
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
