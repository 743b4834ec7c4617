"""What handing a part over costs: trigger to journal, picture to judging process."""

import tempfile
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.score import Score
from station.clock import utc_now
from station.judging_child import READY, serve_scorer
from station.judging_process import JudgingProcess
from station.ledger.chain import Value
from station.ledger.journal import TriggerJournal
from station.recipes.recipe import Recipe
from station.timing import Timer, median_ms


class Blank:
    """Scores at no cost."""

    device = "nothing"

    def score(self, image: NDArray[np.uint8], /) -> Score:
        """Return zeros."""
        return Score(0.0, np.zeros(image.shape[:2], np.float32))


def serve_blank(pipe: Connection, _recipe: Recipe, _runtime: str, _crash_log: Path) -> None:
    """Be a judging process that does not judge."""
    pipe.send((READY, Blank.device, ()))
    with suppress(EOFError, OSError):
        serve_scorer(pipe, Blank())


def over_and_back_ms(recipe: Recipe, pixels: NDArray[np.uint8], timer: Timer) -> float:
    """Median of a picture's way to the judging process and its map's way back."""
    with (
        tempfile.TemporaryDirectory(prefix="patchlight-") as folder,
        closing(JudgingProcess(recipe, "", Path(folder) / "log", serve=serve_blank)) as process,
    ):
        return median_ms(lambda: process.score(pixels), timer)


def noted_ms(timer: Timer) -> float:
    """Median of noting a trigger: that it fired, and durably which number it got."""
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        run: dict[str, Value] = {"number": 1, "started_at": "", "lane": ""}
        with closing(TriggerJournal(Path(folder) / "triggers" / "run.jsonl", run)) as journal:
            return median_ms(lambda: _note(journal), timer)


def _note(journal: TriggerJournal) -> None:
    now = utc_now()
    journal.fired(now)
    journal.numbered(1, now)
