"""Choosing the golden pictures that travel in a recipe, and scoring them on the reference runtime.

`engine.parity` holds every runtime against them before it judges a part.
"""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine import parity
from engine.errors import EngineError
from engine.model import Model
from engine.parity import Golden
from engine.patchcore import PatchCore
from engine.runtimes.opening import REFERENCE, open_model
from station.errors import StationError
from station.pictures import load_fit
from station.recipes.recipe import Recipe
from station.recipes.store import golden_pictures
from station.timing import Timer

COUNT = 5
BAD = "golden-bad.png"
"""The bad part that is nearest to being missed; only calibrating with bad pictures has one."""


def from_held_out(
    model: Model, paths: Sequence[Path], scores: Sequence[float], threshold: float
) -> list[Golden]:
    """Take pictures spread over their scores, the best to the worst, scored by the reference.

    Raises:
        StationError: none of them is clearly on one side of the threshold.
        EngineError: the reference runtime does not start.
    """
    order = np.argsort(scores)
    chosen = order[np.linspace(0, len(order) - 1, min(COUNT, len(order))).round().astype(int)]
    named = {f"golden-{number}.png": paths[i] for number, i in enumerate(chosen, start=1)}
    return _witnesses(_scored(open_model(model, REFERENCE), named), threshold, model.mode)


def for_threshold(
    recipe: Recipe, model: Model, bad: Mapping[Path, float], threshold: float
) -> list[Golden]:
    """Return the recipe's golden pictures for another threshold, with a bad part where possible.

    bad: scores of bad pictures. The one nearest to being missed joins where the reference runtime
        starts here and still gives the golden scores; it needs the backbone's weights.

    Raises:
        StationError: none of them is clearly on one side of the threshold.
    """
    kept = {name: path for name, path in golden_pictures(recipe).items() if name != BAD}
    scores = recipe.draft.golden
    golden = [Golden(name, load_fit(path), scores[name]) for name, path in kept.items()]
    caught = {path: score for path, score in bad.items() if score >= threshold}
    if caught and (reference := _reference(model, golden, threshold)):
        golden += _scored(reference, {BAD: min(caught, key=caught.__getitem__)})
    return _witnesses(golden, threshold, model.mode)


def _reference(model: Model, golden: Sequence[Golden], threshold: float) -> PatchCore | None:
    try:
        reference = open_model(model, REFERENCE)
    except EngineError:
        return None
    return reference if golden and parity.check(reference, golden, threshold).passed else None


def _scored(reference: PatchCore, pictures: Mapping[str, Path]) -> list[Golden]:
    loaded = {name: load_fit(path) for name, path in pictures.items()}
    return [Golden(name, pixels, reference.score(pixels).value) for name, pixels in loaded.items()]


def in_fast_mode(recipe: Recipe, model: PatchCore, threshold: float) -> list[Golden]:
    """Score the recipe's golden pictures anew in fast mode, which no reference runtime runs.

    They then show that another machine judges as the one did that made `model`.

    Raises:
        StationError: none of them is clearly on one side of the threshold.
    """
    golden = _scored(model, golden_pictures(recipe))
    return _witnesses(golden, threshold, model.model.mode)


def _witnesses(golden: Sequence[Golden], threshold: float, mode: str) -> list[Golden]:
    """Leave out pictures on the threshold itself: there a sound runtime may judge otherwise."""
    allowed = parity.tolerance(mode)
    found = [each for each in golden if parity.is_witness(each.reference, threshold, allowed)]
    if not found:
        raise StationError(
            f"The threshold {threshold:.6g} runs through every golden picture, so no runtime could "
            "show that it judges as taught. Choose another threshold, or show more good parts."
        )
    return found


def part_ms(model: PatchCore, witnesses: Sequence[Golden], timer: Timer) -> float:
    """Median time of judging one golden picture, in milliseconds."""
    times = []
    for each in witnesses:
        start = timer()
        model.score(each.pixels)
        times.append(1000 * (timer() - start))
    return statistics.median(times)
