"""What a technician has entered and found out about a product so far, as plain JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from engine.fitness import Limits
from engine.region import Polygon, Roi, polygons


class State(str, Enum):
    """What becomes of a picture: taught from, refused by a check, or thrown out by a person."""

    KEPT = "kept"
    REFUSED = "refused"
    THROWN_OUT = "thrown out"


@dataclass(frozen=True, slots=True)
class DraftPicture:
    """One collected picture.

    file: its name in the draft's folder of good or of bad parts.
    source: where it came from: a file's name, or the camera's.
    findings: what the checks say against it, in sentences; empty where nothing.
    on_purpose: a person has decided `state`, whatever was found.
    """

    file: str
    source: str = ""
    state: State = State.KEPT
    findings: tuple[str, ...] = ()
    on_purpose: bool = False


@dataclass(frozen=True, slots=True)
class Looking:
    """Where the part is looked at, and how finely.

    roi: region of interest (top, left, height, width) in pixels; None is the whole picture.
    ignored: polygons that take no part in teaching or judging.
    anchor: (top, left, height, width) in the picture `reference`, by which parts are located; None
        takes parts where they lie.
    reference: file name, in the folder of good parts, of the picture that was drawn on.
    mm_per_px: what one pixel shows; None where nobody said.
    smallest_defect: in pixels; None where nobody said.
    by_position: parts lie in a fixture.
    """

    roi: Roi | None = None
    ignored: tuple[Polygon, ...] = ()
    anchor: Roi | None = None
    reference: str = ""
    mm_per_px: float | None = None
    smallest_defect: float | None = None
    by_position: bool = False


@dataclass(frozen=True, slots=True)
class Taught:
    """What teaching left behind; the model itself is a file beside the draft.

    key: `ProductDraft.teaching_key` of what was taught.
    taught, held_out: file names of good pictures; `scores` are the raw scores of `held_out`.
    frame_size: (H, W) of the pictures; (0, 0) where they differ.
    runtime: which one gave the scores, by its name; device: the same for people.
    summary: what was taught, for people and reports.
    part_ms: one part on this machine, from its picture to score and map. golden: reference scores
        of some of `held_out`, by the names they were given.
    limits, unlike: as of `station.recipes.Draft`.
    """

    key: str
    taught: tuple[str, ...]
    held_out: tuple[str, ...]
    scores: tuple[float, ...]
    frame_size: tuple[int, int]
    runtime: str
    device: str
    summary: dict[str, str | float | bool]
    part_ms: float = 0.0
    golden: Mapping[str, float] = field(default_factory=dict)
    limits: Limits | None = None
    unlike: float | None = None


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product on its way to a published revision; every field is saved as it changes.

    step: the page of the wizard that was last shown, by its name.
    camera: settings of the camera; empty until one is chosen.
    taught: None until something was taught.
    bad_scores: raw scores of bad pictures by file name, on the model of `taught`.
    coverage, suspects, threshold, detection, trial: what those steps found, as they wrote it; empty
        until they ran. "key" is the `teaching_key` it was computed from.
    threshold: with "value" and "threshold" (an `engine.threshold.Threshold` as JSON), beside what
        the other methods would have done.
    revision: what was published from it last; 0 before.
    """

    name: str = ""
    description: str = ""
    step: str = ""
    camera: Mapping[str, str | float | bool] = field(default_factory=dict)
    looking: Looking = field(default_factory=Looking)
    good: tuple[DraftPicture, ...] = ()
    bad: tuple[DraftPicture, ...] = ()
    taught: Taught | None = None
    bad_scores: Mapping[str, float] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    suspects: Mapping[str, Any] = field(default_factory=dict)
    threshold: Mapping[str, Any] = field(default_factory=dict)
    detection: Mapping[str, Any] = field(default_factory=dict)
    trial: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0

    @property
    def kept(self) -> tuple[DraftPicture, ...]:
        """Good pictures that are to be taught from."""
        return tuple(each for each in self.good if each.state is State.KEPT)

    @property
    def teaching_key(self) -> str:
        """Changes when something is changed that teaching depends on."""
        files = [each.file for each in self.kept]
        text = json.dumps([files, asdict(self.looking)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def is_taught(self) -> bool:
        """True while the model is what these pictures and regions give."""
        return self.taught is not None and self.taught.key == self.teaching_key

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words only."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ProductDraft":
        """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on foreign data."""
        own = {
            "looking": _looking(data["looking"]),
            "good": _pictures(data["good"]),
            "bad": _pictures(data["bad"]),
            "taught": _taught(data["taught"]),
        }
        return cls(**{**data, **own})


def _looking(data: Mapping[str, Any]) -> Looking:
    boxes = {name: tuple(data[name]) if data[name] else None for name in ("roi", "anchor")}
    return Looking(**{**data, **boxes, "ignored": polygons(data["ignored"])})


def _pictures(data: list[Mapping[str, Any]]) -> tuple[DraftPicture, ...]:
    return tuple(
        DraftPicture(**{**each, "state": State(each["state"]), "findings": tuple(each["findings"])})
        for each in data
    )


def _taught(data: Mapping[str, Any] | None) -> Taught | None:
    if data is None:
        return None
    lists = {name: tuple(data[name]) for name in ("taught", "held_out", "scores", "frame_size")}
    limits = Limits.from_json(data["limits"]) if data.get("limits") else None
    return Taught(**{**data, **lists, "limits": limits})
