"""Is a collected picture as fit to teach from as the others of its product?

Each is held against what the others show: a matt casting and a glossy board have no sharpness in
common. Bounds were chosen on the virtual line with blur, movement, light and noise put on (figures
at each), and hold where pictures of one product differ: a bound never lies within `SPREAD` robust
standard deviations of what the set itself shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError
from engine.picture_measures import Measured, same_detail, unlikeness

Locate = Callable[[NDArray[np.uint8]], float] | None
"""Pixels -> with what confidence, 0 to 1, the part was found; raises ImageError where it was not.
None where nobody has said how the part is found."""

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
UNLIKE = 1.25
"""Grey levels (engine.picture_measures.unlikeness). One part left lying, with noise of 4 grey
levels and a lamp 5 % dimmer: 1.1 and less. The two most alike parts of the virtual line 3.4, of
`bottle` 2.8, of `magnetic_tile` 1.6."""
SAME_DETAIL = 0.7
"""Correlation of the finest detail, without which sheets of one material would all be copies: one
part left lying 0.75 and more, two sheets 0."""


class Problem(str, Enum):
    """What a check says against a picture."""

    BLURRED = "blurred"
    SMEARED = "smeared"
    DARK = "too dark"
    BRIGHT = "too bright"
    CLIPPED = "clipped"
    COPY = "copy"
    NOT_IN_PLACE = "not in place"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing against a picture.

    sentence: the figure, and what to do, for people. value, bound: what was measured and what it
        was held against, in the check's own unit.
    """

    problem: Problem
    sentence: str
    value: float
    bound: float

    def to_json(self) -> dict[str, str | float]:
        """Plain numbers and words only."""
        return {**asdict(self), "problem": self.problem.value}


class PictureSet:
    """The pictures of one product as they come; each is held against all of them.

    Names are the caller's. Medians move as pictures come, so `findings` of an earlier one may too.
    """

    def __init__(self) -> None:
        self._measured: dict[str, Measured] = {}
        self._copies: dict[str, Finding] = {}
        self._unlocated: dict[str, Finding] = {}
        self._usual: _Usual | None = None

    def add(self, name: str, measured: Measured, unlocated: Finding | None = None) -> None:
        """Take one more picture. unlocated: what `located` found."""
        copy = self._copy_of(measured)
        self._measured[name] = measured
        self._usual = _Usual.of(list(self._measured.values()))
        if copy is not None:
            self._copies[name] = copy
        if unlocated is not None:
            self._unlocated[name] = unlocated

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Say what speaks against a picture, in the order in which it should be mended.

        Raises:
            KeyError: no picture of that name was taken.
        """
        measured = self._measured[name]
        copy = self._copies.get(name)
        found = self.against(measured, self._unlocated.get(name))
        return found if copy is None else (*found, copy)

    def against(self, measured: Measured, unlocated: Finding | None = None) -> tuple[Finding, ...]:
        """Say what speaks against any picture but that it may be a copy."""
        found = [unlocated, *_light(measured, self._usual), _clipped(measured, self._usual)]
        found += _focus(measured, self._usual)
        return tuple(each for each in found if each is not None)

    def _copy_of(self, measured: Measured) -> Finding | None:
        for name, kept in self._measured.items():
            value = unlikeness(kept.thumb, measured.thumb)
            if value < UNLIKE and same_detail(kept.thumb, measured.thumb) > SAME_DETAIL:
                return Finding(Problem.COPY, _COPY.format(name=name, value=value), value, UNLIKE)
        return None


def located(pixels: NDArray[np.uint8], locate: Locate) -> Finding | None:
    """Say that the part is not where it can be found; None where it is, or nothing locates it."""
    if locate is None:
        return None
    try:
        locate(pixels)
    except ImageError as error:
        return Finding(Problem.NOT_IN_PLACE, f"The part is not in place: {error}", 0.0, 1.0)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """What a set shows of one logarithmic figure: its median, and how far from it is too far."""

    middle: float
    reach: float

    @classmethod
    def of(cls, values: Sequence[float], least: float) -> "_Range":
        middle = float(np.median(values))
        spread = 1.4826 * float(np.median(np.abs(np.asarray(values) - middle)))
        return cls(middle, max(least, SPREAD * spread))

    def short(self, value: float) -> float:
        """By how much the logarithm of `value` is below the middle."""
        return self.middle - _log(value)


@dataclass(frozen=True, slots=True, eq=False)
class _Usual:
    sharpness: _Range
    brightness: _Range
    smear: _Range
    directions: NDArray[np.float64]
    detail: _Range
    white: float
    black: float

    @classmethod
    def of(cls, pictures: Sequence[Measured]) -> "_Usual | None":
        if len(pictures) < FEW:
            return None
        directions = np.median([each.directions for each in pictures], axis=0)
        smears = [float((directions - each.directions).max()) for each in pictures]
        return cls(
            _Range.of([_log(each.sharpness) for each in pictures], -log(SHARPNESS)),
            _Range.of([_log(each.brightness) for each in pictures], log(LIGHT)),
            _Range.of(smears, SMEAR),
            directions,
            _Range.of([_log(each.detail) for each in pictures], -log(DETAIL_LEFT)),
            float(np.median([each.white for each in pictures])),
            float(np.median([each.black for each in pictures])),
        )


def _light(measured: Measured, usual: _Usual | None) -> list[Finding | None]:
    value = measured.brightness
    dark, bright = DARKEST, BRIGHTEST
    if usual is not None:
        dark = max(dark, exp(usual.brightness.middle - usual.brightness.reach))
        bright = min(bright, exp(usual.brightness.middle + usual.brightness.reach))
    if value < dark:
        return [Finding(Problem.DARK, _DARK.format(value=value, bound=dark), value, dark)]
    if value > bright:
        return [Finding(Problem.BRIGHT, _BRIGHT.format(value=value, bound=bright), value, bright)]
    return []


def _clipped(measured: Measured, usual: _Usual | None) -> Finding | None:
    white, black = (usual.white, usual.black) if usual is not None else (0.0, 0.0)
    allowed = CLIPPED if usual is not None else ALL_CLIPPED
    for value, others, what, cure in (
        (measured.white, white, "white", "Shorten the exposure or dim the lamp."),
        (measured.black, black, "black", "Lengthen the exposure or add light."),
    ):
        bound = min(1.0, others + allowed)
        if value > bound:
            sentence = (
                f"{value:.0%} of the pixels are plain {what}; {bound:.0%} are allowed. {cure}"
            )
            return Finding(Problem.CLIPPED, sentence, value, bound)
    return None


def _focus(measured: Measured, usual: _Usual | None) -> list[Finding | None]:
    """Blurred or smeared; a strong blur is a little uneven too, and is then called a blur only."""
    if usual is None:
        return []
    smear = float((usual.directions - measured.directions).max())
    lost = usual.detail.short(measured.detail)
    worst = max(
        ((usual.sharpness, measured.sharpness), (usual.detail, measured.detail)),
        key=lambda each: each[0].short(each[1]) / each[0].reach,
    )
    short, reach = worst[0].short(worst[1]), worst[0].reach
    if smear / usual.smear.reach > max(1.0, short / reach) and lost > -log(SMEARED_DETAIL):
        sentence = _SMEARED.format(1 - exp(-smear))
        return [Finding(Problem.SMEARED, sentence, smear, usual.smear.reach)]
    if short > reach:
        share, bound = exp(-short), exp(-reach)
        return [Finding(Problem.BLURRED, _BLURRED.format(share, bound), share, bound)]
    return []


def _log(value: float) -> float:
    return log(max(value, 1e-6))


_COPY = (
    "Shows what '{name}' shows (they differ by {value:.1f} grey levels, parts by "
    f"{UNLIKE:g} or more). Place another part."
)
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
