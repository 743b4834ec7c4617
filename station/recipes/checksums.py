"""Which files belong to a revision, how long they are and what they hash to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """Length in bytes and SHA-256, as hex, of one file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Checksum":
        """Read the file once. Raises OSError."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return cls(path.stat().st_size, digest.hexdigest())


def checksums_of(folder: Path, leave_out: str) -> dict[str, Checksum]:
    """Checksums of every file below the folder but one, by its path relative to it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != leave_out)
    return {path.relative_to(folder).as_posix(): Checksum.of(path) for path in files}


def to_json(checksums: Mapping[str, Checksum]) -> dict[str, Any]:
    """Plain numbers and words only."""
    return {name: {"bytes": of.size, "sha256": of.sha256} for name, of in checksums.items()}


def from_json(data: Mapping[str, Any]) -> dict[str, Checksum]:
    """Inverse of `to_json`. Raises KeyError, TypeError, ValueError or AttributeError on
    foreign data."""
    return {name: Checksum(int(of["bytes"]), str(of["sha256"])) for name, of in data.items()}


def finding(path: Path, expected: Checksum) -> str:
    """Say what is wrong with the file: "is missing", "is cut short …"; "" if nothing is."""
    try:
        size = path.stat().st_size
        if size < expected.size:
            return f"is cut short ({size:,} of {expected.size:,} bytes)"
        return "" if Checksum.of(path) == expected else "was changed after it was published"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
