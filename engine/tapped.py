"""A frozen network cut into stages, of which some are tapped. Needs torch."""

from collections.abc import Sequence

import torch
from torch import nn

from engine.backbone import COLOURS, STRIDES


class TappedNetwork(nn.Module):
    """A frozen network that returns what its tapped stages give.

    Input float32 (N, 3, H, W), H and W multiples of 32; output one (N, C, H/s, W/s) a stride s;
    stride 1 is the input itself.
    """

    def __init__(
        self, stages: Sequence[nn.Module], strides: Sequence[int], grid_stride: int
    ) -> None:
        """grid_stride: pixels from one patch to the next, at least the least of `strides`."""
        super().__init__()
        self.grid_stride = grid_stride
        last = STRIDES.index(max(strides))
        self.stages = nn.ModuleList(stages[: last + 1])
        self.strides = tuple(sorted(strides))
        self.colours = COLOURS in strides
        self.tapped = [stride in strides for stride in STRIDES[: last + 1]]
        self.requires_grad_(False).eval()

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the tapped maps, shallow to deep."""
        maps = [x] if self.colours else []
        for stage, tapped in zip(self.stages, self.tapped, strict=True):
            x = stage(x)
            if tapped:
                maps.append(x)
        return maps

    def channels(self) -> list[int]:
        """Channels of each tapped map, shallow to deep."""
        pixels = max(STRIDES)
        with torch.inference_mode():
            return [layer.shape[1] for layer in self(torch.zeros(1, 3, pixels, pixels))]
