"""A revision as one file, to be carried to another station: a stored zip under a seal.

The archive's comment ends in the SHA-256 of everything before it, so a byte that changed anywhere
is found, also one that no reader of zips looks at. The seal shows damage, it is no signature: what
the file says about itself is held to the same rules as what a stranger wrote.
"""

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from station.files import replacing
from station.recipes import checksums, recipe_file
from station.recipes.checksums import CHUNK, Checksum
from station.recipes.layout import CHECKSUM_FILE, GOLDEN_FOLDER, MODEL_FILE, RECIPE_FILE
from station.recipes.names import is_plain_file
from station.recipes.reading import Unfit, listed

SUFFIX = ".patchlight"
FORMAT = 1
STATION_FILE = "package.json"
MAX_JSON = 64 << 20
"""Bytes of a JSON file that are read at once."""
MAX_FILES = 1000

_HEX = 64
_SEAL = re.compile(rb"patchlight package (\d{1,6}) ([0-9a-f]{64})")
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_READ_ONLY_FILE = 0o100444 << 16
_UNIX = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Package:
    """A file whose seal, names, sizes and lists were found in order; its contents are checked
    when they are unpacked.

    station: where it was exported.
    content: of recipe.json.
    files: what belongs to the revision besides its checksums.
    sha256: of the checksums, as hex.
    """

    path: Path
    station: str
    content: dict[str, Any]
    files: dict[str, Checksum]
    sha256: str

    def unpack(self, folder: Path) -> None:
        """Write every file into an empty folder. Raises Unfit; OSError where the disk refuses."""
        (folder / GOLDEN_FOLDER).mkdir()
        _guarded(lambda: self._extract(folder))
        for name, expected in self.files.items():
            if wrong := checksums.finding(folder / name, expected):
                raise Unfit(f"'{name}' in it {wrong}.")

    def _extract(self, folder: Path) -> None:
        with zipfile.ZipFile(self.path) as archive:
            for name in (CHECKSUM_FILE, *self.files):
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target, CHUNK)


def write(path: Path, revision: Path, station: str) -> None:
    """Write the revision in that folder as one file: whole under its name, or not at all.

    The same revision always gives the same bytes.

    Raises:
        Unfit: the revision was changed while it was read. OSError.
    """
    names = [CHECKSUM_FILE, RECIPE_FILE, *sorted(set(listed(revision)) - {RECIPE_FILE})]
    with replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            _add(archive, STATION_FILE, recipe_file.dump({"station": station}))
            for name in names:
                _add_file(archive, name, revision / name)
            archive.comment = b"patchlight package %d " % FORMAT + b"0" * _HEX
        with temporary.open("r+b") as file:
            digest = _digest(file)
            file.seek(-_HEX, os.SEEK_END)
            file.write(digest)
        read(temporary)


def read(path: Path) -> Package:
    """Return what the file holds, after checking all of it but the files' own checksums.

    Raises:
        Unfit: what is wrong with it. OSError.
    """
    with path.open("rb") as file:
        _check_seal(file)
        with _guarded(lambda: zipfile.ZipFile(file)) as archive:
            return _guarded(lambda: _package(path, archive))


def _package(path: Path, archive: zipfile.ZipFile) -> Package:
    _check_entries(archive.infolist(), path.stat().st_size)
    station = _json(archive, STATION_FILE).get("station")
    files = checksums.from_json(_json(archive, CHECKSUM_FILE)["files"])
    if set(archive.namelist()) != {STATION_FILE, CHECKSUM_FILE, *files}:
        raise Unfit("it does not hold the files that it lists.")
    if not {RECIPE_FILE, MODEL_FILE} <= set(files):
        raise Unfit(f"it holds no {RECIPE_FILE} or no {MODEL_FILE}.")
    sha256 = hashlib.sha256(archive.read(CHECKSUM_FILE)).hexdigest()
    return Package(path, str(station), _json(archive, RECIPE_FILE), files, sha256)


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse what could write elsewhere, or more than the file itself is long."""
    names = {entry.filename.casefold() for entry in entries}
    if len(names) != len(entries) or len(entries) > MAX_FILES:
        raise Unfit("it holds a file twice, or too many.")
    for entry in entries:
        if entry.orig_filename != entry.filename or not _is_name(entry.filename):
            raise Unfit(f"it holds a file with the name '{entry.orig_filename!r}'.")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise Unfit(f"'{entry.filename}' in it is compressed or encrypted.")
    if sum(entry.file_size for entry in entries) > size:
        raise Unfit("its files are said to be longer than it is itself.")


def _is_name(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return folder in ("", GOLDEN_FOLDER) and is_plain_file(file)


def _check_seal(file: BinaryIO) -> None:
    length = len(b"patchlight package ") + 7 + _HEX
    file.seek(max(0, file.seek(0, os.SEEK_END) - length))
    found = re.search(_SEAL.pattern + rb"\Z", file.read())
    if found is None:
        raise Unfit("it is no exported recipe, or its end is missing.")
    if int(found[1]) > FORMAT:
        raise Unfit(
            f"it was written by a newer Patchlight (format {int(found[1])}, this program knows "
            f"{FORMAT}). Update this program first."
        )
    if found[2] != _digest(file):
        raise Unfit("it was changed or damaged after it was exported.")


def _digest(file: BinaryIO) -> bytes:
    """SHA-256, as hex, of everything but the last 64 bytes."""
    left = file.seek(0, os.SEEK_END) - _HEX
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(min(CHUNK, left)):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()


def _json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > MAX_JSON:
        raise Unfit(f"'{name}' in it is too long.")
    try:
        return recipe_file.parse(archive.read(name))
    except recipe_file.TooNew as error:
        raise Unfit(f"it is of a newer Patchlight ({error}). Update this program first.") from error
    except recipe_file.NotOurs as error:
        raise Unfit(f"'{name}' in it is damaged ({error}).") from error


def _guarded(work: Callable[[], T]) -> T:
    """Do it; what a foreign zip makes the library or us stumble over is a sentence."""
    try:
        return work()
    except (
        zipfile.BadZipFile, EOFError, KeyError, TypeError, AttributeError, ValueError,
        NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise Unfit(f"it is damaged ({error}).") from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_entry(name, len(data)), data)


def _add_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    with path.open("rb") as source, archive.open(_entry(name, path.stat().st_size), "w") as target:
        shutil.copyfileobj(source, target, CHUNK)


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_DATE)
    entry.create_system = _UNIX
    entry.external_attr = _READ_ONLY_FILE
    entry.file_size = size
    return entry
