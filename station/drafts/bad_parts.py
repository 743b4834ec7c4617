"""Pictures of known bad parts brought into a draft: they show what the threshold lets escape."""

from pathlib import Path

from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from station.drafts.pictures import keep_picture
from station.drafts.session import DraftSession
from station.drafts.teaching import score_bad
from station.errors import StationError
from station.pictures import check_pictures, find_pictures, load_fit


def add_bad_parts(
    session: DraftSession,
    folder: Path,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> int:
    """Copy a folder's pictures into the draft as bad parts and score them on its model.

    Pictures that the draft already holds are not taken twice.

    Returns:
        How many came in.

    Raises:
        StationError, EngineError: no or unfit pictures, of another camera, or nothing was taught.
            Cancelled: what came in stays, and is scored when the page is opened again.
    """
    held = session.bad_paths()
    checked = check_pictures([*held, *find_pictures([folder])], progress, cancelled)
    new = [path for path in checked.paths if path not in held]
    _refuse_other_camera(session, checked.frame_size)
    for path in new:
        keep_picture(session, load_fit(path), path.name, bad=True)
    score_bad(session, progress, cancelled)
    return len(new)


def unscored(session: DraftSession) -> int:
    """How many bad pictures came after teaching and have no score yet."""
    return len(session.bad_paths()) - len(session.bad_scores())


def _refuse_other_camera(session: DraftSession, size: tuple[int, int]) -> None:
    taught = session.draft.taught
    if taught is None:
        raise StationError("Nothing was taught yet. Teach first, then show bad parts.")
    if (0, 0) != taught.frame_size != size:
        height, width = taught.frame_size
        raise StationError(
            f"The good parts' pictures have {width} × {height} pixels; these differ. Give pictures "
            "of bad parts taken by the same camera."
        )
