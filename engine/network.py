"""The frozen network as one file that every runtime reads: pictures in, patch vectors out."""

import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.backbone import Backbone, Weights

if TYPE_CHECKING:
    from engine.patches import PatchNetwork

OPSET = 17
INPUT = "pictures"
PATCHES = "patches"
EXACT, FAST, FAST_INT8 = "exact", "fast", "fast int8"
"""Modes of a network: the backbone itself, or a form of it that engine.fast makes."""


@dataclass(frozen=True, eq=False)
class Network:
    """A backbone with its weights, exported for one input size.

    onnx: ONNX file with input "pictures", uint8 (N, H, W, 3) RGB with N left open, and output
        "patches", float32 (N, h, w, D); normalisation, pooling, upsampling and concatenation are
        in the graph.
    input_size: (H, W), multiples of 32.
    mode: EXACT, FAST or FAST_INT8.
    projection: float32 (D, ΣC) that is in the graph; None where all channels are kept.
    """

    backbone: Backbone
    weights: Weights
    input_size: tuple[int, int]
    onnx: bytes
    mode: str = EXACT
    projection: NDArray[np.float32] | None = None

    @classmethod
    def build(
        cls,
        backbone: Backbone,
        input_size: tuple[int, int],
        projection: NDArray[np.float32] | None = None,
    ) -> "Network":
        """Export `backbone`, its patch vectors projected. Raises BackboneError as it does."""
        from engine.patches import PatchNetwork

        tapped, weights = backbone.build()
        onnx = _export(PatchNetwork(tapped, projection), input_size)
        return cls(backbone, weights, input_size, onnx, projection=projection)

    @cached_property
    def stride(self) -> int:
        """Pixels of the input that one step in the patch grid goes."""
        return self.backbone.grid_stride

    @cached_property
    def grid(self) -> tuple[int, int]:
        """(h, w) of the patch grid."""
        return self.input_size[0] // self.stride, self.input_size[1] // self.stride


def _export(network: "PatchNetwork", input_size: tuple[int, int]) -> bytes:
    import torch

    file = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that needs no further package is marked deprecated in torch 2.9 and later.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, *input_size, 3, dtype=torch.uint8),),
            file,  # type: ignore[arg-type]  # a buffer is taken too
            dynamo=False,
            input_names=[INPUT],
            output_names=[PATCHES],
            dynamic_axes={INPUT: {0: "N"}, PATCHES: {0: "N"}},
            opset_version=OPSET,
        )
    return file.getvalue()
