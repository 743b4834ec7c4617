"""Exports or imports until it is killed: prints what it does before and after each one."""

import sys
from itertools import count
from pathlib import Path
from threading import Event

from station.home import Home
from station.recipes import Recipe, RecipeStore
from station.recipes.exchange import export_recipe, import_recipe


def export_for_ever(home: Home, folder: Path) -> None:
    recipe = RecipeStore(home).load("board")
    for number in count():
        export_recipe(recipe, folder / f"{number}.patchlight")
        print(number, flush=True)


def stop_for_ever(recipe: Recipe) -> None:
    """All of it is unpacked and verified; it waits for a runtime that never answers."""
    print(recipe.model_path.parent, flush=True)
    Event().wait()


if __name__ == "__main__":
    work, home, path = sys.argv[1], Home(Path(sys.argv[2])), Path(sys.argv[3])
    if work == "export":
        export_for_ever(home, path)
    import_recipe(path, RecipeStore(home), by="Bo", prove=stop_for_ever)
