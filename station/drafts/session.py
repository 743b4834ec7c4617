"""One product draft that is being worked on: what changes is on the disk when the call returns."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import model_file
from engine.patchcore import PatchCore
from engine.runtimes.opening import open_model
from station.drafts.draft import DraftPicture, ProductDraft, State, Taught
from station.errors import StationError
from station.files import fsync_folder, make_folder, write_durably
from station.inspection.expected import Expected

DRAFT_FILE = "draft.json"
KIND = "patchlight draft"
FORMAT = 2
"""1 knew no limits for pictures, and is read as having none."""


class DraftSession:
    """A draft and its folder. Jobs may change it from their threads."""

    def __init__(self, folder: Path, draft: ProductDraft) -> None:
        self.folder = folder
        self._draft = draft
        self._lock = threading.RLock()

    @classmethod
    def open(cls, folder: Path) -> "DraftSession":
        """Read a draft back.

        Raises:
            StationError: it cannot be read, is damaged or of a newer program.
        """
        path = folder / DRAFT_FILE
        try:
            content = json.loads(path.read_bytes())
            if content["kind"] != KIND or content["format"] > FORMAT:
                raise StationError(f"'{path}' was written by a newer Patchlight. Update it.")
            return cls(folder, ProductDraft.from_json(content["draft"]))
        except OSError as error:
            raise StationError(f"'{path}' cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StationError(
                f"'{path}' is damaged ({error}). Its pictures are beside it: begin a new product "
                "and import them from that folder."
            ) from error

    @property
    def draft(self) -> ProductDraft:
        """As it stands, and as it is on the disk."""
        return self._draft

    @property
    def good_folder(self) -> Path:
        """Pictures of good parts, whatever became of them."""
        return self.folder / "good"

    @property
    def bad_folder(self) -> Path:
        """Pictures of bad parts."""
        return self.folder / "bad"

    @property
    def model_path(self) -> Path:
        """The taught model; there once `draft.taught` is."""
        return self.folder / "model.npz"

    def change(self, **fields: Any) -> None:
        """Replace fields of the draft; they are saved on return. Raises StationError."""
        self.update(lambda draft: replace(draft, **fields))

    def update(self, change: Callable[[ProductDraft], ProductDraft]) -> None:
        """Replace the draft by what `change` makes of it; nothing else changes it meanwhile.

        Raises:
            StationError: the disk refuses; the draft is then as before.
        """
        with self._lock:
            draft = change(self._draft)
            if draft != self._draft:
                self._save(draft)
                self._draft = draft

    def kept_good(self) -> list[Path]:
        """Pictures to teach from, in the order they came."""
        return [self.good_folder / each.file for each in self._draft.kept]

    def bad_paths(self) -> list[Path]:
        """Pictures of bad parts that count, in the order they came."""
        return [self.bad_folder / each.file for each in kept(self._draft.bad)]

    def held_out_paths(self) -> list[Path]:
        """Good pictures that were never taught; empty before teaching."""
        taught = self._draft.taught
        return [self.good_folder / file for file in taught.held_out] if taught else []

    def good_scores(self) -> list[float]:
        """Raw scores of `held_out_paths`, in that order."""
        return list(self._draft.taught.scores) if self._draft.taught else []

    def bad_scores(self) -> list[float]:
        """Raw scores of the bad pictures that were scored, in the order the pictures came."""
        known = self._draft.bad_scores
        return [known[each.file] for each in kept(self._draft.bad) if each.file in known]

    def expected(self) -> Expected:
        """What the taught pictures say of the next ones.

        Raises:
            StationError: nothing was taught yet.
        """
        taught, looking = self._taught(), self._draft.looking
        return Expected(
            frame_size=taught.frame_size,
            product=self._draft.name,
            limits=taught.limits,
            unlike=taught.unlike,
            roi=looking.roi,
            ignored=looking.ignored,
        )

    def _taught(self) -> Taught:
        if self._draft.taught is None:
            raise StationError("Nothing was taught yet. Go back to Teach.")
        return self._draft.taught

    @property
    def threshold_value(self) -> float:
        """The threshold that was chosen; nan before."""
        return float(self._draft.threshold.get("value", "nan"))

    def open_model(self) -> PatchCore:
        """Return the taught model on the runtime that gave the held-out scores.

        Raises:
            StationError: nothing was taught yet. EngineError: the file or runtime fails.
        """
        runtime = self._taught().runtime
        return open_model(model_file.load(self.model_path), runtime)

    def _save(self, draft: ProductDraft) -> None:
        content = {"kind": KIND, "format": FORMAT, "draft": draft.to_json()}
        try:
            make_folder(self.folder)
            text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
            write_durably(self.folder / DRAFT_FILE, text.encode())
            fsync_folder(self.folder)
        except OSError as error:
            raise StationError(
                f"The draft '{self.folder}' cannot be saved: {error.strerror}. Check the disk's "
                "free space and its rights."
            ) from error


def kept(pictures: tuple[DraftPicture, ...]) -> list[DraftPicture]:
    """Leave out refused and thrown-out ones."""
    return [each for each in pictures if each.state is State.KEPT]
