"""Counts one run from its recorded parts, Qt-free."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from station.ledger.row import Row
from station.parts import Verdict

PACE_WINDOW = timedelta(seconds=60)
LATENCIES = 500


@dataclass(slots=True)
class Tally:
    """What this run has done so far.

    ok, ng, fault: parts by verdict; judged are those with a score.
    """

    ok: int = 0
    ng: int = 0
    fault: int = 0
    _recorded: deque[datetime] = field(default_factory=deque)
    _elapsed: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES))

    def add(self, row: Row) -> None:
        """Count one recorded part."""
        name = row.verdict.value.lower()
        setattr(self, name, getattr(self, name) + 1)
        if row.verdict is not Verdict.FAULT:
            self._elapsed.append(row.elapsed_ms)
        self._recorded.append(row.recorded_at)
        while self._recorded[0] < row.recorded_at - PACE_WINDOW:
            self._recorded.popleft()

    @property
    def judged(self) -> int:
        """Parts with a score."""
        return self.ok + self.ng

    @property
    def yield_text(self) -> str:
        """OK of judged, rounded down so that 100 % means all of them."""
        if not self.judged:
            return "–"
        return f"{self.ok * 1000 // self.judged / 10:.1f} %"

    def parts_a_minute(self, now: datetime) -> float | None:
        """Pace over the last minute, None until two parts are known or when none came in it."""
        recent = [when for when in self._recorded if when >= now - PACE_WINDOW]
        if len(recent) < 2:
            return None
        seconds = (recent[-1] - recent[0]).total_seconds()
        return (len(recent) - 1) / seconds * 60 if seconds > 0 else None

    @property
    def last_ms(self) -> float | None:
        """Grab to verdict of the newest judged part, in milliseconds."""
        return self._elapsed[-1] if self._elapsed else None

    @property
    def p95_ms(self) -> float | None:
        """95 % of the last 500 judged parts took no longer, in milliseconds."""
        return self.percentile_ms(95)

    def percentile_ms(self, percent: float) -> float | None:
        """So many of the last 500 judged parts took no longer, in milliseconds."""
        if not self._elapsed:
            return None
        return float(np.percentile(self._elapsed, percent, method="higher"))
