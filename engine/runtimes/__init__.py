"""What runs the frozen network. Every runtime gives the same patches within a stated tolerance."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Runtime(Protocol):
    """One network on one device."""

    @property
    def device(self) -> str:
        """What runs it, for people: "torch on CPU"."""

    def patches(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run float32 (N, 3, H, W); return the patch vectors, float32 (N, h, w, D)."""
