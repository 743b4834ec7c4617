"""What teaching leaves behind: everything that judging needs, on any runtime."""

from dataclasses import dataclass

from engine.memory_bank import MemoryBank
from engine.network import Network
from engine.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A taught product, self-contained: no weights file is needed to judge with it."""

    network: Network
    preprocessing: Preprocessing
    bank: MemoryBank

    @property
    def mode(self) -> str:
        """Of the network: "exact", "fast" or "fast int8". Scores of two modes never compare."""
        return self.network.mode
