"""Pictures that the tests teach and judge."""

import numpy as np
from numpy.typing import NDArray

from engine.teach import TeachSettings

Picture = NDArray[np.uint8]


def good_picture(seed: int, size: tuple[int, int] = (96, 128)) -> Picture:
    """A lit plate with a disc in it; place and noise vary with the seed."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    centre = np.array(size) / 2 + random.normal(0, 1, 2)
    disc = np.hypot(rows - centre[0], columns - centre[1]) < size[0] / 4
    grey = np.where(disc, 180, 90) + random.normal(0, 3, size)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def bad_picture(seed: int, size: tuple[int, int] = (96, 128)) -> Picture:
    """The same with a dark scratch on the disc."""
    picture = good_picture(seed, size)
    row, column = size[0] // 2, size[1] // 2
    picture[row - 3 : row + 3, column - 14 : column + 14] = 10
    return picture


SMALL = TeachSettings(side=96)
