"""Pictures -> locally aware patch vectors (Roth et al., CVPR 2022, section 3.1)."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from engine.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from engine.tapped import TappedNetwork

PATCH_SIZE = 3


class PatchNetwork(nn.Module):
    """Normalise, run the tapped network, and describe every patch: the reference of all runtimes.

    Input uint8 (N, H, W, 3) RGB, H and W multiples of 32; output float32 (N, h, w, D).
    """

    def __init__(self, network: TappedNetwork) -> None:
        super().__init__()
        self.network = network
        scale = 1 / (255 * torch.tensor(IMAGENET_STD))
        offset = -torch.tensor(IMAGENET_MEAN) / torch.tensor(IMAGENET_STD)
        self.scale = nn.Buffer(scale.reshape(1, 3, 1, 1))
        self.offset = nn.Buffer(offset.reshape(1, 3, 1, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the patch vectors of a batch."""
        x = pictures.permute(0, 3, 1, 2).float() * self.scale + self.offset
        return patch_vectors(self.network(x))


def patch_vectors(maps: Sequence[torch.Tensor]) -> torch.Tensor:
    """Pool, upsample and concatenate the maps of a batch.

    Each map is averaged over 3 × 3 neighbours (stride 1, zeros beyond the border, as in the
    common implementation), the deeper ones are brought bilinearly to the shallowest one's grid,
    and channels are concatenated.

    Args:
        maps: float32 (N, C_l, h_l, w_l), shallow to deep.

    Returns:
        float32 (N, h_0, w_0, ΣC), contiguous.
    """
    grid = maps[0].shape[-2:]
    pooled = [functional.avg_pool2d(layer, PATCH_SIZE, stride=1, padding=1) for layer in maps]
    same = [pooled[0], *(_to_grid(layer, grid) for layer in pooled[1:])]
    return torch.cat(same, dim=1).permute(0, 2, 3, 1).contiguous()


def _to_grid(layer: torch.Tensor, grid: torch.Size) -> torch.Tensor:
    return functional.interpolate(layer, size=grid, mode="bilinear", align_corners=False)
