"""Filling a draft with pictures: each examined as it comes, and how much it adds. Qt-free."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.coverage import Describe
from engine.errors import ImageError
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.usual import Finding
from station.collecting import Examiner, Pixels
from station.drafts.draft import DraftPicture, ProductDraft, State
from station.drafts.pictures import decide, keep_picture
from station.drafts.session import DraftSession
from station.drafts.teaching import settings_of
from station.pictures import find_pictures, load_fit


class Collector:
    """Fills a draft with pictures; everything is on the disk when a call returns. One thread."""

    def __init__(self, session: DraftSession, describe: Describe | None = None) -> None:
        """Touch nothing yet; `resume` comes first. Raises EngineError on unusable regions."""
        self._session = session
        self._examiner = Examiner(settings_of(session), describe)
        self._covered: list[str] = []

    def resume(
        self, progress: Progress = no_progress, cancelled: IsCancelled = never_cancelled
    ) -> list[str]:
        """Examine what the draft holds already; return what cannot be read. Raises Cancelled."""
        complaints = []
        pictures = self._session.draft.good
        for done, each in enumerate(pictures, start=1):
            raise_if(cancelled)
            try:
                self._examiner.add(each.file, self._load(each.file))
            except ImageError as error:
                complaints.append(str(error))
                self._mark(each.file, str(error))
            progress("examining", done, len(pictures))
        self._review()
        self.recount(progress, cancelled)
        return complaints

    def take(self, pixels: Pixels, source: str, *, bad: bool = False) -> DraftPicture:
        """Keep one more picture in the draft; where something speaks against it, as refused.

        Raises:
            ImageError: the region of interest does not fit it. StationError: the disk refuses.
        """
        if bad:
            return self._take_bad(pixels, source)
        picture = keep_picture(self._session, pixels, source)
        try:
            self._examiner.add(picture.file, pixels)
        except ImageError as error:
            self._mark(picture.file, str(error))
            raise
        self._review()
        if picture.file in _kept_files(self._session.draft):
            self._examiner.cover(pixels)
            self._covered.append(picture.file)
        self.save_coverage()
        return next(each for each in self._session.draft.good if each.file == picture.file)

    def take_files(
        self,
        place: Path,
        *,
        bad: bool = False,
        progress: Progress = no_progress,
        cancelled: IsCancelled = never_cancelled,
    ) -> list[str]:
        """Copy the pictures of a folder into the draft; return what could not be read, and why.

        Raises:
            StationError: no folder, no pictures in it, or the disk refuses. Cancelled: those
                copied so far stay.
        """
        complaints = []
        paths = find_pictures([place])
        for done, path in enumerate(paths, start=1):
            raise_if(cancelled)
            try:
                self.take(load_fit(path), path.name, bad=bad)
            except ImageError as error:
                complaints.append(str(error))
            progress("importing", done, len(paths))
        return complaints

    def decide(self, file: str, state: State, *, bad: bool = False) -> None:
        """Let a person keep a picture or leave it out, whatever was found."""
        decide(self._session, file, state, bad=bad)

    @property
    def counted(self) -> bool:
        """True while the coverage is that of the kept pictures."""
        return self._covered == _kept_files(self._session.draft)

    def recount(
        self, progress: Progress = no_progress, cancelled: IsCancelled = never_cancelled
    ) -> None:
        """Count the coverage of the kept pictures anew, where others are kept than were counted."""
        kept = _kept_files(self._session.draft)
        start = len(self._covered)
        if self._covered != kept[:start]:
            self._examiner.uncover()
            self._covered, start = [], 0
        for done, file in enumerate(kept[start:], start=start + 1):
            raise_if(cancelled)
            self._examiner.cover(self._load(file))
            self._covered.append(file)
            progress("coverage", done, len(kept))
        self.save_coverage()

    def save_coverage(self) -> None:
        """Write curve and verdict into the draft."""
        key = self._session.draft.teaching_key
        self._session.change(coverage={**self._examiner.coverage.to_json(), "key": key})

    def _take_bad(self, pixels: Pixels, source: str) -> DraftPicture:
        found = _sentences(self._examiner.against(pixels))
        state = State.REFUSED if found else State.KEPT
        return keep_picture(self._session, pixels, source, bad=True, state=state, findings=found)

    def _review(self) -> None:
        """Bring all states up to what is known now; what a person decided stays."""
        self._session.update(
            lambda draft: replace(draft, good=tuple(map(self._reviewed, draft.good)))
        )

    def _reviewed(self, picture: DraftPicture) -> DraftPicture:
        try:
            found = _sentences(self._examiner.findings(picture.file))
        except KeyError:
            return picture
        if picture.on_purpose:
            return replace(picture, findings=found)
        return replace(picture, findings=found, state=State.REFUSED if found else State.KEPT)

    def _mark(self, file: str, complaint: str) -> None:
        def marked(draft: ProductDraft) -> ProductDraft:
            good = tuple(
                replace(each, state=State.REFUSED, findings=(complaint,))
                if each.file == file
                else each
                for each in draft.good
            )
            return replace(draft, good=good)

        self._session.update(marked)

    def _load(self, file: str) -> Pixels:
        return load_fit(self._session.good_folder / file)


def _kept_files(draft: ProductDraft) -> list[str]:
    return [each.file for each in draft.kept]


def _sentences(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(each.sentence for each in findings)
