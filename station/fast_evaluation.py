"""Exact and fast modes side by side on a labelled data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from engine.images import load_image
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.teach import ReadImage, TeachSettings
from engine.teach import teach as teach_patchcore
from station.evaluation import Evaluation, evaluate, find_tests
from station.quickening import AUROC_LOSS, REJECTS, SPEEDUP, fast_forms
from station.timing import Timer

AUPRO_LOSS = 0.01
QUANTISED_ON = 8
"""Taught pictures that show the range of the 8-bit numbers."""
TIMED = 9


@dataclass(frozen=True, slots=True)
class ModeResult:
    """One mode on the data set.

    speedup: over exact mode, median of runs in turns. objections: why it is not offered.
    """

    mode: str
    evaluation: Evaluation
    speedup: float
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Modes:
    """Exact mode first."""

    results: tuple[ModeResult, ...]

    def to_json(self) -> dict[str, object]:
        """As the evaluation, one a mode."""
        return {
            result.mode: result.evaluation.to_json()
            | {"speedup": result.speedup, "objections": list(result.objections)}
            for result in self.results
        }

    def as_text(self) -> str:
        """The table for people, and below it what is offered."""
        head = f"{'mode':10} {'speed-up':>8} {'image':>7} {'pixel':>7} {'AUPRO':>7}"
        lines = [f"{head} {'rejected':>11} {'missed':>11}"]
        lines += [_line(result) for result in self.results]
        lines += [_verdict(result) for result in self.results[1:]]
        return "\n".join(lines)


def evaluate_modes(
    dataset: Path,
    settings: TeachSettings,
    timer: Timer,
    *,
    held_out: float = 0.2,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Modes:
    """Teach once and measure every mode as `station.evaluation.evaluate` does.

    Raises:
        StationError: a folder of the layout is missing. EngineError, Cancelled as they come.
    """
    forms = _Forms()
    evaluations: list[Evaluation] = []
    while len(evaluations) < max(1, len(forms.models)):
        forms.turn = len(evaluations)
        evaluations.append(
            evaluate(
                dataset,
                settings,
                timer,
                held_out=held_out,
                teach=forms.teach,
                progress=progress,
                cancelled=cancelled,
            )
        )
    elapsed = _timed(forms.models, dataset, timer)
    return Modes(_compared([m.model.mode for m in forms.models], evaluations, elapsed))


class _Forms:
    """Teaches once, then hands out the mode whose turn it is."""

    def __init__(self) -> None:
        self.models: list[PatchCore] = []
        self.turn = 0

    def teach(
        self,
        images: Sequence[ReadImage],
        settings: TeachSettings,
        progress: Progress,
        cancelled: IsCancelled,
    ) -> PatchCore:
        if not self.models:
            exact = teach_patchcore(images, settings, progress, cancelled)
            pictures = [read() for read in images[:: max(1, len(images) // QUANTISED_ON)]]
            fast = fast_forms(exact.model, pictures[:QUANTISED_ON], progress, cancelled)
            self.models = [exact, *fast]
        return self.models[self.turn]


def _timed(models: Sequence[PatchCore], dataset: Path, timer: Timer) -> list[list[float]]:
    """Seconds of each model on the same test pictures, the models taking turns."""
    tests = find_tests(dataset)
    elapsed: list[list[float]] = [[] for _ in models]
    for test in tests[:: max(1, len(tests) // TIMED)]:
        pixels = load_image(test.path)
        for seconds, model in zip(elapsed, models, strict=True):
            start = timer()
            model.score(pixels)
            seconds.append(timer() - start)
    return elapsed


def _compared(
    modes: Sequence[str], evaluations: Sequence[Evaluation], elapsed: Sequence[Sequence[float]]
) -> tuple[ModeResult, ...]:
    exact = evaluations[0]
    results = [ModeResult(modes[0], exact, 1.0, ())]
    for number, (before, own) in enumerate(pairwise(elapsed), start=1):
        objections = _objections(exact, evaluations[number], _ratio(before, own))
        speedup = _ratio(elapsed[0], own)
        results.append(ModeResult(modes[number], evaluations[number], speedup, objections))
    return tuple(results)


def _ratio(slow: Sequence[float], quick: Sequence[float]) -> float:
    return float(np.median(np.divide(slow, quick)))


def _objections(exact: Evaluation, fast: Evaluation, gain: float) -> tuple[str, ...]:
    """Every bound that `fast` breaks; a figure that the data set cannot give breaks none."""
    found = []
    if gain < SPEEDUP:
        found.append(f"{gain:.2f} × as fast as the mode before it, {SPEEDUP} is worth it")
    if (lost := exact.image_auroc - fast.image_auroc) > AUROC_LOSS:
        found.append(f"image AUROC {lost:.4f} lower, {AUROC_LOSS} is allowed")
    if (lost := exact.aupro - fast.aupro) > AUPRO_LOSS:
        found.append(f"AUPRO {lost:.4f} lower, {AUPRO_LOSS} is allowed")
    if (more := fast.escapes.count - exact.escapes.count) > 0:
        found.append(f"{more} more bad part(s) escape at its own threshold, none may")
    more = fast.false_rejects.count - exact.false_rejects.count
    if more > max(1, REJECTS * exact.false_rejects.total):
        found.append(f"{more} more good parts rejected at its own threshold")
    return tuple(found)


def _line(result: ModeResult) -> str:
    found = result.evaluation
    rejects, lost = found.false_rejects, found.escapes
    return (
        f"{result.mode:10} {result.speedup:8.2f} {found.image_auroc:7.4f} "
        f"{found.pixel_auroc:7.4f} {found.aupro:7.4f} "
        f"{f'{rejects.count} of {rejects.total}':>11} {f'{lost.count} of {lost.total}':>11}"
    )


def _verdict(result: ModeResult) -> str:
    if not result.objections:
        return (
            f"{result.mode} mode stays within the bounds here; 'patchlight quicken' decides on the "
            "product's own parts."
        )
    return f"{result.mode} mode is not offered here: {'; '.join(result.objections)}."
