"""The sheet a single part is drawn on: a surface, a pen and what drawings share."""

import math

import numpy as np

from station.cameras.virtual_line.footprints import PACKAGES
from station.cameras.virtual_line.relief import Colour, FloatMap, Pen, Relief, dome, grain

OVERSAMPLING = 2
"""Parts are drawn this much finer than the canvas they are laid on."""

_ROOM = 1.7
"""Millimetres around a part for its shadow."""


class Sheet:
    """A square sheet around the origin, large enough for the part and its shadow.

    x, y: float32 (H, W), millimetres from the middle.
    """

    def __init__(self, half_width: float, scale: float, rng: np.random.Generator) -> None:
        side = 2 * OVERSAMPLING * math.ceil(half_width * scale / OVERSAMPLING)
        self.pen = Pen((side, side), scale)
        self.relief = Relief((side, side))
        self.rng = rng
        steps = ((np.arange(side, dtype=np.float32) + 0.5) - side / 2) / np.float32(scale)
        self.x = np.broadcast_to(steps, (side, side))
        self.y = np.broadcast_to(steps[:, None], (side, side))

    def mould(self, mask: FloatMap, height: float, bevel: float, colour: Colour) -> None:
        """Cast a plastic body: matt, faintly grained, its edges sloped over `bevel` mm."""
        self.relief.paint(mask, colour, gloss=0.05, roughness=0.5)
        speckle = 1 + 0.05 * mask * grain(self.pen.shape, 0.03 * self.pen.scale, self.rng)
        self.relief.tint(np.asarray(speckle, np.float32))
        slope = 0.45 + 0.55 * dome(mask, bevel * self.pen.scale)
        self.relief.raise_to(mask, np.asarray(height * slope, np.float32))


class PartSheet(Sheet):
    """A sheet for one part: which package, its body's width and height in mm, what is on it."""

    def __init__(self, package: str, marking: str, scale: float, rng: np.random.Generator) -> None:
        shape = PACKAGES[package]
        ends = [max(abs(p.x) + p.width / 2, abs(p.y) + p.height / 2) for p in shape.pads]
        super().__init__(max(*(side / 2 for side in shape.body), *ends) + _ROOM, scale, rng)
        self.package = package
        self.body = shape.body
        self.pads = shape.pads
        self.marking = marking
