"""Are the kept pictures and maps the ones that were recorded?"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from station.home import Home

_FILES_QUERY = """
SELECT sequence, verdict, image_path, image_sha256, map_path, map_sha256, removed_at
FROM parts LEFT JOIN removals USING (sequence) WHERE image_path <> '' ORDER BY sequence
"""

Progress = Callable[[str, int, int], None]
"""Called with a stage, how many are done, how many there are."""


@dataclass(slots=True)
class Files:
    """What was found. sound: files as recorded. removed: parts whose files were removed."""

    findings: list[str] = field(default_factory=list)
    sound: int = 0
    removed: int = 0


def look_at_files(
    home: Home, connection: sqlite3.Connection, files: Files, progress: Progress
) -> None:
    """Hash every kept file of this moment's rows and add what is found to `files`."""
    parts = connection.execute(_FILES_QUERY).fetchall()
    for done, part in enumerate(parts, start=1):
        if part["removed_at"] is None:
            files.findings += _file_findings(home, part, files)
        else:
            files.removed += 1
            files.findings += _removal_findings(part)
        progress("pictures", done, len(parts))


def _removal_findings(part: sqlite3.Row) -> Iterator[str]:
    if part["verdict"] != "OK":
        yield (
            f"Part {part['sequence']} ({part['verdict']}): its picture is listed as removed to "
            "free space, but only pictures of OK parts ever are."
        )


def _file_findings(home: Home, part: sqlite3.Row, files: Files) -> Iterator[str]:
    for what, name in (("image", "picture"), ("map", "anomaly map")):
        path = part[f"{what}_path"]
        if not path or not (home.root / path).is_file():
            continue  # `check` names those that are missing.
        if part[f"{what}_sha256"] not in ("", _sha256(home.root / path)):
            yield f"Part {part['sequence']}: its {name} {path} is not the one that was recorded."
        else:
            files.sound += 1


def _sha256(path: Path) -> str:
    with suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return "unreadable"
