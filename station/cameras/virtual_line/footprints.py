"""Land patterns: which pads each package is soldered to, in millimetres, unturned."""

from dataclasses import dataclass

import numpy as np

from station.cameras.virtual_line.relief import turned


@dataclass(frozen=True, slots=True)
class Pad:
    """A solderable rectangle. `outward` is the unit step from the body towards its free end."""

    x: float
    y: float
    width: float
    height: float
    outward: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Package:
    """What a part looks like from above.

    body: width and height of the moulded or wound body; outline: of the silkscreen around it
    (0, 0 is none). pads in the order of their pin numbers, from 1.
    """

    body: tuple[float, float]
    outline: tuple[float, float]
    pads: tuple[Pad, ...]


def _two_pads(spacing: float, width: float, height: float) -> tuple[Pad, ...]:
    half = spacing / 2
    return (Pad(-half, 0, width, height, (-1, 0)), Pad(half, 0, width, height, (1, 0)))


def _column(x: float, offsets: list[float], width: float, height: float) -> tuple[Pad, ...]:
    outward = (-1, 0) if x < 0 else (1, 0)
    return tuple(Pad(x, y, width, height, outward) for y in offsets)


def pitch_offsets(count: int, pitch: float) -> list[float]:
    """Return `count` positions `pitch` apart, centred on 0."""
    return [(i - (count - 1) / 2) * pitch for i in range(count)]


def _dual_row(pins: int, pitch: float, x: float, width: float, height: float) -> tuple[Pad, ...]:
    offsets = pitch_offsets(pins // 2, pitch)
    left = _column(-x, offsets, width, height)
    return left + _column(x, offsets[::-1], width, height)


def turned_pad(pad: Pad, turns: int) -> Pad:
    """Return the pad of a package turned counter-clockwise by quarter turns."""
    (x, y), (dx, dy) = turned(np.array([(pad.x, pad.y), pad.outward], np.float64), turns)
    width, height = (pad.height, pad.width) if turns % 2 else (pad.width, pad.height)
    return Pad(float(x), float(y), width, height, (round(dx), round(dy)))


def _quad(pins: int, pitch: float, x: float, width: float, height: float) -> tuple[Pad, ...]:
    side = _column(-x, pitch_offsets(pins // 4, pitch), width, height)
    return tuple(turned_pad(pad, turns) for turns in range(4) for pad in side)


PACKAGES = {
    "0603": Package((1.6, 0.8), (0, 0), _two_pads(1.7, 0.9, 0.9)),
    "0805": Package((2.0, 1.25), (0, 0), _two_pads(2.1, 1.1, 1.35)),
    "1206": Package((3.2, 1.6), (0, 0), _two_pads(3.2, 1.2, 1.75)),
    "LED": Package((2.0, 1.25), (0, 0), _two_pads(2.1, 1.1, 1.35)),
    "SMA": Package((4.3, 2.6), (4.5, 2.9), _two_pads(4.4, 1.9, 1.9)),
    "CAN5": Package((5.3, 5.3), (5.7, 5.7), _two_pads(4.4, 2.8, 1.5)),
    "CAN6": Package((6.6, 6.6), (7.0, 7.0), _two_pads(5.6, 3.2, 1.7)),
    "COIL": Package((6.0, 6.0), (6.4, 6.4), _two_pads(5.2, 1.9, 4.4)),
    "CRYSTAL": Package((11.2, 4.6), (11.6, 5.0), _two_pads(10.6, 4.0, 1.7)),
    "SOT23": Package(
        (1.35, 2.9),
        (0, 0),
        _column(-1.1, [-0.95, 0.95], 1.0, 0.75) + _column(1.1, [0.0], 1.0, 0.75),
    ),
    "SOT223": Package(
        (3.5, 6.5),
        (3.5, 6.7),
        (Pad(-3.1, 0, 2.0, 3.5, (-1, 0)), *_column(3.1, [-2.3, 0.0, 2.3], 2.0, 1.1)),
    ),
    "SOIC8": Package((3.9, 4.9), (0, 0), _dual_row(8, 1.27, 2.75, 1.7, 0.66)),
    "SOIC16": Package((3.9, 9.9), (0, 0), _dual_row(16, 1.27, 2.75, 1.7, 0.66)),
    "QFP44": Package((10.0, 10.0), (0, 0), _quad(44, 0.8, 5.85, 1.5, 0.5)),
    "HEADER": Package((5.1, 12.7), (5.5, 13.1), ()),
    "SOCKET": Package((7.2, 11.4), (0, 0), _column(-3.9, pitch_offsets(4, 2.0), 1.8, 0.9)),
}
