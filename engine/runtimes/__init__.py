"""What runs a model. Every runtime gives the same scores within a stated tolerance (engine.parity).

A `Runtime` turns pictures into patch vectors; a `Matcher` also finds each one's nearest neighbour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.memory_bank import MemoryBank


class Runtime(Protocol):
    """One network on one device."""

    @property
    def device(self) -> str:
        """What runs it, for people: "OpenVINO f32 on CPU"."""

    @property
    def batch(self) -> int:
        """How many pictures at once are fastest: 1 on a CPU, where a batch only takes memory."""

    def patches(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) RGB; return the patch vectors, float32 (N, h, w, D).

        The answer may be overwritten by the next call.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Each patch against the memory bank.

    distances: float32 (N, h, w), Euclidean, to the nearest bank vector.
    indices: int (N, h, w), of that vector.
    take: (n, row, column) -> the patch's own vector, float32 (D,).

    All of it may be overwritten by the matcher's next call.
    """

    distances: NDArray[np.float32]
    indices: NDArray[np.integer]
    take: Callable[[int, int, int], NDArray[np.float32]]

    @classmethod
    def of(
        cls,
        distances: NDArray[np.float32],
        indices: NDArray[np.integer],
        patches: NDArray[np.float32],
    ) -> "Nearest":
        """Lay flat distances and indices (N·h·w) out as `patches`, float32 (N, h, w, D)."""
        grid = patches.shape[:3]
        return cls(distances.reshape(grid), indices.reshape(grid), lambda n, i, j: patches[n, i, j])


class Matcher(Protocol):
    """One network and one memory bank on one device."""

    @property
    def device(self) -> str:
        """What runs it, for people."""

    @property
    def batch(self) -> int:
        """How many pictures at once are fastest."""

    def nearest(self, pictures: NDArray[np.uint8], first: int = 0) -> Nearest:
        """Run uint8 (N, H, W, 3) RGB, a part's tiles from number `first` on, and look patches up.

        Where the bank is one by place, what a tile does not keep is left at distance 0.
        """


class BankMatcher:
    """Any runtime, and the bank's own exact search (faiss) behind it."""

    def __init__(self, runtime: Runtime, bank: MemoryBank) -> None:
        self.runtime = runtime
        self._bank = bank

    @property
    def device(self) -> str:
        """What runs the network, for people."""
        return self.runtime.device

    @property
    def batch(self) -> int:
        """How many pictures at once are fastest."""
        return self.runtime.batch

    def nearest(
        self,
        pictures: NDArray[np.uint8],
        first: int = 0,  # noqa: ARG002  # all tiles share one bank
    ) -> Nearest:
        """Run uint8 (N, H, W, 3) RGB and look every patch up in the bank."""
        patches = self.runtime.patches(pictures)
        distances, indices = self._bank.nearest(patches.reshape(-1, patches.shape[-1]))
        return Nearest.of(distances, indices, patches)
