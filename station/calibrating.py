"""From a recipe and pictures that were not taught to a better threshold."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine import parity
from engine.detector import Detector
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.thresholds.table import Alternatives, Wanted, alternatives, evidence
from station import golden
from station.errors import StationError
from station.judging import open_recipe
from station.pictures import check_pictures
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore, evidence_of
from station.teaching import copy_model, pictures_of, score_all, scores_of

OF_THRESHOLD = ("threshold", "detection", "trial", "part_ms")
"""Evidence that speaks of one model at one threshold, and of no other."""


def calibrate(
    recipe: Recipe,
    store: RecipeStore,
    good: Sequence[Path],
    bad: Sequence[Path],
    *,
    wanted: Wanted,
    method: str,
    published_by: str,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Recipe:
    """Publish a revision with the same model and the threshold that `method` sets.

    Its evidence, what every other method would have done and all scores, is published with it
    under "threshold", beside what the recipe's own evidence says that still holds.

    Args:
        good, bad: pictures that were not taught; `bad` may be empty.
        method: one of `engine.threshold.METHODS`, asked for what `wanted` says.

    Raises:
        StationError, EngineError: what is wrong and what to do; nothing was published.
    """
    check_evidence(recipe, [*good, *bad], progress, cancelled)
    model = open_recipe(recipe).model
    good_scores, bad_scores = _both_scores(model, good, bad, progress, cancelled)
    threshold = alternatives(good_scores, bad_scores, wanted).of(method).threshold
    shown = dict(zip(bad, bad_scores, strict=True))
    witnesses = golden.for_threshold(recipe, model.model, shown, threshold.value)
    allowed = parity.tolerance(model.model.mode)
    if refusal := parity.check(model, witnesses, threshold.value, allowed).refusal:
        raise StationError(f"{refusal} Nothing was published. Teach the product again.")
    draft = replace(
        recipe.draft,
        threshold=threshold,
        golden=scores_of(witnesses),
        published_by=published_by,
        note=f"calibrated from revision {recipe.revision}",
    )
    return store.publish(
        draft,
        partial(copy_model, recipe.model_path),
        pictures_of(witnesses),
        evidence={
            **lasting_evidence(recipe),
            "threshold": evidence(threshold, good_scores, bad_scores, wanted),
        },
    )


def compare_thresholds(
    recipe: Recipe,
    good: Sequence[Path],
    bad: Sequence[Path],
    wanted: Wanted,
    *,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Alternatives:
    """Say what every method would do with these pictures; publishes nothing.

    Raises:
        StationError, EngineError: as `calibrate`.
    """
    check_evidence(recipe, [*good, *bad], progress, cancelled)
    model = open_recipe(recipe).model
    return alternatives(*_both_scores(model, good, bad, progress, cancelled), wanted)


def _both_scores(
    model: Detector,
    good: Sequence[Path],
    bad: Sequence[Path],
    progress: Progress,
    cancelled: IsCancelled,
) -> tuple[list[float], list[float]]:
    return (
        score_all(model, good, progress, cancelled, "good parts"),
        score_all(model, bad, progress, cancelled, "bad parts"),
    )


def check_evidence(
    recipe: Recipe, paths: Sequence[Path], progress: Progress, cancelled: IsCancelled
) -> None:
    """Refuse pictures that cannot speak for `recipe`: unfit, given twice, of another camera.

    Raises:
        StationError: which, and what to do. Cancelled.
    """
    usable = check_pictures(paths, progress, cancelled)
    if usable.copies:
        raise StationError(
            f"{usable.copies} picture(s) were given twice: the evidence would count them twice. "
            "Remove the copies."
        )
    taught_on = recipe.draft.frame_size
    if (0, 0) != taught_on != usable.frame_size:
        raise StationError(
            f"Recipe '{recipe.name}' was taught on pictures of {taught_on[1]} × {taught_on[0]} "
            "pixels; these differ. Give pictures of the same camera, or choose another recipe."
        )


def lasting_evidence(recipe: Recipe) -> dict[str, Any]:
    """Return what still holds of the recipe's evidence at another threshold or in another mode."""
    return {name: it for name, it in evidence_of(recipe).items() if name not in OF_THRESHOLD}
