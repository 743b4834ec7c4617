"""Solder on the pads: how a joint is shaped, good and bad."""

from enum import Enum

import numpy as np

from station.cameras.virtual_line.footprints import Pad
from station.cameras.virtual_line.light import lit
from station.cameras.virtual_line.relief import Colour, FloatMap, Pen, Relief, dome, grain
from station.cameras.virtual_line.sprite import Sprite

_OVERSAMPLING = 2
_BRIGHT: Colour = (118, 120, 121)


class Wetting(Enum):
    """What became of the paste on a pad."""

    FILLET = "fillet"
    BARE = "no part on it"
    DULL = "dull"
    STARVED = "insufficient"
    BALLED = "balled"


def draw_joint(pad: Pad, wetting: Wetting, scale: float, rng: np.random.Generator) -> Sprite:
    """Draw and light one pad's solder around the middle of its own sprite."""
    fine = scale * _OVERSAMPLING
    room = 0.7 if wetting is Wetting.BALLED else 0.1
    shape = (_even(pad.height + 2 * room, fine), _even(pad.width + 2 * room, fine))
    pen, relief = Pen(shape, fine), Relief(shape)
    _DRAWERS[wetting](relief, pen, pad, rng)
    return lit(relief, fine, _OVERSAMPLING, casts_shadow=wetting is Wetting.BALLED)


def _even(length: float, scale: float) -> int:
    return 2 * _OVERSAMPLING * int(np.ceil(length * scale / (2 * _OVERSAMPLING)))


def _pad(pen: Pen, pad: Pad) -> FloatMap:
    return pen.round_rect(pad.width, pad.height, 0.12)


def _along(pen: Pen, pad: Pad) -> FloatMap:
    """Return how far inwards each pixel lies: 0 at the pad's free end, 1 under the part."""
    rows, columns = np.mgrid[0 : pen.shape[0], 0 : pen.shape[1]].astype(np.float32)
    x = (columns + 0.5 - pen.shape[1] / 2) / (pad.width * pen.scale)
    y = (rows + 0.5 - pen.shape[0] / 2) / (pad.height * pen.scale)
    return np.asarray(np.clip(0.5 - (x * pad.outward[0] + y * pad.outward[1]), 0, 1), np.float32)


def _wavy(pen: Pen, mask: FloatMap, reach: float, rng: np.random.Generator) -> FloatMap:
    """Round a mask's edge off unevenly, as a liquid settles."""
    return dome(mask, reach * pen.scale) * (1 + 0.06 * grain(pen.shape, 0.2 * pen.scale, rng))


def _fillet(relief: Relief, pen: Pen, pad: Pad, rng: np.random.Generator) -> None:
    mask = _pad(pen, pad)
    short = min(pad.width, pad.height)
    rise = short * rng.uniform(0.34, 0.6)
    hollow = rng.uniform(1.2, 2.3)
    relief.paint(mask, _BRIGHT, gloss=rng.uniform(0.9, 1.4), roughness=rng.uniform(0.1, 0.22))
    climb = np.clip(_along(pen, pad) * 2.0, 0, 1) ** hollow
    edge = _wavy(pen, mask, short * rng.uniform(0.3, 0.5), rng)
    relief.raise_to(mask, np.asarray(edge * (0.05 + rise * climb), np.float32))


def _bare(relief: Relief, pen: Pen, pad: Pad, rng: np.random.Generator) -> None:
    mask = _pad(pen, pad)
    short = min(pad.width, pad.height)
    relief.paint(mask, _BRIGHT, gloss=1.1, roughness=0.16)
    relief.raise_to(mask, _wavy(pen, mask, short * 0.5, rng) * short * rng.uniform(0.2, 0.3))


def _dull(relief: Relief, pen: Pen, pad: Pad, rng: np.random.Generator) -> None:
    _fillet(relief, pen, pad, rng)
    mask = _pad(pen, pad)
    relief.paint(mask, (92, 86, 78), gloss=0.03, roughness=0.6)
    relief.tint(1 + 0.3 * grain(pen.shape, 0.06 * pen.scale, rng))
    relief.height += mask * 0.02 * grain(pen.shape, 0.06 * pen.scale, rng)


def _starved(relief: Relief, pen: Pen, pad: Pad, rng: np.random.Generator) -> None:
    """Leave most of the pad as oxidised copper, a thin smear of solder at the part."""
    mask = _pad(pen, pad)
    relief.paint(mask, (142, 92, 58), gloss=0.12, roughness=0.4)
    relief.tint(1 + 0.12 * grain(pen.shape, 0.12 * pen.scale, rng))
    front = 0.42 + 0.1 * grain(pen.shape, 0.3 * pen.scale, rng)
    smear = mask * np.clip((_along(pen, pad) - front) * 12, 0, 1)
    relief.paint(np.asarray(smear, np.float32), (120, 118, 112), gloss=0.3)
    relief.raise_to(mask, np.asarray(0.03 + 0.08 * smear, np.float32))


def _balled(relief: Relief, pen: Pen, pad: Pad, rng: np.random.Generator) -> None:
    """Heap the solder into a ball that wets neither pad nor part."""
    _bare(relief, pen, pad, rng)
    mask = _pad(pen, pad)
    relief.paint(mask, (136, 104, 74), gloss=0.15)
    radius = min(max(min(pad.width, pad.height) * rng.uniform(0.55, 0.68), 0.42), 0.75)
    reach = max(pad.width, pad.height) / 2 - radius * 0.8
    x, y = pad.outward[0] * reach, pad.outward[1] * reach
    ball = pen.disc(radius, x, y)
    relief.paint(ball, _BRIGHT, gloss=1.4, roughness=0.08)
    relief.raise_to(ball, 0.1 + radius * dome(ball, radius * pen.scale))


_DRAWERS = {
    Wetting.FILLET: _fillet,
    Wetting.BARE: _bare,
    Wetting.DULL: _dull,
    Wetting.STARVED: _starved,
    Wetting.BALLED: _balled,
}
