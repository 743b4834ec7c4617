"""The reference runtime: torch on the CPU, or on CUDA."""

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.patches import PatchNetwork
from engine.tapped import TappedNetwork

CUDA_BATCH = 8


class TorchRuntime:
    """Runs a `TappedNetwork` with torch."""

    def __init__(
        self,
        network: TappedNetwork,
        device: str = "cpu",
        projection: NDArray[np.float32] | None = None,
    ) -> None:
        """Use `device`: "cpu" or "cuda". Raises EngineError where there is no CUDA."""
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError("torch sees no CUDA device on this machine.")
        self._device = torch.device(device)
        self._network = PatchNetwork(network, projection).to(self._device)

    @property
    def device(self) -> str:
        """What runs it, for people."""
        if self._device.type == "cuda":
            return f"torch on {torch.cuda.get_device_name(self._device)}"
        return "torch on CPU"

    @property
    def batch(self) -> int:
        """On the CPU pictures go one by one: as fast, and independent of their neighbours."""
        return CUDA_BATCH if self._device.type == "cuda" else 1

    @torch.inference_mode()
    def patches(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) RGB; return the patch vectors, float32 (N, h, w, D)."""
        x = torch.from_numpy(np.require(pictures, requirements="W")).to(self._device)
        parts = torch.split(x, self.batch)
        return torch.cat([self._network(part) for part in parts]).cpu().numpy()
