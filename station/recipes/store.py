"""The recipes on disk: one folder a product, one folder a revision; published ones never change."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from station.clock import Clock, utc_now
from station.errors import RecipeError
from station.home import Home
from station.recipes import writing
from station.recipes.layout import GOLDEN_FOLDER, MODEL_FILE, revision_folder, revisions_in
from station.recipes.names import checked_name
from station.recipes.reading import Unfit, is_sound, verified
from station.recipes.recipe import Draft, Recipe


def golden_pictures(recipe: Recipe) -> dict[str, Path]:
    """Paths of the pictures that belong to `recipe.draft.golden`, by the same names."""
    folder = recipe.model_path.parent / GOLDEN_FOLDER
    return {name: folder / name for name in recipe.draft.golden}


class RecipeStore:
    """The recipes of one home. Several processes may publish and load at once."""

    def __init__(self, home: Home, clock: Clock = utc_now) -> None:
        """Touch nothing yet; folders are made by the first `publish`."""
        self._root = home.recipes
        self._clock = clock

    def names(self) -> list[str]:
        """Products with at least one published revision, sorted."""
        if not self._root.is_dir():
            return []
        return sorted(path.name for path in self._root.iterdir() if revisions_in(path))

    def revisions(self, name: str) -> list[int]:
        """Published revision numbers, oldest first; empty for a product nobody taught.

        Raises:
            RecipeError: this cannot be a recipe's name.
        """
        return revisions_in(self._root / checked_name(name))

    def publish(
        self,
        draft: Draft,
        write_model: Callable[[Path], None],
        golden_images: Mapping[str, NDArray[np.uint8]] | None = None,
    ) -> Recipe:
        """Release the draft as the product's next revision: all of it, or nothing.

        Args:
            write_model: writes the engine's model file to the path it is given (it ends in .npz).
            golden_images: uint8 (H, W, 3) RGB, one for each score in `draft.golden`, by its name.

        Raises:
            RecipeError: the draft may not be published (name, numbers that are none, golden
                pictures without scores), or the disk refuses. What `write_model` raises passes.
        """
        images = golden_images or {}
        self._refuse_other_spelling(checked_name(draft.name))
        writing.refuse_unfit_golden(draft, images)
        product = self._root / draft.name
        with self._disk(draft.name), writing.temporary_folder(product) as folder:
            write_model(folder / MODEL_FILE)
            writing.refuse_without_model(draft, folder / MODEL_FILE)
            writing.write_golden(folder / GOLDEN_FOLDER, images)
            revision = writing.take_next_number(draft, folder, self._clock)
        return self.load(draft.name, revision)

    def load(self, name: str, revision: int | None = None) -> Recipe:
        """Return a revision, the newest if none is named, after verifying every file of it.

        Raises:
            RecipeError: there is none, or it is damaged, changed, foreign or of a newer format; the
                sentence names the file and the way out.
        """
        published = self.revisions(name)
        wanted = published[-1] if revision is None and published else revision
        if wanted is None or wanted not in published:
            raise RecipeError(self._unknown(name, revision, published))
        try:
            return verified(revision_folder(self._root / name, wanted), name, wanted)
        except Unfit as reason:
            raise RecipeError(
                f"Recipe '{name}' revision {wanted} cannot be used: {reason} "
                f"{self._way_out(name, wanted, published)}"
            ) from reason

    def _unknown(self, name: str, revision: int | None, published: list[int]) -> str:
        if published:
            return (
                f"Recipe '{name}' has no revision {revision}. Published: "
                f"{', '.join(map(str, published))}."
            )
        known = ", ".join(f"'{other}'" for other in self.names())
        return f"There is no recipe '{name}'. " + (
            f"Choose one of {known}, or teach it first." if known else "Teach it first."
        )

    def _way_out(self, name: str, damaged: int, published: list[int]) -> str:
        product = self._root / name
        for other in sorted(set(published) - {damaged}, reverse=True):
            if is_sound(revision_folder(product, other), name, other):
                return f"Load revision {other} instead, or teach the product again."
        return "Restore its folder from a backup, or teach the product again."

    def _refuse_other_spelling(self, name: str) -> None:
        for other in self.names():
            if other != name and other.casefold() == name.casefold():
                raise RecipeError(f"There is a recipe '{other}' already; write its name like that.")

    @contextmanager
    def _disk(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecipeError(
                f"Recipe '{name}' could not be written to {self._root}: {error.strerror}. Nothing "
                "was published. Check the disk's free space and its rights, then publish again."
            ) from error
