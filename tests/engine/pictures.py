"""Pictures that the tests teach and judge."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.location import Location
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


BELT = (360, 480)
ON_BELT = (90, 120, 180, 240)
"""(top, left, height, width) of a plate that lies straight on the belt."""
ANCHORED = (110, 150, 90, 110)
"""The same of a patch of it."""


def on_belt(x: float = 0, y: float = 0, turn_deg: float = 0, noise: int = 0) -> Picture:
    """Blobs of every size on a plate on a dark belt, shifted and turned around (200, 155)."""
    random = np.random.default_rng(7)
    plate = np.zeros((*BELT, 3), np.float32)
    plate[90:270, 120:360] = 90
    for _ in range(60):
        centre, radius = random.uniform((125, 95), (355, 265)), random.uniform(3, 12)
        colour = random.uniform(30, 220, 3).tolist()
        cv2.circle(plate, tuple(map(int, centre)), int(radius), colour, -1, cv2.LINE_AA)
    move = Location((x, y), turn_deg, 1.0, (205.0, 155.0)).matrix()
    seen = cv2.warpAffine(plate, move, BELT[::-1], flags=cv2.INTER_CUBIC)
    grain = np.random.default_rng(noise).normal(20, 3, seen.shape)
    return np.clip(seen + grain, 0, 255).astype(np.uint8)


SMALL = TeachSettings(side=96)
