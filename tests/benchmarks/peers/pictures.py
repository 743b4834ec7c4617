"""Seeded pictures of one good part, as files: a ring with a neck, never twice in the same place."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def write(folder: Path, count: int, side: int) -> None:
    """Write `count` PNG files of side × side pixels."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:04d}.png"), _part(random, side))


def _part(random: np.random.Generator, side: int) -> NDArray[np.uint8]:
    picture = np.full((side, side, 3), 225, np.uint8)
    centre = [int(x) for x in side / 2 + random.normal(0, side * 0.01, 2)]
    colour = random.normal((40, 70, 105), 4)
    for radius, shade in ((0.42, 1.0), (0.36, 1.5), (0.30, 0.7), (0.14, 1.9)):
        filling = [float(value) for value in np.clip(colour * shade, 0, 255)]
        cv2.circle(picture, centre, round(side * radius), filling, -1, cv2.LINE_AA)
    coarse = cv2.resize(random.normal(0, 8, (24, 24, 1)), (side, side))[:, :, None]
    noisy = picture + coarse + random.normal(0, 2, picture.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
