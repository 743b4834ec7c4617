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

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from engine.errors import EngineError
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import EXACT, FAST, FAST_INT8, PATCHES, Network
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.projection import applied, components
from engine.quantised import quantise
from engine.runtimes.opening import open_first

VARIANCE = 0.95
"""Share of the bank's variance that the projection keeps."""
STEP = 16
"""Dimensions come in multiples of this: a full register of floats."""
RIDGE = 1e-6
"""Share of the mean square that keeps the fit from following what few pictures show by chance."""
_PROJECTION = "/projections"


def projected(model: Model, dimensions: int | None = None) -> Model:
    """Return `model` with patch vectors projected onto the bank's first principal components.

    One 1 × 1 convolution a tapped layer before pooling, and a sum (engine.patches).

    Args:
        dimensions: of the projected vectors; as many as keep 95 % of the variance by default.

    Raises:
        EngineError: the model is in fast mode already, has not that many dimensions, or its
            weights are not here.
    """
    if model.mode != EXACT:
        raise EngineError(f"The model is in {model.mode} mode already. Take the exact one.")
    if model.bank.places is not None:
        raise EngineError("Fast mode is not made for models that compare by position.")
    found, shares = components(np.cov(model.bank.vectors, rowvar=False, dtype=np.float64))
    count = dimensions or _enough(shares)
    if count > len(found):
        raise EngineError(f"{count} dimensions are more than the {len(found)} there are.")
    matrix = np.ascontiguousarray(found[:count], np.float32)
    bank = MemoryBank.build(model.bank.vectors @ matrix.T, model.bank.origins)
    return replace(model, network=_reduced(model.network, matrix), bank=bank)


def _reduced(network: Network, matrix: NDArray[np.float32]) -> Network:
    whole = applied(matrix, network.projection)
    reduced = Network.build(network.backbone, network.input_size, whole)
    if reduced.weights.sha256 != network.weights.sha256:
        raise EngineError(
            f"The weights of {network.backbone.name} on this machine are not those the model was "
            f"taught with: '{reduced.weights.source}'. Bring the same weights file."
        )
    return replace(reduced, mode=FAST)


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


def _enough(shares: NDArray[np.float64]) -> int:
    least = 1 + int(np.searchsorted(shares, VARIANCE))
    return min(ceil(least / STEP) * STEP, len(shares))
