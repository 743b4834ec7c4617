"""Which recipe a station starts with."""

from station.recipes.store import Newest, RecipeStore


def first_recipe(store: RecipeStore, name: str | None) -> Newest | None:
    """The named recipe, else the one published last; None when nothing was ever taught.

    Where its last revision does not verify, the last good one of the same product stays.

    Raises:
        RecipeError: the recipe is unknown, or no revision of it verifies.
    """
    wanted = name or store.published_last()
    return store.newest(wanted) if wanted else None
