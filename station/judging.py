"""Opening a recipe for judging, on a runtime that reproduces its golden scores on this machine."""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine import model_file, parity
from engine.errors import EngineError
from engine.images import load_image
from engine.model import Model
from engine.parity import Golden
from engine.patchcore import PatchCore
from engine.runtimes.opening import available, open_model
from station.errors import StationError
from station.recipes.recipe import Recipe
from station.recipes.store import golden_pictures

AUTO = "auto"
"""The fastest installed runtime that passes the gate."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A recipe ready to judge, and why faster runtimes do not judge it: one sentence each."""

    model: PatchCore
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One runtime before the gate.

    model: None where it did not start.
    largest: greatest difference to a golden score, as a share of it; nan where it did not start.
    refusal: why it may not judge; empty where it may.
    """

    runtime: str
    model: PatchCore | None
    largest: float
    refusal: str


def open_recipe(recipe: Recipe, runtime: str = AUTO) -> Opened:
    """Load the recipe's model on `runtime`, or on the first installed one that passes the gate.

    Raises:
        StationError: no runtime passes, or the recipe has no golden pictures.
        ModelFileError, ImageError: the model or a golden picture cannot be read.
    """
    refused: list[str] = []
    for trial in trials(recipe, runtime):
        if trial.model is not None and not trial.refusal:
            return Opened(trial.model, _with_remedy(refused, trial.model.device))
        refused.append(trial.refusal)
    raise StationError(
        f"Recipe '{recipe.name}' revision {recipe.revision} is not judged on this machine. "
        f"{' '.join(refused)} {_way_out(runtime)}"
    )


def trials(recipe: Recipe, runtime: str = AUTO) -> Iterator[Trial]:
    """Put `runtime`, or each installed one, before the gate as it is asked for.

    Raises as `open_recipe`.
    """
    golden = _golden(recipe)
    model = model_file.load(recipe.model_path)
    for name in available(model.mode) if runtime == AUTO else [runtime]:
        yield _trial(name, model, golden, recipe.threshold.value)


def _trial(name: str, model: Model, golden: Sequence[Golden], threshold: float) -> Trial:
    try:
        opened = open_model(model, name)
        found = parity.check(opened, golden, threshold, parity.tolerance(model.mode))
    except EngineError as error:
        return Trial(name, None, math.nan, str(error))
    except Exception as error:
        logger.exception("The runtime %s failed on the golden pictures.", name)
        return Trial(name, None, math.nan, f"The runtime {name} fails here: {error}.")
    if found.refusal:
        logger.warning("%s", found.refusal)
    return Trial(name, opened, found.largest, found.refusal)


def _golden(recipe: Recipe) -> list[Golden]:
    scores = recipe.draft.golden
    if not scores:
        raise StationError(
            f"Recipe '{recipe.name}' revision {recipe.revision} has no golden pictures, so no "
            "runtime can show that it judges as taught. Teach it again."
        )
    paths = golden_pictures(recipe)
    return [Golden(name, load_image(path), scores[name]) for name, path in paths.items()]


def _with_remedy(refused: Sequence[str], device: str) -> tuple[str, ...]:
    return tuple(f"{reason} {device} judges instead." for reason in refused)


def _way_out(runtime: str) -> str:
    if runtime == AUTO:
        return "Teach it again on this machine, or run 'patchlight doctor'."
    return f"Choose another runtime than {runtime}, or leave the choice to the station."
