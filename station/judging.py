"""Opening a recipe for judging, on a runtime that reproduces its golden scores here."""

from engine import model_file
from engine.patchcore import PatchCore
from engine.runtimes.opening import available, open_model
from station.recipes.recipe import Recipe


def open_recipe(recipe: Recipe) -> PatchCore:
    """Load the recipe's model. Raises ModelFileError, EngineError."""
    return open_model(model_file.load(recipe.model_path), available()[0])
