"""What can go wrong with a board: chance decides which, where and how large."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.damage import (
    Points,
    draw_break,
    draw_bridge,
    draw_scratch,
    draw_standing,
    wandering_path,
)
from station.cameras.virtual_line.footprints import Pad
from station.cameras.virtual_line.layout import Part
from station.cameras.virtual_line.solder import Wetting
from station.cameras.virtual_line.sprite import Laid, posed
from station.cameras.virtual_line.workshop import Workshop

Move = tuple[float, float, float]


class DefectKind(str, Enum):
    """The defects a board can have."""

    MISSING_COMPONENT = "missing component"
    SOLDER_BRIDGE = "solder bridge"
    BAD_JOINT = "bad joint"
    DISPLACED_COMPONENT = "displaced component"
    BROKEN_TRACK = "broken track"
    SCRATCH = "scratch"


@dataclass(frozen=True, slots=True, eq=False)
class Flaw:
    """One defect as the workshop is to build it.

    missing: number of the part that is not where it belongs, or None.
    moved: the part's number and how far it is from its place (mm, mm, degrees), or None.
    under: laid on the board before the parts; over: laid after them.
    """

    kind: DefectKind
    missing: int | None = None
    moved: tuple[int, Move] | None = None
    under: tuple[Laid, ...] = ()
    over: tuple[Laid, ...] = ()


def plan(kind: DefectKind, workshop: Workshop, rng: np.random.Generator) -> Flaw:
    """Return a defect of the given kind: where, how large and of which shape is up to chance."""
    return _PLANS[kind](workshop, rng)


_PASSIVES = ("0603", "0805", "1206", "LED")
_FALLS_OFF = (*_PASSIVES, "SMA", "SOT23", "CAN5", "CRYSTAL", "SOIC8")
_SLIPS = (*_PASSIVES, "SMA", "SOT23", "SOIC8", "SOIC16", "SOT223")
_BRIDGES = ("QFP44", "SOIC16", "SOIC8", "SOCKET")


def _pick(
    workshop: Workshop, packages: tuple[str, ...], rng: np.random.Generator
) -> tuple[int, Part]:
    parts = workshop.design.parts
    fitting = [(n, part) for n, part in enumerate(parts) if part.package in packages]
    return fitting[rng.integers(len(fitting))]


def _open_joints(workshop: Workshop, part: Part, rng: np.random.Generator) -> tuple[Laid, ...]:
    """Return the part's solder as it sets with nothing in it."""
    return tuple(workshop.joint(pad, Wetting.BARE, rng) for pad in part.pads)


def _missing(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    number, part = _pick(workshop, _FALLS_OFF, rng)
    under = _open_joints(workshop, part, rng)
    return Flaw(DefectKind.MISSING_COMPONENT, missing=number, under=under)


def _displaced(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    if rng.random() < 0.25:
        return _standing(workshop, rng)
    number, part = _pick(workshop, _SLIPS, rng)
    move = _slip(rng) if part.package in _PASSIVES else _skew(rng)
    under = _open_joints(workshop, part, rng)
    return Flaw(DefectKind.DISPLACED_COMPONENT, moved=(number, move), under=under)


def _slip(rng: np.random.Generator) -> Move:
    """Return how far a light part drifts on liquid solder."""
    heading = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(0.45, 0.9)
    turn = rng.uniform(12, 35) * rng.choice([-1, 1])
    return float(np.cos(heading) * reach), float(np.sin(heading) * reach), float(turn)


def _skew(rng: np.random.Generator) -> Move:
    """Return how far a heavier part was knocked."""
    x, y = rng.uniform(0.3, 0.6, 2) * rng.choice([-1, 1], 2)
    return float(x), float(y), float(rng.uniform(3, 8) * rng.choice([-1, 1]))


def _standing(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    number, part = _pick(workshop, _PASSIVES, rng)
    end = int(rng.integers(2))
    sprite = draw_standing(part.package, part.turns + 2 * end, workshop.scale, rng)
    pad = part.pads[end]
    at = workshop.board.pixel(pad.x, pad.y)
    stood = posed(sprite, at, float(rng.uniform(-8, 8)))
    under = _open_joints(workshop, part, rng)
    return Flaw(DefectKind.DISPLACED_COMPONENT, missing=number, under=under, over=(stood,))


def _bridged(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    _, part = _pick(workshop, _BRIDGES, rng)
    pads = part.pads
    neighbours = [(a, b) for a, b in pairwise(pads) if a.outward == b.outward]
    first, second = neighbours[rng.integers(len(neighbours))]
    sprite = draw_bridge(first, second, workshop.scale, rng)
    out = rng.uniform(-0.1, 0.3)
    x = (first.x + second.x) / 2 + first.outward[0] * out
    y = (first.y + second.y) / 2 + first.outward[1] * out
    return Flaw(DefectKind.SOLDER_BRIDGE, over=(posed(sprite, workshop.board.pixel(x, y)),))


def _bad_joint(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    _, part = _pick(
        workshop, (*_PASSIVES[1:3], "SMA", "CAN5", "CAN6", "SOT223", "SOIC16", "SOIC8"), rng
    )
    pad: Pad = part.pads[rng.integers(len(part.pads))]
    bad = (Wetting.DULL, Wetting.STARVED, Wetting.BALLED)[rng.integers(3)]
    return Flaw(DefectKind.BAD_JOINT, under=(workshop.joint(pad, bad, rng),))


def _broken(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    places = workshop.design.track_places(0.75)
    x, y, dx, dy, width = places[rng.integers(len(places))]
    length = float(rng.uniform(0.7, 1.5))
    sprite = draw_break(np.array([dx, dy]), width, length, workshop.scale, rng)
    return Flaw(DefectKind.BROKEN_TRACK, under=(posed(sprite, workshop.board.pixel(x, y)),))


def _scratched(workshop: Workshop, rng: np.random.Generator) -> Flaw:
    """Choose among chance scratches the one that the parts hide least."""
    tries = [_scratch_try(rng) for _ in range(16)]
    middle, path = max(tries, key=lambda one: _visible_share(workshop, one[0] + one[1]))
    sprite = draw_scratch(path, float(rng.uniform(0.16, 0.32)), workshop.scale, rng)
    at = workshop.board.pixel(float(middle[0]), float(middle[1]))
    return Flaw(DefectKind.SCRATCH, under=(posed(sprite, at),))


def _scratch_try(rng: np.random.Generator) -> tuple[Points, Points]:
    path = wandering_path(float(rng.uniform(4, 12)), rng)
    reach = np.abs(path).max(axis=0) + 1
    size = np.array([layout.BOARD_WIDTH, layout.BOARD_HEIGHT])
    return rng.uniform(reach, size - reach), path


def _visible_share(workshop: Workshop, path: Points) -> float:
    return float(np.mean(workshop.design.in_the_open(path, 0.0)))


_PLANS: dict[DefectKind, Callable[[Workshop, np.random.Generator], Flaw]] = {
    DefectKind.MISSING_COMPONENT: _missing,
    DefectKind.SOLDER_BRIDGE: _bridged,
    DefectKind.BAD_JOINT: _bad_joint,
    DefectKind.DISPLACED_COMPONENT: _displaced,
    DefectKind.BROKEN_TRACK: _broken,
    DefectKind.SCRATCH: _scratched,
}
