"""Pictures -> locally aware patch vectors (Roth et al., CVPR 2022, section 3.1)."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.backbone import GRID_STRIDE
from engine.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from engine.tapped import TappedNetwork

PATCH_SIZE = 3


class PatchNetwork(nn.Module):
    """Normalise, run the tapped network, and describe every patch: the reference of all runtimes.

    Input uint8 (N, H, W, 3) RGB, H and W multiples of 32; output float32 (N, h, w, D).
    """

    def __init__(
        self, network: TappedNetwork, projection: NDArray[np.float32] | None = None
    ) -> None:
        """projection: float32 (D, ΣC) that the concatenated vectors are multiplied with."""
        super().__init__()
        self.network = network
        scale = 1 / (255 * torch.tensor(IMAGENET_STD))
        offset = -torch.tensor(IMAGENET_MEAN) / torch.tensor(IMAGENET_STD)
        self.scale = nn.Buffer(scale.reshape(1, 3, 1, 1))
        self.offset = nn.Buffer(offset.reshape(1, 3, 1, 1))
        self.finer = max(1, GRID_STRIDE // min(network.strides))
        self.projections = None if projection is None else _blocks(network, projection)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the patch vectors of a batch."""
        x = pictures.permute(0, 3, 1, 2).float() * self.scale + self.offset
        maps = self.network(x)
        if self.projections is None:
            return patch_vectors(maps, self.finer)
        projected = [block(x) for block, x in zip(self.projections, maps, strict=True)]
        return projected_vectors(projected, self.finer)


def patch_vectors(maps: Sequence[torch.Tensor], finer: int = 1) -> torch.Tensor:
    """Pool the maps of a batch, bring them to one grid, and concatenate.

    Each map is averaged over 3 × 3 neighbours (stride 1, zeros beyond the border, as in the
    common implementation); the deeper ones are brought bilinearly to the grid, a shallower one by
    the mean of what falls into a patch.

    Args:
        maps: float32 (N, C_l, h_l, w_l), shallow to deep.
        finer: how many times finer than the grid the first map is.

    Returns:
        float32 (N, h, w, ΣC), contiguous.
    """
    return _rows_last(torch.cat(_on_one_grid(maps, finer), dim=1))


def projected_vectors(maps: Sequence[torch.Tensor], finer: int = 1) -> torch.Tensor:
    """Do the same with maps that are each projected already: the sum instead of the concatenation.

    Pooling and resampling are linear, so P·concat(pool(a), up(pool(b))) is
    pool(Pₐ·a) + up(pool(P_b·b)): fewer channels are resampled.

    Args:
        maps: float32 (N, D, h_l, w_l), shallow to deep. finer: as above.

    Returns:
        float32 (N, h, w, D), contiguous.
    """
    first, *others = _on_one_grid(maps, finer)
    for layer in others:
        first = first + layer
    return _rows_last(first)


def _on_one_grid(maps: Sequence[torch.Tensor], finer: int) -> list[torch.Tensor]:
    pooled = [functional.avg_pool2d(layer, PATCH_SIZE, stride=1, padding=1) for layer in maps]
    if finer > 1:
        pooled[0] = functional.avg_pool2d(pooled[0], finer)
    grid = pooled[0].shape[-2:]
    return [pooled[0], *(_to_grid(layer, grid) for layer in pooled[1:])]


def _to_grid(layer: torch.Tensor, grid: torch.Size) -> torch.Tensor:
    if layer.shape[-2:] == grid:
        return layer
    return functional.interpolate(layer, size=grid, mode="bilinear", align_corners=False)


def _rows_last(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1).contiguous()


def _blocks(network: TappedNetwork, projection: NDArray[np.float32]) -> nn.ModuleList:
    """One 1 × 1 convolution a tapped map, with its columns of the projection."""
    columns = torch.split(
        torch.from_numpy(np.ascontiguousarray(projection)), network.channels(), dim=1
    )
    blocks = nn.ModuleList()
    for block in columns:
        convolution = nn.Conv2d(block.shape[1], block.shape[0], 1, bias=False)
        convolution.weight = nn.Parameter(block[:, :, None, None].clone(), requires_grad=False)
        blocks.append(convolution)
    return blocks
