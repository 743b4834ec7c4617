"""bf16 arithmetic for machines whose processor has none: the network, rounded on purpose."""

from dataclasses import replace

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network

SPLIT = np.float32(2**16 + 1)
"""Veltkamp's constant: x·c − (x·c − x) is x rounded to 24 − 16 = 8 significant bits, as bf16."""


def bf16(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round float32 to the nearest bf16, kept as float32."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32)


def in_bf16(model: Model) -> Model:
    """Return the model with weights, bank and every activation rounded to bf16, sums in float32.

    That is what a processor with bf16 instructions computes; it runs on any, in float32.
    """
    vectors = bf16(model.bank.vectors)
    bank = MemoryBank(vectors, model.bank.origins, model.bank.neighbours)
    return replace(model, network=rounded(model.network), bank=bank)


def rounded(network: Network) -> Network:
    """Return the network alone in that arithmetic."""
    model = onnx.load_from_string(network.onnx)
    graph = model.graph
    for weights in graph.initializer:
        if weights.data_type == TensorProto.FLOAT:
            values = bf16(numpy_helper.to_array(weights))
            weights.CopyFrom(numpy_helper.from_array(values, weights.name))
    graph.initializer.append(numpy_helper.from_array(SPLIT, "split"))
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        graph.node.extend(_with_rounding(node))
    return replace(network, onnx=model.SerializeToString())


def _with_rounding(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """The node, and the three that round what it gives."""
    if node.op_type not in ("Conv", "Add", "Mul", "Clip", "AveragePool", "Resize"):
        return [node]
    (name,) = node.output
    exact, large, rest = (f"{name}.{part}" for part in ("exact", "large", "rest"))
    node.output[0] = exact
    return [
        node,
        helper.make_node("Mul", [exact, "split"], [large]),
        helper.make_node("Sub", [large, exact], [rest]),
        helper.make_node("Sub", [large, rest], [name]),
    ]
