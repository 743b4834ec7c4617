"""Examining pictures of good parts: what speaks against each, and how much they cover.

The same serves the wizard, picture by picture, and the command line, a folder at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import region
from engine.coverage import Coverage, Describe, PatchDescriber
from engine.errors import ImageError, NotInPlace
from engine.picture_checks import PictureSet
from engine.picture_measures import measure
from engine.preprocessing import NOTHING
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.teach import TeachSettings
from engine.usual import Finding, Problem
from station.pictures import load_fit

Pixels = NDArray[np.uint8]


class Examiner:
    """Holds pictures against one another, and counts what the kept ones cover."""

    def __init__(self, settings: TeachSettings, describe: Describe | None = None) -> None:
        """settings: where is looked. describe: instead of the default backbone."""
        self._settings = settings
        self._describe = describe or PatchDescriber()
        self._pictures = PictureSet()
        self.coverage = Coverage(self._describe)

    def add(self, name: str, pixels: Pixels) -> tuple[Finding, ...]:
        """Take a picture of a good part; return what speaks against it.

        Raises:
            ImageError: the region of interest does not fit it.
        """
        seen, lost = self._seen(pixels)
        self._pictures.add(name, measure(seen), lost)
        return self._pictures.findings(name)

    def findings(self, name: str) -> tuple[Finding, ...]:
        """Say what speaks against an earlier picture now that more are known."""
        return self._pictures.findings(name)

    def against(self, pixels: Pixels) -> tuple[Finding, ...]:
        """Hold a picture against the good ones without taking it: one of a bad part.

        Raises:
            ImageError: as `add`.
        """
        seen, lost = self._seen(pixels)
        return self._pictures.against(measure(seen), lost)

    def cover(self, pixels: Pixels) -> None:
        """Count a kept picture."""
        self.coverage.add(self._seen(pixels)[0])

    def uncover(self) -> None:
        """Begin to count anew."""
        self.coverage = Coverage(self._describe)

    def _seen(self, pixels: Pixels) -> tuple[Pixels, Finding | None]:
        """Return what is looked at, its ignored regions painted over, and whether it is lost."""
        settings, lost = self._settings, None
        try:
            found = region.look(pixels, settings.roi, settings.ignored, settings.anchor)
        except NotInPlace as error:
            lost = Finding(Problem.NOT_IN_PLACE, str(error), 0.0, 1.0)
            found = region.look(pixels, settings.roi, settings.ignored, None)
        if found.ignored is None:
            return found.pixels, lost
        painted = found.pixels.copy()
        painted[found.ignored] = NOTHING
        return painted, lost


@dataclass(frozen=True, slots=True)
class Examined:
    """One picture file. complaint: why it cannot be read at all; empty where it can."""

    path: Path
    findings: tuple[Finding, ...] = ()
    complaint: str = ""

    @property
    def fit(self) -> bool:
        """True where nothing speaks against it."""
        return not (self.findings or self.complaint)

    @property
    def reasons(self) -> str:
        """All that speaks against it, for people."""
        return self.complaint or " ".join(each.sentence for each in self.findings)


@dataclass(frozen=True, slots=True)
class Collected:
    """Pictures of good parts, those to be used and those that were refused.

    keep_all: refused ones are used too, on purpose. coverage: `engine.coverage.Coverage` as JSON.
    """

    pictures: tuple[Examined, ...]
    coverage: dict[str, Any]
    keep_all: bool

    @property
    def used(self) -> list[Path]:
        """Files to teach from, in their order."""
        return [each.path for each in self.pictures if each.fit or self._kept(each)]

    @property
    def refused(self) -> list[Examined]:
        """Files that something speaks against, kept on purpose or not."""
        return [each for each in self.pictures if not each.fit]

    @property
    def unreadable(self) -> list[Path]:
        """Files that nothing can be done with."""
        return [each.path for each in self.pictures if each.complaint]

    @property
    def lines(self) -> list[str]:
        """What people are told: a line a refused picture, how many are used, and the coverage."""
        what = "kept on purpose" if self.keep_all else "left out"
        told = [
            f"Refused, {what if not each.complaint else 'unreadable'}: '{each.path}': "
            f"{each.reasons}"
            for each in self.refused
        ]
        told.append(f"{len(self.used)} of {len(self.pictures)} pictures are used.")
        if self.refused and not self.keep_all:
            told.append("To teach from refused ones on purpose, add --keep-all.")
        return [*told, f"Coverage: {self.coverage['sentence']}"]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words, for evidence; as a draft's."""
        left_out = len(self.refused) - sum(self._kept(each) for each in self.refused)
        return {
            "pictures": {"good": {"kept": len(self.used), "refused": left_out}},
            "spoken_against": [
                {
                    "source": each.path.name,
                    "state": "kept" if self._kept(each) else "refused",
                    "findings": [each.complaint]
                    if each.complaint
                    else [finding.sentence for finding in each.findings],
                }
                for each in self.refused
            ],
            "coverage": self.coverage,
        }

    def _kept(self, each: Examined) -> bool:
        return self.keep_all and not each.complaint


def examine(
    paths: Sequence[Path],
    settings: TeachSettings,
    *,
    keep_all: bool = False,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
    describe: Describe | None = None,
) -> Collected:
    """Hold picture files against one another, and say how much the used ones cover.

    progress: told the stages "examining" and "coverage".

    Raises:
        BackboneError: coverage cannot be counted. Cancelled.
    """
    examiner = Examiner(settings, describe)
    complaints: dict[Path, str] = {}
    for done, path in enumerate(paths, start=1):
        raise_if(cancelled)
        try:
            examiner.add(str(path), load_fit(path))
        except ImageError as error:
            complaints[path] = str(error)
        progress("examining", done, len(paths))
    found = tuple(
        Examined(path, complaint=complaints[path])
        if path in complaints
        else Examined(path, examiner.findings(str(path)))
        for path in paths
    )
    used = Collected(found, {}, keep_all).used
    for done, path in enumerate(used, start=1):
        raise_if(cancelled)
        examiner.cover(load_fit(path))
        progress("coverage", done, len(used))
    return Collected(found, examiner.coverage.to_json(), keep_all)
