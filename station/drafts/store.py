"""The product drafts of one home: one folder each, by the time they were begun."""

import shutil
from pathlib import Path

from station.clock import Clock, utc_now
from station.drafts.draft import Looking, ProductDraft
from station.drafts.looking import restore_anchor
from station.drafts.session import DRAFT_FILE, DraftSession
from station.errors import StationError
from station.files import make_folder
from station.home import Home
from station.recipes.recipe import Recipe


class DraftStore:
    """Begins, lists, reopens and throws away drafts."""

    def __init__(self, home: Home, clock: Clock = utc_now) -> None:
        """Touch nothing yet."""
        self._root = home.drafts
        self._clock = clock

    def folders(self) -> list[Path]:
        """Folders of drafts, the one changed last first."""
        found = [path.parent for path in self._root.glob(f"*/{DRAFT_FILE}")]
        return sorted(found, key=lambda path: (path / DRAFT_FILE).stat().st_mtime_ns, reverse=True)

    def begin(self) -> DraftSession:
        """Return a new, empty draft; it is found again from its first change on."""
        return DraftSession(self._new_folder(), ProductDraft())

    def unfinished(self) -> list[DraftSession]:
        """Drafts that were never published, the one changed last first."""
        return [each for each in self._opened()[0] if not each.draft.revision]

    def damaged(self) -> list[str]:
        """Say of each draft that cannot be opened what is wrong with it."""
        return self._opened()[1]

    def of_recipe(self, recipe: Recipe) -> DraftSession:
        """Return the draft that makes the recipe's next revision.

        The one it was published from where that is still here, with its pictures; else a new one
        with the recipe's name, camera, regions and anchor.

        Raises:
            StationError: the disk refuses. EngineError: the recipe's model cannot be read.
        """
        for session in self._opened()[0]:
            if session.draft.name == recipe.name:
                return session
        session = self.begin()
        old = recipe.draft
        looking = Looking(roi=old.roi, ignored=old.ignored, mm_per_px=old.mm_per_px)
        session.change(name=recipe.name, camera=dict(recipe.draft.camera), looking=looking)
        if old.anchor is not None:
            restore_anchor(session, recipe)
        return session

    def discard(self, session: DraftSession) -> None:
        """Throw the draft and its pictures away. Raises StationError where the disk refuses."""
        try:
            if session.folder.exists():
                shutil.rmtree(session.folder)
        except OSError as error:
            raise StationError(
                f"'{session.folder}' cannot be removed: {error.strerror}. Remove it by hand."
            ) from error

    def _opened(self) -> tuple[list[DraftSession], list[str]]:
        found, complaints = [], []
        for folder in self.folders():
            try:
                found.append(DraftSession.open(folder))
            except StationError as error:
                complaints.append(str(error))
        return found, complaints

    def _new_folder(self) -> Path:
        make_folder(self._root)
        wanted = f"{self._clock():%Y-%m-%d %H%M%S}"
        folder, number = self._root / wanted, 1
        while folder.exists():
            number += 1
            folder = self._root / f"{wanted} {number}"
        make_folder(folder)
        return folder
