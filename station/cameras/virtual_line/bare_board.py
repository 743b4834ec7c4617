"""The board before anything is soldered to it: laminate, copper, mask, legend and holes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.design import Design
from station.cameras.virtual_line.footprints import PACKAGES, Pad
from station.cameras.virtual_line.light import shade
from station.cameras.virtual_line.relief import (
    Colour,
    FloatMap,
    Pen,
    Relief,
    blurred,
    dome,
    grain,
    rectangle,
    turned,
)
from station.cameras.virtual_line.sprite import Pixels, rounded

MARGIN = 1.0
"""Millimetres of nothing drawn around the board, so that its edge can be smoothed."""

_LAMINATE: Colour = (13, 52, 36)
_COPPER: Colour = (30, 98, 58)
_BARE_LAMINATE: Colour = (98, 96, 58)
_TIN: Colour = (150, 151, 147)
_LEGEND: Colour = (212, 216, 208)
_PAD_CORNER = 0.12
_CLEARANCE = 0.28
_COPPER_STEP = 0.045


@dataclass(frozen=True, slots=True, eq=False)
class BareBoard:
    """The lit board on its canvas.

    pixels: uint8 (H, W, 3), black beyond the board. cover: float32 (H, W), 1 where the board is.
    scale: pixels a millimetre.
    """

    pixels: Pixels
    cover: FloatMap
    scale: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return where a board position in millimetres lies, as x, y in pixels."""
        return (x + MARGIN) * self.scale, (y + MARGIN) * self.scale


def board_pen(scale: float) -> Pen:
    """Return a pen that draws in board millimetres on a canvas of the board and its margin."""
    height = round((layout.BOARD_HEIGHT + 2 * MARGIN) * scale)
    width = round((layout.BOARD_WIDTH + 2 * MARGIN) * scale)
    return Pen((height, width), scale, (MARGIN * scale, MARGIN * scale))


def draw_bare_board(design: Design, scale: float, rng: np.random.Generator) -> BareBoard:
    """Draw and light the board without parts and without solder."""
    pen = board_pen(scale)
    relief = Relief(pen.shape)
    cover = _outline(pen)
    relief.paint(cover, _LAMINATE, gloss=0.05, roughness=0.35)
    copper = _copper(pen, design)
    relief.paint(copper * cover, _COPPER, gloss=0.05, roughness=0.35)
    relief.height += blurred(copper, 0.06 * scale) * np.float32(_COPPER_STEP)
    relief.tint(_texture(pen, copper, rng))
    _draw_metal(relief, pen, design)
    _draw_legend(relief, pen, design, rng)
    _draw_edge(relief, pen, cover)
    return BareBoard(rounded(shade(relief, scale) * (255 * cover[..., None])), cover, scale)


def _all_pads(design: Design) -> list[Pad]:
    return [pad for part in design.parts for pad in part.pads]


def pad_rects(pads: list[Pad], grow: float = 0.0) -> list[tuple[float, float, float, float]]:
    """Return pads as centre x, centre y, width, height, each side `grow` further out."""
    return [(p.x, p.y, p.width + 2 * grow, p.height + 2 * grow) for p in pads]


def _outline(pen: Pen) -> FloatMap:
    radius = layout.CORNER_RADIUS
    middle = Pen(pen.shape, pen.scale)
    return middle.round_rect(layout.BOARD_WIDTH, layout.BOARD_HEIGHT, radius)


def _is_routed(pad: Pad, design: Design) -> bool:
    ends = [end for _, line in design.tracks for end in (line[0], line[-1])]
    return any(
        abs(x - pad.x) <= pad.width / 2 and abs(y - pad.y) <= pad.height / 2 for x, y in ends
    )


def _ground_pads(design: Design) -> list[Pad]:
    """Return the pads no track leads to; on two-pad parts they belong to the copper plane."""
    two_pads = [part for part in design.parts if len(part.pads) in (2, 3)]
    return [pad for part in two_pads for pad in part.pads if not _is_routed(pad, design)]


def _spokes(pad: Pad) -> list[NDArray[np.float64]]:
    reach_x, reach_y = pad.width / 2 + 0.5, pad.height / 2 + 0.5
    across = np.array([(pad.x - reach_x, pad.y), (pad.x + reach_x, pad.y)])
    along = np.array([(pad.x, pad.y - reach_y), (pad.x, pad.y + reach_y)])
    return [across, along]


def _stroked(pen: Pen, design: Design, grow: float) -> FloatMap:
    """Return all tracks, each `2 * grow` wider than it is."""
    mask = np.zeros(pen.shape, np.float32)
    for width in sorted({width for width, _ in design.tracks}):
        lines = [line for w, line in design.tracks if w == width]
        mask = np.maximum(mask, pen.lines(lines, width + 2 * grow))
    return mask


def _signals(pen: Pen, design: Design, grow: float) -> FloatMap:
    """Return all copper that is not the plane, `grow` wider all round."""
    mask = np.maximum(
        _stroked(pen, design, grow),
        pen.round_rects(pad_rects(_all_pads(design), grow), _PAD_CORNER + grow),
    )
    mask = np.maximum(mask, pen.discs(design.vias, 0.4 + grow))
    points = pen.discs(design.test_points, layout.TEST_POINT_RADIUS + grow)
    return np.asarray(np.maximum(mask, points), np.float32)


def _copper(pen: Pen, design: Design) -> FloatMap:
    """Return the upper copper layer: tracks, pads, vias, and the ground plane around them."""
    clear = _signals(pen, design, _CLEARANCE)
    clear = np.maximum(clear, pen.discs(design.fiducials, layout.FIDUCIAL_CLEARANCE + 0.15))
    clear = np.maximum(clear, pen.discs(layout.HOLES, layout.HOLE_RING + 0.35))
    plane = pen.polygons(design.planes) * (1 - clear)
    spokes = pen.lines([line for pad in _ground_pads(design) for line in _spokes(pad)], 0.3)
    return np.asarray(np.maximum.reduce([plane, _signals(pen, design, 0.0), spokes]), np.float32)


def _texture(pen: Pen, copper: FloatMap, rng: np.random.Generator) -> FloatMap:
    """Return the mask's mottling and, where no copper hides it, the weave of the glass."""
    height, width = pen.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) * np.float32(np.pi / (0.5 * pen.scale))
    over = np.sin(x) * np.sin(y) > 0
    weave = blurred(np.where(over, np.sin(2 * x) ** 2, np.sin(2 * y) ** 2), 0.04 * pen.scale) - 0.5
    mottle = grain(pen.shape, 1.1 * pen.scale, rng) * 0.035
    speckle = grain(pen.shape, 0.05 * pen.scale, rng) * 0.035
    return np.asarray(1 + mottle + speckle + weave * (0.16 - 0.12 * copper), np.float32)


def _draw_metal(relief: Relief, pen: Pen, design: Design) -> None:
    """Open the mask over pads, test points, fiducials and mounting holes."""
    pads = _all_pads(design)
    relief.paint(pen.round_rects(pad_rects(pads, 0.07), _PAD_CORNER), _BARE_LAMINATE, gloss=0.05)
    relief.paint(pen.discs(design.fiducials, layout.FIDUCIAL_CLEARANCE), _BARE_LAMINATE, 0.04)
    metal = pen.round_rects(pad_rects(pads), _PAD_CORNER)
    for centres, radius in (
        (design.test_points, layout.TEST_POINT_RADIUS),
        (design.fiducials, layout.FIDUCIAL_RADIUS),
        (layout.HOLES, layout.HOLE_RING),
    ):
        metal = np.maximum(metal, pen.discs(centres, radius))
    relief.paint(metal, _TIN, gloss=0.55, roughness=0.25)
    relief.height += dome(metal, 0.25 * pen.scale) * 0.05
    _draw_holes(relief, pen, design)


def _draw_holes(relief: Relief, pen: Pen, design: Design) -> None:
    barrels = pen.discs([*design.vias, *design.stitches], 0.18)
    relief.paint(barrels * 0.75, (12, 36, 22), gloss=0.1)
    relief.height -= blurred(barrels, 0.06 * pen.scale) * 0.08
    relief.paint(pen.discs(layout.HOLES, layout.HOLE_RADIUS), (92, 90, 84), gloss=0.2)
    floor = np.array(layout.HOLES) - 0.1
    relief.paint(pen.discs(floor, layout.HOLE_RADIUS - 0.16), (13, 13, 14))


def _draw_legend(relief: Relief, pen: Pen, design: Design, rng: np.random.Generator) -> None:
    """Print the silkscreen; it keeps off solderable metal."""
    keep_off = pen.rects(pad_rects(_all_pads(design), 0.12))
    density = np.clip(0.9 + 0.07 * grain(pen.shape, 0.08 * pen.scale, rng), 0, 1)
    ink = _legend(pen, design) * (1 - keep_off) * density
    relief.paint(np.asarray(ink, np.float32), _LEGEND, gloss=0.03, roughness=0.5)
    relief.height += blurred(np.asarray(ink, np.float32), 0.04 * pen.scale) * 0.02


def _legend(pen: Pen, design: Design) -> FloatMap:
    mask = pen.lines(_outlines(design), 0.13)
    for part in design.parts:
        at = (part.x + part.label[0], part.y + part.label[1])
        mask = np.maximum(mask, pen.text(part.name, 0.95, 0.12, at))
    for text, x, y, size in design.legends:
        mask = np.maximum(mask, pen.text(text, size, 0.15, (x, y)))
    dots = [part.place(_first_pin_mark(part)) for part in design.parts if part.name[0] == "U"]
    return np.maximum(mask, pen.discs(np.array(dots), 0.24))


def _first_pin_mark(part: layout.Part) -> NDArray[np.float64]:
    pad = PACKAGES[part.package].pads[0]
    return np.array([pad.x, pad.y - pad.height / 2 - 0.5])


def _outlines(design: Design) -> list[NDArray[np.float64]]:
    lines = []
    for part in design.parts:
        width, height = PACKAGES[part.package].outline
        if width:
            corners = rectangle(0, 0, width, height)
            lines.append(part.place(np.concatenate([corners, corners[:1]])))
        elif part.package.startswith("SOIC"):
            lines.extend(part.place(line) for line in _chip_ends(part.package))
    return lines


def _chip_ends(package: str) -> list[NDArray[np.float64]]:
    """Return the two short lines at a small-outline chip's ends."""
    width, height = PACKAGES[package].body
    end = np.array([(-width / 2, -height / 2 - 0.25), (width / 2, -height / 2 - 0.25)])
    return [end, turned(end, 2)]


def _draw_edge(relief: Relief, pen: Pen, cover: FloatMap) -> None:
    """Show the sawn laminate at the rim, where the mask ends."""
    inner = np.asarray(blurred(cover, 0.1 * pen.scale) > 0.86, np.float32)
    rim = np.maximum(cover - inner, 0)
    relief.paint(blurred(rim, 0.03 * pen.scale) * 0.7, (92, 98, 62))
    relief.height -= blurred(1 - inner, 0.08 * pen.scale) * 0.12
