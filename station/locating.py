"""Locating many pictures: what "Try the anchor" shows, and what teaching refuses and records."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any

from engine.errors import NotInPlace
from engine.location import Location
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.region import look
from engine.teach import TeachSettings
from station.errors import StationError
from station.pictures import load_fit

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One picture: where its part lies, or why it is not in place."""

    path: Path
    location: Location | None
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """All pictures, in their order."""

    pictures: tuple[Whereabouts, ...]

    @property
    def found(self) -> list[Whereabouts]:
        """Those whose part is in place."""
        return [each for each in self.pictures if each.location is not None]

    @property
    def lost(self) -> list[Whereabouts]:
        """Those whose part is not in place."""
        return [each for each in self.pictures if each.location is None]

    @property
    def worst(self) -> Whereabouts | None:
        """What to look at first: a part that is not in place, else the least certain one."""
        return min(self.pictures, key=_confidence, default=None)

    @property
    def least_confidence(self) -> float:
        """Of the parts that are in place; 0 without any."""
        return min((_confidence(each) for each in self.found), default=0.0)

    @property
    def sentence(self) -> str:
        """For people."""
        if not self.pictures:
            return "There are no pictures yet."
        text = f"{len(self.found)} of {len(self.pictures)} parts located"
        if not self.found:
            return f"{text}. Draw the anchor around something that every part has."
        places = [each.location for each in self.found if each.location is not None]
        shift = max(hypot(*place.shift) for place in places)
        turn = max(abs(place.turn_deg) for place in places)
        return (
            f"{text}, the least certain one to {self.least_confidence:.0%}. They lie up to "
            f"{shift:.0f} pixels and {turn:.1f}° away from the reference."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, for evidence."""
        return {
            "pictures": len(self.pictures),
            "located": len(self.found),
            "least_confidence": round(self.least_confidence, 4),
            "lost": [each.path.name for each in self.lost],
        }


def locate_all(
    paths: Sequence[Path],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Located:
    """Locate the part in every picture by the settings' anchor.

    progress: told the stage "locating".

    Raises:
        ImageError: a picture cannot be read, or there is no region of interest. Cancelled.
    """
    found = []
    for done, path in enumerate(paths, start=1):
        raise_if(cancelled)
        found.append(_whereabouts(path, settings))
        progress("locating", done, len(paths))
    return Located(tuple(found))


def refuse_lost(located: Located) -> None:
    """Raise StationError naming the pictures whose part is not in place."""
    lost = located.lost
    if lost:
        listed = "".join(f"\n  '{each.path}': {each.complaint}" for each in lost[:SHOWN])
        more = f"\n  … and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        raise StationError(
            f"In {len(lost)} of {len(located.pictures)} pictures the part is not located; leave "
            f"them out, or choose another anchor:{listed}{more}"
        )


def _whereabouts(path: Path, settings: TeachSettings) -> Whereabouts:
    try:
        found = look(load_fit(path), settings.roi, (), settings.anchor)
    except NotInPlace as error:
        return Whereabouts(path, None, str(error))
    return Whereabouts(path, found.location)


def _confidence(each: Whereabouts) -> float:
    return 0.0 if each.location is None else each.location.confidence
