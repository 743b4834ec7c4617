"""Judging picture files as if a camera had sent them, with or without rows in the ledger."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.errors import ImageError
from engine.images import load_image
from station.clock import utc_now
from station.home import Home
from station.inspection.inspector import Inspector, Scorer, faulted
from station.ledger.ledger import Ledger
from station.parts import Faulted, FaultReason, Frame, Inspection, Missed, Verdict
from station.pictures import find_pictures
from station.recipes.recipe import Recipe

CAMERA = "picture files"


def open_folders(paths: Sequence[Path]) -> list[Path]:
    """Put a folder's pictures in its place; a file that is missing stays and becomes a FAULT.

    Raises:
        StationError: a folder without pictures.
    """
    return [
        found for path in paths for found in (find_pictures([path]) if path.is_dir() else [path])
    ]


def judge_only(recipe: Recipe, model: Scorer, paths: Sequence[Path]) -> list[Inspection]:
    """Judge files in order and leave no trace."""
    inspector = Inspector.of(recipe, model)
    return [_inspect(inspector, path, number) for number, path in enumerate(paths, start=1)]


def judge_and_record(
    home: Home,
    recipe: Recipe,
    model: Scorer,
    paths: Sequence[Path],
    operator: str,
    *,
    tell: Callable[[str], None],
) -> list[Inspection]:
    """Judge files in order, as one run of the ledger.

    Args:
        tell: called with what had to be done about the ledger before, a sentence each.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    inspector = Inspector.of(recipe, model)
    judged: list[Inspection] = []
    with Ledger.open(home) as ledger:
        for sentence in (*ledger.opened, *(each.text for each in ledger.interrupted)):
            tell(sentence)
        run = ledger.begin_run(recipe, device=model.device, operator=operator, camera=CAMERA)
        for number, path in enumerate(paths, start=run.first_sequence):
            judged.append(_inspect(inspector, path, number))
            ledger.record(run, judged[-1])
        ledger.end_run(run, len(paths))
    return judged


def as_line(path: Path, inspection: Inspection) -> str:
    """One line for people."""
    if isinstance(inspection, Faulted):
        return f"FAULT  {path}: {inspection.text}"
    score, threshold = inspection.score.value, inspection.threshold
    line = f"{inspection.verdict.value:5}  {path}: score {score:.4f}, threshold {threshold:.4f}"
    return f"{line}. {inspection.text}" if inspection.text else line


def as_json(path: Path, inspection: Inspection, threshold: float) -> dict[str, object]:
    """The same for programs; score is null where there is a fault, fault where there is none.

    reason: a `FaultReason` or `NgReason` by its value, or empty.
    """
    if isinstance(inspection, Faulted):
        verdict, score, fault = Verdict.FAULT, None, inspection.text
        reason = inspection.reason.value
    else:
        verdict, score, fault = inspection.verdict, inspection.score.value, None
        reason = inspection.reason
    return {
        "path": str(path),
        "verdict": verdict.value,
        "score": score,
        "threshold": threshold,
        "fault": fault,
        "reason": reason,
    }


def _inspect(inspector: Inspector, path: Path, sequence: int) -> Inspection:
    start, captured_at = time.monotonic(), utc_now()
    try:
        pixels = load_image(path)
    except ImageError as error:
        missed = Missed(sequence, captured_at, FaultReason.NO_FRAME, str(error))
        return replace(faulted(missed, missed.reason, missed.text), source=str(path))
    return inspector.inspect(Frame(pixels, captured_at, sequence, str(path)), start)
