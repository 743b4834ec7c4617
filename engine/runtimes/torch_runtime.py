"""The reference runtime: torch on the CPU or on CUDA."""

import numpy as np
import torch
from numpy.typing import NDArray

from engine.backbone import TappedNetwork
from engine.errors import EngineError
from engine.patches import patch_vectors


class TorchRuntime:
    """Runs a `TappedNetwork` with torch."""

    def __init__(self, network: TappedNetwork, device: str = "auto") -> None:
        """Use `device`: "auto" (CUDA where there is one), "cpu" or "cuda"."""
        self._device = torch.device(_resolve(device))
        self._network = network.to(self._device)

    @property
    def device(self) -> str:
        """What runs it, for people."""
        if self._device.type == "cuda":
            return f"torch on {torch.cuda.get_device_name(self._device)}"
        return "torch on CPU"

    @torch.inference_mode()
    def patches(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run float32 (N, 3, H, W); return the patch vectors, float32 (N, h, w, D).

        On the CPU pictures go through one by one: that is as fast, and the result of a picture
        then cannot depend on its neighbours in the batch.
        """
        x = torch.from_numpy(batch).to(self._device)
        parts = torch.split(x, 1) if self._device.type == "cpu" else [x]
        return torch.cat([patch_vectors(self._network(part)) for part in parts]).cpu().numpy()


def _resolve(device: str) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise EngineError(f"No device '{device}'. Choose auto, cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineError(
            "CUDA was asked for, but torch sees no CUDA device here. Use --device cpu."
        )
    return device
