"""Moulded chips with gull-wing pins: small outline, quad flat and the three-legged ones."""

import numpy as np

from station.cameras.virtual_line.footprints import Pad
from station.cameras.virtual_line.relief import Colour, FloatMap, blurred, dome
from station.cameras.virtual_line.sheet import PartSheet

_LEAD: Colour = (150, 151, 151)
_MOULD: Colour = (42, 42, 44)
_LASER: Colour = (142, 142, 138)
_MARKING_AT = {"QFP44": (0.0, -0.9), "SOIC16": (0.55, 0.2), "SOIC8": (0.4, 0.2)}
_HEIGHTS = {"SOT23": 1.0, "SOT223": 1.6, "QFP44": 1.4}


def draw_chip(sheet: PartSheet) -> None:
    """Draw the pins, the body over them, and its marks; `marking` is lasered in the middle."""
    height = _HEIGHTS.get(sheet.package, 1.5)
    _draw_pins(sheet, height)
    body = sheet.body
    mask = sheet.pen.rect(*body)
    sheet.mould(mask, height, min(0.3, body[0] * 0.12), _MOULD)
    _draw_marks(sheet)
    _draw_marking(sheet)


def _pin(pad: Pad, body: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return the pin over `pad` as centre x, centre y, width, height: body edge to near its end."""
    if pad.outward[0]:
        near, far = body[0] / 2 - 0.1, abs(pad.x) + pad.width / 2 - 0.3
        return pad.outward[0] * (near + far) / 2, pad.y, far - near, pad.height * 0.68
    near, far = body[1] / 2 - 0.1, abs(pad.y) + pad.height / 2 - 0.3
    return pad.x, pad.outward[1] * (near + far) / 2, pad.width * 0.68, far - near


def _draw_pins(sheet: PartSheet, height: float) -> None:
    """Bend tinned leads from half the body's height down to the board."""
    pins = sheet.pen.rects([_pin(pad, sheet.body) for pad in sheet.pads])
    sheet.relief.paint(pins, _LEAD, gloss=0.9, roughness=0.18)
    away = np.maximum(np.abs(sheet.x) - sheet.body[0] / 2, np.abs(sheet.y) - sheet.body[1] / 2)
    length = max(_pin(pad, sheet.body)[2 if pad.outward[0] else 3] for pad in sheet.pads) - 0.1
    knees = np.array([0.0, 0.16, 0.5, 1.0]) * length
    profile = np.interp(away, knees, [height * 0.5, height * 0.48, 0.16, 0.12])
    rounding = 0.06 * dome(pins, 0.1 * sheet.pen.scale)
    sheet.relief.raise_to(pins, np.asarray(profile + rounding, np.float32))


def _draw_marks(sheet: PartSheet) -> None:
    """Press in the first-pin dimple and what else the mould leaves."""
    width, length = sheet.body
    if sheet.package.startswith("SOT"):
        return
    x, y = -width / 2 + 0.85, -length / 2 + 0.85
    _dimple(sheet, sheet.pen.disc(0.36, x, y), 0.1)
    if sheet.package.startswith("QFP"):
        _dimple(sheet, sheet.pen.disc(0.75, width / 2 - 1.7, length / 2 - 1.7), 0.025)


def _dimple(sheet: PartSheet, mask: FloatMap, depth: float) -> None:
    sheet.relief.paint(mask * 0.6, (32, 32, 34), gloss=0.12, roughness=0.3)
    sheet.relief.height -= blurred(mask, 0.05 * sheet.pen.scale) * np.float32(depth)


def _draw_marking(sheet: PartSheet) -> None:
    """Laser the type designation; along a long body it reads with the first pin lower left."""
    width, length = sheet.body
    letters = len(sheet.marking)
    room = max(width, length) * (0.72 if letters > 3 else 0.62)
    size = min(room / (letters * 0.92), min(width, length) * 0.34)
    at = _MARKING_AT.get(sheet.package, (0.0, 0.0))
    turns = 3 if length > width * 1.2 else 0
    text = sheet.pen.text(sheet.marking, size, max(0.1, size * 0.13), at, turns)
    sheet.relief.paint(text * np.float32(0.8), _LASER)
