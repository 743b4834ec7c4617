"""Memory, threads and file handles of the station's processes over time, and their slopes."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import psutil
from scipy import stats

EVERY_S = 2.0
WARM_UP_S = 300.0
"""Or a quarter of a life, where that is shorter: it is left out of the slopes."""

FEWEST = 30
"""Samples without which a slope says nothing: a minute of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one process. at_s: monotonic."""

    at_s: float
    mib: float
    threads: int
    handles: int


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth an hour by least squares. bound: half its 95 % interval, were samples independent."""

    per_hour: float
    bound: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The longest life of one kind of process, its slopes without its warm-up.

    None: too short to tell. samples: of the whole life.
    """

    process: str
    lives: int
    seconds: float
    memory_mib: Slope | None
    threads: Slope | None
    handles: Slope | None
    samples: Sequence[Sample] = ()


class Sampler:
    """Looks at processes every few seconds, in a thread of its own.

    find: the number of each kind of process now; 0 for one that is not there.
    """

    def __init__(self, find: dict[str, Callable[[], int]]) -> None:
        self._find = find
        self._lives: dict[str, dict[int, list[Sample]]] = defaultdict(dict)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampling", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def drifts(self) -> list[Drift]:
        """Of every kind of process, the longest life's."""
        return [_drift(kind, list(self._lives[kind].values())) for kind in self._find]

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            for kind, find in self._find.items():
                pid = find()
                if pid:
                    with suppress(psutil.Error):
                        self._lives[kind].setdefault(pid, []).append(_look(pid))


def _look(pid: int) -> Sample:
    process = psutil.Process(pid)
    with process.oneshot():
        mib = process.memory_info().rss / 2**20
        return Sample(time.monotonic(), mib, process.num_threads(), process.num_fds())


def _drift(kind: str, lives: list[list[Sample]]) -> Drift:
    longest = max(lives, key=lambda life: life[-1].at_s - life[0].at_s, default=[])
    if not longest:
        return Drift(kind, 0, 0.0, None, None, None)
    whole_s = longest[-1].at_s - longest[0].at_s
    warm_s = longest[0].at_s + min(WARM_UP_S, whole_s / 4)
    warm = [each for each in longest if each.at_s >= warm_s]
    at_h = [each.at_s / 3600 for each in warm]
    return Drift(
        kind,
        len(lives),
        whole_s,
        _slope(at_h, [each.mib for each in warm]),
        _slope(at_h, [each.threads for each in warm]),
        _slope(at_h, [each.handles for each in warm]),
        longest,
    )


def _slope(at_h: list[float], values: list[float]) -> Slope | None:
    if len(values) < FEWEST:
        return None
    line = stats.linregress(at_h, values)
    bound = float(stats.t.ppf(0.975, len(values) - 2) * np.nan_to_num(line.stderr))
    ends = max(1, len(values) // 10)
    first, last = np.median(values[:ends]), np.median(values[-ends:])
    return Slope(float(line.slope), bound, float(first), float(last))
