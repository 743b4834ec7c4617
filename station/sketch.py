"""Regions being drawn on a picture: moved, nudged, cut back to the picture, undone and redone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.location import SMALLEST
from engine.region import Polygon, Roi

ROI, ANCHOR = "roi", "anchor"
Which = str | int
"""ROI, ANCHOR, or the number of an ignored region."""
Point = tuple[float, float]
"""(x, y) in pixels of the picture."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is drawn on one picture; every change returns a new one.

    size: (H, W) of the picture; nothing leaves it.
    """

    size: tuple[int, int]
    roi: Roi | None = None
    ignored: tuple[Polygon, ...] = ()
    anchor: Roi | None = None

    @property
    def shapes(self) -> list[Which]:
        """Everything that is drawn: what lies on top last."""
        rectangles: list[Which] = [name for name in (ROI, ANCHOR) if self._rectangle(name)]
        return [*rectangles[:1], *range(len(self.ignored)), *rectangles[1:]]

    def corners(self, which: Which) -> list[Point]:
        """Return a shape's corners; a rectangle's from its upper left one, clockwise."""
        if isinstance(which, int):
            return list(self.ignored[which])
        rectangle = self._rectangle(which)
        if rectangle is None:
            return []
        top, left, height, width = map(float, rectangle)
        right, bottom = left + width, top + height
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def with_rectangle(self, which: str, one: Point, other: Point) -> "Sketch":
        """Draw ROI or ANCHOR between two opposite corners, as large as an anchor at least."""
        left, width = _span(one[0], other[0], self.size[1])
        top, height = _span(one[1], other[1], self.size[0])
        rectangle = (top, left, height, width)
        return replace(self, roi=rectangle) if which == ROI else replace(self, anchor=rectangle)

    def with_ignored(self, corners: Sequence[Point]) -> "Sketch":
        """Draw one more ignored region; fewer than three corners are none."""
        if len(corners) < 3:
            return self
        return replace(self, ignored=(*self.ignored, tuple(map(self._inside, corners))))

    def without(self, which: Which) -> "Sketch":
        """Delete a shape."""
        if isinstance(which, int):
            kept = (*self.ignored[:which], *self.ignored[which + 1 :])
            return replace(self, ignored=kept)
        return replace(self, roi=None) if which == ROI else replace(self, anchor=None)

    def moved(self, which: Which, x: float, y: float) -> "Sketch":
        """Shift a shape, as far as the picture goes."""
        corners = self.corners(which)
        columns, rows = zip(*corners, strict=True)
        x = _clamped(x, -min(columns), self.size[1] - max(columns))
        y = _clamped(y, -min(rows), self.size[0] - max(rows))
        shifted = [(column + x, row + y) for column, row in corners]
        if isinstance(which, int):
            return self._polygon(which, shifted)
        return self.with_rectangle(which, shifted[0], shifted[2])

    def with_corner(self, which: Which, number: int, to: Point) -> "Sketch":
        """Drag one corner; a rectangle's opposite corner stays."""
        corners = self.corners(which)
        if isinstance(which, int):
            corners[number] = to
            return self._polygon(which, corners)
        return self.with_rectangle(which, corners[(number + 2) % 4], to)

    def at(self, point: Point) -> Which | None:
        """Return the uppermost shape around a point."""
        around = [each for each in self.shapes if _contains(self.corners(each), point)]
        return around[-1] if around else None

    def _rectangle(self, which: Which) -> Roi | None:
        return self.roi if which == ROI else self.anchor

    def _polygon(self, number: int, corners: Sequence[Point]) -> "Sketch":
        changed = list(self.ignored)
        changed[number] = tuple(map(self._inside, corners))
        return replace(self, ignored=tuple(changed))

    def _inside(self, point: Point) -> Point:
        x, y = _clamped(point[0], 0, self.size[1]), _clamped(point[1], 0, self.size[0])
        return round(x, 1), round(y, 1)


class History:
    """The present sketch, and the way back and forth."""

    def __init__(self, sketch: Sketch) -> None:
        self.present = sketch
        self._before: list[Sketch] = []
        self._after: list[Sketch] = []

    def do(self, sketch: Sketch) -> bool:
        """Go on with `sketch`; False where nothing changed."""
        if sketch == self.present:
            return False
        self._before.append(self.present)
        self._after.clear()
        self.present = sketch
        return True

    def undo(self) -> bool:
        """Go one step back; False where there is none."""
        return self._step(self._before, self._after)

    def redo(self) -> bool:
        """Go one step forth again; False where there is none."""
        return self._step(self._after, self._before)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step forth."""
        return bool(self._after)

    def _step(self, source: list[Sketch], other: list[Sketch]) -> bool:
        if not source:
            return False
        other.append(self.present)
        self.present = source.pop()
        return True


def _span(one: float, other: float, limit: int) -> tuple[int, int]:
    """Return start and length of whole pixels between two places, inside 0 … limit."""
    least = min(SMALLEST, limit)
    start, end = sorted(round(_clamped(place, 0, limit)) for place in (one, other))
    if end - start < least:
        start = min(start, limit - least)
        end = start + least
    return start, end - start


def _clamped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _contains(corners: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon: a ray to the right crosses its edges an odd time."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside
