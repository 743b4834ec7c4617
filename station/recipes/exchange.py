"""Carrying a revision from one station to another, as one file."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from engine.errors import EngineError
from station.clock import Clock, utc_now
from station.errors import RecipeError, StationError
from station.recipes import package, recipe_file, writing
from station.recipes.names import checked_name
from station.recipes.package import SUFFIX, Package
from station.recipes.reading import Unfit, identity, verified
from station.recipes.recipe import Origin, Recipe
from station.recipes.store import RecipeStore

Prove = Callable[[Recipe], object]
"""Shows that a revision judges on this machine as it was taught, or raises why not."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The revision as it is here now; new: False where it was here before."""

    recipe: Recipe
    new: bool


def export_recipe(recipe: Recipe, path: Path, *, force: bool = False, station: str = "") -> Path:
    """Write the revision as one file, whole or not at all, and return its path.

    path: the file, ending in .patchlight, or a folder that is there. force: replace a file.
    station: what this one is called; by default its computer's name.

    Raises:
        RecipeError: the path will not do, the revision was changed, or the disk refuses.
    """
    target = path / f"{recipe.name}-r{recipe.revision:04d}{SUFFIX}" if path.is_dir() else path
    if target.suffix != SUFFIX:
        raise RecipeError(f"'{target}' does not end in {SUFFIX}. Name a file that does.")
    if target.exists() and not force:
        raise RecipeError(f"'{target}' is there already. Name another file, or use --force.")
    try:
        package.write(target, recipe.model_path.parent, station or platform.node() or "unnamed")
    except Unfit as reason:
        raise RecipeError(f"Recipe '{recipe.name}' was not exported: {reason}") from reason
    except OSError as error:
        raise RecipeError(
            f"'{target}' cannot be written: {error.strerror}. Check the disk's free space and its "
            "rights, then export again."
        ) from error
    return target


def import_recipe(
    path: Path, store: RecipeStore, *, by: str, prove: Prove, clock: Clock = utc_now
) -> Imported:
    """Publish an exported revision as the product's next one here, if all of it is in order.

    Author and note stay; `Recipe.origin` says where, when and as which revision it was published.

    by: who imports it. prove: is given the unpacked revision before anything of it is visible.

    Raises:
        RecipeError: the file is damaged, foreign or newer, or does not judge here as it was taught;
            nothing was imported.
    """
    try:
        found = package.read(path)
        name, origin = _told(found, by, clock())
        here = _known(store, name, origin.sha256)
        return Imported(here, False) if here else _adopted(found, store, name, origin, prove)
    except (Unfit, KeyError, TypeError, ValueError, AttributeError) as reason:
        raise RecipeError(
            f"'{path}' was not imported: {reason} Export the recipe again on its station, and copy "
            "the file anew."
        ) from reason
    except (StationError, EngineError) as reason:
        raise RecipeError(f"'{path}' was not imported: {reason}") from reason
    except OSError as error:
        raise RecipeError(f"'{path}' cannot be read: {error.strerror}. Copy it anew.") from error


def _adopted(
    found: Package, store: RecipeStore, name: str, origin: Origin, prove: Prove
) -> Imported:
    draft = recipe_file.draft_from_json(found.content["draft"])
    writing.refuse_unfit_golden(draft, _golden_files(found))

    def fill(folder: Path) -> None:
        found.unpack(folder)
        prove(verified(folder, name, int(found.content["revision"])))

    return Imported(store.release(draft, fill, origin), True)


def _golden_files(found: Package) -> list[str]:
    return [name.partition("/")[2] for name in found.files if "/" in name]


def _told(found: Package, by: str, now: datetime) -> tuple[str, Origin]:
    """What the file says of itself; a revision that was imported before keeps its first origin."""
    content = found.content
    name = checked_name(_text(content["draft"]["name"]))
    make = partial(Origin, imported_at=now, imported_by=by)
    if first := content.get("origin"):
        known = recipe_file.origin_from_json(first)
        return name, make(known.station, known.revision, known.published_at, known.sha256)
    published_at = recipe_file.published_at(content)
    return name, make(found.station, int(content["revision"]), published_at, found.sha256)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit(f"its recipe has the name {value!r}.")
    return value


def _known(store: RecipeStore, name: str, sha256: str) -> Recipe | None:
    """Return the sound revision that is the same one."""
    for _, recipe in reversed(store.examined(name)):
        if isinstance(recipe, Recipe):
            folder = recipe.model_path.parent
            if identity(folder, recipe.origin) == sha256:
                return recipe
    return None
