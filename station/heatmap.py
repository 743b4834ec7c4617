"""Paints the anomaly map on the recipe's fixed scale; never judges and never rescales by picture.

The colour starts at the threshold, so nothing at all is painted on a good part.
"""

from functools import cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.threshold import Threshold
from station.inspection.events import View
from station.parts import Verdict, judge

Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.float32])

MAX_SIDE = 1280
THUMBNAIL_WIDTH = 160

FAINT, STRONG = 130, 225
"""Alpha at the threshold and at `heatmap_high`."""

PLASMA_FIRST, PLASMA_LAST = 250, 105
"""Yellow to deep magenta: the part of OpenCV's plasma that keeps one order of lightness for every
kind of colour vision, without its blue end."""

BRIGHT, DARK = (255, 255, 255, 255), (20, 0, 30, 230)


def render_view(
    pixels: NDArray[np.uint8],
    anomaly_map: NDArray[np.float32],
    score: float,
    threshold: Threshold,
    sequence: int,
) -> View:
    """Scale a judged part for the screen and paint where it is unlike everything taught.

    Smoothing leaves the map's peak below the image score, so the map is scaled until its peak is
    the score: an NG part always shows a place, an OK part never does.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        anomaly_map: float32 (H, W), unit of the raw score.
        score: raw score of the picture.
        threshold: where the colour starts (`value`) and is strongest (`heatmap_high`).
        sequence: of the part's row.
    """
    base = _shrunk(pixels, MAX_SIDE)
    if judge(score, threshold.value) is Verdict.OK:
        return View(sequence, base, _nothing(base), _nothing(base))
    heat = _heat(_peaking_at(score, _shrunk(anomaly_map, MAX_SIDE)), threshold)
    return View(sequence, base, heat, _contour(heat[..., 3], width=2))


def render_plain(pixels: NDArray[np.uint8], sequence: int) -> View:
    """Scale a picture that has no score (a FAULT) for the screen; nothing is painted."""
    base = _shrunk(pixels, MAX_SIDE)
    return View(sequence, base, _nothing(base), _nothing(base))


def render_thumbnail(view: View) -> NDArray[np.uint8]:
    """Return the view at most 160 px wide, uint8 (h, w, 3) RGB, heatmap and outline painted in."""
    base = _narrowed(view.base)
    alpha = _narrowed(view.heat[..., 3])
    if not alpha.any():
        return base
    weight = cv2.cvtColor(np.ascontiguousarray(view.heat[..., 3]), cv2.COLOR_GRAY2RGB)
    colour = _narrowed(_bytes(cv2.multiply(view.heat[..., :3], weight, scale=1 / 255)))
    return _over(_blend(base, colour, alpha), _contour(alpha, width=1))


def _blend(
    base: NDArray[np.uint8], colour: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Lay `colour`, already multiplied by `alpha`, over `base`."""
    kept = base * (1 - alpha[..., None] / 255)
    return np.minimum(kept + colour, 255).astype(np.uint8)


def _over(base: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay straight-alpha RGBA `drawn` over `base`."""
    alpha = drawn[..., 3:] / 255
    return (base * (1 - alpha) + drawn[..., :3] * alpha).astype(np.uint8)


def _peaking_at(score: float, anomaly_map: NDArray[np.float32]) -> NDArray[np.float32]:
    peak = float(anomaly_map.max(initial=0.0))
    return anomaly_map * np.float32(score / peak) if peak > 0 else anomaly_map


def _heat(scores: NDArray[np.float32], threshold: Threshold) -> NDArray[np.uint8]:
    """Colour levels 1 to 255 from `value` to `heatmap_high`; level 0 is nothing."""
    span = max(threshold.heatmap_high - threshold.value, 1e-6 * abs(threshold.value), 1e-12)
    # One part in a million: the peak was scaled to the score and may round to just below it.
    start = threshold.value - 1e-6 * abs(threshold.value)
    levels = np.clip((scores - np.float32(threshold.value)) * np.float32(254 / span), 0, 254)
    painted = np.where(scores >= np.float32(start), levels + 1, 0).astype(np.uint8)
    return _bytes(cv2.LUT(cv2.merge([painted] * 4), _scale()))


@cache
def _scale() -> NDArray[np.uint8]:
    """uint8 (256, 1, 4) RGBA, straight alpha; the first entry is wholly transparent."""
    places = np.linspace(PLASMA_FIRST, PLASMA_LAST, 255).astype(np.uint8)[:, None]
    colours = cv2.cvtColor(cv2.applyColorMap(places, cv2.COLORMAP_PLASMA), cv2.COLOR_BGR2RGBA)
    colours[:, 0, 3] = np.linspace(FAINT, STRONG, 255)
    return np.concatenate([np.zeros((1, 1, 4), np.uint8), _bytes(colours)])


def _contour(alpha: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Outline what is painted: bright, `width` px, between dark edges that show on any picture."""
    drawn = np.zeros((*alpha.shape, 4), np.uint8)
    painted = (alpha > 0).astype(np.uint8)
    around = cv2.dilate(painted, np.ones((2 * width + 1, 2 * width + 1), np.uint8))
    outlines, _ = cv2.findContours(around, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, outlines, -1, DARK, width + 3)
    cv2.drawContours(drawn, outlines, -1, BRIGHT, width)
    return drawn


def _shrunk(pixels: Pixels, max_side: int) -> Pixels:
    """Scale down to at most `max_side` a side; never up."""
    height, width = pixels.shape[:2]
    factor = max_side / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), pixels.dtype)


def _narrowed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if width <= THUMBNAIL_WIDTH:
        return pixels
    size = (THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width)))
    return _bytes(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _nothing(base: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.zeros((*base.shape[:2], 4), np.uint8)


def _bytes(pixels: object) -> NDArray[np.uint8]:
    """Give OpenCV's answer its element type back."""
    return np.asarray(pixels, np.uint8)
