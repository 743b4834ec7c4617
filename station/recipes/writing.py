"""Writing a revision: under a temporary name until every byte of it is on the disk."""

import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
from numpy.typing import NDArray

from station.clock import Clock
from station.errors import RecipeError
from station.files import fsync_file, fsync_folder, make_folder
from station.recipes import checksums, reading, recipe_file
from station.recipes.layout import (
    CHECKSUM_FILE,
    EVIDENCE_FILE,
    GOLDEN_FOLDER,
    RECIPE_FILE,
    revision_folder,
    revisions_in,
)
from station.recipes.names import is_plain_file
from station.recipes.recipe import Draft, Origin

ABANDONED_S = 24 * 3600.0
"""Age from which a folder that was never finished belongs to nobody."""
_TEMPORARY = ".publishing-"


@contextmanager
def temporary_folder(root: Path) -> Iterator[Path]:
    """Make a folder that `names` and `revisions` do not see; what is left in it at the end goes."""
    make_folder(root)
    _clear_abandoned(root)
    folder = root / f"{_TEMPORARY}{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_abandoned(root: Path) -> None:
    """Remove what processes left behind that were killed while they published."""
    for folder in root.glob(f"{_TEMPORARY}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(folder, ignore_errors=True)


def refuse_unfit_golden(draft: Draft, images: Collection[str]) -> None:
    """Raise RecipeError unless pictures and scores match and the names are plain .png names."""
    if alone := set(images) ^ set(draft.golden):
        raise RecipeError(
            "Every golden picture needs its score and every golden score its picture: "
            f"{', '.join(sorted(alone))}."
        )
    for name in images:
        if not (is_plain_file(name) and name.endswith(".png")):
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


def write_evidence(draft: Draft, folder: Path, evidence: Mapping[str, Any]) -> None:
    """Write what defends the revision; nothing where there is nothing."""
    if evidence:
        content = _encoded(draft, {"evidence": dict(evidence)})
        (folder / EVIDENCE_FILE).write_bytes(content)


def copy_revision(source: Path, folder: Path) -> None:
    """Copy a revision's files into an empty folder, all but those that `take_next_number` writes.

    Raises:
        RecipeError: one of them is not what was published. OSError.
    """
    (folder / GOLDEN_FOLDER).mkdir()
    for name, expected in reading.listed(source).items():
        if name != RECIPE_FILE:
            shutil.copyfile(source / name, folder / name)
            if wrong := checksums.finding(folder / name, expected):
                raise RecipeError(f"{source / name} {wrong}. Nothing was published.")


def take_next_number(
    draft: Draft, folder: Path, product: Path, clock: Clock, origin: Origin | None = None
) -> int:
    """Seal the temporary folder and rename it to the next free revision; return its number."""
    published = revisions_in(product)
    numbers = count(published[-1] + 1 if published else 1)
    make_folder(product)
    for number in numbers:
        _seal(draft, number, folder, clock(), origin)
        if _renamed(folder, revision_folder(product, number)):
            break
    return number


def _seal(draft: Draft, revision: int, folder: Path, now: datetime, origin: Origin | None) -> None:
    content = {
        "revision": revision,
        "published_at": now.isoformat(),
        "draft": recipe_file.draft_to_json(draft),
    }
    if origin is not None:
        content["origin"] = recipe_file.origin_to_json(origin)
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
