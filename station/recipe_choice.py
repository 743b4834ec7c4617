"""Which revision a command works with, and what it says where that is not the one expected."""

import sys

from station.audit import Kind, leave
from station.errors import RecipeError
from station.home import Home
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore


def choose_recipe(home: Home, name: str, revision: int | None = None) -> Recipe:
    """Load the revision that was named, else the newest that verifies.

    Revisions that are refused are told on standard error and go to the audit trail.

    Raises:
        RecipeError: there is none, or it does not verify.
    """
    store = RecipeStore(home)
    if revision is not None:
        return _named(home, store, name, revision)
    found = store.newest(name)
    for sentence in found.refused:
        print(f"patchlight: {sentence}", file=sys.stderr)
    return found.recipe


def _named(home: Home, store: RecipeStore, name: str, revision: int) -> Recipe:
    try:
        return store.load(name, revision)
    except RecipeError as error:
        if revision in store.revisions(name):
            leave(home, Kind.REFUSED, str(error))
        raise
