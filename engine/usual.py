"""What good pictures of one product have in common, and what speaks against one that has it not.

Bounds were chosen on the virtual line with blur, movement, light and noise put on (figures at
each), and hold where pictures of one product differ: a bound never lies within `SPREAD` robust
standard deviations of what the set itself shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.picture_measures import Gauged, Measured

FEW = 5
"""Pictures below which nothing is compared with the others."""
SPREAD = 5.0
"""Robust standard deviations (1.4826 × median absolute deviation) that good pictures may differ by.
The set `magnetic_tile`, whose faces differ most, reaches 4.5 in sharpness."""
SHARPNESS = 0.5
"""Share of the set's median sharpness. Virtual line and `bottle` as they are: 0.80 and more;
blurred by 1 pixel (standard deviation): 0.44 and less."""
DETAIL_LEFT = 0.25
"""Share of the set's median detail. Out of focus altogether only noise is left, and that is sharp.
Virtual line and `bottle` as they are: 0.68 and more; blurred by 2 pixels: 0.17 and less."""
SMEAR = 0.12
"""Log energy that one direction lacks beside the others. Virtual line as it is: up to 0.010,
`bottle` 0.089; moved by 5 pixels 0.15 to 0.45 on the line, by 12 along a row 0.22 on `bottle`."""
SMEARED_DETAIL = 0.8
"""A movement also takes detail; a turned part does not. Moved by 5 pixels: 0.58 and less."""
LIGHT = 1.5
"""Brightness over the set's median, either way. The night shift's lamp is wanted, half is not."""
DARKEST, BRIGHTEST = 12.0, 243.0
"""Mean grey levels beyond which there is nothing to compare with."""
CLIPPED = 0.1
"""Share of pixels at an end of the scale beyond the set's median; `bottle` is on a white ground."""
ALL_CLIPPED = 0.6
SLACK = 1.25
"""How much farther from the middle than any picture that was taught from a picture may lie."""


class Problem(str, Enum):
    """What a check says against a picture."""

    BLURRED = "blurred"
    SMEARED = "smeared"
    DARK = "too dark"
    BRIGHT = "too bright"
    CLIPPED = "clipped"
    BLACKENED = "clipped black"
    FLAT = "flat"
    TORN = "torn"
    WRONG_SIZE = "wrong size"
    NO_PICTURE = "no picture"
    COPY = "copy"
    NOT_IN_PLACE = "not in place"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing against a picture.

    sentence: the figure, and what to do, for people. value, bound: what was measured and what it
        was held against, in the check's own unit.
    relative: whether it is unusual for the product only; another product's picture may be so.
    """

    problem: Problem
    sentence: str
    value: float
    bound: float
    relative: bool = False

    def to_json(self) -> dict[str, str | float]:
        """Plain numbers and words only."""
        return {**asdict(self), "problem": self.problem.value}


@dataclass(frozen=True, slots=True)
class Range:
    """What a set shows of one logarithmic figure: its median, and how far from it is too far."""

    middle: float
    reach: float

    @classmethod
    def of(cls, values: Sequence[float], least: float) -> "Range":
        """Take the median of `values`; `least` is the shortest reach."""
        middle = float(np.median(values))
        spread = 1.4826 * float(np.median(np.abs(np.asarray(values) - middle)))
        return cls(middle, max(least, SPREAD * spread))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Range":
        """Read what `dataclasses.asdict` wrote. Raises KeyError, TypeError or ValueError."""
        reach = float(data["reach"])
        if not reach > 0:
            raise ValueError(f"a reach of {reach}")
        return cls(float(data["middle"]), reach)

    def around(self, farthest: float) -> "Range":
        """Reach so far that what lies `farthest` from the middle is well inside."""
        return Range(self.middle, max(self.reach, SLACK * farthest))

    def short(self, value: float) -> float:
        """By how much the logarithm of `value` is below the middle."""
        return self.middle - _log(value)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a set shows of every figure.

    white, black: share of clipped pixels beyond which a picture is refused.
    darkest, brightest: mean grey levels beyond which it is, whatever its range says.
    directions: median of `Measured.directions`.
    """

    sharpness: Range
    brightness: Range
    smear: Range
    directions: tuple[float, ...]
    detail: Range
    white: float
    black: float
    darkest: float = DARKEST
    brightest: float = BRIGHTEST

    @classmethod
    def of(cls, pictures: Sequence[Measured]) -> "Usual | None":
        """Say what is usual in `pictures`; None where they are too few."""
        if len(pictures) < FEW:
            return None
        directions = np.median([each.directions for each in pictures], axis=0)
        smears = [float((directions - each.directions).max()) for each in pictures]
        return cls(
            Range.of([_log(each.sharpness) for each in pictures], -log(SHARPNESS)),
            Range.of([_log(each.brightness) for each in pictures], log(LIGHT)),
            Range.of(smears, SMEAR),
            tuple(directions.tolist()),
            Range.of([_log(each.detail) for each in pictures], -log(DETAIL_LEFT)),
            min(1.0, float(np.median([each.white for each in pictures])) + CLIPPED),
            min(1.0, float(np.median([each.black for each in pictures])) + CLIPPED),
        )

    def covering(self, pictures: Sequence[Measured]) -> "Usual":
        """Widen every bound so far that none of `pictures`, nor one a little worse, is refused."""
        lights = [each.brightness for each in pictures]
        light = max(abs(self.brightness.short(each)) for each in lights)
        return replace(
            self,
            sharpness=self.sharpness.around(
                max(self.sharpness.short(p.sharpness) for p in pictures)
            ),
            brightness=self.brightness.around(light),
            smear=self.smear.around(max(self.smeared(each.directions) for each in pictures)),
            detail=self.detail.around(max(self.detail.short(each.detail) for each in pictures)),
            white=min(1.0, max(self.white, *(each.white + CLIPPED / 2 for each in pictures))),
            black=min(1.0, max(self.black, *(each.black + CLIPPED / 2 for each in pictures))),
            darkest=min(DARKEST, min(lights) / SLACK),
            brightest=max(BRIGHTEST, (max(lights) + 255) / 2),
        )

    def smeared(self, directions: NDArray[np.float64]) -> float:
        """Log energy that one direction lacks beside the others, and beside the set's."""
        return float((np.asarray(self.directions) - directions).max())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Usual":
        """Read what `dataclasses.asdict` wrote. Raises KeyError, TypeError or ValueError."""
        sharpness, brightness, smear, detail = (Range.from_json(data[name]) for name in _RANGES)
        directions = tuple(float(each) for each in data["directions"])
        plain = [float(data[name]) for name in ("white", "black", "darkest", "brightest")]
        return cls(sharpness, brightness, smear, directions, detail, *plain)


def against(
    measured: Gauged, usual: Usual | None, directions: Callable[[], NDArray[np.float64]]
) -> list[Finding]:
    """Say what speaks against a picture, in the order in which it should be mended.

    usual: None where nothing is known to compare with.
    directions: `Measured.directions`; asked for only where detail is missing.
    """
    found = [*_light(measured, usual), _clipped(measured, usual)]
    if usual is not None:
        found.append(_focus(measured, usual, directions))
    return [each for each in found if each is not None]


def _light(measured: Gauged, usual: Usual | None) -> list[Finding | None]:
    value = measured.brightness
    dark, bright = DARKEST, BRIGHTEST
    if usual is not None:
        dark = max(usual.darkest, exp(usual.brightness.middle - usual.brightness.reach))
        bright = min(usual.brightest, exp(usual.brightness.middle + usual.brightness.reach))
    if value < dark:
        return [Finding(Problem.DARK, _DARK.format(value=value, bound=dark), value, dark)]
    if value > bright:
        return [Finding(Problem.BRIGHT, _BRIGHT.format(value=value, bound=bright), value, bright)]
    return []


def _clipped(measured: Gauged, usual: Usual | None) -> Finding | None:
    white, black = (usual.white, usual.black) if usual is not None else (ALL_CLIPPED, ALL_CLIPPED)
    for problem, value, bound, text in (
        (Problem.CLIPPED, measured.white, white, _WHITE),
        (Problem.BLACKENED, measured.black, black, _BLACK),
    ):
        if value > bound:
            return Finding(problem, text.format(value, bound), value, bound)
    return None


def _focus(
    measured: Gauged, usual: Usual, directions: Callable[[], NDArray[np.float64]]
) -> Finding | None:
    """Blurred or smeared; a strong blur is a little uneven too, and is then called a blur only."""
    worst = max(
        ((usual.sharpness, measured.sharpness), (usual.detail, measured.detail)),
        key=lambda each: each[0].short(each[1]) / each[0].reach,
    )
    short, reach = worst[0].short(worst[1]), worst[0].reach
    if usual.detail.short(measured.detail) > -log(SMEARED_DETAIL):
        smear = usual.smeared(directions())
        if smear / usual.smear.reach > max(1.0, short / reach):
            sentence = _SMEARED.format(1 - exp(-smear))
            return Finding(Problem.SMEARED, sentence, smear, usual.smear.reach)
    if short > reach:
        share, bound = exp(-short), exp(-reach)
        return Finding(Problem.BLURRED, _BLURRED.format(share, bound), share, bound)
    return None


_RANGES = ("sharpness", "brightness", "smear", "detail")


def _log(value: float) -> float:
    return log(max(value, 1e-6))


_DARK = (
    "Too dark: mean grey level {value:.0f}, at least {bound:.0f} is usual here. Check the light."
)
_BRIGHT = (
    "Too bright: mean grey level {value:.0f}, at most {bound:.0f} is usual here. Check the light."
)
_SMEARED = (
    "Smeared: {:.0%} of the detail is missing in one direction only. Let the part stand still, or "
    "shorten the exposure."
)
_BLURRED = (
    "Blurred: {:.0%} of the usual sharpness; {:.0%} is the least. Focus the lens and clean it."
)
_WHITE = (
    "{:.0%} of the pixels are plain white; {:.0%} are allowed. Shorten the exposure or dim the "
    "lamp."
)
_BLACK = (
    "{:.0%} of the pixels are plain black; {:.0%} are allowed. Lengthen the exposure or add light."
)
