"""Draws one defect into a copy of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.synthetic.noise import fractal
from engine.synthetic.placing import free_centres, pick_centre
from engine.synthetic.shapes import Kind, coverage, outline, softness

CANDIDATES = 8
"""Places looked at for a patch; the one that differs most is taken."""

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Defect:
    """What to draw.

    size: longest extent in pixels, 2 or more.
    contrast: grey levels of 255 by which it differs where it is strongest; 0 for a patch, which
        has the contrast that the picture gives.
    """

    kind: Kind
    size: float
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A picture with a defect.

    picture: uint8 (H, W, 3). mask: bool (H, W), where at least half of the defect's full
    contrast was put; its longest extent is the defect's size.
    """

    picture: NDArray[np.uint8]
    mask: NDArray[np.bool_]


def draw(
    picture: NDArray[np.uint8],
    defect: Defect,
    centre: tuple[int, int],
    allowed: NDArray[np.bool_],
    random: np.random.Generator,
) -> Drawn:
    """Draw `defect` around `centre` (row, column) into a copy of `picture`, uint8 (H, W, 3).

    Nothing outside `allowed`, bool (H, W), is changed. Same generator state, same picture.

    Raises:
        ValueError: the defect does not fit there (see `free_centres`).
    """
    points = outline(defect.kind, defect.size, random)
    alpha = coverage(points, softness(defect.kind, defect.size))
    window = _window(picture, centre, alpha.shape[0])
    alpha = np.where(allowed[window], alpha, np.float32(0))
    ground = picture[window].astype(np.float32)
    if defect.kind is Kind.PATCH:
        change = _elsewhere(picture, centre, alpha, _sources(defect, centre, allowed), random)
        change = change - ground
    else:
        change = _shift(defect, ground, alpha, random)
    result, mask = picture.copy(), np.zeros(picture.shape[:2], bool)
    result[window] = np.rint(ground + alpha[:, :, None] * change).clip(0, 255).astype(np.uint8)
    mask[window] = alpha >= 0.5
    return Drawn(result, mask)


def _window(picture: NDArray[np.uint8], centre: tuple[int, int], side: int) -> Window:
    top, left = centre[0] - side // 2, centre[1] - side // 2
    if min(top, left) < 0 or top + side > picture.shape[0] or left + side > picture.shape[1]:
        raise ValueError(f"A defect of {side} pixels does not fit around {centre}.")
    return slice(top, top + side), slice(left, left + side)


def _shift(
    defect: Defect,
    ground: NDArray[np.float32],
    alpha: NDArray[np.float32],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Return grey levels to add, float32 (S, S, 3) or smaller axes: the contrast with its sign."""
    if defect.kind is Kind.TEXTURE:
        noise = fractal(alpha.shape, max(defect.size / 4, 1.5), random) * (alpha > 0)
        peak = np.float32(max(float(np.abs(noise * alpha).max()), 1e-6))
        return np.asarray(noise[:, :, None] * (np.float32(defect.contrast) / peak), np.float32)
    tint = np.ones(3)
    if defect.kind is Kind.STAIN:
        tint = random.uniform(0.5, 1.5, 3)
        tint /= tint.mean()
    signed = defect.contrast * _sign(ground[alpha >= 0.5], defect.contrast, random)
    return np.asarray(signed * tint[None, None, :], np.float32)


def _sign(covered: NDArray[np.float32], contrast: float, random: np.random.Generator) -> int:
    """Lighter or darker: whichever has room for the contrast, drawn where both have."""
    mean = float(covered.mean())
    lighter, darker = mean + contrast <= 255, mean - contrast >= 0
    drawn = 1 if random.random() < 0.5 else -1
    if lighter == darker:
        return drawn if lighter else (1 if mean < 127.5 else -1)
    return 1 if lighter else -1


def _sources(
    defect: Defect, centre: tuple[int, int], allowed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say where a patch may come from: a part's own places beside it, else anywhere beside it."""
    rows, columns = np.ogrid[: allowed.shape[0], : allowed.shape[1]]
    beside = np.hypot(rows - centre[0], columns - centre[1]) >= defect.size
    own = free_centres(allowed, defect.size) & beside
    if not own.any():
        own = free_centres(np.ones_like(allowed), defect.size) & beside
    return np.asarray(own, np.bool_)


def _elsewhere(
    picture: NDArray[np.uint8],
    centre: tuple[int, int],
    alpha: NDArray[np.float32],
    sources: NDArray[np.bool_],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Return a piece of the picture, float32 (S, S, 3), unlike what it will cover."""
    side = alpha.shape[0]
    here = picture[_window(picture, centre, side)].astype(np.float32)
    pieces = [
        picture[_window(picture, pick_centre(sources, random), side)].astype(np.float32)
        for _ in range(CANDIDATES)
    ]
    differs = [float((np.abs(piece - here) * alpha[:, :, None]).sum()) for piece in pieces]
    return pieces[int(np.argmax(differs))]
