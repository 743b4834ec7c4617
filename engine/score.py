"""The engine's answer for one picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """How far one picture is from everything taught.

    value: raw, re-weighted image score (a distance in feature space; never normalised).
    anomaly_map: float32 (H, W) of the picture's own size, same unit, zero outside the region
        of interest.
    """

    value: float
    anomaly_map: NDArray[np.float32]
