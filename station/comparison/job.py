"""What a contender's process is asked, and what it answers: JSON and arrays in one folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.teach import TeachSettings

JOB = "job.json"
OUTCOME = "outcome.json"


@dataclass(frozen=True, slots=True)
class Job:
    """Teach on `taught`, score `held_out` and `tests`; `maps` asks for the tests' anomaly maps."""

    contender: str
    taught: tuple[Path, ...]
    held_out: tuple[Path, ...]
    tests: tuple[Path, ...]
    maps: bool
    settings: TeachSettings

    def save(self, folder: Path) -> None:
        """Write it into `folder`."""
        (folder / JOB).write_text(json.dumps(asdict(self), default=str), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Job":
        """Read what `save` wrote."""
        data = json.loads((folder / JOB).read_text("utf-8"))
        for name in ("taught", "held_out", "tests"):
            data[name] = tuple(Path(path) for path in data[name])
        return cls(**data | {"settings": _settings(data["settings"])})


def _settings(data: dict[str, object]) -> TeachSettings:
    backbone, size, roi = data["backbone"], data["size"], data["roi"]
    assert isinstance(backbone, dict)
    assert isinstance(size, dict)
    parts = {
        "backbone": Backbone(**backbone | {"strides": tuple(backbone["strides"])}),
        "size": CoresetSize(**size),
        "roi": tuple(roi) if isinstance(roi, list) else None,
        "ignored": (),
        "anchor": None,
    }
    return TeachSettings(**data | parts)  # type: ignore[arg-type]  # as `asdict` gave them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contender's process measured.

    held_out, scores: raw image scores, in the job's order. loaded_bytes: resident memory before
    teaching; peak_bytes: the most ever; both 0 where the system does not tell.
    judges: False where the scores mean nothing (a network without weights): only times count.
    """

    device: str
    teach_seconds: float
    held_out: tuple[float, ...]
    scores: tuple[float, ...]
    loaded_bytes: int
    peak_bytes: int
    judges: bool = True
    note: str = ""

    def save(self, folder: Path) -> None:
        """Write it into `folder`, last of all."""
        (folder / OUTCOME).write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Outcome":
        """Read what `save` wrote. Raises OSError, ValueError, TypeError where it is not whole."""
        data: dict[str, Any] = json.loads((folder / OUTCOME).read_text("utf-8"))
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        return cls(**{**data, **lists})


def map_path(folder: Path, number: int) -> Path:
    """Where the anomaly map of test `number` lies, float32 (H, W)."""
    return folder / f"map-{number:06d}.npy"


def load_map(folder: Path, number: int) -> NDArray[np.float32]:
    """Read an anomaly map. Raises OSError, ValueError."""
    return np.asarray(np.load(map_path(folder, number), allow_pickle=False), np.float32)
