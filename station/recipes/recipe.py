"""Everything needed to inspect one product, as one immutable revision."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.fitness import Limits
from engine.region import Polygon, Roi
from engine.threshold import Threshold


@dataclass(frozen=True, slots=True)
class Draft:
    """What a publisher hands over; publishing gives it a revision number.

    roi: region of interest (top, left, height, width) in pixels, as taught; None is the whole
        picture.
    frame_size: (H, W) in pixels of the pictures it was taught on; (0, 0) when they differ.
    camera: settings of the camera it was taught with, e.g. {"kind": "folder", "path": "…"}.
    teaching: what was taught, for people and reports, e.g. {"good_images": 60, "seed": 0}.
    golden: reference scores {file name: raw score} that a runtime must reproduce.
    ignored: regions that take no part in anything. anchor: rectangle, as the roi, that parts are
        located by; its pixels are in the model. mm_per_px: what one pixel shows, where known.
    limits: what a picture must be like to be judged; None before format 3, and where too few
        pictures were taught to say.
    unlike: `engine.resemblance.reached` from which a part is another product; None before format 3.
    """

    name: str
    threshold: Threshold
    roi: Roi | None
    frame_size: tuple[int, int]
    camera: dict[str, str | float | bool]
    teaching: dict[str, str | float | bool]
    golden: dict[str, float]
    published_by: str
    note: str
    ignored: tuple[Polygon, ...] = ()
    anchor: Roi | None = None
    mm_per_px: float | None = None
    limits: Limits | None = None
    unlike: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported revision was first published, and how it came here.

    sha256: of its checksums there, as hex: the same revision is known again by it.
    """

    station: str
    revision: int
    published_at: datetime
    sha256: str
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A published revision: verified on disk, never changed.

    published_at: when it got its number on this station.
    model_path: the engine's model file of this revision.
    model_sha256: of that file, as hex.
    origin: of a revision from another station; None for one that was published on this one.
    """

    draft: Draft
    revision: int
    published_at: datetime
    model_path: Path
    model_sha256: str
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """The product's name."""
        return self.draft.name

    @property
    def threshold(self) -> Threshold:
        """Where NG starts, with its evidence."""
        return self.draft.threshold
