"""Writing a revision: under a temporary name until every byte of it is on the disk."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray

from station.clock import Clock
from station.errors import RecipeError
from station.files import fsync_file, fsync_folder, make_folder
from station.recipes import checksums, recipe_file
from station.recipes.layout import (
    CHECKSUM_FILE,
    GOLDEN_FOLDER,
    RECIPE_FILE,
    revision_folder,
    revisions_in,
)
from station.recipes.recipe import Draft

_FILE_NAME = re.compile(r'[^<>:"/\\|?*\x00-\x1f.][^<>:"/\\|?*\x00-\x1f]*\.png')


@contextmanager
def temporary_folder(product: Path) -> Iterator[Path]:
    """Make a folder that `names` and `revisions` do not see; what is left in it at the end goes."""
    make_folder(product)
    folder = product / f".publishing-{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_unfit_golden(draft: Draft, images: Mapping[str, NDArray[np.uint8]]) -> None:
    """Raise RecipeError unless pictures and scores match and the names are plain .png names."""
    if alone := set(images) ^ set(draft.golden):
        raise RecipeError(
            "Every golden picture needs its score and every golden score its picture: "
            f"{', '.join(sorted(alone))}."
        )
    for name in images:
        if not _FILE_NAME.fullmatch(name):
            raise RecipeError(f"A golden picture needs a plain file name with .png, not '{name}'.")


def refuse_without_model(draft: Draft, path: Path) -> None:
    """Raise RecipeError if there is no model to publish."""
    if not path.is_file() or not path.stat().st_size:
        raise RecipeError(f"Recipe '{draft.name}' was not published: it has no model. Teach again.")


def write_golden(folder: Path, images: Mapping[str, NDArray[np.uint8]]) -> None:
    """Write RGB pictures as PNG into a new folder."""
    folder.mkdir()
    for name, pixels in images.items():
        done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        if not done:
            raise RecipeError(f"The golden picture {name} cannot be kept as PNG.")
        (folder / name).write_bytes(data.tobytes())


def take_next_number(draft: Draft, folder: Path, clock: Clock) -> int:
    """Seal the temporary folder and rename it to the next free revision; return its number."""
    published = revisions_in(folder.parent)
    numbers = count(published[-1] + 1 if published else 1)
    return next(number for number in numbers if _published_as(number, draft, folder, clock()))


def _published_as(revision: int, draft: Draft, folder: Path, now: datetime) -> bool:
    _seal(draft, revision, folder, now)
    return _renamed(folder, revision_folder(folder.parent, revision))


def _seal(draft: Draft, revision: int, folder: Path, now: datetime) -> None:
    content = {
        "revision": revision,
        "published_at": now.isoformat(),
        "draft": recipe_file.draft_to_json(draft),
    }
    _overwrite(folder / RECIPE_FILE, _encoded(draft, content))
    files = checksums.to_json(checksums.checksums_of(folder, leave_out=CHECKSUM_FILE))
    _overwrite(folder / CHECKSUM_FILE, recipe_file.dump({"files": files}))
    _make_lasting(folder)


def _encoded(draft: Draft, content: dict[str, object]) -> bytes:
    try:
        return recipe_file.dump(content)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"Recipe '{draft.name}' cannot be published: {error}.") from error


def _overwrite(path: Path, data: bytes) -> None:
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(data)


def _make_lasting(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mode & 0o222:
            fsync_file(path)
            path.chmod(0o444)
    fsync_folder(folder / GOLDEN_FOLDER)
    fsync_folder(folder)


def _renamed(folder: Path, final: Path) -> bool:
    """Take the number unless somebody else has it; a revision's folder is never empty."""
    if final.exists():
        return False
    try:
        folder.rename(final)
    except OSError:
        if final.exists():
            return False
        raise
    fsync_folder(final.parent)
    return True
