"""One contender's work, in a process of its own so that its time and memory are its own."""

import json
import sys
import time
from collections.abc import Iterator
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
    detector = contender.teach(images, job.settings, tell_progress, never_cancelled)
    teach_seconds = time.perf_counter() - start
    held_out = score_all(detector, job.held_out, tell_progress)
    _take_turns(detector, job)
    Outcome(
        device=detector.device,
        teach_seconds=teach_seconds,
        held_out=tuple(held_out),
        scores=tuple(_test(detector, job, folder)),
        loaded_bytes=loaded,
        peak_bytes=resident_bytes("VmHWM"),
    ).save(folder)
    tell({"finished": True})


def _take_turns(detector: Detector, job: Job) -> None:
    """Time a test picture each time the parent process asks, until it says "finish"."""
    tell({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        if "finish" in question:
            return
        pixels = load_fit(job.tests[question["time"]])
        start = time.perf_counter()
        detector.score(pixels)
        tell({"elapsed_ms": (time.perf_counter() - start) * 1000})
    sys.exit("the comparison was given up")


def _test(detector: Detector, job: Job, folder: Path) -> Iterator[float]:
    for number, path in enumerate(job.tests):
        score = detector.score(load_fit(path))
        if job.maps:
            np.save(map_path(folder, number), score.anomaly_map)
        tell_progress("testing", number + 1, len(job.tests))
        yield score.value


def tell_progress(stage: str, done: int, total: int) -> None:
    """Tell the parent process how far it is."""
    tell({"stage": stage, "done": done, "total": total})


def tell(said: dict[str, object]) -> None:
    """Tell the parent process: one line of JSON on standard output."""
    print(json.dumps(said), flush=True)


def resident_bytes(name: str) -> int:
    """Resident memory of this process: "VmRSS" now, "VmHWM" the most ever; 0 outside Linux.

    Not `resource.getrusage`: its maximum is inherited from the parent process.
    """
    if not PROC_STATUS.exists():
        return 0
    lines = PROC_STATUS.read_text("ascii", "replace").splitlines()
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(values[name].split()[0]) * 1024
