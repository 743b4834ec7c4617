"""Carrying a revision out of and into this station, and what people are told of it."""

from dataclasses import dataclass
from pathlib import Path

from station.judging import open_recipe
from station.recipe_pages import shown_camera
from station.recipes.exchange import export_recipe, import_recipe
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore


@dataclass(frozen=True, slots=True)
class Carried:
    """The revision as it is here, and what is to be said.

    warnings: which runtimes do not judge it on this machine, and why.
    """

    recipe: Recipe
    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def carry_out(recipe: Recipe, path: Path, *, force: bool = False) -> Carried:
    """Write the revision as one file; arguments and errors as `exchange.export_recipe`."""
    written = export_recipe(recipe, path, force=force)
    told = f"Exported '{recipe.name}' revision {recipe.revision} to {written}"
    if shown_camera(recipe) == recipe.draft.camera:
        return Carried(recipe, (told,))
    secret = "The camera's whole address is in the file, a password in it too: keep it safe."
    return Carried(recipe, (told, secret))


def carry_in(path: Path, store: RecipeStore, by: str) -> Carried:
    """Publish an exported revision here once it has given its golden scores on this machine.

    by: who imports it.

    Raises:
        RecipeError: as `exchange.import_recipe`; nothing was imported.
    """
    proven: list[str] = []
    warnings: list[str] = []

    def prove(recipe: Recipe) -> None:
        opened = open_recipe(recipe)
        warnings.extend(opened.refused)
        proven.append(f"{opened.model.device} gives the golden scores on this machine.")

    done = import_recipe(path, store, by=by, prove=prove)
    name, revision = done.recipe.name, done.recipe.revision
    if done.new:
        told = f"Imported '{name}' as revision {revision}, now the newest."
    else:
        told = f"'{name}' is here already, as revision {revision}. Nothing was imported."
    return Carried(done.recipe, (*proven, told), tuple(warnings))
