"""Folders of pictures: found, put in order, and checked before anything is learnt from them."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import image_checks
from engine.errors import ImageError
from engine.images import is_image, load_image
from engine.progress import IsCancelled, Progress, raise_if
from station.errors import StationError

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """Pictures fit to be used, each content once.

    copies: how many exact copies were left out.
    frame_size: (H, W) in pixels; (0, 0) where they differ.
    """

    paths: tuple[Path, ...]
    copies: int
    frame_size: tuple[int, int]


def natural_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sort part9 before part10, upper and lower case alike; names alone break ties."""
    pieces = re.findall(r"\d+|\D+", path.name.casefold())
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in pieces], path.name


def find_pictures(places: Iterable[Path]) -> list[Path]:
    """Return the picture files in `places` (files, or folders of files), in natural order.

    Raises:
        StationError: a place that does not exist, or a folder without pictures.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(filter(is_image, place.iterdir()), key=natural_key)
            if not inside:
                raise StationError(
                    f"The folder '{place}' has no pictures (PNG, JPEG, BMP or TIFF). "
                    "Name the folder that holds the pictures themselves."
                )
            found += inside
        elif place.exists():
            found.append(place)
        else:
            raise StationError(f"There is no file or folder '{place}'.")
    return found


def check_pictures(
    paths: Sequence[Path],
    progress: Progress,
    cancelled: IsCancelled,
    stage: str = "reading",
    seen: Callable[[NDArray[np.uint8]], object] | None = None,
) -> Checked:
    """Open every picture once and keep those to be used.

    seen: is shown the pixels of each as it is read; raises ImageError where it cannot use them.

    Raises:
        StationError: names the unfit files; none is left out silently.
        Cancelled: between two pictures.
    """
    unfit: list[str] = []
    kept: dict[str, Path] = {}
    sizes: set[tuple[int, int]] = set()
    for done, path in enumerate(paths, start=1):
        raise_if(cancelled)
        try:
            pixels = load_fit(path)
            if seen is not None:
                seen(pixels)
        except ImageError as error:
            unfit.append(str(error))
        else:
            kept.setdefault(_fingerprint(pixels), path)
            sizes.add((pixels.shape[0], pixels.shape[1]))
        progress(stage, done, len(paths))
    if unfit:
        raise StationError(_complaint(unfit, len(paths)))
    return Checked(
        tuple(kept.values()), len(paths) - len(kept), sizes.pop() if len(sizes) == 1 else (0, 0)
    )


def load_fit(path: Path) -> NDArray[np.uint8]:
    """Read one picture and refuse it where it is blank. Raises ImageError naming the file."""
    pixels = load_image(path)
    try:
        image_checks.check(pixels, (0, 0))
    except ImageError as error:
        raise ImageError(f"'{path}': {error}") from error
    return pixels


def _fingerprint(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _complaint(unfit: Sequence[str], total: int) -> str:
    more = f"\n  … and {len(unfit) - SHOWN} more" if len(unfit) > SHOWN else ""
    listed = "".join(f"\n  {text}" for text in unfit[:SHOWN])
    return f"{len(unfit)} of {total} pictures cannot be used; remove or replace them:{listed}{more}"
