"""Made-up recipes, parts and times for the tests of ledger and reports."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from engine.rates import Rate
from engine.score import Score
from engine.threshold import Threshold
from station.parts import Faulted, FaultReason, Frame, Judged, judge
from station.recipes.recipe import Draft, Recipe

START = datetime(2026, 3, 4, 22, 15, 0, 123456, tzinfo=timezone.utc)
NO_PICTURE = np.zeros((0, 0, 3), np.uint8)


def ticking(start: datetime = START, step_s: float = 0.5) -> Callable[[], datetime]:
    """A clock that goes on by `step_s` each time it is asked."""
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        return start + timedelta(seconds=step_s * (asked - 1))

    return now


def draft(name: str = "board", threshold: float = 5.0) -> Draft:
    return Draft(
        name=name,
        threshold=Threshold(threshold, "quantile", {"q": 0.99}, Rate(0, 30), Rate(0, 0), 2.0, 9.0),
        roi=(1, 2, 30, 40),
        frame_size=(48, 64),
        camera={"kind": "folder", "path": "parts", "loop": True, "rate_hz": 2.5},
        teaching={"good_images": 60, "seed": 0},
        golden={},
        published_by="Ada",
        note="first try",
    )


def recipe(name: str = "board", revision: int = 1, threshold: float = 5.0) -> Recipe:
    return Recipe(draft(name, threshold), revision, START, Path("model.npz"), "ab" * 32)


def pixels(sequence: int, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    rows, columns = np.mgrid[: size[0], : size[1]]
    return np.stack([rows * 3, columns * 2, (rows + columns + sequence * 7) % 256], -1).astype(
        np.uint8
    )


def anomaly_map(sequence: int, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    rows, columns = np.mgrid[: size[0], : size[1]]
    return (np.hypot(rows - sequence % size[0], columns - 20) / 7).astype(np.float32)


def judged(
    sequence: int,
    score: float = 1.0,
    *,
    threshold: float = 5.0,
    at: datetime | None = None,
    elapsed_ms: float = 20.0,
    size: tuple[int, int] = (48, 64),
) -> Judged:
    at = at or START + timedelta(seconds=sequence)
    frame = Frame(pixels(sequence, size), at, sequence, f"part {sequence:03d}.png")
    verdict = judge(score, threshold)
    return Judged(frame, Score(score, anomaly_map(sequence, size)), threshold, verdict, elapsed_ms)


def faulted(
    sequence: int,
    reason: FaultReason = FaultReason.NO_FRAME,
    picture: np.ndarray = NO_PICTURE,
    at: datetime | None = None,
) -> Faulted:
    at = at or START + timedelta(seconds=sequence)
    return Faulted(sequence, at, "cam", reason, f"{reason.value}: look at the camera.", picture)
