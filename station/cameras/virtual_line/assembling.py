"""Puts one board together, with or without a flaw, and keeps the ground truth of it."""

import numpy as np

from station.cameras.virtual_line.defects import Flaw
from station.cameras.virtual_line.relief import FloatMap
from station.cameras.virtual_line.sprite import Pixels, cover, lay
from station.cameras.virtual_line.variation import Assembly, assembly_of
from station.cameras.virtual_line.workshop import SOLDER_SHAPES, Workshop


def assemble(
    workshop: Workshop, seed: int, index: int, flaw: Flaw | None
) -> tuple[Pixels, FloatMap | None]:
    """Return the lit board, uint8 (h, w, 3), and its flaw's mask, float32 (h, w) of 0..1, if any.

    The mask holds all the flaw changes: where a part is and where it should be, open joints, new
    solder, lost copper; not what undisturbed parts hide, nor the fainter change of shadows.
    """
    parts, joints = len(workshop.design.parts), len(workshop.joints)
    assembly = assembly_of(seed, index, parts, joints, SOLDER_SHAPES)
    canvas = workshop.blank()
    workshop.solder(canvas, assembly)
    if flaw is None:
        _mount(canvas, workshop, assembly, None)
        return canvas, None
    for laid in flaw.under:
        lay(canvas, laid)
    hidden = _mount(canvas, workshop, assembly, flaw)
    for laid in flaw.over:
        lay(canvas, laid)
    return canvas, _truth(workshop, assembly, flaw, hidden)


def _mount(canvas: Pixels, workshop: Workshop, assembly: Assembly, flaw: Flaw | None) -> FloatMap:
    """Lay all parts; with a flaw, return what the undisturbed ones hide."""
    hidden = np.zeros(canvas.shape[:2], np.float32)
    for number in range(len(workshop.design.parts)):
        if flaw and flaw.missing == number:
            continue
        moved = flaw.moved[1] if flaw and flaw.moved and flaw.moved[0] == number else None
        laid = workshop.place(number, assembly, moved or (0.0, 0.0, 0.0))
        lay(canvas, laid)
        if flaw and moved is None:
            cover(hidden, laid)
    return hidden


def _truth(workshop: Workshop, assembly: Assembly, flaw: Flaw, hidden: FloatMap) -> FloatMap:
    mask = np.zeros_like(hidden)
    for laid in flaw.under:
        cover(mask, laid)
    mask *= 1 - hidden
    if flaw.missing is not None:
        cover(mask, workshop.place(flaw.missing, assembly))
    if flaw.moved is not None:
        number, move = flaw.moved
        cover(mask, workshop.place(number, assembly))
        cover(mask, workshop.place(number, assembly, move))
    for laid in flaw.over:
        cover(mask, laid)
    return mask
