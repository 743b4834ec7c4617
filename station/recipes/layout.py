"""Where the files of a revision are."""

import re
from pathlib import Path

RECIPE_FILE = "recipe.json"
MODEL_FILE = "model.npz"
CHECKSUM_FILE = "checksums.json"
EVIDENCE_FILE = "evidence.json"
GOLDEN_FOLDER = "golden"

_REVISION = re.compile(r"r(\d{4,})")


def revision_folder(product: Path, revision: int) -> Path:
    """r0001, r0002 … in the product's folder."""
    return product / f"r{revision:04d}"


def revisions_in(product: Path) -> list[int]:
    """Numbers of the revisions that are there, ascending; temporary folders are none."""
    if product.name.startswith(".") or not product.is_dir():
        return []
    names = (_REVISION.fullmatch(path.name) for path in product.iterdir() if path.is_dir())
    return sorted(int(match[1]) for match in names if match)
