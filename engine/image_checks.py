"""Is this picture fit to be judged or taught from?"""

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError

MIN_CONTRAST = 2.0
"""Grey levels (standard deviation). A capped lens or a lamp that is off gives sensor noise of
about 1; the flattest real part measured has 6."""


def check(pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
    """Refuse a picture that must not be judged.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        frame_size: (H, W) it must have; (0, 0) accepts any.

    Raises:
        ImageError: wrong shape or size, or blank (black, white or one flat colour).
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ImageError(f"The picture is {pixels.dtype} {pixels.shape}, not 8-bit RGB.")
    if frame_size != (0, 0) and pixels.shape[:2] != frame_size:
        raise ImageError(
            f"The picture is {pixels.shape[1]} × {pixels.shape[0]} pixels; this recipe was taught "
            f"on {frame_size[1]} × {frame_size[0]}. Choose the camera or the recipe that belong "
            "together."
        )
    if _contrast(pixels) < MIN_CONTRAST:
        raise ImageError("The picture is blank. Check the light, the lens cap and the part.")


def _contrast(pixels: NDArray[np.uint8]) -> float:
    """Largest standard deviation of a channel over every fourth pixel, in grey levels."""
    return float(pixels[::4, ::4].reshape(-1, 3).std(axis=0).max()) if pixels.size else 0.0
