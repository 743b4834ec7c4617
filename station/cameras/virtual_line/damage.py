"""What a defect leaves on the board: bridges, broken copper, scratches and standing parts."""

import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line.footprints import PACKAGES, Pad
from station.cameras.virtual_line.light import lit
from station.cameras.virtual_line.relief import FloatMap, blurred, dome, grain
from station.cameras.virtual_line.sheet import OVERSAMPLING, Sheet
from station.cameras.virtual_line.sprite import Sprite

Points = NDArray[np.float64]


def draw_bridge(first: Pad, second: Pad, scale: float, rng: np.random.Generator) -> Sprite:
    """Draw solder that joins two neighbouring pads, around the point between them."""
    span = np.array([second.x - first.x, second.y - first.y])
    sheet = Sheet(float(np.hypot(*span)) / 2 + 1.2, scale * OVERSAMPLING, rng)
    pen = sheet.pen
    sag = np.array(first.outward) * rng.uniform(-0.12, 0.12)
    line = np.array([-span / 2, sag, span / 2])
    solder = pen.lines([line], rng.uniform(0.46, 0.74))
    for end in (line[0], line[2]):
        solder = np.maximum(solder, pen.disc(rng.uniform(0.26, 0.42), *end))
    return _settled(sheet, solder, rng)


def draw_short_bridge(
    first: Pad, second: Pad, length: float, scale: float, rng: np.random.Generator
) -> Sprite:
    """Draw solder of `length` mm across the gap between two pads, around the middle of the gap."""
    span = np.array([second.x - first.x, second.y - first.y])
    sheet = Sheet(length / 2 + 1.2, scale * OVERSAMPLING, rng)
    width = float(rng.uniform(0.5, 0.7)) * length
    end = span / np.hypot(*span) * (length - width) / 2
    sag = np.array(first.outward) * rng.uniform(-0.1, 0.1)
    solder = sheet.pen.lines([np.array([-end, sag, end])], width)
    return _settled(sheet, solder, rng)


def _settled(sheet: Sheet, solder: FloatMap, rng: np.random.Generator) -> Sprite:
    """Let liquid solder draw its outline smooth and swell."""
    pen, relief = sheet.pen, sheet.relief
    solder = np.asarray(blurred(solder, 0.09 * pen.scale) > 0.5, np.float32)
    solder = blurred(solder, 0.02 * pen.scale)
    relief.paint(solder, (118, 120, 121), gloss=1.2, roughness=0.16)
    swell = dome(solder, 0.26 * pen.scale) * (1 + 0.05 * grain(pen.shape, 0.1 * pen.scale, rng))
    relief.raise_to(solder, np.asarray(0.32 * swell, np.float32))
    return lit(relief, pen.scale, OVERSAMPLING)


def draw_break(
    direction: Points, width: float, length: float, scale: float, rng: np.random.Generator
) -> Sprite:
    """Draw a gap in a track that runs along `direction`: lost copper, torn mask, a bare edge."""
    sheet = Sheet(length / 2 + 0.8, scale * OVERSAMPLING, rng)
    pen, relief = sheet.pen, sheet.relief
    along = sheet.x * direction[0] + sheet.y * direction[1]
    across = np.abs(sheet.y * direction[0] - sheet.x * direction[1])
    ragged = 0.09 * grain(pen.shape, 0.1 * pen.scale, rng)
    inside = np.minimum(length / 2 - np.abs(along), width / 2 + 0.14 - across) + ragged
    gap = np.asarray(np.clip(inside * pen.scale / 2 + 0.5, 0, 1), np.float32)
    relief.paint(gap, (86, 92, 58) if rng.random() < 0.6 else (26, 52, 36), gloss=0.05)
    relief.tint(1 + 0.12 * grain(pen.shape, 0.07 * pen.scale, rng))
    on_track = np.clip((width / 2 - across) * pen.scale, 0, 1)
    edge = np.clip((0.13 - np.abs(length / 2 - 0.06 - np.abs(along) + ragged)) * pen.scale, 0, 1)
    relief.paint(np.asarray(gap * edge * on_track, np.float32), (196, 132, 84), gloss=0.3)
    relief.raise_to(gap, np.asarray(-0.04 * gap, np.float32))
    return lit(relief, pen.scale, OVERSAMPLING, casts_shadow=False)


def draw_scratch(path: Points, width: float, scale: float, rng: np.random.Generator) -> Sprite:
    """Draw a scratch along `path`, (n, 2) in mm around its middle.

    Pale torn mask, widest half way, here and there down to the copper.
    """
    sheet = Sheet(float(np.abs(path).max()) + 0.6, scale, rng)
    pen, relief = sheet.pen, sheet.relief
    mask = np.zeros(pen.shape, np.float32)
    depth = np.sin(np.linspace(0.25, np.pi - 0.25, len(path) - 1))
    for start, end, pressed in zip(path[:-1], path[1:], depth, strict=True):
        mask = np.maximum(mask, pen.lines([np.array([start, end])], width * float(pressed)))
    relief.paint(mask, (136, 164, 132), gloss=0.12)
    torn = grain(pen.shape, 0.12 * pen.scale, rng) > 1.05
    relief.paint(mask * np.asarray(torn, np.float32), (206, 160, 112), gloss=0.3)
    relief.tint(1 + 0.12 * grain(pen.shape, 0.06 * pen.scale, rng))
    relief.raise_to(mask, np.asarray(-0.03 * dome(mask, 0.1 * pen.scale), np.float32))
    return lit(relief, pen.scale, 1, casts_shadow=False)


def draw_standing(package: str, turns: int, scale: float, rng: np.random.Generator) -> Sprite:
    """Draw a two-pad part that stands on its first end: its free cap up, its belly in the shade."""
    width, height = PACKAGES[package].body
    sheet = Sheet(width + 1.6, scale * OVERSAMPLING, rng)
    pen, relief = sheet.pen, sheet.relief
    thick = 0.55 if height < 1 else 0.7
    belly = pen.rect(thick + 0.25, height, thick * 0.5)
    relief.paint(belly, (190, 188, 180), gloss=0.08)
    lean = np.clip((sheet.x + 0.3) / (thick + 0.25), 0, 1)
    relief.raise_to(belly, np.asarray(width * (0.9 - 0.55 * lean), np.float32))
    cap = pen.rect(thick, height)
    relief.paint(cap, (160, 161, 160), gloss=0.5, roughness=0.3)
    top = width * (0.92 + 0.08 * dome(cap, 0.14 * pen.scale))
    relief.raise_to(cap, np.asarray(top, np.float32))
    return lit(relief.turned(turns), pen.scale, OVERSAMPLING)


def wandering_path(length: float, rng: np.random.Generator) -> Points:
    """Return a slightly bent line of `length` mm, (n, 2) around its middle."""
    steps = 24
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(
        rng.normal(0, 0.03, steps) + rng.normal(0, 0.025)
    )
    path = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), axis=0) * length / steps
    return np.asarray(path - (path.min(axis=0) + path.max(axis=0)) / 2)
