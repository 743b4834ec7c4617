"""One contender's work, in a process of its own so that its time and memory are its own."""

import json
import time
from functools import partial
from pathlib import Path

import numpy as np

from engine.detector import Detector
from engine.progress import never_cancelled
from station.comparison.contenders import OWN
from station.comparison.job import Job, Outcome, map_path
from station.pictures import load_fit
from station.teaching import score_all

PROC_STATUS = Path("/proc/self/status")


def contend(folder: Path) -> None:
    """Run the job in `folder`. Raises EngineError as teaching and scoring do."""
    job = Job.load(folder)
    (contender,) = (own for own in OWN if own.key == job.contender)
    loaded = resident_bytes("VmRSS")
    start = time.perf_counter()
    images = [partial(load_fit, path) for path in job.taught]
    detector = contender.teach(images, job.settings, tell, never_cancelled)
    teach_seconds = time.perf_counter() - start
    held_out = score_all(detector, job.held_out, tell)
    scores, elapsed_ms = _test(detector, job, folder)
    Outcome(
        device=detector.device,
        teach_seconds=teach_seconds,
        held_out=tuple(held_out),
        scores=tuple(scores),
        elapsed_ms=tuple(elapsed_ms),
        loaded_bytes=loaded,
        peak_bytes=resident_bytes("VmHWM"),
    ).save(folder)


def _test(detector: Detector, job: Job, folder: Path) -> tuple[list[float], list[float]]:
    scores, elapsed_ms = [], []
    for number, path in enumerate(job.tests):
        pixels = load_fit(path)
        start = time.perf_counter()
        score = detector.score(pixels)
        elapsed_ms.append((time.perf_counter() - start) * 1000)
        scores.append(score.value)
        if job.maps:
            np.save(map_path(folder, number), score.anomaly_map)
        tell("testing", number + 1, len(job.tests))
    return scores, elapsed_ms


def tell(stage: str, done: int, total: int) -> None:
    """Tell the parent process how far it is: one line of JSON on standard output."""
    print(json.dumps({"stage": stage, "done": done, "total": total}), flush=True)


def resident_bytes(name: str) -> int:
    """Resident memory of this process: "VmRSS" now, "VmHWM" the most ever; 0 outside Linux.

    Not `resource.getrusage`: its maximum is inherited from the parent process.
    """
    if not PROC_STATUS.exists():
        return 0
    lines = PROC_STATUS.read_text("ascii", "replace").splitlines()
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(values[name].split()[0]) * 1024
