"""Builds boards: everything that is the same for all of them is drawn once, here."""

from dataclasses import replace

import cv2
import numpy as np

from station.cameras.virtual_line.bare_board import BareBoard, draw_bare_board
from station.cameras.virtual_line.design import PRODUCT, Design
from station.cameras.virtual_line.footprints import Pad
from station.cameras.virtual_line.layout import Part
from station.cameras.virtual_line.light import lit
from station.cameras.virtual_line.packages import draw_part
from station.cameras.virtual_line.relief import Pen, turned
from station.cameras.virtual_line.sheet import OVERSAMPLING
from station.cameras.virtual_line.solder import Wetting, draw_joint
from station.cameras.virtual_line.sprite import Laid, Pixels, Sprite, lay, posed
from station.cameras.virtual_line.variation import Assembly

SOLDER_SHAPES = 8
"""How many shapes of a good joint one kind of pad knows."""

_LASER_GREY = 152
_LOT_ON = {"U1": (1.15, 0.9, 0), "U2": (0.75, 0.7, 3)}
"""Chips that carry the lot code: letter height, distance below the middle, quarter turns, all
as the unturned chip has them."""


Patch = tuple[Pixels, int, int]
"""A piece of canvas, its row and column."""


class Workshop:
    """Parts, solder and bare board of the product, lit and ready.

    scale: canvas pixels a millimetre. design: the board's.
    """

    def __init__(self, scale: float, rng: np.random.Generator, design: Design = PRODUCT) -> None:
        self.scale = scale
        self.design = design
        self.board: BareBoard = draw_bare_board(design, scale, rng)
        self.joints = [(part, pad) for part in design.parts for pad in part.pads]
        self._sprites = self._draw_parts(rng)
        self._steadiness = [_steadiness(part) for part in design.parts]
        self._solder = self._bake_solder(rng)

    def _draw_parts(self, rng: np.random.Generator) -> list[Sprite]:
        """Draw and light each part as it is placed; equal ones once."""
        drawn: dict[tuple[str, str, int], Sprite] = {}
        fine = self.scale * OVERSAMPLING
        for part in self.design.parts:
            key = (part.package, part.marking, part.turns)
            if key not in drawn:
                relief = draw_part(part.package, part.marking, fine, rng).turned(part.turns)
                drawn[key] = lit(relief, fine, OVERSAMPLING)
        return [drawn[part.package, part.marking, part.turns] for part in self.design.parts]

    def blank(self) -> Pixels:
        """Return a fresh bare board, uint8 (h, w, 3)."""
        return self.board.pixels.copy()

    def solder(self, canvas: Pixels, assembly: Assembly) -> None:
        """Put good solder on every pad."""
        for shapes, choice in zip(self._solder, assembly.joints, strict=True):
            patch, row, column = shapes[choice]
            canvas[row : row + patch.shape[0], column : column + patch.shape[1]] = patch

    def place(
        self, number: int, assembly: Assembly, move: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Laid:
        """Return part `number` where it was placed; `move` adds x, y in mm and degrees."""
        part = self.design.parts[number]
        at = assembly.shifts[number] + (part.x + move[0], part.y + move[1])
        sprite = self._marked(part, self._sprites[number], assembly)
        angle = float(assembly.angles_deg[number]) * self._steadiness[number] + move[2]
        tone = float(assembly.tones[number])
        return posed(sprite, self.board.pixel(*at), angle, tone)

    def joint(self, pad: Pad, wetting: Wetting, rng: np.random.Generator) -> Laid:
        """Return one pad's solder in the given state, at its place."""
        sprite = draw_joint(pad, wetting, self.scale, rng)
        return posed(sprite, self.board.pixel(pad.x, pad.y))

    def _marked(self, part: Part, sprite: Sprite, assembly: Assembly) -> Sprite:
        """Laser the lot code on the chips that carry one."""
        if part.name not in _LOT_ON:
            return sprite
        height, below, turns = _LOT_ON[part.name]
        x, y = turned([(-below, 0.0) if turns else (0.0, below)], part.turns)[0]
        pen = Pen(sprite.body.shape, self.scale, sprite.origin)
        text = pen.text(assembly.lot, height, 0.12, (float(x), float(y)), turns + part.turns)
        ink = cv2.cvtColor(text, cv2.COLOR_GRAY2RGB)
        grey = np.full_like(sprite.colour, _LASER_GREY)
        mark = cv2.multiply(cv2.subtract(grey, sprite.colour), ink, scale=assembly.laser, dtype=0)
        colour = np.asarray(cv2.add(sprite.colour, mark), np.uint8)
        return replace(sprite, colour=colour)

    def _bake_solder(self, rng: np.random.Generator) -> list[list[Patch]]:
        """Return for every joint its shapes, already laid on the bare board around it."""
        drawn: dict[tuple[float, float, tuple[int, int]], list[Sprite]] = {}
        baked = []
        for _, pad in self.joints:
            key = (pad.width, pad.height, pad.outward)
            if key not in drawn:
                drawn[key] = [
                    draw_joint(pad, Wetting.FILLET, self.scale, rng) for _ in range(SOLDER_SHAPES)
                ]
            baked.append([self._baked(sprite, pad) for sprite in drawn[key]])
        return baked

    def _baked(self, sprite: Sprite, pad: Pad) -> Patch:
        laid = posed(sprite, self.board.pixel(pad.x, pad.y))
        (row, column), (height, width) = laid.corner, laid.shape
        patch = self.board.pixels[row : row + height, column : column + width].copy()
        lay(patch, replace(laid, corner=(0, 0)))
        return patch, row, column


def _steadiness(part: Part) -> float:
    """Return how much of the placement's turn a part keeps: long rows of pins align themselves."""
    return 1.0 if len(part.pads) == 2 else 0.3
