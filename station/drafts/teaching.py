"""Teaching what a draft holds; the model and its scores stay in the draft until it is published."""

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter

from engine import model_file
from engine.location import Anchor
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress
from engine.resolution import usual_backbone
from engine.teach import TeachSettings
from station import golden, teaching
from station.drafts.draft import Taught
from station.drafts.session import DraftSession
from station.files import replacing
from station.locating import locate_all, refuse_lost
from station.pictures import load_fit
from station.teaching import HELD_OUT, proven, score_all


def settings_of(session: DraftSession) -> TeachSettings:
    """What the draft's product is taught with.

    Raises:
        EngineError: numbers that cannot be, or a reference picture that does not give its anchor.
    """
    looking = session.draft.looking
    return TeachSettings(
        backbone=usual_backbone(looking.smallest_defect, looking.by_position),
        roi=looking.roi,
        smallest_defect=looking.smallest_defect,
        by_position=looking.by_position,
        ignored=looking.ignored,
        anchor=anchor_of(session),
    )


def anchor_of(session: DraftSession) -> Anchor | None:
    """Cut the draft's anchor out of its reference picture; None where there is none.

    Raises:
        ImageError: the picture cannot be read, or shows nothing to hold on to there.
    """
    looking = session.draft.looking
    if looking.anchor is None:
        return None
    return Anchor.of(load_fit(session.good_folder / looking.reference), looking.anchor)


def teach_draft(
    session: DraftSession,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> None:
    """Teach the kept pictures; leave model, held-out scores and scores of bad parts in the draft.

    What was found with an earlier model (threshold, detection, trial) is emptied with it.

    Raises:
        StationError, EngineError: what is wrong; the draft is as before. Cancelled.
    """
    draft = session.draft
    settings = settings_of(session)
    bad = session.bad_paths()
    if settings.anchor is not None:
        refuse_lost(locate_all(bad, settings, progress, cancelled))
    found, witnesses = proven(session.kept_good(), settings, HELD_OUT, progress, cancelled)
    scores = score_all(found.model, bad, progress, cancelled, "bad parts")
    session.change(taught=None, threshold={}, detection={}, trial={}, bad_scores={})
    with replacing(session.model_path) as path:
        model_file.save(path, found.model.model)
    session.change(
        taught=Taught(
            key=draft.teaching_key,
            taught=_names(found.taught),
            held_out=_names(found.held_out),
            scores=tuple(found.scores),
            frame_size=found.pictures.frame_size,
            runtime=found.model.runtime,
            device=found.model.device,
            part_ms=golden.part_ms(found.model, witnesses, perf_counter),
            golden=teaching.scores_of(witnesses),
            summary=teaching.summary(found, settings),
            limits=found.limits,
            unlike=found.unlike,
        ),
        bad_scores=dict(zip(_names(bad), scores, strict=True)),
    )


def score_bad(
    session: DraftSession,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> None:
    """Score the bad pictures that came after teaching.

    Raises:
        StationError: nothing was taught. EngineError, Cancelled.
    """
    known = session.draft.bad_scores
    new = [path for path in session.bad_paths() if path.name not in known]
    if new:
        scores = score_all(session.open_model(), new, progress, cancelled, "bad parts")
        fresh = dict(zip(_names(new), scores, strict=True))
        session.change(bad_scores={**session.draft.bad_scores, **fresh})


def _names(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(path.name for path in paths)
