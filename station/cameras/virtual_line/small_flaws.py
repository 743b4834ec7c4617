"""Defects of a wanted size: what goes wrong on an area far smaller than a part."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.damage import (
    draw_break,
    draw_scratch,
    draw_short_bridge,
    wandering_path,
)
from station.cameras.virtual_line.defects import DefectKind, Flaw
from station.cameras.virtual_line.solder import Wetting
from station.cameras.virtual_line.sprite import posed
from station.cameras.virtual_line.workshop import Workshop

SMALL_KINDS = (
    DefectKind.SOLDER_BRIDGE,
    DefectKind.BAD_JOINT,
    DefectKind.BROKEN_TRACK,
    DefectKind.SCRATCH,
)
"""Kinds that can be small; missing and displaced parts are as large as the part."""

_TORN = 0.15
"""Millimetres by which a break's torn outline reaches beyond its length."""

_TAPER = 1.1
"""A scratch's thin ends do not count: it is drawn this much longer."""

_LEAST_PAD = 0.85
"""Millimetres of a pad's shorter side below which the lead hides most of a bad joint."""


def plan_small(
    kind: DefectKind, extent: float, workshop: Workshop, rng: np.random.Generator
) -> Flaw:
    """Return a defect about `extent` mm long; of a bad joint that is up to the pad found.

    kind: one of SMALL_KINDS. It may lie where a part hides it: whoever asks looks at the result.
    """
    return _PLANS[kind](extent, workshop, rng)


def _bridged(extent: float, workshop: Workshop, rng: np.random.Generator) -> Flaw:
    gaps = [
        (first, second)
        for part in workshop.design.parts
        for first, second in pairwise(part.pads)
        if first.outward == second.outward
        and np.hypot(first.x - second.x, first.y - second.y) < 0.85 * extent
    ]
    first, second = gaps[rng.integers(len(gaps))]
    sprite = draw_short_bridge(first, second, extent, workshop.scale, rng)
    out = rng.uniform(0.0, 0.4)
    x = (first.x + second.x) / 2 + first.outward[0] * out
    y = (first.y + second.y) / 2 + first.outward[1] * out
    return Flaw(DefectKind.SOLDER_BRIDGE, over=(posed(sprite, workshop.board.pixel(x, y)),))


def _bad_joint(extent: float, workshop: Workshop, rng: np.random.Generator) -> Flaw:
    pads = [
        pad
        for part in workshop.design.parts
        for pad in part.pads
        if 0.7 * extent < max(pad.width, pad.height) < 1.5 * extent
        and min(pad.width, pad.height) >= _LEAST_PAD
    ]
    pad = pads[rng.integers(len(pads))]
    bad = (Wetting.DULL, Wetting.STARVED, Wetting.BALLED)[rng.integers(3)]
    return Flaw(DefectKind.BAD_JOINT, under=(workshop.joint(pad, bad, rng),))


def _broken(extent: float, workshop: Workshop, rng: np.random.Generator) -> Flaw:
    places = workshop.design.track_places(extent / 2)
    x, y, dx, dy, width = places[rng.integers(len(places))]
    sprite = draw_break(np.array([dx, dy]), width, extent - _TORN, workshop.scale, rng)
    return Flaw(DefectKind.BROKEN_TRACK, under=(posed(sprite, workshop.board.pixel(x, y)),))


def _scratched(extent: float, workshop: Workshop, rng: np.random.Generator) -> Flaw:
    path = wandering_path(extent * _TAPER, rng)
    size = np.array([layout.BOARD_WIDTH, layout.BOARD_HEIGHT])
    tries = rng.uniform(1 + extent / 2, size - 1 - extent / 2, (16, 2))
    shares = [float(np.mean(workshop.design.in_the_open(at + path, 0.2))) for at in tries]
    x, y = tries[int(np.argmax(shares))]
    sprite = draw_scratch(path, float(rng.uniform(0.2, 0.3)), workshop.scale, rng)
    at = workshop.board.pixel(float(x), float(y))
    return Flaw(DefectKind.SCRATCH, under=(posed(sprite, at),))


_Plan = Callable[[float, Workshop, np.random.Generator], Flaw]

_PLANS: dict[DefectKind, _Plan] = {
    DefectKind.SOLDER_BRIDGE: _bridged,
    DefectKind.BAD_JOINT: _bad_joint,
    DefectKind.BROKEN_TRACK: _broken,
    DefectKind.SCRATCH: _scratched,
}
