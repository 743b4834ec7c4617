"""Every contender on the same pictures, one after the other: figures, table, recommendation."""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import calibration, metrics
from engine.errors import CalibrationError
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.teach import TeachSettings
from station.comparison import process
from station.comparison.contenders import Contender, Peer
from station.comparison.job import Job, Outcome, load_map
from station.comparison.process import ContenderFailed
from station.comparison.table import Comparison, Row
from station.evaluation import Labelled, find_tests, load_truth
from station.pictures import check_pictures, find_pictures
from station.teaching import split

LIMIT_SECONDS = 3600.0


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

    limit_seconds: for each contender. One that fails is a row with its reason.

    Raises:
        StationError: the data set's layout or pictures are unfit. Cancelled.
    """
    tests = find_tests(dataset)
    checked = check_pictures(find_pictures([dataset / "train" / "good"]), progress, cancelled)
    taught, rest = split(checked.paths, held_out, settings.seed)
    rows = []
    for contender in contenders:
        job = Job(
            contender=contender.key,
            taught=_absolute(taught),
            held_out=_absolute(rest),
            tests=_absolute([test.path for test in tests]),
            maps=any(test.mask for test in tests),
            settings=settings,
        )
        with tempfile.TemporaryDirectory(prefix="patchlight-") as name:
            folder = Path(name)
            job.save(folder)
            run = partial(process.run, contender, folder, limit_seconds, progress, cancelled)
            rows.append(_row(contender.name, run, tests, folder))
    return Comparison(tuple(rows), tuple(test.bad for test in tests), len(taught), len(rest))


def _row(name: str, run: Callable[[], Outcome], tests: Sequence[Labelled], folder: Path) -> Row:
    try:
        return _judged(name, run(), folder, tests)
    except (ContenderFailed, CalibrationError) as error:
        return Row(name, note=f"failed: {error}", failed=True)


def _judged(name: str, outcome: Outcome, folder: Path, tests: Sequence[Labelled]) -> Row:
    """Work out a contender's figures, the same way for all of them."""
    costs = Row(
        name,
        note=outcome.note,
        device=outcome.device,
        teach_seconds=outcome.teach_seconds,
        score_ms_median=statistics.median(outcome.elapsed_ms),
        peak_bytes=outcome.peak_bytes,
        loaded_bytes=outcome.loaded_bytes,
    )
    if not outcome.judges:
        return costs
    bad = np.array([test.bad for test in tests])
    scores = np.array(outcome.scores)
    threshold = calibration.mean_sigma(outcome.held_out).value
    maps, masks = _pixels(folder, tests)
    return replace(
        costs,
        scores=outcome.scores,
        image_auroc=metrics.auroc(scores, bad),
        pixel_auroc=metrics.pixel_auroc(maps, masks),
        aupro=metrics.aupro(maps, masks),
        threshold=threshold,
        false_rejects=metrics.false_rejects(scores[~bad], threshold),
        escapes=metrics.escapes(scores[bad], threshold),
    )


def _pixels(
    folder: Path, tests: Sequence[Labelled]
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.bool_]]]:
    """Maps and masks of the tests whose truth is known pixel by pixel; none without any mask."""
    known = [(n, test) for n, test in enumerate(tests) if test.mask or not test.bad]
    if not any(test.mask for test in tests):
        return [np.empty((0, 0), np.float32)], [np.empty((0, 0), bool)]
    maps = [load_map(folder, number) for number, _ in known]
    pairs = zip(known, maps, strict=True)
    return maps, [load_truth(test, found.shape) for (_, test), found in pairs]


def _absolute(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path.resolve() for path in paths)
