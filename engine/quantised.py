"""A network whose convolutions run in 8 bits, up to the tapped layers and never beyond.

What follows the tapped layers (projection, pooling, upsampling, concatenation) stays in float32:
quantised too, it gave patch vectors that were 95 % wrong.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from engine.network import INPUT


def quantise(graph: bytes, pictures: Iterator[NDArray[np.uint8]], keep: str) -> bytes:
    """Quantise the convolutions of an ONNX graph, but for those whose names start with `keep`.

    Weights per channel in 7 of 8 bits: CPUs without VNNI add two products in 16 bits and
    saturate with the eighth (runtimes then differ by 20 % in patch vectors, so by 5 %).
    Activations per tensor, between the least and the greatest value seen on `pictures`.

    Args:
        pictures: network inputs, uint8 (1, H, W, 3); all of the ordinary look of the product.

    Returns:
        The graph with QuantizeLinear and DequantizeLinear around its convolutions.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model = _without_aliases(onnx.load_from_string(graph))
    convolutions = [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and not node.name.startswith(keep)
    ]
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        path = Path(folder) / "network.onnx"
        quantize_static(
            _marked_as_prepared(model),
            path,
            _reader(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=convolutions,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return path.read_bytes()


def _without_aliases(model: onnx.ModelProto) -> onnx.ModelProto:
    """Name every weight directly: the export shares equal biases through Identity nodes."""
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    aliases = [node for node in graph.node if node.op_type == "Identity"]
    meant = {node.output[0]: node.input[0] for node in aliases if node.input[0] in weights}
    for node in list(graph.node):
        for place, name in enumerate(node.input):
            node.input[place] = meant.get(name, name)
        if node.output[0] in meant:
            graph.node.remove(node)
    return model


def _marked_as_prepared(model: onnx.ModelProto) -> onnx.ModelProto:
    """The export has folded batch norms and constants already; without the mark it is warned of."""
    model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    return model


def _reader(pictures: Iterator[NDArray[np.uint8]]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # has no types
        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            picture = next(pictures, None)
            return None if picture is None else {INPUT: picture}

    return Reader()
