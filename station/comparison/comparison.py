"""Every contender on the same pictures: taught one after the other, timed in turns, tested.

All of them are in memory while they take turns: a machine's moods then meet all alike.
"""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from engine import calibration, metrics
from engine.errors import CalibrationError
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.teach import TeachSettings
from station.comparison.contenders import Contender, Peer
from station.comparison.job import Job, Outcome, load_map, map_path
from station.comparison.process import ContenderFailed, Running
from station.comparison.table import Comparison, Row
from station.evaluation import Labelled, find_tests, load_truth
from station.pictures import check_pictures, find_pictures
from station.teaching import split

LIMIT_SECONDS = 3600.0
TIMED = 30
"""Test pictures that the contenders are timed on, taking turns."""


def compare(
    dataset: Path,
    settings: TeachSettings,
    contenders: Sequence[Contender | Peer],
    *,
    held_out: float = 0.2,
    limit_seconds: float = LIMIT_SECONDS,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Comparison:
    """Teach every contender on the same part of `train/good`, calibrate on the rest, test.

    limit_seconds: for each contender's teaching, and again for its testing. One that fails is a
        row with its reason.

    Raises:
        StationError: the data set's layout or pictures are unfit. Cancelled.
    """
    tests = find_tests(dataset)
    checked = check_pictures(find_pictures([dataset / "train" / "good"]), progress, cancelled)
    taught, rest = split(checked.paths, held_out, settings.seed)
    job = Job(
        contender="",
        taught=_absolute(taught),
        held_out=_absolute(rest),
        tests=_absolute([test.path for test in tests]),
        maps=any(test.mask for test in tests),
        settings=settings,
    )
    with ExitStack() as stack:
        entries = []
        for contender in contenders:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="patchlight-")))
            entry = _Entry(contender, folder, limit_seconds)
            stack.callback(entry.close)
            entry.teach(replace(job, contender=contender.key), progress, cancelled)
            entries.append(entry)
        for number in _spread(len(tests)):
            for entry in entries:
                entry.take_turn(number, cancelled)
        rows = tuple(entry.finish(tests, cancelled) for entry in entries)
    return Comparison(rows, tuple(test.bad for test in tests), len(taught), len(rest))


class _Entry:
    """One contender on its way through the comparison; once it has failed, nothing is asked."""

    def __init__(self, contender: Contender | Peer, folder: Path, limit_seconds: float) -> None:
        self._contender = contender
        self._folder = folder
        self._limit_seconds = limit_seconds
        self._elapsed_ms: list[float] = []
        self._reason = ""
        self._running: Running | None = None

    def teach(self, job: Job, progress: Progress, cancelled: IsCancelled) -> None:
        job.save(self._folder)
        with self._failing():
            self._running = Running(self._contender, self._folder, self._limit_seconds, progress)
            self._running.teach(cancelled)

    def take_turn(self, number: int, cancelled: IsCancelled) -> None:
        if self._running:
            with self._failing():
                self._elapsed_ms.append(self._running.elapsed_ms(number, cancelled))

    def finish(self, tests: Sequence[Labelled], cancelled: IsCancelled) -> Row:
        """Work out its row, and end it: its maps and its memory go before the next one's come."""
        with self._failing():
            if self._running:
                outcome = self._running.finish(cancelled)
                self.close()
                median = statistics.median(self._elapsed_ms)
                return _judged(self._contender.name, outcome, median, self._folder, tests)
        return Row(self._contender.name, note=f"failed: {self._reason}", failed=True)

    def close(self) -> None:
        if self._running:
            self._running.close()
            self._running = None

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (ContenderFailed, CalibrationError, OSError) as error:
            self._reason = str(error)
            self.close()


def _spread(tests: int) -> list[int]:
    """Choose the test pictures that all are timed on, spread over the kinds."""
    return sorted({round(n) for n in np.linspace(0, tests - 1, min(TIMED, tests))})


def _judged(
    name: str, outcome: Outcome, score_ms: float, folder: Path, tests: Sequence[Labelled]
) -> Row:
    """Work out a contender's figures, the same way for all of them."""
    costs = Row(
        name,
        note=outcome.note,
        device=outcome.device,
        teach_seconds=outcome.teach_seconds,
        score_ms_median=score_ms,
        peak_bytes=outcome.peak_bytes,
        loaded_bytes=outcome.loaded_bytes,
    )
    if not outcome.judges:
        return costs
    bad = np.array([test.bad for test in tests])
    scores = np.array(outcome.scores)
    threshold = calibration.mean_sigma(outcome.held_out).value
    pixels = _pixel_figures(folder, tests) if any(test.mask for test in tests) else {}
    return replace(
        costs,
        **pixels,
        scores=outcome.scores,
        image_auroc=metrics.auroc(scores, bad),
        threshold=threshold,
        false_rejects=metrics.false_rejects(scores[~bad], threshold),
        escapes=metrics.escapes(scores[bad], threshold),
    )


def _pixel_figures(folder: Path, tests: Sequence[Labelled]) -> dict[str, Any]:
    """Pixel AUROC and AUPRO over the tests whose truth is known pixel by pixel."""
    maps, masks = [], []
    for number, test in enumerate(tests):
        if test.mask or not test.bad:
            maps.append(load_map(folder, number))
            map_path(folder, number).unlink()
            masks.append(load_truth(test, maps[-1].shape))
    return {"pixel_auroc": metrics.pixel_auroc(maps, masks), "aupro": metrics.aupro(maps, masks)}


def _absolute(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path.resolve() for path in paths)
