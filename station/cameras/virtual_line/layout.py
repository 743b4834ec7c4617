"""The virtual line's design data: which part sits where on the board, in millimetres."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from station.cameras.virtual_line.footprints import PACKAGES, Pad, turned_pad
from station.cameras.virtual_line.relief import turned

BOARD_WIDTH = 58.0
BOARD_HEIGHT = 42.0
CORNER_RADIUS = 1.6
VIEW_WIDTH = 64.0
VIEW_HEIGHT = 48.0

HOLES = ((3.6, 3.6), (54.4, 3.6), (3.6, 38.4), (54.4, 38.4))
HOLE_RADIUS = 1.6
HOLE_RING = 2.6
FIDUCIALS = ((8.2, 2.3), (50.2, 1.9), (8.2, 39.6))
FIDUCIAL_RADIUS = 0.5
FIDUCIAL_CLEARANCE = 1.05
TEST_POINTS = ((33.0, 11.6), (42.6, 11.0), (36.6, 39.0), (20.6, 38.9))
TEST_POINT_RADIUS = 0.55


def _stitches() -> tuple[tuple[float, float], ...]:
    edge = [(x, y) for x in np.arange(8.0, 52.0, 4.0) for y in (1.5, 40.7)]
    return tuple((float(x), float(y)) for x, y in edge)


@dataclass(frozen=True, slots=True)
class Part:
    """One placed component.

    x, y: its middle from the board's upper left corner. turns: counter-clockwise quarter turns.
    label: where its reference designator stands, relative to its middle.
    """

    name: str
    package: str
    x: float
    y: float
    turns: int
    marking: str
    label: tuple[float, float]

    @property
    def pads(self) -> tuple[Pad, ...]:
        """Its pads where they lie on the board."""
        local = [turned_pad(pad, self.turns) for pad in PACKAGES[self.package].pads]
        return tuple(Pad(p.x + self.x, p.y + self.y, p.width, p.height, p.outward) for p in local)

    def place(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return package coordinates (n, 2) as board coordinates."""
        return np.asarray(turned(points, self.turns) + np.array([self.x, self.y]))


ABOVE = (0.0, -1.35)

PARTS: tuple[Part, ...] = (
    Part("J1", "HEADER", 4.7, 19.4, 0, "", (0.0, -7.4)),
    Part("J2", "SOCKET", 54.4, 20.4, 0, "", (0.0, 6.6)),
    Part("U5", "SOT223", 13.0, 7.4, 0, "1117-33", (0.0, 4.1)),
    Part("C1", "CAN6", 22.7, 6.3, 0, "100", (0.0, 4.25)),
    Part("C2", "CAN5", 31.9, 5.8, 0, "47", (0.0, 3.6)),
    Part("L1", "COIL", 40.4, 6.0, 0, "220", (-2.2, 3.85)),
    Part("D1", "SMA", 48.0, 5.3, 0, "SS34", (0.0, -2.2)),
    Part("C13", "1206", 46.4, 10.3, 0, "", (0.0, -1.5)),
    Part("R18", "0805", 50.6, 10.3, 0, "122", (0.0, -1.4)),
    Part("C14", "0603", 20.2, 12.9, 0, "", (0.0, -1.05)),
    Part("R16", "0603", 24.6, 12.9, 0, "", (0.0, -1.05)),
    Part("C15", "0603", 29.0, 12.9, 0, "", (0.0, -1.05)),
    Part("U4", "SOT23", 36.9, 11.9, 1, "A7", (2.4, 0.7)),
    Part("R1", "0805", 10.7, 14.7, 0, "103", ABOVE),
    Part("R2", "0805", 10.7, 17.5, 0, "103", ABOVE),
    Part("R3", "0805", 10.7, 20.3, 0, "472", ABOVE),
    Part("R4", "0805", 10.7, 23.1, 0, "472", ABOVE),
    Part("R5", "0805", 10.7, 25.9, 0, "102", ABOVE),
    Part("C3", "0805", 15.2, 14.7, 0, "", ABOVE),
    Part("C4", "0805", 15.2, 17.5, 0, "", ABOVE),
    Part("R6", "0805", 15.2, 20.3, 0, "104", ABOVE),
    Part("R7", "0805", 15.2, 23.1, 0, "104", ABOVE),
    Part("C5", "0805", 15.2, 25.9, 0, "", ABOVE),
    Part("U1", "QFP44", 25.2, 21.6, 0, "VX32F407", (-6.2, -6.1)),
    Part("U2", "SOIC16", 45.4, 20.4, 0, "DRV8842", (0.0, -5.8)),
    Part("R8", "0805", 34.7, 16.4, 0, "220", ABOVE),
    Part("R9", "0805", 34.7, 19.2, 0, "220", ABOVE),
    Part("R10", "0805", 34.7, 22.0, 0, "331", ABOVE),
    Part("R14", "0805", 34.7, 24.8, 0, "331", ABOVE),
    Part("C6", "0805", 39.0, 16.4, 0, "", ABOVE),
    Part("R19", "0805", 39.0, 19.2, 0, "101", ABOVE),
    Part("R21", "0805", 39.0, 22.0, 0, "101", ABOVE),
    Part("C9", "0805", 39.0, 24.8, 0, "", ABOVE),
    Part("R11", "0805", 9.7, 30.6, 1, "153", (0.0, 2.3)),
    Part("R12", "0805", 12.6, 30.6, 1, "153", (0.0, 2.3)),
    Part("R13", "0805", 15.5, 30.6, 1, "822", (0.0, 2.3)),
    Part("C7", "0603", 20.0, 31.0, 1, "", (-1.45, 0.0)),
    Part("R15", "0603", 25.2, 30.6, 0, "", (0.0, 1.15)),
    Part("C8", "0603", 30.4, 31.0, 1, "", (1.45, 0.0)),
    Part("Y1", "CRYSTAL", 25.2, 35.5, 0, "16.000", (7.0, -1.9)),
    Part("Q1", "SOT23", 10.4, 35.6, 0, "3C", (0.0, 2.2)),
    Part("Q2", "SOT23", 14.8, 35.6, 0, "3C", (0.0, 2.2)),
    Part("C10", "0805", 35.0, 30.6, 1, "", (0.0, -2.3)),
    Part("R17", "0805", 35.0, 35.4, 1, "472", (0.0, 2.3)),
    Part("U3", "SOIC8", 41.0, 33.0, 1, "25Q64", (0.0, 4.4)),
    Part("R20", "1206", 48.6, 29.4, 0, "R050", (0.0, -1.5)),
    Part("C20", "1206", 48.6, 33.2, 0, "", (0.0, -1.5)),
    Part("D2", "LED", 46.0, 38.4, 0, "", (0.0, -1.4)),
    Part("D3", "LED", 49.8, 38.4, 0, "", (0.0, -1.4)),
)

PLANES = (
    (
        (0.6, 0.6),
        (57.4, 0.6),
        (57.4, 13.0),
        (39.6, 13.0),
        (38.0, 14.4),
        (31.0, 14.4),
        (29.6, 13.8),
        (20.4, 13.8),
        (18.6, 12.6),
        (0.6, 12.6),
    ),
    (
        (0.6, 12.6),
        (8.2, 12.6),
        (8.2, 27.2),
        (16.0, 27.2),
        (18.0, 29.2),
        (33.6, 29.2),
        (36.8, 32.4),
        (36.8, 37.6),
        (38.2, 39.0),
        (57.4, 39.0),
        (57.4, 41.4),
        (0.6, 41.4),
    ),
    ((51.6, 13.0), (57.4, 13.0), (57.4, 39.0), (51.6, 39.0)),
)
"""Outlines of the ground plane."""

STITCHES = _stitches()
"""Vias that tie the ground plane to the layer below."""

LEGENDS: tuple[tuple[str, float, float, float], ...] = (
    ("PL-2040 REV C", 28.6, 40.2, 1.25),
    ("94V-0", 40.4, 40.2, 0.9),
)
