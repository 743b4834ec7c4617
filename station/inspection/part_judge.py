"""One waiting part to one inspection: is it in time, fresh, and what is its verdict?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from station.inspection.freshness import Freshness
from station.inspection.inspector import Inspector, faulted
from station.inspection.part_queue import Waiting
from station.parts import Faulted, FaultReason, Frame, Inspection

Identify = Callable[[NDArray[np.uint8]], str]


@dataclass(frozen=True, slots=True, eq=False)
class PartJudge:
    """Judges the parts of one run in their order; without a verdict in time a part is a FAULT.

    is_too_late: whether a part that came at that monotonic second has taken too long.
    identify: reads what is written on a part; None where nothing is to be read.
    """

    inspector: Inspector
    freshness: Freshness
    is_too_late: Callable[[float], bool]
    identify: Identify | None

    def judge(self, waiting: Waiting) -> Inspection:
        """Judge a part, or say why it cannot be. Waits as long as its scoring does."""
        part = waiting.part
        if not isinstance(part, Frame):
            return faulted(part, part.reason, part.text)
        if stale := self.freshness.check(part):
            return faulted(part, FaultReason.FROZEN, stale)
        if self.is_too_late(waiting.since_s):
            return faulted(part, FaultReason.LATE, "It waited too long to be judged.")
        try:
            inspection = self.inspector.inspect(self._identified(part), waiting.since_s)
        except Cancelled:
            return given_up(waiting)
        return self._in_time(inspection, waiting.since_s)

    def _identified(self, frame: Frame) -> Frame:
        """Read what is written on the part, where its trigger did not name it."""
        if self.identify is None or frame.part_id:
            return frame
        return replace(frame, part_id=self.identify(frame.pixels))

    def _in_time(self, inspection: Inspection, since_s: float) -> Inspection:
        """The line has moved on when a verdict comes too late."""
        if isinstance(inspection, Faulted) or not self.is_too_late(since_s):
            return inspection
        text = (
            f"Its verdict took {inspection.elapsed_ms / 1000:.1f} s, longer than a part may take "
            f"(it would have been {inspection.verdict.value})."
        )
        return faulted(inspection.frame, FaultReason.LATE, text)


def given_up(waiting: Waiting) -> Faulted:
    """A part that nobody waits for any longer."""
    if isinstance(waiting.part, Frame):
        text = "The station was stopped before this part was judged."
        return faulted(waiting.part, FaultReason.STOPPED, text)
    return faulted(waiting.part, waiting.part.reason, waiting.part.text)
