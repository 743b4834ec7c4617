"""The list of a draft's good pictures that are unlike the others: found, decided on, gone stale."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.suspects import Usual
from station.drafts.draft import DraftPicture, ProductDraft, State
from station.drafts.session import DraftSession
from station.drafts.teaching import settings_of
from station.errors import StationError
from station.files import replacing
from station.heatmap import render_view
from station.inspection.events import View
from station.pictures import load_fit
from station.suspects import find_suspects, scale_of

MAPS_FILE = "suspects.npz"


@dataclass(frozen=True, slots=True)
class Listed:
    """One picture of the list.

    file: its name in the draft's folder of good parts. times: its score, in those of a usual
    picture. decided: a person has kept it or thrown it out.
    """

    file: str
    score: float
    times: float
    stands_out: bool
    state: State
    decided: bool

    @property
    def open(self) -> bool:
        """Whether a person must still decide on it."""
        return self.stands_out and not self.decided and self.state is State.KEPT


def look(
    session: DraftSession,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> None:
    """Score every kept picture against all the others, and leave the list in the draft.

    What was decided before stays decided.

    Raises:
        StationError, EngineError: what is wrong; the draft is as before. Cancelled.
    """
    draft, paths = session.draft, session.kept_good()
    found = find_suspects(paths, settings_of(session), progress, cancelled)
    maps = {each.path.name: each.anomaly_map for each in found.ranked if each.anomaly_map.size}
    _save_maps(session, maps)
    result = {
        **found.to_json(),
        "key": draft.teaching_key,
        "looking": _looking_key(draft),
        "files": [path.name for path in paths],
    }
    session.update(lambda now: replace(now, suspects={**result, "decided": decisions(now)}))


def is_stale(draft: ProductDraft) -> bool:
    """True where there is no list, or pictures or regions have changed since.

    A picture thrown out of the list leaves it as it is.
    """
    found = draft.suspects
    known = set(found.get("files", ()))
    return found.get("looking") != _looking_key(draft) or any(
        each.file not in known for each in draft.kept
    )


def listed(draft: ProductDraft) -> list[Listed]:
    """Return the list, worst first, as the pictures stand now."""
    pictures = {each.file: each for each in draft.good}
    decided = decisions(draft)
    usual = max(float(draft.suspects.get("median", 1.0)), 1e-12)
    return [
        Listed(
            each["file"],
            each["score"],
            each["score"] / usual,
            each["stands_out"],
            pictures[each["file"]].state,
            each["file"] in decided,
        )
        for each in draft.suspects.get("pictures", ())
        if each["file"] in pictures
    ]


def thrown_out(draft: ProductDraft) -> list[Listed]:
    """Return the pictures a person has thrown out: listed ones first, worst first."""
    known = [each for each in listed(draft) if each.state is State.THROWN_OUT]
    names = {each.file for each in known}
    return known + [
        Listed(each.file, 0.0, 0.0, stands_out=False, state=each.state, decided=True)
        for each in draft.good
        if each.state is State.THROWN_OUT and each.file not in names
    ]


def lacking(draft: ProductDraft) -> str:
    """What a person must still decide, in a sentence; empty when nothing."""
    if not draft.suspects:
        return "Still missing: a look at the unlike pictures."
    count = sum(each.open for each in listed(draft))
    noun = "picture that stands" if count == 1 else "pictures that stand"
    return f"Still to decide: {count} {noun} out. Keep it or throw it out." if count else ""


def decisions(draft: ProductDraft) -> dict[str, str]:
    """What was decided in the list, by file name."""
    return dict(draft.suspects.get("decided", {}))


@dataclass(frozen=True, slots=True)
class Before:
    """A picture as it was before a decision. decision: the one before, "" where there was none."""

    picture: DraftPicture
    decision: str


def decide(session: DraftSession, file: str, state: State) -> Before:
    """Keep a picture or throw it out; the file stays. Returns what `restore` needs.

    Raises:
        StationError: the disk refuses; the draft is as before.
    """
    draft = session.draft
    picture = next(each for each in draft.good if each.file == file)
    before = Before(picture, decisions(draft).get(file, ""))
    _put(session, replace(picture, state=state, on_purpose=True), state.value)
    return before


def restore(session: DraftSession, before: Before) -> None:
    """Take a decision back. Raises StationError where the disk refuses."""
    _put(session, before.picture, before.decision)


def _put(session: DraftSession, picture: DraftPicture, decision: str) -> None:
    def change(draft: ProductDraft) -> ProductDraft:
        good = tuple(picture if each.file == picture.file else each for each in draft.good)
        found = {name: each for name, each in decisions(draft).items() if name != picture.file}
        if decision:
            found[picture.file] = decision
        return replace(draft, good=good, suspects={**draft.suspects, "decided": found})

    session.update(change)


def _save_maps(session: DraftSession, maps: Mapping[str, NDArray[np.float32]]) -> None:
    path = session.folder / MAPS_FILE
    halves: dict[str, Any] = {name: each.astype(np.float16) for name, each in maps.items()}
    try:
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **halves)
    except OSError as error:
        raise StationError(
            f"'{path}' cannot be written: {error.strerror}. Check the disk's free space."
        ) from error


def load_maps(session: DraftSession) -> dict[str, NDArray[np.float32]]:
    """Return the anomaly maps that were kept, by file name; none where their file is lost."""
    try:
        with np.load(session.folder / MAPS_FILE, allow_pickle=False) as file:
            return {name: file[name].astype(np.float32) for name in file.files}
    except (OSError, ValueError, KeyError):
        return {}


def view_of(
    session: DraftSession, one: Listed, maps: Mapping[str, NDArray[np.float32]], side: int
) -> View:
    """Read a picture and paint what is unlike the others over it, at most `side` pixels.

    The scale is the list's own: nothing is painted on a usual picture.

    Raises:
        ImageError: the picture cannot be read.
    """
    pixels = _shrunk(load_fit(session.good_folder / one.file), side)
    height, width = pixels.shape[:2]
    small = maps.get(one.file)
    unlike = np.zeros((height, width), np.float32)
    if small is not None and one.stands_out:
        unlike = np.asarray(cv2.resize(small, (width, height)), np.float32)
    score = one.score if unlike.any() else 0.0
    return render_view(pixels, unlike, score, scale_of(_usual(session.draft)), 0)


def _usual(draft: ProductDraft) -> Usual:
    found: Mapping[str, Any] = draft.suspects
    return Usual(float(found.get("median", 1.0)), float(found.get("spread", 0.0)))


def _shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _looking_key(draft: ProductDraft) -> str:
    text = json.dumps(asdict(draft.looking), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
