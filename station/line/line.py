"""What the station asks of a line, and the line of a lane that has none."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from station.inspection.handover import Publish
from station.inspection.triggers import Trigger
from station.ledger.row import Row
from station.line.trigger import LineTrigger
from station.settings import LaneSettings, LineSettings


class Line(Protocol):
    """The way to the PLC of one lane, for one run.

    `run` has a thread of its own; everything else may be called from any thread and never waits.
    """

    @property
    def trigger(self) -> LineTrigger:
        """What the PLC triggers; it fires only while the line is controlled."""

    @property
    def controlled(self) -> bool:
        """True while the PLC hears us and lives."""

    def guard(self, trigger: Trigger, /) -> Trigger:
        """Return another trigger, kept from firing while the line is not controlled."""

    def answer(self, row: Row, /) -> None:
        """Tell the PLC of a part; call it once its row is committed, never before."""

    def run(self, stop: threading.Event, publish: Publish, /) -> None:
        """Keep in touch until stopped, then hand out the last results and leave the safe state.

        Publishes LineChanged. Returns within 0.6 s of `stop` while the PLC answers, else within
        the time it is given to answer.
        """


class NoLine:
    """A lane that nobody listens to: always controlled, never triggers."""

    controlled = True

    def __init__(self) -> None:
        self.trigger = LineTrigger(1)

    def guard(self, trigger: Trigger, /) -> Trigger:
        """Return it as it is."""
        return trigger

    def answer(self, row: Row, /) -> None:
        """Nobody asks."""

    def run(self, stop: threading.Event, _publish: Publish, /) -> None:
        """Wait for the stop."""
        stop.wait()


def open_line(
    line: LineSettings, lane: LaneSettings, monotonic: Callable[[], float] = time.monotonic
) -> Line:
    """Build the lane's line as the settings say; nothing is connected before it runs."""
    if line.protocol == "none" or lane.block is None:
        return NoLine()
    from station.line.modbus import ModbusLine

    return ModbusLine(line, lane, monotonic)
