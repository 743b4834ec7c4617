"""Reads pictures from disk, refusing every file that a decoder would quietly spoil.

Decoders return a half-grey picture for a truncated JPEG, cut 16 bits to 8, drop alpha and convert
CMYK without a word; a picture altered like that would be judged as if it were the part.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import ImageError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
MAX_PIXELS = 80_000_000
_MODES = frozenset({"L", "RGB"})
_WHY_NOT = {
    "RGBA": "has an alpha channel",
    "LA": "has an alpha channel",
    "PA": "has an alpha channel",
    "CMYK": "is CMYK",
    "P": "has a colour palette",
    "1": "has one bit a pixel",
    "F": "has floating-point pixels",
}


def is_image(path: Path) -> bool:
    """True where the file's suffix is one we read."""
    return path.suffix.lower() in SUFFIXES


def load_image(path: Path, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read an 8-bit grey or RGB picture, turned upright by its EXIF orientation.

    Returns:
        uint8 (H, W, 3) RGB, contiguous and read-only; grey is repeated in the three channels.

    Raises:
        ImageError: missing, empty, truncated, not a picture, more than `max_pixels`, or with
            16 bits, alpha, CMYK or a palette. The size is checked before anything is decoded.
    """
    try:
        if path.stat().st_size == 0:
            raise ImageError(f"'{path}' is an empty file. Copy it again from the camera.")
        with Image.open(path) as picture:
            _check_header(picture, path, max_pixels)
            upright = ImageOps.exif_transpose(picture)
            pixels = np.array(upright.convert("RGB"), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise ImageError(f"'{path}' is not a picture this program can read.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"'{path}' is far too large ({error}). Scale it down.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"'{path}' cannot be read: {_reason(error)}. Copy it again.") from error
    pixels.setflags(write=False)
    return pixels


def load_mask(path: Path) -> NDArray[np.bool_]:
    """Read a ground-truth mask: bool (H, W), True where a pixel is not black.

    Raises:
        ImageError: missing or not a picture.
    """
    try:
        with Image.open(path) as picture:
            return np.array(picture.convert("L"), dtype=np.uint8) > 0
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"The mask '{path}' cannot be read: {_reason(error)}.") from error


def _check_header(picture: Image.Image, path: Path, max_pixels: int) -> None:
    width, height = picture.size
    if width * height > max_pixels:
        raise ImageError(
            f"'{path}' has {width} × {height} pixels, more than {max_pixels:,}. Scale it down."
        )
    if picture.mode not in _MODES or "transparency" in picture.info or _is_16_bit(picture):
        why = _WHY_NOT.get(picture.mode, "has an alpha channel")
        why = "has 16 bits a channel" if _is_16_bit(picture) else why
        raise ImageError(f"'{path}' {why}. Save it as 8-bit grey or RGB.")


def _is_16_bit(picture: Image.Image) -> bool:
    """Pillow opens 16-bit RGB as mode RGB; only the decoder's raw mode tells."""
    raw_modes = " ".join(str(tile[3]) for tile in getattr(picture, "tile", []))
    return picture.mode.startswith("I") or "16" in raw_modes


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.rstrip(". ") or type(error).__name__
