"""Where a part lies: its anchor, a patch of the reference picture, found again in every picture.

Coarse to fine: normalised correlation (OpenCV's template matching) over turned, shrunken pictures,
then the enhanced correlation coefficient (Evangelidis and Psarakis, "Parametric Image Alignment
Using Enhanced Correlation Coefficient Maximization", PAMI 2008) for parts of a pixel and a degree.
Both are blind to a brighter or dimmer lamp.
"""

from dataclasses import dataclass
from heapq import nlargest
from math import atan2, ceil, cos, degrees, hypot, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError, NotInPlace

LEAST = 0.8
"""Correlation below which a part counts as not found. On shifted and turned virtual boards found
parts have 0.98 and more, an empty belt 0.1, the same boards mirrored up to 0.75."""
MAX_TURN = 15.0
MAX_SHIFT = 0.25
"""Share of the picture's shorter side that the anchor is looked for around its place."""
SMALLEST = 16
"""Pixels a side of the smallest anchor."""
MIN_CONTRAST = 6.0
"""Grey levels (standard deviation) an anchor must have."""
COARSE, FINE = 32, 128
"""Longest side of the anchor in either search, in pixels."""
COARSE_LEAST = 10
STEP_DEG = 3.0
SHIFT_STEP, TURN_STEP = 1 / 64, 1 / 512
"""Pixels and degrees that a location is rounded to: machines that differ in the last digits then
bring a part to the very same place, and its score is the same on each."""
TRIED = 3
"""Places that the coarse search hands to the fine one."""
SURE = 0.9
_FINE_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-5)

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A patch of the reference picture that every part is located by.

    template: uint8 (h, w), grey. top, left: where it lies in the reference picture, in pixels.
    max_shift: pixels by which it may lie elsewhere, along either axis. max_turn: degrees by which
        it may be turned. least: confidence, a correlation up to 1, that is enough.
    """

    template: Grey
    top: int
    left: int
    max_shift: int
    max_turn: float = MAX_TURN
    least: float = LEAST

    @classmethod
    def of(
        cls,
        reference: NDArray[np.uint8],
        rectangle: tuple[int, int, int, int],
        max_shift: int | None = None,
        max_turn: float = MAX_TURN,
        least: float = LEAST,
    ) -> "Anchor":
        """Cut the anchor out of a reference picture, uint8 (H, W, 3) RGB.

        Args:
            rectangle: (top, left, height, width) in pixels. max_shift: a quarter of the shorter
                side where none is given.

        Raises:
            ImageError: it sticks out, is too small, or shows nothing to hold on to.
        """
        top, left, height, width = rectangle
        _check_rectangle(rectangle, reference.shape)
        patch = reference[top : top + height, left : left + width]
        template = np.ascontiguousarray(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), np.uint8)
        if template.std() < MIN_CONTRAST:
            raise ImageError(
                "The anchor shows nothing to hold on to. Draw it around something with edges that "
                "every part has: a hole, a corner, printing."
            )
        shift = round(MAX_SHIFT * min(reference.shape[:2])) if max_shift is None else max_shift
        return cls(template, top, left, max(1, shift), max_turn, least)

    @property
    def rectangle(self) -> tuple[int, int, int, int]:
        """(top, left, height, width) in the reference picture."""
        return self.top, self.left, self.template.shape[0], self.template.shape[1]

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of its middle in the reference picture; a pixel's middle lies at its half."""
        height, width = self.template.shape
        return self.left + width / 2, self.top + height / 2


@dataclass(frozen=True, slots=True)
class Location:
    """Where a part lies as seen from the reference: turned around the anchor's middle and shifted.

    shift: (x, y) of the anchor's middle, in pixels. turn_deg: clockwise as people see it.
    confidence: correlation of the anchor with what lies there, at most 1. centre: the anchor's.
    """

    shift: tuple[float, float]
    turn_deg: float
    confidence: float
    centre: tuple[float, float]

    def to_picture(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points (N, 2), x and y in the reference picture, lie in this one."""
        centre = np.array(self.centre)
        turned: NDArray[np.float64] = (points - centre) @ _turn(self.turn_deg).T
        turned += centre + self.shift
        return turned

    def matrix(self, corner: tuple[int, int] = (0, 0)) -> Matrix:
        """Return the (2, 3) matrix that OpenCV warps with, from the reference to the picture.

        corner: (top, left) of the reference's piece that is warped.
        """
        turn = _turn(self.turn_deg)
        start = np.array([[corner[1] + 0.5, corner[0] + 0.5]])
        return np.column_stack([turn, self.to_picture(start)[0] - 0.5])


def locate(image: NDArray[np.uint8], anchor: Anchor) -> Location:
    """Find the anchor in uint8 (H, W, 3) RGB.

    Raises:
        NotInPlace: nowhere within reach with enough confidence.
    """
    best: Location | None = None
    for guess in _sought(image, anchor):
        found = _refined(image, anchor, guess)
        if found is not None and (best is None or found.confidence > best.confidence):
            best = found
        if best is not None and best.confidence > SURE:
            break
    confidence = 0.0 if best is None else max(0.0, best.confidence)
    if best is None or confidence < anchor.least or not _within(best, anchor):
        raise NotInPlace(
            f"The part is not in place: its anchor is recognised to {confidence:.0%}, "
            f"{anchor.least:.0%} is needed. Lay the part where the taught ones lay, and see "
            "that nothing covers the anchor."
        )
    return best


@dataclass(frozen=True, slots=True)
class _Guess:
    """What the coarse search found: correlation, (x, y) of the anchor's middle, degrees."""

    correlation: float
    x: float
    y: float
    turn_deg: float


def _sought(image: NDArray[np.uint8], anchor: Anchor) -> list[_Guess]:
    """Match the shrunken anchor at every angle; the best guesses, one an angle, best first."""
    factor = _shrinks(anchor.template, COARSE)
    template = _shrunk(anchor.template, factor)
    half = anchor.max_shift + hypot(*anchor.template.shape) / 2 + factor
    window, left, top = _window(image, anchor.centre, half * 1.5, factor)
    if window.size == 0:
        return []
    reach = ceil(anchor.max_shift / factor)
    middle = (np.array(anchor.centre) - (left, top)) / factor
    steps = ceil(anchor.max_turn / STEP_DEG)
    angles = np.linspace(-anchor.max_turn, anchor.max_turn, 2 * steps + 1)
    guesses = [_best_at(window, template, middle, reach, float(angle)) for angle in angles]
    best = nlargest(TRIED, guesses, key=lambda guess: guess.correlation)
    return [
        _Guess(g.correlation, left + g.x * factor, top + g.y * factor, g.turn_deg) for g in best
    ]


def _best_at(
    window: Grey, template: Grey, middle: NDArray[np.float64], reach: int, angle: float
) -> _Guess:
    """Turn the window back by `angle` around `middle` (x, y) and match; in the window's pixels."""
    height, width = template.shape
    size = (width + 2 * reach, height + 2 * reach)
    turn, centre = _turn(angle), np.array(size) / 2
    move = _for_opencv(turn, middle - turn @ centre)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    canvas = cv2.warpAffine(window, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    matched = cv2.matchTemplate(canvas, template, cv2.TM_CCOEFF_NORMED)
    _, correlation, _, (x, y) = cv2.minMaxLoc(matched)
    found = turn @ (np.array([x + width / 2, y + height / 2]) - centre) + middle
    return _Guess(float(correlation), float(found[0]), float(found[1]), angle)


def _refined(image: NDArray[np.uint8], anchor: Anchor, guess: _Guess) -> Location | None:
    """Bring a guess to parts of a pixel, coarsely and then finely; None where it does not hold."""
    confidence = guess.correlation
    for longest in (COARSE, FINE):
        factor = _shrinks(anchor.template, longest)
        template = _shrunk(anchor.template, factor)
        half = hypot(*anchor.template.shape) / 2 + 8 * factor
        window, left, top = _window(image, (guess.x, guess.y), half, factor)
        if min(window.shape) < 2:
            return None
        turn = _turn(guess.turn_deg)
        middle = np.array(anchor.template.shape[::-1]) / 2 / factor
        at = np.array([guess.x - left, guess.y - top]) / factor
        start = _for_opencv(turn, at - turn @ middle).astype(np.float32)
        try:
            confidence, found = cv2.findTransformECC(  # type: ignore[call-overload]  # None is one
                template, window, start, cv2.MOTION_EUCLIDEAN, _FINE_STOP, None, 3
            )
        except cv2.error:
            return None
        moved = (found[:, :2] @ (middle - 0.5) + found[:, 2] + 0.5) * factor + (left, top)
        angle = degrees(atan2(found[1, 0], found[0, 0]))
        guess = _Guess(float(confidence), float(moved[0]), float(moved[1]), angle)
    x, y = anchor.centre
    shift = (_rounded(guess.x - x, SHIFT_STEP), _rounded(guess.y - y, SHIFT_STEP))
    turn_deg = _rounded(guess.turn_deg, TURN_STEP)
    return Location(shift, turn_deg, guess.correlation, anchor.centre)


def _rounded(value: float, step: float) -> float:
    return round(value / step) * step


def _within(found: Location, anchor: Anchor) -> bool:
    near = max(map(abs, found.shift)) <= 1.5 * anchor.max_shift
    return near and abs(found.turn_deg) <= anchor.max_turn + STEP_DEG / 2


def _window(
    image: NDArray[np.uint8], centre: tuple[float, float], half: float, factor: int
) -> tuple[Grey, int, int]:
    """Cut a square around (x, y), grey and shrunken; return it, and its left and top."""
    x, y = centre
    top, left = max(0, int(y - half)), max(0, int(x - half))
    piece = image[top : max(0, ceil(y + half)), left : max(0, ceil(x + half))]
    if min(piece.shape[:2]) < factor:
        return np.empty((0, 0), np.uint8), left, top
    grey = cv2.cvtColor(np.ascontiguousarray(piece), cv2.COLOR_RGB2GRAY)
    return _shrunk(np.asarray(grey, np.uint8), factor), left, top


def _shrinks(template: Grey, longest: int) -> int:
    """Return the whole number to divide by: whole ones keep what lies where exact."""
    height, width = template.shape
    wanted: int = min(round(max(height, width) / longest), min(height, width) // COARSE_LEAST)
    return max(1, wanted)


def _shrunk(grey: Grey, factor: int) -> Grey:
    if factor == 1:
        return grey
    height, width = (side // factor for side in grey.shape)
    whole = grey[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _turn(angle_deg: float) -> Matrix:
    turn = radians(angle_deg)
    return np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])


def _for_opencv(turn: Matrix, shift: NDArray[np.float64]) -> Matrix:
    """Return the (2, 3) matrix where OpenCV counts from a pixel's middle, not from its corner."""
    return np.column_stack([turn, shift + turn @ np.array([0.5, 0.5]) - 0.5])


def _check_rectangle(rectangle: tuple[int, int, int, int], size: tuple[int, ...]) -> None:
    top, left, height, width = rectangle
    if min(height, width) < SMALLEST:
        raise ImageError(
            f"An anchor of {width} × {height} pixels is too small. Draw it at least "
            f"{SMALLEST} × {SMALLEST} pixels large; larger ones hold the angle better."
        )
    if top < 0 or left < 0 or top + height > size[0] or left + width > size[1]:
        raise ImageError(
            f"The anchor {rectangle} sticks out of the reference picture of {size[1]} × "
            f"{size[0]} pixels. Draw it again."
        )
