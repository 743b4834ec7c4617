"""Everything needed to inspect one product, in revisions that never change."""

from station.recipes.recipe import Draft, Recipe
from station.recipes.store import RecipeStore, golden_pictures

__all__ = ["Draft", "Recipe", "RecipeStore", "golden_pictures"]
