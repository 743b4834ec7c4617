"""Is a part's picture fit to be judged? Held against what the taught pictures of its product show.

Teaching keeps the limits; they refuse none of the pictures that they were learned from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import exp, log
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import image_checks
from engine.picture_measures import Measured, directions, gauge, measure, to_grey
from engine.region import Roi, crop
from engine.tears import LEAST_FILLED, filled_rows, flat_rows, step
from engine.usual import Finding, Problem, Range, Usual, against

FLAT = 0.03
"""Share of the height that one-colour rows may go beyond those of the taught pictures, which have
none as a rule."""
STEP, STEP_FACTOR = 0.5, 1.3
"""Grey levels, and times, that a jump between two rows may go beyond the largest taught one; where
pictures differ much in it, also as far as `engine.usual.SPREAD` says."""


LAYOUT = 16
"""Pixels a side of what is kept of the taught pictures: where they are light and where dark."""
ALIKE, ALIKE_SLACK = 0.5, 0.25
"""Correlation with that, below which a picture may be of something else: never closer to the taught
pictures than the slack. Dim, blurred, moved or overexposed pictures of `bottle` and of the virtual
line: 0.75 and more; of each other and of `magnetic_tile`, 0.43 and less."""
SHOWS = 3.0
"""Grey levels (standard deviation over the squares) without which a picture shows nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """One good picture in figures. flat, step: of `engine.tears`."""

    measured: Measured
    flat: float
    step: float

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], roi: Roi | None = None) -> "Examined":
        """Examine uint8 (H, W, 3) RGB: light and sharpness inside `roi`, tears everywhere.

        Raises:
            ImageError: the roi does not fit.
        """
        grey = to_grey(pixels)
        return cls(measure(pixels, roi), flat_rows(grey), step(grey))

    @property
    def layout(self) -> NDArray[np.float32]:
        """Where it is light and where dark, float32 (16 · 16,)."""
        return _layout(self.measured.thumb)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture of the product must be like.

    flat: share of the height that one-colour rows may run.
    step: grey levels by which a row may jump.
    layout: mean grey levels of 16 × 16 squares, row by row.
    alike: correlation with it, below which a picture may show another product.
    """

    usual: Usual
    flat: float
    step: float
    layout: tuple[int, ...]
    alike: float

    @classmethod
    def of(cls, pictures: Sequence[Examined]) -> "Limits | None":
        """Learn from good pictures; None where they are too few to say what is usual."""
        measured = [each.measured for each in pictures]
        usual = Usual.of(measured)
        if usual is None:
            return None
        layout = np.mean([each.layout for each in pictures], axis=0).round().astype(np.float32)
        alike = min(_correlation(layout, each.layout) for each in pictures)
        return cls(
            usual.covering(measured),
            max(each.flat for each in pictures) + FLAT,
            _step_limit([each.step for each in pictures]),
            tuple(layout.astype(int).tolist()),
            min(ALIKE, alike - ALIKE_SLACK),
        )

    @property
    def knows_layout(self) -> bool:
        """Whether the taught pictures have a layout in common that tells them from others."""
        return self.alike >= ALIKE

    def is_foreign(self, pixels: NDArray[np.uint8], roi: Roi | None = None) -> bool:
        """Whether a picture may show another product: well lit, with another layout than taught.

        Raises:
            ImageError: the roi does not fit.
        """
        taught = np.asarray(self.layout, np.float32)
        seen = _layout(to_grey(crop(pixels, roi)))
        lit = self.usual.darkest < seen.mean() < self.usual.brightest
        return bool(lit and seen.std() > SHOWS and _correlation(taught, seen) < self.alike)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Limits":
        """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on foreign data."""
        layout = tuple(int(each) for each in data["layout"])
        if len(layout) != LAYOUT * LAYOUT:
            raise ValueError(f"a layout of {len(layout)} squares")
        flat, step, alike = (float(data[name]) for name in ("flat", "step", "alike"))
        return cls(Usual.from_json(data["usual"]), flat, step, layout, alike)


def check(
    pixels: NDArray[np.uint8],
    frame_size: tuple[int, int],
    limits: Limits | None,
    roi: Roi | None = None,
) -> Finding | None:
    """Say why a picture must not be judged; None where it may be.

    Costs about 6 ms for 1 megapixel.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        frame_size: (H, W) it must have; (0, 0) accepts any.
        limits: None leaves the checks that hold for every product.
        roi: what `limits` were learned inside of.

    Raises:
        ImageError: the roi does not fit.
    """
    if found := image_checks.finding(pixels, frame_size):
        return found
    if found := _filled(pixels):
        return found
    return None if limits is None else _beyond(pixels, limits, roi)


def _beyond(pixels: NDArray[np.uint8], limits: Limits, roi: Roi | None) -> Finding | None:
    grey = to_grey(pixels)
    ways: tuple[Callable[[], Finding | None], ...] = (
        lambda: _torn(flat_rows(grey), limits.flat, _FLAT),
        lambda: _unusual(pixels, limits, roi),
        lambda: _torn(step(grey), limits.step, _STEP, relative=True),
    )
    return next((found for way in ways if (found := way()) is not None), None)


def _unusual(pixels: NDArray[np.uint8], limits: Limits, roi: Roi | None) -> Finding | None:
    found = against(gauge(pixels, roi), limits.usual, lambda: directions(pixels, roi))
    return replace(found[0], relative=True) if found else None


def _filled(pixels: NDArray[np.uint8]) -> Finding | None:
    return _torn(filled_rows(pixels), LEAST_FILLED, _FLAT)


def _torn(value: float, bound: float, text: str, relative: bool = False) -> Finding | None:
    if value <= bound:
        return None
    return Finding(Problem.TORN, text.format(value, bound), value, bound, relative)


def _step_limit(steps: Sequence[float]) -> float:
    usual = Range.of([log(max(each, STEP)) for each in steps], log(STEP_FACTOR))
    return max(exp(usual.middle + usual.reach), max(steps) * STEP_FACTOR) + STEP


def _layout(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(grey, (LAYOUT, LAYOUT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).ravel()


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pearson's, -1 to 1; 0 where one of the two is flat."""
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).mean() / max(float(a.std() * b.std()), 1e-6))


_FLAT = "Part of the picture is missing ({:.0%} of its rows). Check the camera's cable and network."
_STEP = "Torn: rows jump by {:.1f} grey levels, up to {:.1f} is usual. Check the camera's cable."
