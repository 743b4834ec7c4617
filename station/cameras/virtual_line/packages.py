"""What the placed parts look like from above, one drawing a package."""

from collections.abc import Callable

import numpy as np

from station.cameras.virtual_line.chips import draw_chip
from station.cameras.virtual_line.relief import Colour, Relief, dome, grain
from station.cameras.virtual_line.sheet import PartSheet

_TIN: Colour = (160, 161, 160)
_STEEL: Colour = (140, 140, 137)
_MOULD: Colour = (40, 40, 42)


def draw_part(package: str, marking: str, scale: float, rng: np.random.Generator) -> Relief:
    """Draw one part, unturned, around the middle of the sheet; `scale` is pixels a millimetre."""
    sheet = PartSheet(package, marking, scale, rng)
    _DRAWINGS.get(package, draw_chip)(sheet)
    return sheet.relief


def _terminals(sheet: PartSheet, length: float, height: float) -> None:
    """Wrap tinned caps around both ends of a lying two-pad part."""
    body = sheet.body
    x = (body[0] - length) / 2
    caps = sheet.pen.rects([(-x, 0, length, body[1]), (x, 0, length, body[1])])
    sheet.relief.paint(caps, _TIN, gloss=0.7, roughness=0.25)
    swell = dome(caps, 0.14 * sheet.pen.scale)
    sheet.relief.raise_to(caps, height * (0.5 + 0.55 * swell))


def _chip_part(sheet: PartSheet) -> None:
    """Draw a resistor, or a ceramic capacitor: that is the one without a marking."""
    if sheet.marking:
        _resistor(sheet)
    else:
        _capacitor(sheet)


def _resistor(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    ceramic = pen.rect(*body)
    relief.paint(ceramic, (214, 212, 204), gloss=0.08)
    relief.raise_to(ceramic, dome(ceramic, 0.05 * pen.scale) * 0.4)
    _terminals(sheet, body[0] * 0.2, 0.45)
    glaze = pen.round_rect(body[0] * 0.68, body[1] * 0.9, 0.06)
    relief.paint(glaze, (30, 30, 33), gloss=0.14, roughness=0.25)
    relief.raise_to(glaze, 0.4 + 0.05 * dome(glaze, 0.16 * pen.scale))
    size = min(body[1] * 0.5, body[0] * 0.72 / len(sheet.marking))
    relief.paint(pen.text(sheet.marking, size, 0.075) * 0.85, (214, 214, 208))


def _capacitor(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    ceramic = pen.rect(*body)
    relief.paint(ceramic, (150, 116, 84), gloss=0.1, roughness=0.3)
    relief.tint(1 + 0.03 * grain(pen.shape, 0.05 * pen.scale, sheet.rng))
    relief.raise_to(ceramic, dome(ceramic, 0.16 * pen.scale) * body[1] * 0.62)
    _terminals(sheet, body[0] * 0.24, body[1] * 0.64)


def _led(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    base = pen.rect(*body)
    relief.paint(base, (206, 206, 192), gloss=0.06)
    relief.raise_to(base, dome(base, 0.05 * pen.scale) * 0.3)
    _terminals(sheet, 0.32, 0.3)
    lens = pen.round_rect(1.2, 1.1, 0.15)
    relief.paint(lens, (224, 190, 92), gloss=0.5, roughness=0.12)
    relief.raise_to(lens, 0.3 + 0.4 * dome(lens, 0.3 * pen.scale))
    relief.paint(pen.disc(0.17) * 0.7, (120, 84, 30))
    relief.paint(pen.rect(0.14, 0.9, 0.66) * 0.8, (60, 120, 60))


def _diode(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    leads = pen.rect(body[0] + 1.0, 1.45)
    relief.paint(leads, _TIN, gloss=0.55, roughness=0.25)
    relief.raise_to(leads, 0.25)
    sheet.mould(pen.rect(*body), 1.9, 0.45, _MOULD)
    relief.paint(pen.rect(0.55, body[1] - 0.5, 1.3) * 0.85, (176, 176, 172))
    relief.paint(pen.text(sheet.marking, 0.72, 0.11, (-0.45, 0)) * 0.75, (170, 170, 166))


def _coil(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    ends = pen.rects([(-body[0] / 2, 0, 0.5, 3.6), (body[0] / 2, 0, 0.5, 3.6)])
    relief.paint(ends, _TIN, gloss=0.5)
    relief.raise_to(ends, 0.4)
    sheet.mould(pen.round_rect(*body, 0.9), 2.8, 0.5, (66, 66, 68))
    relief.tint(1 + 0.07 * grain(pen.shape, 0.04 * pen.scale, sheet.rng))
    groove = pen.disc(2.45) - pen.disc(2.3)
    relief.height -= groove * 0.12
    relief.paint(pen.text(sheet.marking, 1.35, 0.2) * 0.8, (196, 196, 190))


def _can(sheet: PartSheet) -> None:
    side = sheet.body[0]
    pen, relief = sheet.pen, sheet.relief
    pins = pen.rect(sheet.pads[1].x * 2 + 2.2, 0.65)
    relief.paint(pins, _TIN, gloss=0.5)
    relief.raise_to(pins, 0.15)
    half, cut = side / 2, side * 0.17
    corners = [(-half, -half), (half - cut, -half), (half, -half + cut), (half, half - cut)]
    sheet.mould(
        pen.polygons([[*corners, (half - cut, half), (-half, half)]]), 0.9, 0.2, (34, 34, 36)
    )
    _can_top(sheet, side * 0.47)


def _can_top(sheet: PartSheet, radius: float) -> None:
    """Draw the aluminium can: a rolled rim, a flat printed lid."""
    pen, relief = sheet.pen, sheet.relief
    can = pen.disc(radius)
    relief.paint(can, (168, 170, 172), gloss=0.4, roughness=0.35)
    relief.tint(1 + can * 0.02 * grain(pen.shape, 0.05 * pen.scale, sheet.rng))
    relief.raise_to(can, 4.4 + 0.6 * dome(can, 0.5 * pen.scale))
    lid = pen.disc(radius - 0.55)
    stripe = lid * np.asarray(sheet.x < -radius * 0.38, np.float32)
    relief.paint(stripe * 0.92, (38, 38, 42), gloss=0.1)
    for text, y in ((sheet.marking, -0.75), ("16V", 0.35), ("2K4", 1.2)):
        size = radius * (0.3 if y < 0 else 0.22)
        letters = pen.text(text, size, 0.12, (radius * 0.22, y * radius / 3))
        relief.paint(letters * lid * 0.9, (52, 52, 58))


def _crystal(sheet: PartSheet) -> None:
    body = sheet.body
    pen, relief = sheet.pen, sheet.relief
    leads = pen.rect(body[0] + 2.0, 0.9)
    relief.paint(leads, _TIN, gloss=0.55)
    relief.raise_to(leads, 0.15)
    sheet.mould(pen.round_rect(*body, 1.0), 0.7, 0.15, (34, 34, 36))
    flange = pen.round_rect(10.7, 4.3, 2.0)
    relief.paint(flange, _STEEL, gloss=0.4, roughness=0.2)
    relief.raise_to(flange, 0.9 + 0.1 * dome(flange, 0.15 * pen.scale))
    can = pen.round_rect(9.9, 3.5, 1.7)
    relief.paint(can, (150, 150, 147), gloss=0.5, roughness=0.28)
    relief.raise_to(can, 1.0 + 2.2 * dome(can, 0.55 * pen.scale))
    streaks = grain((pen.shape[0], 1), 0.05 * pen.scale, sheet.rng)
    relief.tint(1 + can * 0.03 * streaks)
    relief.paint(pen.text(sheet.marking, 1.25, 0.16, (0.2, 0)) * 0.75, (70, 70, 70))


def _header(sheet: PartSheet) -> None:
    pen, relief = sheet.pen, sheet.relief
    offsets = (np.arange(5) - 2) * 2.54
    cells = [(x, y) for x in (-1.27, 1.27) for y in offsets]
    block = pen.polygons([_octagon(x, y, 1.27, 0.4) for x, y in cells])
    sheet.mould(block, 2.4, 0.18, (36, 36, 38))
    relief.height -= pen.rects([(x, y, 1.0, 1.0) for x, y in cells]) * 0.15
    pins = pen.rects([(x, y, 0.64, 0.64) for x, y in cells])
    relief.paint(pins, (206, 168, 92), gloss=0.6, roughness=0.3)
    relief.raise_to(pins, 5.0 + 0.5 * dome(pins, 0.22 * pen.scale))


def _octagon(x: float, y: float, half: float, cut: float) -> list[tuple[float, float]]:
    inner = half - cut
    ring = [(-inner, -half), (inner, -half), (half, -inner), (half, inner)]
    return [(x + dx, y + dy) for dx, dy in [*ring, *[(-dx, -dy) for dx, dy in ring]]]


def _socket(sheet: PartSheet) -> None:
    pen, relief = sheet.pen, sheet.relief
    pads = sheet.pads
    tails = pen.rects([(p.x + 0.3, p.y, 1.5, 0.5) for p in pads])
    relief.paint(tails, _TIN, gloss=0.55)
    relief.raise_to(tails, 0.15)
    ivory: Colour = (208, 200, 176)
    sheet.mould(pen.round_rect(*sheet.body, 0.3), 5.0, 0.35, ivory)
    mouth = pen.rect(3.4, 9.2, 1.4)
    relief.paint(mouth, (70, 66, 56))
    relief.raise_to(mouth, 2.2)
    contacts = pen.rects([(1.2, p.y, 3.0, 0.55) for p in pads])
    relief.paint(contacts, (190, 176, 130), gloss=0.5)
    relief.raise_to(contacts, 2.2 + 0.4 * dome(contacts, 0.2 * pen.scale))
    ribs = pen.rects([(-2.4, p.y, 1.2, 0.9) for p in pads])
    relief.height -= ribs * 0.5


_Drawing = Callable[[PartSheet], None]

_DRAWINGS: dict[str, _Drawing] = {
    "0603": _chip_part,
    "0805": _chip_part,
    "1206": _chip_part,
    "LED": _led,
    "SMA": _diode,
    "CAN5": _can,
    "CAN6": _can,
    "COIL": _coil,
    "CRYSTAL": _crystal,
    "HEADER": _header,
    "SOCKET": _socket,
}
