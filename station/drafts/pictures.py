"""Pictures of a draft: on the disk before the draft names them, and never removed from it."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from station.drafts.draft import DraftPicture, ProductDraft, State
from station.drafts.session import DraftSession
from station.errors import StationError
from station.files import fsync_folder, make_folder, write_durably


def keep_picture(
    session: DraftSession,
    pixels: NDArray[np.uint8],
    source: str,
    *,
    bad: bool = False,
    state: State = State.KEPT,
    findings: tuple[str, ...] = (),
    on_purpose: bool = False,
) -> DraftPicture:
    """Write uint8 (H, W, 3) RGB as the draft's next picture of a good (or bad) part.

    Raises:
        StationError: the disk refuses; the draft is as before.
    """
    folder = session.bad_folder if bad else session.good_folder
    _, encoded = cv2.imencode(".png", pixels[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    known = session.draft.bad if bad else session.draft.good
    numbers = [int(each.file[:6]) for each in known if each.file[:6].isdigit()]
    picture = DraftPicture(
        f"{max(numbers, default=0) + 1:06d}.png", source, state, findings, on_purpose
    )
    try:
        make_folder(folder)
        write_durably(folder / picture.file, encoded.tobytes())
        fsync_folder(folder)
    except OSError as error:
        raise StationError(
            f"'{folder / picture.file}' cannot be written: {error.strerror}. Check the disk's "
            "free space and its rights."
        ) from error
    session.update(_appended(picture, bad=bad))
    return picture


def decide(session: DraftSession, file: str, state: State, *, bad: bool = False) -> None:
    """Let a person keep a picture or throw it out, whatever was found; the file stays."""

    def change(draft: ProductDraft) -> ProductDraft:
        pictures = draft.bad if bad else draft.good
        decided = tuple(
            replace(each, state=state, on_purpose=True) if each.file == file else each
            for each in pictures
        )
        return replace(draft, bad=decided) if bad else replace(draft, good=decided)

    session.update(change)


def _appended(picture: DraftPicture, *, bad: bool) -> Callable[[ProductDraft], ProductDraft]:
    def change(draft: ProductDraft) -> ProductDraft:
        if bad:
            return replace(draft, bad=(*draft.bad, picture))
        return replace(draft, good=(*draft.good, picture))

    return change
