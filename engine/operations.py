"""Counting the multiply-adds of judging a part, and a matrix product to hold them against.

An operation is one multiplication or one addition in float32, as in FLOP.
"""

from collections.abc import Callable
from math import prod

import numpy as np
import openvino as ov

from engine.network import Network
from engine.runtimes.openvino_runtime import product, read

_LEADING = {"Convolution": 1, "GroupConvolution": 2}
"""Leading axes of a convolution's weights that count outputs, not what goes into each."""


def of_network(network: Network) -> int:
    """Count the operations of the convolutions and matrix products for one picture.

    Everything else in the graph (activations, pooling, upsampling) goes over each value a few times
    and is bound by memory, not by operations.
    """
    return sum(_of_node(node) for node in read(network).get_ops())


def of_search(patches: int, bank: int, dimensions: int) -> int:
    """Count the operations of an exact search: one product of queries and bank."""
    return 2 * patches * bank * dimensions


def large_product(side: int) -> Callable[[], object]:
    """Return a call that multiplies two float32 (side, side) matrices in OpenVINO."""
    return product(np.random.default_rng(0).random((side, side), np.float32))


def _of_node(node: ov.Node) -> int:
    kind = node.get_type_name()
    if kind in _LEADING:
        each = prod(node.input(1).get_shape()[_LEADING[kind] :])
    elif kind == "MatMul":
        each = node.input(0).get_shape()[-1]
    else:
        return 0
    return int(2 * prod(node.output(0).get_shape()) * each)
