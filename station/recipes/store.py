"""The recipes on disk: one folder a product, one folder a revision; published ones never change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from station.audit import Kind, leave
from station.clock import Clock, utc_now
from station.errors import RecipeError
from station.home import Home
from station.recipes import reading, writing
from station.recipes.layout import GOLDEN_FOLDER, MODEL_FILE, revision_folder, revisions_in
from station.recipes.names import checked_name
from station.recipes.reading import Unfit, is_sound, verified
from station.recipes.recipe import Draft, Origin, Recipe


def golden_pictures(recipe: Recipe) -> dict[str, Path]:
    """Paths of the pictures that belong to `recipe.draft.golden`, by the same names."""
    folder = recipe.model_path.parent / GOLDEN_FOLDER
    return {name: folder / name for name in recipe.draft.golden}


def evidence_of(recipe: Recipe) -> dict[str, Any]:
    """Return what was published to defend the revision; empty for one published without.

    Raises:
        RecipeError: it was changed, or cannot be read.
    """
    try:
        return reading.evidence(recipe.model_path.parent)
    except Unfit as reason:
        raise RecipeError(
            f"The evidence of recipe '{recipe.name}' revision {recipe.revision} cannot be shown: "
            f"{reason} Restore its folder from a backup."
        ) from reason


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest revision that may judge.

    refused: newer ones that do not verify, a sentence each for an alarm; empty where all is well.
    """

    recipe: Recipe
    refused: tuple[str, ...] = ()


def _instead(recipe: Recipe, refused: int, reason: str) -> str:
    return (
        f"Recipe '{recipe.name}' revision {refused} was refused: {reason} Revision "
        f"{recipe.revision}, the last good one, judges instead. Restore the folder of revision "
        f"{refused} from a backup, or teach the product again."
    )


def _released(recipe: Recipe) -> str:
    origin = recipe.origin
    came = f" (revision {origin.revision} of station {origin.station})" if origin else ""
    note = f": {recipe.draft.note}" if recipe.draft.note else ""
    return (
        f"Recipe '{recipe.name}' revision {recipe.revision}{came}, threshold "
        f"{recipe.threshold.value:g}, model {recipe.model_sha256}{note}"
    )


class RecipeStore:
    """The recipes of one home. Several processes may publish and load at once."""

    def __init__(self, home: Home, clock: Clock = utc_now) -> None:
        """Touch nothing yet; folders are made by the first `publish`."""
        self._home = home
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

    def published_last(self) -> str:
        """Name of the product whose newest revision was put in place last, sound or not; "" for
        none."""
        return max(self.names(), key=self._put_in_place_at, default="")

    def _put_in_place_at(self, name: str) -> datetime:
        revision = self.revisions(name)[-1]
        folder = revision_folder(self._root / name, revision)
        with suppress(Unfit):
            return verified(folder, name, revision).published_at
        return datetime.fromtimestamp(folder.stat().st_mtime, timezone.utc)

    def publish(
        self,
        draft: Draft,
        write_model: Callable[[Path], None],
        golden_images: Mapping[str, NDArray[np.uint8]] | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Recipe:
        """Release the draft as the product's next revision: all of it, or nothing.

        Args:
            write_model: writes the engine's model file to the path it is given (it ends in .npz).
            golden_images: uint8 (H, W, 3) RGB, one for each score in `draft.golden`, by its name.
            evidence: what defends the revision, as plain JSON; `evidence_of` gives it back.

        Raises:
            RecipeError: the draft may not be published (name, numbers that are none, golden
                pictures without scores), or the disk refuses. What `write_model` raises passes.
        """
        images = golden_images or {}

        def fill(folder: Path) -> None:
            write_model(folder / MODEL_FILE)
            writing.refuse_without_model(draft, folder / MODEL_FILE)
            writing.write_golden(folder / GOLDEN_FOLDER, images)
            writing.write_evidence(draft, folder, evidence or {})

        writing.refuse_unfit_golden(draft, images)
        return self.release(draft, fill)

    def release(
        self,
        draft: Draft,
        fill: Callable[[Path], object],
        origin: Origin | None = None,
        kind: Kind = Kind.PUBLISHED,
    ) -> Recipe:
        """Publish what `fill` puts into an empty folder: all of it, or nothing.

        origin: where it was published first, for one that is imported. kind: for the audit trail.

        Raises:
            RecipeError: as `publish`. What `fill` raises passes, but for OSError.
        """
        self._refuse_other_spelling(checked_name(draft.name))
        with self._disk(draft.name), writing.temporary_folder(self._root) as folder:
            fill(folder)
            product = self._root / draft.name
            revision = writing.take_next_number(draft, folder, product, self._clock, origin)
        recipe = self.load(draft.name, revision)
        who = origin.imported_by if origin else draft.published_by
        what = Kind.IMPORTED if origin else kind
        leave(self._home, what, _released(recipe), who, lambda: recipe.published_at)
        return recipe

    def rollback(self, name: str, to: int, by: str) -> Recipe:
        """Publish an earlier revision's content anew: the station judges with the newest.

        by: who rolls back.

        Raises:
            RecipeError: there is no such revision, it is damaged, or it is the newest.
        """
        earlier = self.load(name, to)
        if to == self.revisions(name)[-1]:
            raise RecipeError(
                f"Revision {to} is the newest of '{name}': it is the one that judges already. "
                "Nothing was published."
            )
        why = f"rolled back to revision {to}"
        note = f"{why}: {earlier.draft.note}" if earlier.draft.note else why
        draft = replace(earlier.draft, published_by=by, note=note)
        fill = partial(writing.copy_revision, earlier.model_path.parent)
        return self.release(draft, fill, kind=Kind.ROLLED_BACK)

    def examined(self, name: str) -> list[tuple[int, Recipe | str]]:
        """Every revision number with its recipe, or with what is wrong with it; oldest first.

        Raises:
            RecipeError: this cannot be a recipe's name.
        """
        return [(number, self._looked_at(name, number)) for number in self.revisions(name)]

    def _looked_at(self, name: str, revision: int) -> Recipe | str:
        try:
            return verified(revision_folder(self._root / name, revision), name, revision)
        except Unfit as reason:
            return str(reason)

    def load(self, name: str, revision: int | None = None) -> Recipe:
        """Return a revision after verifying every file of it; as `newest` if none is named.

        Raises:
            RecipeError: there is none, or it is damaged, changed, foreign or of a newer format; the
                sentence names the file and the way out.
        """
        if revision is None:
            return self.newest(name).recipe
        published = self.revisions(name)
        if revision not in published:
            raise RecipeError(self._unknown(name, revision, published))
        found = self._looked_at(name, revision)
        if isinstance(found, Recipe):
            return found
        raise RecipeError(self._refusal(name, revision, found, published))

    def newest(self, name: str) -> Newest:
        """Return the newest revision that verifies: where the last one does not, the last good one
        stays. Each refusal goes to the audit trail.

        Raises:
            RecipeError: there is no revision, or none of them verifies.
        """
        published = self.revisions(name)
        if not published:
            raise RecipeError(self._unknown(name, None, published))
        refused: list[tuple[int, str]] = []
        for revision in reversed(published):
            found = self._looked_at(name, revision)
            if isinstance(found, Recipe):
                return Newest(found, self._noted(refused, found))
            refused.append((revision, found))
        sentence = self._refusal(name, *refused[0], published)
        leave(self._home, Kind.REFUSED, sentence)
        raise RecipeError(sentence)

    def _noted(self, refused: Sequence[tuple[int, str]], instead: Recipe) -> tuple[str, ...]:
        told = tuple(_instead(instead, revision, reason) for revision, reason in refused)
        for sentence in told:
            leave(self._home, Kind.REFUSED, sentence)
        return told

    def _refusal(self, name: str, revision: int, reason: str, published: Sequence[int]) -> str:
        return (
            f"Recipe '{name}' revision {revision} cannot be used: {reason} "
            f"{self._way_out(name, revision, published)}"
        )

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

    def _way_out(self, name: str, damaged: int, published: Sequence[int]) -> str:
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
