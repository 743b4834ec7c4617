"""Which recipe a station starts with."""

from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore


def first_recipe(store: RecipeStore, name: str | None) -> Recipe | None:
    """The named recipe, else the one published last; None when nothing was ever taught.

    Raises:
        RecipeError: the recipe is unknown or does not verify.
    """
    if name is not None:
        return store.load(name)
    newest = [store.load(known) for known in store.names()]
    return max(newest, key=lambda recipe: recipe.published_at, default=None)
