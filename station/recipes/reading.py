"""Reading a revision back: every file is verified before anything of it is believed."""

from pathlib import Path
from typing import Any

from station.recipes import checksums, recipe_file
from station.recipes.checksums import Checksum
from station.recipes.layout import CHECKSUM_FILE, EVIDENCE_FILE, MODEL_FILE, RECIPE_FILE
from station.recipes.recipe import Origin, Recipe


class Unfit(Exception):
    """Why a revision cannot be used: a sentence that names the file."""


def verified(folder: Path, name: str, revision: int) -> Recipe:
    """Return the revision in this folder. Raises Unfit."""
    expected = listed(folder)
    for file, checksum in expected.items():
        if wrong := checksums.finding(folder / file, checksum):
            raise Unfit(f"{folder / file} {wrong}.")
    content = _content(folder / RECIPE_FILE)
    recipe = _recipe(content, folder, expected[MODEL_FILE])
    if (recipe.name, recipe.revision) != (name, revision):
        raise Unfit(
            f"{folder} holds revision {recipe.revision} of '{recipe.name}' under another name."
        )
    return recipe


def evidence(folder: Path) -> dict[str, Any]:
    """Return the revision's evidence; empty where it was published without. Raises Unfit."""
    expected = listed(folder).get(EVIDENCE_FILE)
    if expected is None:
        return {}
    path = folder / EVIDENCE_FILE
    if wrong := checksums.finding(path, expected):
        raise Unfit(f"{path} {wrong}.")
    found = _content(path).get("evidence")
    if not isinstance(found, dict):
        raise Unfit(f"{path} is damaged.")
    return found


def identity(folder: Path, origin: Origin | None) -> str:
    """Return what a revision is known by on every station, as hex. Raises OSError."""
    return origin.sha256 if origin else Checksum.of(folder / CHECKSUM_FILE).sha256


def is_sound(folder: Path, name: str, revision: int) -> bool:
    """Whether `verified` would return."""
    try:
        verified(folder, name, revision)
    except Unfit:
        return False
    return True


def listed(folder: Path) -> dict[str, Checksum]:
    """Return what belongs to the revision in this folder, by path relative to it. Raises Unfit."""
    path = folder / CHECKSUM_FILE
    try:
        expected = checksums.from_json(_content(path)["files"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unfit(f"{path} is damaged.") from error
    if missing := {RECIPE_FILE, MODEL_FILE} - set(expected):
        raise Unfit(f"{path} does not list {', '.join(sorted(missing))}.")
    return expected


def _content(path: Path) -> dict[str, Any]:
    try:
        return recipe_file.parse(path.read_bytes())
    except FileNotFoundError as error:
        raise Unfit(f"{path} is missing.") from error
    except OSError as error:
        raise Unfit(f"{path} cannot be read ({error.strerror}).") from error
    except recipe_file.TooNew as error:
        raise Unfit(
            f"{path} was written by a newer Patchlight ({error}). Update this program."
        ) from error
    except recipe_file.NotOurs as error:
        raise Unfit(f"{path} is damaged or not a recipe's ({error}).") from error


def _recipe(content: dict[str, Any], folder: Path, model: Checksum) -> Recipe:
    origin = content.get("origin")
    try:
        return Recipe(
            draft=recipe_file.draft_from_json(content["draft"]),
            revision=int(content["revision"]),
            published_at=recipe_file.published_at(content),
            model_path=folder / MODEL_FILE,
            model_sha256=model.sha256,
            origin=recipe_file.origin_from_json(origin) if origin else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(f"{folder / RECIPE_FILE} is not a recipe's ({error}).") from error
