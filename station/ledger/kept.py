"""Pictures and anomaly maps that stay beside the ledger, in one folder a UTC day."""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timezone
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from station.errors import LedgerError
from station.files import TEMPORARY_SUFFIX, fsync_folder, make_folder, write_durably
from station.home import Home
from station.ledger.row import Row
from station.parts import Faulted, Frame, Inspection, Judged, Verdict

_MAP = "anomaly_map"


@dataclass(frozen=True, slots=True)
class Kept:
    """Files of a part: paths relative to the home, SHA-256 (hex); "" for what there is none of."""

    image_path: str
    image_sha256: str
    map_path: str
    map_sha256: str


NOTHING_KEPT = Kept("", "", "", "")


def picture_of(inspection: Inspection) -> Frame | Faulted:
    """Whatever carries the part's number, time, source and pixels."""
    return inspection.frame if isinstance(inspection, Judged) else inspection


def verdict_of(inspection: Inspection) -> Verdict:
    """OK, NG, or FAULT for what could not be judged."""
    return inspection.verdict if isinstance(inspection, Judged) else Verdict.FAULT


def keep(home: Home, inspection: Inspection) -> Kept:
    """Write the picture and, where there is a score, its map; both are on the disk on return.

    Raises:
        OSError: the disk refused; nothing of this part is left behind.
    """
    files = _encoded(inspection)
    captured_at = picture_of(inspection).captured_at.astimezone(timezone.utc)
    folder = home.images / f"{captured_at:%Y-%m-%d}"
    try:
        _write_all(folder, files)
    except OSError:
        _remove(folder / name for name in files)
        raise
    found = {Path(name).suffix: _identity(home, folder / name, files[name]) for name in files}
    return Kept(*found.get(".png", ("", "")), *found.get(".npz", ("", "")))


def remove(home: Home, files: Kept) -> None:
    """Take away files of a part: its row was not committed, or says that they are removed."""
    _remove(home.root / path for path in (files.image_path, files.map_path) if path)


def sweep(home: Home) -> None:
    """Remove half-written files that a killed station left in the latest day's folder."""
    if home.images.is_dir():
        for folder in sorted(home.images.iterdir())[-1:]:
            _remove(folder.glob(f"*{TEMPORARY_SUFFIX}"))


def load_picture(home: Home, row: Row) -> NDArray[np.uint8]:
    """Return the part's picture as uint8 (H, W, 3) RGB. Raises LedgerError if it is not there."""
    path = _kept_path(home, row, row.image_path, "picture")
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError) as error:
        raise LedgerError(_unreadable(row, path, "picture")) from error


def load_map(home: Home, row: Row) -> NDArray[np.float32]:
    """Return the part's anomaly map as float32 (H, W), rounded to half precision when it was kept.

    Raises LedgerError if it is not there.
    """
    path = _kept_path(home, row, row.map_path, "anomaly map")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[_MAP], dtype=np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise LedgerError(_unreadable(row, path, "anomaly map")) from error


def _encoded(inspection: Inspection) -> dict[str, bytes]:
    stem = _stem(inspection)
    pixels = picture_of(inspection).pixels
    files = {f"{stem}.png": _png(pixels)} if pixels.size else {}
    if isinstance(inspection, Judged):
        files[f"{stem}.npz"] = _npz(inspection.score.anomaly_map)
    return files


def _stem(inspection: Inspection) -> str:
    # The time keeps apart two parts that had the same number: one lost in a crash, one after it.
    of = picture_of(inspection)
    verdict = verdict_of(inspection).value
    return f"{of.sequence:08d}_{verdict}_{of.captured_at.astimezone(timezone.utc):%H%M%S%f}"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    # OpenCV's own settings are its fastest: asking for a level tries every filter, twice the time.
    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise LedgerError(f"A picture of shape {pixels.shape} cannot be kept as PNG.")
    return data.tobytes()


def _npz(anomaly_map: NDArray[np.float32]) -> bytes:
    # np.savez_compressed packs at level 6: 2.4 times the time for two thirds of the size.
    with np.errstate(over="ignore"):
        half = anomaly_map.astype(np.float16)
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(f"{_MAP}.npy", "w") as entry,
    ):
        np.lib.format.write_array(entry, half, allow_pickle=False)
    return buffer.getvalue()


def _write_all(folder: Path, files: dict[str, bytes]) -> None:
    if not files:
        return
    make_folder(folder)
    for name, data in files.items():
        write_durably(folder / name, data)
    fsync_folder(folder)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _identity(home: Home, path: Path, data: bytes) -> tuple[str, str]:
    return path.relative_to(home.root).as_posix(), hashlib.sha256(data).hexdigest()


def _kept_path(home: Home, row: Row, path: str, what: str) -> Path:
    if not path:
        raise LedgerError(f"Part {row.sequence} ({row.verdict.value}) has no kept {what}.")
    return home.root / path


def _unreadable(row: Row, path: Path, what: str) -> str:
    return (
        f"The {what} of part {row.sequence}, {path}, is missing or damaged, or was removed to free "
        "space. Its row in the ledger stands."
    )
