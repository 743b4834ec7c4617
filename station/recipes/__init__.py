"""Everything needed to inspect one product, in revisions that never change."""

from station.recipes.recipe import Draft, Origin, Recipe
from station.recipes.store import RecipeStore, evidence_of, golden_pictures

__all__ = ["Draft", "Origin", "Recipe", "RecipeStore", "evidence_of", "golden_pictures"]
