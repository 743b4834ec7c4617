"""Pictures -> locally aware patch vectors (Roth et al., CVPR 2022, section 3.1)."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

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
        self.finer = network.grid_stride // min(network.strides)
        self.projections = None if projection is None else _blocks(network, projection)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the patch vectors of a batch."""
        x = pictures.permute(0, 3, 1, 2).float() * self.scale + self.offset
        maps = self.network(x)
        if self.projections is None:
            return patch_vectors(maps, self.finer)
        return projected_vectors(maps, self.projections, self.finer)


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


def projected_vectors(
    maps: Sequence[torch.Tensor], projections: Iterable[nn.Module], finer: int = 1
) -> torch.Tensor:
    """Do the same with a projection a map, and the sum instead of the concatenation.

    Pooling and resampling are linear, so P·concat(pool(a), up(pool(b))) is
    Pₐ·pool(a) + up(pool(P_b·b)): few channels are pooled, and few are resampled.

    Args:
        maps, finer: as above. projections: (N, C_l, h, w) -> (N, D, h, w), one a map.

    Returns:
        float32 (N, h, w, D), contiguous.
    """
    first, *others = zip(projections, maps, strict=True)
    project, layer = first
    total: torch.Tensor = project(_coarser(_pooled(layer), finer))
    for project, layer in others:
        total = total + _to_grid(_pooled(project(layer)), total.shape[-2:])
    return _rows_last(total)


def _on_one_grid(maps: Sequence[torch.Tensor], finer: int) -> list[torch.Tensor]:
    first, *others = (_pooled(layer) for layer in maps)
    first = _coarser(first, finer)
    return [first, *(_to_grid(layer, first.shape[-2:]) for layer in others)]


def _pooled(layer: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(layer, PATCH_SIZE, stride=1, padding=1)


def _coarser(layer: torch.Tensor, times: int) -> torch.Tensor:
    return functional.avg_pool2d(layer, times) if times > 1 else layer


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
