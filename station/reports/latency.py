"""How long parts took from trigger to verdict, lane by lane, against what the line gives them."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from station.errors import SettingsError
from station.home import Home
from station.ledger.reader import Counts
from station.ledger.row import Row
from station.parts import FaultReason, Verdict
from station.settings import load


@dataclass(frozen=True, slots=True)
class Latency:
    """Trigger to verdict in milliseconds, at three percentiles.

    Infinite where so many parts were late that the percentile lies among them: nobody waited to
    see how long they would have taken.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class LaneLine:
    """What one lane did in the range.

    latency: of judged and of late parts; None where there are none.
    takt_s: what the line gives a part, as the station is set now; None for no limit.
    late: parts that were a FAULT because they took longer.
    """

    lane: str
    counts: Counts
    latency: Latency | None
    takt_s: float | None
    late: int


@dataclass(slots=True)
class LaneTally:
    """Counts one lane's rows."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    elapsed_ms: "array[float]" = field(default_factory=lambda: array("d"))
    late: int = 0

    def add(self, row: Row) -> None:
        """Count one row."""
        self.verdicts[row.verdict] += 1
        if row.score is not None:
            self.elapsed_ms.append(row.elapsed_ms)
        self.late += row.reason == FaultReason.LATE.value

    def line(self, lane: str, takt_s: float | None) -> LaneLine:
        """Sum up."""
        counts = Counts(*(self.verdicts[verdict] for verdict in Verdict))
        return LaneLine(lane, counts, latency(self.elapsed_ms, self.late), takt_s, self.late)


def latency(elapsed_ms: "array[float]", late: int = 0) -> Latency | None:
    """Return the percentiles of these times and of `late` parts that took longer than any."""
    times = np.append(np.asarray(elapsed_ms), np.full(late, np.inf))
    if not times.size:
        return None
    # No time lies between a known one and one that nobody waited for.
    found = np.percentile(times, (50, 95, 99), method="higher" if late else "linear")
    return Latency(*(float(each) for each in found))


def takts(home: Home) -> dict[str, float]:
    """Return each lane's takt in seconds, as set now; of lanes without one, and where the settings
    cannot be read, nothing."""
    try:
        lanes = load(home).lanes
    except SettingsError:
        return {}
    return {lane.name: lane.takt_s for lane in lanes if lane.takt_s is not None}
