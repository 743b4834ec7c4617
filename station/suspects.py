"""Which of the good pictures are unlike all the others: found, said in a sentence, recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import suspects
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.rates import Rate
from engine.suspects import Usual
from engine.teach import TeachSettings
from engine.threshold import BY_HAND, Threshold
from station.errors import StationError
from station.locating import locate_all, refuse_lost
from station.pictures import check_pictures, load_fit

LEAST = 5
"""Pictures from which there is a usual one to be unlike."""
NAMED = 8
"""Pictures that the warning names."""


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """One good picture against all the others.

    path: its file. score: raw distance. stands_out: it is unlike all the others. anomaly_map:
    float32 (h, w) of the whole picture, at most 256 a side; (0, 0) where none was made.
    """

    path: Path
    score: float
    stands_out: bool
    anomaly_map: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """All pictures, worst first, and what usual ones score."""

    ranked: tuple[Suspect, ...]
    usual: Usual

    @property
    def outstanding(self) -> tuple[Suspect, ...]:
        """Those unlike all the others, worst first."""
        return tuple(each for each in self.ranked if each.stands_out)

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        count, names = len(self.outstanding), [each.path.name for each in self.outstanding]
        if not names:
            return f"None of {len(self.ranked)} pictures stands out."
        more = f" and {count - NAMED} more" if count > NAMED else ""
        verb = "stands" if count == 1 else "stand"
        return (
            f"{count} of {len(self.ranked)} good pictures {verb} out from all the others: "
            f"{', '.join(names[:NAMED])}{more}. Look whether a bad part is among them."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and file names, without the maps."""
        return {
            "median": self.usual.median,
            "spread": self.usual.spread,
            "limit": self.usual.limit,
            "pictures": [
                {"file": each.path.name, "score": each.score, "stands_out": each.stands_out}
                for each in self.ranked
            ],
        }


def find_suspects(
    paths: Sequence[Path],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Suspects:
    """Score every picture against all the others; of exact copies only the first.

    Raises:
        StationError: unfit pictures, parts that are not located, or too few. EngineError,
            Cancelled as they come; nothing is changed.
    """
    paths = _usable(paths, settings, progress, cancelled)
    found = suspects.find_suspects(
        [partial(load_fit, path) for path in paths], settings, progress, cancelled
    )
    limit = found.usual.limit
    ranked = tuple(
        Suspect(paths[each.picture], each.score, each.score > limit, each.anomaly_map)
        for each in found.ranked
    )
    return Suspects(ranked, found.usual)


def _usable(
    paths: Sequence[Path], settings: TeachSettings, progress: Progress, cancelled: IsCancelled
) -> Sequence[Path]:
    checked = check_pictures(paths, progress, cancelled).paths
    if len(checked) < LEAST:
        raise StationError(
            f"{len(checked)} different good picture(s) are too few to say which is unlike the "
            f"others. Give at least {LEAST}, and 20 or more to be of use."
        )
    if settings.anchor is not None:
        refuse_lost(locate_all(checked, settings, progress, cancelled))
    return checked


def scale_of(usual: Usual) -> Threshold:
    """Return the scale that the heatmaps are painted on.

    It starts where a picture stands out: nothing is painted on a usual one.
    """
    nobody = Rate(0, 0)
    return Threshold(
        usual.limit, BY_HAND, {}, nobody, nobody, usual.median, heatmap_high=usual.high
    )
