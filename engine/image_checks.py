"""Is this a picture at all, whatever product it shows?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError
from engine.usual import Finding, Problem

MIN_CONTRAST = 2.0
"""Grey levels (standard deviation). A capped lens or a lamp that is off gives sensor noise of
about 1; the flattest real part measured has 6."""
BLACK, WHITE = 64.0, 192.0
"""Mean grey levels below and above which a blank picture is called black or white."""


def check(pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
    """Refuse a picture that must not be judged.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        frame_size: (H, W) it must have; (0, 0) accepts any.

    Raises:
        ImageError: what `finding` says.
    """
    found = finding(pixels, frame_size)
    if found is not None:
        raise ImageError(found.sentence)


def finding(pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> Finding | None:
    """Say what is wrong: shape, size, or blank (black, white or one flat colour); None if nothing.

    Args as `check`.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        sentence = f"The picture is {pixels.dtype} {pixels.shape}, not 8-bit RGB."
        return Finding(Problem.NO_PICTURE, sentence, 0.0, 0.0)
    if frame_size != (0, 0) and pixels.shape[:2] != frame_size:
        sentence = (
            f"The picture is {pixels.shape[1]} × {pixels.shape[0]} pixels; this recipe was taught "
            f"on {frame_size[1]} × {frame_size[0]}. Choose the camera or the recipe that belong "
            "together."
        )
        return Finding(Problem.WRONG_SIZE, sentence, pixels.shape[0], frame_size[0])
    contrast = _contrast(pixels)
    return _blank(pixels, contrast) if contrast < MIN_CONTRAST else None


def _blank(pixels: NDArray[np.uint8], contrast: float) -> Finding:
    level = float(pixels.mean()) if pixels.size else 0.0
    problem, colour, cure = Problem.FLAT, "one flat colour", "the light, the lens cap and the part"
    if level < BLACK:
        problem, colour, cure = Problem.DARK, "black", "the light, the lens cap and the exposure"
    elif level > WHITE:
        problem, colour, cure = Problem.BRIGHT, "white", "the light and the exposure"
    sentence = f"The picture is blank: {colour}. Check {cure}."
    return Finding(problem, sentence, contrast, MIN_CONTRAST)


def _contrast(pixels: NDArray[np.uint8]) -> float:
    """Largest standard deviation of a channel over every fourth pixel, in grey levels."""
    if not pixels.size:
        return 0.0
    return float(cv2.meanStdDev(np.ascontiguousarray(pixels[::4, ::4]))[1].max())
