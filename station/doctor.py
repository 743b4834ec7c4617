"""Is this machine fit to run the station, and what does each stage of a part's journey cost?"""

import importlib
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import EngineError
from engine.parity import TOLERANCE
from engine.patchcore import PatchCore
from engine.runtimes.opening import available
from station import journey
from station.errors import StationError
from station.home import Home
from station.journey import Machine, Stage
from station.judging import Trial, trials
from station.ledger.check import check
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.timing import RUNS, Timer

LOW_DISK = 2 << 30
PACKAGES = ("torch", "openvino", "onnxruntime", "cv2", "faiss", "PySide6", "pyqtgraph")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ok False asks for a person; `text` says what to do."""

    ok: bool
    text: str


def examine(home: Home, timer: Timer) -> Iterator[Finding]:
    """Look at everything, one finding at a time, without changing the station's home."""
    yield Finding(True, f"Python {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        yield _imports(package)
    yield _disk(home)
    yield from _ledger(home)
    recipes = list(_recipes(home))
    yield from (finding for finding, _ in recipes)
    recipe = max((r for _, r in recipes if r), key=lambda r: r.published_at, default=None)
    judging: list[PatchCore] = []
    yield from _guarded(lambda: _runtimes(recipe, judging))
    yield from _guarded(lambda: _journey(recipe, judging, timer))


def _guarded(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except (EngineError, StationError) as error:
        yield Finding(False, str(error))


def _imports(package: str) -> Finding:
    try:
        module = importlib.import_module(package)
    except (ImportError, RuntimeError, OSError) as error:
        return Finding(False, f"{package} does not load: {error}. Run 'make setup' again.")
    return Finding(True, f"{package} {getattr(module, '__version__', '')}")


def _disk(home: Home) -> Finding:
    place = next(p for p in (home.root, *home.root.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.1f} GiB free in {home.root}"
    return Finding(free > LOW_DISK, text if free > LOW_DISK else f"Only {text}. Free some space.")


def _ledger(home: Home) -> Iterator[Finding]:
    if not home.ledger.exists():
        yield Finding(True, "No ledger yet; the first run makes it.")
        return
    troubles = check(home)
    yield from (Finding(False, trouble) for trouble in troubles)
    if not troubles:
        yield Finding(True, f"The ledger '{home.ledger}' is sound")


def _recipes(home: Home) -> Iterator[tuple[Finding, Recipe | None]]:
    store = RecipeStore(home)
    for name in store.names():
        try:
            found = store.newest(name)
        except StationError as error:
            yield Finding(False, str(error)), None
        else:
            recipe = found.recipe
            for sentence in found.refused:
                yield Finding(False, sentence), None
            yield Finding(True, f"Recipe '{name}' revision {recipe.revision} verifies"), recipe
    if not store.names():
        yield (
            Finding(True, "No recipe yet: teach one with 'patchlight teach' or in the window."),
            None,
        )


def _runtimes(recipe: Recipe | None, judging: list[PatchCore]) -> Iterator[Finding]:
    """Put every installed runtime before the recipe's gate; `judging` collects those that pass."""
    if recipe is None:
        names = ", ".join(available())
        yield Finding(True, f"Runtimes installed: {names}. A recipe's golden scores try them.")
        return
    for trial in trials(recipe):
        if trial.model is not None and not trial.refusal:
            judging.append(trial.model)
        yield _tried(trial, recipe)


def _tried(trial: Trial, recipe: Recipe) -> Finding:
    if trial.model is None or trial.refusal:
        return Finding(False, f"Runtime {trial.runtime}: {trial.refusal}")
    return Finding(
        True,
        f"Runtime {trial.runtime}: {trial.model.device} reproduces the golden scores of "
        f"'{recipe.name}' revision {recipe.revision} (largest difference {trial.largest:.1e}, "
        f"{TOLERANCE:.0e} allowed)",
    )


def _journey(
    recipe: Recipe | None, judging: Sequence[PatchCore], timer: Timer
) -> Iterator[Finding]:
    """Time each stage on what judges the recipe here, or on a model of usual size."""
    model = judging[0] if judging else journey.usual_model()
    size = recipe.draft.frame_size if recipe and recipe.draft.frame_size != (0, 0) else (480, 640)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    machine = Machine.measure(timer)
    yield Finding(
        True,
        f"This machine multiplies {machine.operations_per_s / 1e9:.0f} GFLOP/s in float32 "
        f"(OpenVINO) and moves {machine.bytes_per_s / 1e9:.1f} GB/s. A stage's floor is its "
        "operations, or its bytes, at these rates.",
    )
    yield Finding(
        True,
        f"A part's journey: {size[1]} × {size[0]} pixels, {len(model.bank.vectors)} bank vectors, "
        f"{model.device}, medians of {RUNS}:",
    )
    for stage in journey.stages(model, pixels, timer):
        yield Finding(
            True, f"  {stage.name:34} {stage.median_ms:8.2f} ms   {_floor(stage, machine)}"
        )


def _floor(stage: Stage, machine: Machine) -> str:
    if stage.operations:
        needs = f"{stage.operations / 1e9:.2f} GFLOP"
    elif stage.moved_bytes:
        needs = f"{stage.moved_bytes / 1e6:.1f} MB"
    else:
        return "(no floor: it waits for the disk)"
    return f"(floor {machine.floor_ms(stage):.2f} ms: {needs})"
