"""A board's design as a value: the product of the line, and its mirror images for panels."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from station.cameras.virtual_line import layout, tracks
from station.cameras.virtual_line.footprints import PACKAGES
from station.cameras.virtual_line.layout import Part
from station.cameras.virtual_line.tracks import Track

Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Design:
    """What one board is made of; outline and mounting holes are the same for all of them.

    Millimetres from the board's upper left corner. legends: text, x, y, height.
    """

    parts: tuple[Part, ...]
    tracks: tuple[Track, ...]
    vias: tuple[Place, ...]
    stitches: tuple[Place, ...]
    test_points: tuple[Place, ...]
    fiducials: tuple[Place, ...]
    planes: tuple[tuple[Place, ...], ...]
    legends: tuple[tuple[str, float, float, float], ...]

    @cached_property
    def _occupied(self) -> NDArray[np.float64]:
        """What covers the board, (n, 4) of centre x, centre y, width, height."""
        ring = 2 * layout.HOLE_RING
        rects = [(x, y, ring, ring) for x, y in layout.HOLES]
        for part in self.parts:
            width, height = PACKAGES[part.package].body
            lying = (width, height) if part.turns % 2 == 0 else (height, width)
            rects.append((part.x, part.y, *lying))
            rects.extend((pad.x, pad.y, pad.width, pad.height) for pad in part.pads)
        return np.array(rects)

    def in_the_open(self, points: ArrayLike, room: float) -> NDArray[np.bool_]:
        """Tell for each point, (n, 2), whether no part, pad or hole lies within `room` mm."""
        occupied = self._occupied
        away = np.abs(np.asarray(points, np.float64)[:, None] - occupied[:, :2])
        return np.asarray(~np.any(np.all(away < occupied[:, 2:] / 2 + room, axis=2), axis=1))

    def track_places(self, room: float) -> NDArray[np.float64]:
        """Return points on tracks in the open, (n, 5): x, y, direction x and y, track width."""
        found = []
        for width, line in self.tracks:
            for start, end in pairwise(np.array(line)):
                length = float(np.hypot(*(end - start)))
                way = (end - start) / length
                steps = np.arange(0.7, length - 0.7, 0.3)
                found += [(*(start + way * d), *way, width) for d in steps]
        places = np.array(found)
        return places[self.in_the_open(places[:, :2], room)]

    def mirrored(self, right: bool, down: bool) -> "Design":
        """Return the design mirrored left to right, top to bottom or both.

        Every package's pads are alike above and below its middle, so a quarter turn or two puts
        real parts on the mirrored pads; lettering stays readable.
        """
        mirror = _Mirror(right, down)
        return Design(
            parts=tuple(mirror.part(part) for part in self.parts),
            tracks=tuple((width, mirror.places(line)) for width, line in self.tracks),
            vias=mirror.places(self.vias),
            stitches=mirror.places(self.stitches),
            test_points=mirror.places(self.test_points),
            fiducials=mirror.places(self.fiducials),
            planes=tuple(mirror.places(plane) for plane in self.planes),
            legends=tuple((text, *mirror.place((x, y)), size) for text, x, y, size in self.legends),
        )


@dataclass(frozen=True, slots=True)
class _Mirror:
    right: bool
    down: bool

    def place(self, place: Place) -> Place:
        x, y = place
        mirrored_x = layout.BOARD_WIDTH - x if self.right else x
        return mirrored_x, layout.BOARD_HEIGHT - y if self.down else y

    def places(self, places: Iterable[Place]) -> tuple[Place, ...]:
        return tuple(self.place(place) for place in places)

    def part(self, part: Part) -> Part:
        turned = self.down if part.turns % 2 else self.right
        x, y = self.place((part.x, part.y))
        label = (part.label[0] * (1 - 2 * self.right), part.label[1] * (1 - 2 * self.down))
        return replace(part, x=x, y=y, turns=(part.turns + 2 * turned) % 4, label=label)


PRODUCT = Design(
    parts=layout.PARTS,
    tracks=tracks.TRACKS,
    vias=tracks.VIAS,
    stitches=layout.STITCHES,
    test_points=layout.TEST_POINTS,
    fiducials=layout.FIDUCIALS,
    planes=layout.PLANES,
    legends=layout.LEGENDS,
)
"""The one product of the virtual line."""
