"""Image registration: what a fixture leaves parts of play is taken back, to parts of a pixel, and
what the lamp does from part to part.

By position a patch is compared with what good parts show at its place. Four pixels wide and seen
two aside it is another vector, and what that spreads hides small defects. So each picture is laid
on a reference, the mean of good ones: the optical flow of Lucas and Kanade (in pyramids, after
Bouguet, 2001; OpenCV's) at cells 32 pixels apart, then their median and a smooth field between.
Its windows are far wider than a defect that is worth registering for, so that none is undone. Then
each colour's light is brought to the reference's by a gain that rises or falls evenly across the
picture: a dimmer or crooked lamp is taken back, and no stain.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.progress import Progress, no_progress

CELL = 32
"""Pixels of the network's scale from one measured displacement to the next."""
HALF = 2
"""Displacements are measured on pictures of half the size."""
WINDOW = 47
"""Pixels, there, of the square that each is measured in: 94 of the network's scale."""
FARTHEST = 16.0
"""Pixels beyond which no part in a fixture lies aside; what seems to is left where it is."""
STEP = 1 / 64
"""Pixels that displacements are rounded to: machines that differ in the last digits then lay a part
at the very same place, and its score is the same on each."""
SMOOTH = 0.5
"""Cells (sigma) over which the field is smoothed. On six virtual panels cells of 64 and 0.7 left a
mean difference of 2.86 grey levels, cells of 32 and 0.5 of 2.54."""
DETAIL = 12.0
"""Pixels (sigma), at half size, beyond which brightness is the lamp's and not the part's."""
CONTRAST = 2.0
PASSES = 2
"""The first lays pictures on one of them, the second on the mean of these."""
HELPS = 0.8
"""Share of the difference from the reference that registering may leave. Virtual panels: 0.13 to
0.24."""
ROWS = 16
"""Cells in one strip of a picture, which is moved and lit strip by strip to bound its memory."""
OUTLYING = 2.5
"""Robust standard deviations beyond which a cell says nothing of the lamp."""
FITS = 3
"""Times that the lamp's gain is fitted, each without what lay off the last."""
GAIN = 2.0
"""Most that light is brought up or down."""
GAIN_STEP = 2.0**-14
"""Logarithm that gains are rounded to, for the same reason as displacements."""
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.01)

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
"""float32 (cells down, cells across, 2): where what the reference shows there lies in a picture,
less where it lies in the reference; x and y, in pixels."""
Light = NDArray[np.float32]
Gains = NDArray[np.float32]
"""float32 (3, 3), a row a colour: the gain's logarithm in the middle of the picture, and how much
that rises to its right and its lower border."""


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """What pictures are laid on.

    reference: uint8 (h, w), grey, half the size of the pictures, light taken out.
    light: float32 (cells down, cells across, 3), mean colour of each cell, 0 to 255.
    """

    reference: Picture
    light: Light

    @classmethod
    def on(cls, picture: Picture) -> "Registration":
        """Lay pictures on this one, uint8 (H, W, 3)."""
        return cls(_detail(picture), _light(picture))

    @classmethod
    def learn(
        cls, read: Callable[[int], Picture], count: int, progress: Progress = no_progress
    ) -> "Registration | None":
        """Learn the reference from `count` good pictures, uint8 (H, W, 3), all of one size.

        Args:
            read: gives picture 0 to count - 1; each is asked for `PASSES` + 1 times.
            progress: told the stage "registration".

        Returns:
            None where laying them on it does not make them more alike: parts that have no common
            shape must not be bent to one.
        """

        def told(step: int, number: int) -> Picture:
            progress("registration", step * count + number + 1, (PASSES + 1) * count)
            return read(number)

        found = cls.on(read(0))
        for step in range(PASSES):
            found = cls.on(found._mean(told(step, number) for number in range(count)))
        left = [found._left(told(PASSES, number)) for number in range(count)]
        return found if float(np.median(left)) <= HELPS else None

    def brought(self, picture: Picture) -> Picture:
        """Return uint8 (H, W, 3), the picture laid on the reference, in the reference's light.

        Pixels are interpolated as `region.brought` does.
        """
        moved = _moved(picture, self.field(picture))
        _relight(moved, self._gains(_light(moved)))
        return moved

    def field(self, picture: Picture) -> Field:
        """Say how far a picture, uint8 (H, W, 3), is displaced."""
        cells = _cells(self.reference.shape)
        found, known, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]  # None is one
            self.reference,
            _detail(picture),
            cells.reshape(-1, 1, 2),
            None,
            winSize=(WINDOW, WINDOW),
            maxLevel=1,
            criteria=_STOP,
        )
        moved = HALF * (found.reshape(cells.shape) - cells)
        lost = (known.reshape(cells.shape[:2]) == 0) | (np.abs(moved).max(axis=2) > FARTHEST)
        moved[lost] = 0
        middle = cv2.merge([cv2.medianBlur(axis, 3) for axis in cv2.split(moved)])
        return np.round(cv2.GaussianBlur(middle, (0, 0), SMOOTH) / STEP) * np.float32(STEP)

    def _gains(self, light: Light) -> Gains:
        """Return what brings `light` to the reference's."""
        ratios = np.log((self.light + 1) / (light + 1)).reshape(-1, 3)
        seen = ratios.any(axis=1)  # a cell that is ignored is one colour in every picture
        across = _places(light.shape)[seen]
        found = np.stack([_plane(across, ratio) for ratio in ratios[seen].T])
        most = np.log(GAIN)
        return np.asarray(np.round(found.clip(-most, most) / GAIN_STEP) * GAIN_STEP, np.float32)

    def _mean(self, pictures: Iterable[Picture]) -> Picture:
        """Return the mean of pictures laid on the reference, moved to their mean place."""
        total, fields = np.empty(0, np.float32), list[Field]()
        for picture in pictures:
            fields.append(self.field(picture))
            moved = _moved(picture, fields[-1])
            total = total if total.size else np.zeros(moved.shape, np.float32)
            cv2.accumulate(moved, total)
        mean = cv2.convertScaleAbs(total, alpha=1 / len(fields))
        usual = np.asarray(np.mean(fields, axis=0), np.float32)
        return _moved(np.asarray(mean, np.uint8), -usual)

    def _left(self, picture: Picture) -> float:
        """Return how much of a picture's difference from the reference registering it leaves."""
        before = cv2.absdiff(_detail(picture), self.reference).mean()
        after = cv2.absdiff(_detail(self.brought(picture)), self.reference).mean()
        return float(after / max(before, 1e-6))


def _detail(picture: Picture) -> Picture:
    """Return half of uint8 (H, W, 3), grey, around 128: its details without the lamp's light."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    half = cv2.resize(grey, None, fx=1 / HALF, fy=1 / HALF, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(half, (0, 0), DETAIL)
    return np.asarray(cv2.addWeighted(half, CONTRAST, light, -CONTRAST, 128), np.uint8)


def _light(picture: Picture) -> Light:
    """Return the mean colour of each cell of uint8 (H, W, 3), 0 to 255."""
    height, width = (length // CELL for length in picture.shape[:2])
    strips = (picture[top : top + ROWS * CELL] for top in range(0, height * CELL, ROWS * CELL))
    means = [
        cv2.resize(
            strip.astype(np.float32), (width, len(strip) // CELL), interpolation=cv2.INTER_AREA
        )
        for strip in strips
    ]
    return np.asarray(np.concatenate(means), np.float32)


def _places(size: tuple[int, ...]) -> NDArray[np.float64]:
    """Return 1, x and y of everything in (h, w, …), -1 to 1 from border to border, (h · w, 3)."""
    y, x = (_axis(length) for length in size[:2])
    found = np.stack([np.ones(size[:2]), *np.meshgrid(x, y)], axis=2).reshape(-1, 3)
    return np.asarray(found, np.float64)


def _axis(count: int) -> NDArray[np.float64]:
    return (np.arange(count) + 0.5) * 2 / count - 1


def _plane(places: NDArray[np.float64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fit values (N,) by what is even across the picture, (3,); outlying ones have no say."""
    found: NDArray[np.float64] = np.zeros(3)
    near = np.ones(len(values), np.bool_)
    for _ in range(FITS):
        if near.sum() < len(found):
            break
        found = np.asarray(np.linalg.lstsq(places[near], values[near])[0], np.float64)
        off = np.abs(values - places @ found)
        near = off <= OUTLYING * 1.4826 * np.median(off)
    return found


def _relight(picture: Picture, gains: Gains) -> None:
    """Bring uint8 (H, W, 3) up or down in its place by `gains`."""
    height, width = picture.shape[:2]
    middle, right, down = gains.T
    rows = np.exp(middle + down * _axis(height)[:, None, None]).astype(np.float32)
    columns = np.exp(right * _axis(width)[:, None]).astype(np.float32)
    for top in range(0, height, ROWS * CELL):
        strip = picture[top : top + ROWS * CELL]
        cv2.multiply(strip, rows[top : top + len(strip)] * columns, strip, dtype=cv2.CV_8U)


def _cells(half: tuple[int, ...]) -> Field:
    """Return the middles (x, y) of the cells of a picture of half size (h, w), in its pixels."""
    side = CELL // HALF
    rows, columns = ((np.arange(-(-length // side)) + 0.5) * side - 0.5 for length in half)
    return np.stack(np.meshgrid(columns, rows), axis=2).astype(np.float32)


def _moved(picture: Picture, field: Field) -> Picture:
    """Return the picture as it looks where `field` says that it lies."""
    moved = np.empty_like(picture)
    for rows, places in _strips(picture.shape, field):
        cv2.remap(  # type: ignore[call-overload]  # None is one
            picture, places, None, cv2.INTER_CUBIC, moved[rows], borderMode=cv2.BORDER_REPLICATE
        )
    return moved


def _strips(size: tuple[int, ...], field: Field) -> Iterator[tuple[slice, Field]]:
    """Yield strips of rows, and for each of their pixels where it lies, float32 (h, W, 2).

    Places are interpolated between cells' middles. One more cell on each side is laid out there,
    which moves as its neighbour does.
    """
    height, width = size[:2]
    padded = np.pad(field, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows, columns = ((np.arange(count) - 0.5) * CELL - 0.5 for count in padded.shape[:2])
    padded += np.stack(np.meshgrid(columns, rows), axis=2).astype(np.float32)
    for first in range(0, -(-height // CELL), ROWS):
        last = min(first + ROWS, field.shape[0])
        near = padded[first : last + 2]
        fine = (near.shape[1] * CELL, near.shape[0] * CELL)
        places = cv2.resize(near, fine, interpolation=cv2.INTER_LINEAR)
        top, bottom = first * CELL, min(last * CELL, height)
        inside = places[CELL : CELL + bottom - top, CELL : CELL + width]
        yield slice(top, bottom), np.ascontiguousarray(inside, np.float32)
