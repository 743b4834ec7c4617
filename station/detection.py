"""The smallest defect a recipe finds: how long that takes to measure here, and how it is measured.

Curves, bounds and the map come from `engine.detection`; what they mean is put into sentences by
`station.detection_words`.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.detection import area_of
from engine.detection import detect as engine_detect
from engine.detector import Detector
from engine.errors import DetectionError
from engine.findings import WEAK, Detection, DetectionSettings, Finding, Outcome
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.synthetic.drawing import Defect, draw
from engine.synthetic.placing import free_centres, pick_centre
from engine.synthetic.shapes import Kind
from station.detection_words import headline
from station.pictures import load_fit
from station.timing import Timer

LIMIT_S = 180.0
"""Seconds a measurement should take; on slower machines it asks less."""
TIMED = 3
"""Judgements timed to know how long one takes."""
SEARCHED = 0.8
"""Share of the largest number of judgements that is usually needed: some curves end early."""


USUAL = DetectionSettings()
SMALLER = (
    USUAL,
    replace(USUAL, trials=40, cells=24),
    replace(USUAL, trials=30, cells=24, contrasts=tuple(c for c in USUAL.contrasts if c != WEAK)),
)
"""What is asked for, from the most to the least."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured, and how long it takes on this machine, as predicted."""

    settings: DetectionSettings
    seconds: float

    @property
    def duration(self) -> str:
        """For people: "about 40 s"."""
        if self.seconds < 90:
            return f"about {max(5, round(self.seconds / 5) * 5)} s"
        return f"about {round(self.seconds / 60)} min"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A synthetic defect as it was drawn, judged.

    picture: uint8 (H, W, 3). centre: (row, column). size: pixels. hit: it was NG.
    """

    picture: NDArray[np.uint8]
    kind: Kind
    size: float
    contrast: float
    centre: tuple[int, int]
    hit: bool


def plan(model: Detector, held_out: Sequence[Path], timer: Timer, limit_s: float = LIMIT_S) -> Plan:
    """Time a few judgements and choose what can be measured within `limit_s` seconds.

    Where even the least takes longer, the least is chosen and its time said.

    Raises:
        DetectionError: no held-out picture. ImageError as they come.
    """
    _need(held_out)
    times = []
    for path in list(held_out)[:TIMED]:
        start = timer()
        model.score(load_fit(path))
        times.append(timer() - start)
    each = statistics.median(times)
    plans = [Plan(s, each * (len(held_out) + SEARCHED * s.judgements)) for s in SMALLER]
    return next((made for made in plans if made.seconds <= limit_s), plans[-1])


def detect(
    model: Detector,
    threshold: float,
    held_out: Sequence[Path],
    *,
    settings: DetectionSettings = USUAL,
    mm_per_px: float | None = None,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Detection:
    """Measure which synthetic defects `model` finds at `threshold` in held-out good pictures.

    mm_per_px: what one pixel shows; None says sizes in pixels alone.

    Raises:
        DetectionError: no threshold, or pictures that defects cannot be drawn into.
        ImageError, Cancelled as they come.
    """
    _need(held_out)
    if not isfinite(threshold):
        raise DetectionError("There is no threshold yet. Set one, then measure.")
    found = engine_detect(
        model,
        threshold,
        [partial(load_fit, path) for path in held_out],
        partial(area_of, model.preprocessing),
        settings=settings,
        progress=progress,
        cancelled=cancelled,
    )
    return replace(found, mm_per_px=mm_per_px)


def evidence(found: Detection, key: str = "") -> dict[str, Any]:
    """Return what goes into a draft's or a recipe's evidence, as JSON.

    key: the draft's `teaching_key`.
    """
    return {"key": key, "sentence": headline(found), "found": found.to_json()}


def from_evidence(data: Any) -> Detection | None:
    """Return what `evidence` kept; None where there is nothing, or of another kind."""
    try:
        return Detection.from_json(data["found"])
    except (KeyError, TypeError, ValueError):
        return None


def still_true(data: Any, key: str, threshold: float) -> Detection | None:
    """Return what `evidence` kept if it was found with this model and at this threshold."""
    found = from_evidence(data)
    same = found is not None and data.get("key") == key and found.threshold == threshold
    return found if same else None


def examples(
    model: Detector, found: Detection, finding: Finding, paths: Sequence[Path], count: int
) -> list[Example]:
    """Draw and judge a few defects of the size that was found, to be shown.

    Raises ImageError, DetectionError.
    """
    _need(paths)
    random = np.random.default_rng([found.settings.seed, 99])
    kinds = [kind for kind in found.settings.kinds if finding.kind in (kind.value, "all kinds")]
    drawn = [kind for kind in kinds if (kind is Kind.PATCH) == (finding.contrast == 0)]
    made = []
    for number in range(count):
        kind = drawn[number % len(drawn)]
        path = paths[int(random.integers(len(paths)))]
        defect = Defect(kind, shown_size(finding), finding.contrast)
        made.append(_example(model, found.threshold, load_fit(path), defect, random))
    return made


def shown_size(finding: Finding) -> float:
    """Return the size to show: a90, or the end of the range it lies beyond, in pixels."""
    if finding.a90 is not None:
        return finding.a90
    return finding.smallest if finding.outcome is Outcome.BELOW else finding.largest


def _example(
    model: Detector,
    threshold: float,
    picture: NDArray[np.uint8],
    defect: Defect,
    random: np.random.Generator,
) -> Example:
    allowed = area_of(model.preprocessing, picture)
    centre = pick_centre(free_centres(allowed, defect.size), random)
    drawn = draw(picture, defect, centre, allowed, random).picture
    hit = model.score(drawn).value >= threshold
    return Example(drawn, defect.kind, defect.size, defect.contrast, centre, hit)


def _need(paths: Sequence[Path]) -> None:
    if not paths:
        raise DetectionError(
            "There are no good pictures that were kept aside from teaching. Teach again, or name a "
            "folder of good pictures that were not taught."
        )
