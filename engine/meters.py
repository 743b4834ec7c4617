"""What a technician looks at while setting up lens, lamp and camera: focus, exposure, pace."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SPAN_S = 30.0
"""Seconds that the focus graph looks back."""
LARGEST = 1600
"""Pixels a side, in the middle of the picture, from which focus is measured."""
SMOOTHING = 1.0
"""Standard deviation, in pixels, that takes the sensor's noise out: it is no sharpness."""
CLIPPED_SHARE = 0.005
"""Share of the picture from which clipping is called a fault."""
DARK, BRIGHT = 40.0, 215.0
"""Mean grey levels outside of which the light is called too weak or too strong."""
IN_FOCUS = 0.95
"""Share of the best sharpness from which the lens need not be turned further."""


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """Return the mean squared gradient over the squared brightness, × 1,000: more is sharper.

    Tenengrad (Krotkov, "Focusing", IJCV 1, 1987) after a little smoothing. It has one peak as the
    lens is turned, and dividing by the brightness keeps a brighter lamp from looking sharper. It
    compares pictures of one scene; between scenes it means nothing.

    pixels: uint8 (H, W, 3) RGB.
    """
    grey = cv2.cvtColor(_middle(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), SMOOTHING)
    along_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    along_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    energy = float(np.vdot(along_x, along_x) + np.vdot(along_y, along_y)) / grey.size
    return 1000 * energy / max(float(grey.mean()), 1.0) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """How the light falls into the picture.

    histogram: int64 (256,), pixels by grey level.
    white: share of pixels with a channel at 255. black: share with every channel at 0.
    brightness: mean grey level, 0 to 255.
    """

    histogram: NDArray[np.int64]
    white: float
    black: float
    brightness: float

    @property
    def sentence(self) -> str:
        """What is wrong with it and what to do; where nothing is, that."""
        if self.white > CLIPPED_SHARE:
            return f"{self.white:.1%} is pure white: detail is lost. Less exposure or light."
        if self.black > CLIPPED_SHARE and self.brightness < DARK:
            return f"{self.black:.1%} is pure black: detail is lost. More exposure or light."
        if self.brightness < DARK:
            return "The picture is dark. Give more exposure or light."
        if self.brightness > BRIGHT:
            return "The picture is very bright. Give less exposure or light."
        return "Good."

    @property
    def is_good(self) -> bool:
        """True where nothing needs doing."""
        return self.sentence == "Good."

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only; without the histogram."""
        return {
            "white": self.white,
            "black": self.black,
            "brightness": self.brightness,
            "sentence": self.sentence,
        }


def exposure(pixels: NDArray[np.uint8]) -> Exposure:
    """Measure uint8 (H, W, 3) RGB; every second row and column of more than 4 megapixels."""
    step = 2 if pixels.shape[0] * pixels.shape[1] > 4_000_000 else 1
    seen = np.ascontiguousarray(pixels[::step, ::step])
    grey = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    highest = seen.max(axis=2)
    return Exposure(
        histogram=counts,
        white=float((highest == 255).mean()),
        black=float((highest == 0).mean()),
        brightness=float(grey.mean()),
    )


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds from one picture to the next; nan before there are two."""

    median_ms: float
    worst_ms: float


def pace(times_s: Sequence[float]) -> Pace:
    """Measure from the times, in seconds, at which pictures came."""
    steps = 1000 * np.diff(np.asarray(times_s, np.float64))
    if not steps.size:
        return Pace(float("nan"), float("nan"))
    return Pace(float(np.median(steps)), float(steps.max()))


@dataclass(slots=True)
class FocusTrace:
    """Sharpness over the last `span_s` seconds, and the best there was since it began.

    points: (seconds, sharpness), oldest first. best: the sharpest of all; None before the first.
    """

    span_s: float = SPAN_S
    points: deque[tuple[float, float]] = field(default_factory=deque)
    best: tuple[float, float] | None = None

    def add(self, at_s: float, value: float) -> None:
        """Append; times do not run backwards."""
        self.points.append((at_s, value))
        while self.points[0][0] < at_s - self.span_s:
            self.points.popleft()
        if self.best is None or value > self.best[1]:
            self.best = (at_s, value)

    @property
    def share(self) -> float:
        """The newest as a share of the best, 0 to 1; nan before the first."""
        if self.best is None:
            return float("nan")
        return self.points[-1][1] / self.best[1] if self.best[1] else 1.0

    @property
    def sentence(self) -> str:
        """Where the lens stands."""
        if self.best is None:
            return "No picture yet."
        if self.share >= IN_FOCUS:
            return f"{self.share:.0%} of the sharpest so far. Turn the lens both ways to be sure."
        return f"{self.share:.0%} of the sharpest so far. Turn the lens back towards the mark."


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut out at most `LARGEST` × `LARGEST` pixels: reducing them would hide a fine blur."""
    rows, columns = (max(0, (side - LARGEST) // 2) for side in pixels.shape[:2])
    cut = pixels[rows : rows + LARGEST, columns : columns + LARGEST]
    return np.ascontiguousarray(cut)
