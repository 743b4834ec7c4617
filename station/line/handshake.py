"""The safe handshake with a PLC, as a function of what it says and of the time. No sockets.

The PLC rejects a part unless a fresh OK with that part's number arrives, so every doubt here ends
in silence: a result is offered once, until it is acknowledged; what was under way when the PLC was
lost is never offered again.
"""

from dataclasses import dataclass

from station.line.outbox import Outbox
from station.line.registers import NOTHING, Control, Result, Signals, Status
from station.line.trigger import LineTrigger

REST_S = 0.5
"""Line Controlled stays low at least this long, so that the PLC sees that it was lost."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the station says. triggered, missed: number of the part accepted, or missed, last."""

    status: Status
    result: Result = NOTHING
    triggered: int = 0
    missed: int = 0


STANDS_STILL = "its heartbeat register stands still. Switch its program to RUN."

REST = Reply(Status(0))
"""The safe state: nothing is ready, nothing is valid."""


class Handshake:
    """Both sides' bits, step by step; used by the line's thread alone.

    controlled: the PLC lives and both sides began from rest. trouble: why not, for people; "" while
        that is being found out.
    """

    def __init__(
        self, trigger: LineTrigger, outbox: Outbox, *, heartbeat_s: float, ack_s: float
    ) -> None:
        """Begin uncontrolled. heartbeat_s: 0 where the PLC has none."""
        self._trigger = trigger
        self._outbox = outbox
        self._heartbeat_s = heartbeat_s
        self._ack_s = ack_s
        self.begin()

    def begin(self) -> None:
        """Begin anew, uncontrolled: after a connection was made, or lost."""
        self._trigger.forget()  # Before the results: see `Outbox.put`.
        self._outbox.clear()
        self.controlled = False
        self.trouble = ""
        self._rests_until_s: float | None = None
        self._completed = Status(0)
        self._beat: int | None = None
        self._beat_at_s: float | None = None
        self._was_up = True
        self._ack = Status(0)
        self._missed: int | None = None
        self._triggered = 0
        self._offered: Result | None = None
        self._asked_at_s: float | None = None

    @property
    def at_rest(self) -> bool:
        """True when no result is offered or waits to be."""
        return self._offered is None and not len(self._outbox)

    @property
    def is_waiting(self) -> bool:
        """True when the PLC's next move is due at once: to lower a bit, or to acknowledge."""
        return bool(self._ack) or self._asked_at_s is not None

    def step(self, plc: Signals, now_s: float) -> Reply:
        """Take what the PLC says at `now_s` (monotonic) and return what to say."""
        alive = self._is_alive(plc.heartbeat, now_s)
        if self.controlled and not alive:
            self.begin()
            self.trouble = STANDS_STILL
        if not self.controlled:
            self._synchronise(plc, alive, now_s)
        if self.controlled:
            self._take_trigger(plc)
            self._offer(plc, now_s)
        return self._reply(plc)

    def _is_alive(self, beat: int, now_s: float) -> bool:
        if self._beat is not None and beat != self._beat:
            self._beat_at_s = now_s
        self._beat = beat
        if not self._heartbeat_s:
            return True
        return self._beat_at_s is not None and now_s - self._beat_at_s <= self._heartbeat_s

    def _synchronise(self, plc: Signals, alive: bool, now_s: float) -> None:
        if self._rests_until_s is None:
            self._rests_until_s = now_s + REST_S
        if now_s < self._rests_until_s:
            return
        held = plc.control & (Control.TRIGGER | Control.RESULTS_ACK)
        self.controlled = alive and not held
        if self.controlled:
            self._outbox.clear()
            self._was_up = False
        elif not alive:
            self.trouble = STANDS_STILL
        else:
            name = "Trigger" if held & Control.TRIGGER else "Results Ack"
            self.trouble = f"it still holds {name} from before. It must lower it first."

    def _take_trigger(self, plc: Signals) -> None:
        up = bool(plc.control & Control.TRIGGER)
        if up and not self._was_up and plc.control & Control.TRIGGER_ENABLE:
            self._accept(plc)
        if not up:
            self._ack = Status(0)
        self._was_up = up
        missed = self._outbox.take_missed()
        self._missed = self._missed if missed is None else missed

    def _accept(self, plc: Signals) -> None:
        accepted = plc.number != 0 and self._trigger.fire(plc.number, plc.part_id)
        self._ack = Status.TRIGGER_ACK
        self._missed = None if accepted else plc.number
        self._triggered = plc.number if accepted else self._triggered

    def _offer(self, plc: Signals, now_s: float) -> None:
        acknowledged = bool(plc.control & Control.RESULTS_ACK)
        if self._offered is not None and acknowledged:
            self._offered, self._asked_at_s = None, now_s
        elif self._offered is None and not acknowledged:
            self._asked_at_s = None
            self._offer_next(now_s)
        elif self._asked_at_s is None:
            self._asked_at_s = now_s
        elif now_s - self._asked_at_s > self._ack_s:
            self._give_up()

    def _offer_next(self, now_s: float) -> None:
        self._offered = self._outbox.take()
        if self._offered is not None:
            self._asked_at_s = now_s
            self._completed ^= Status.INSPECTION_COMPLETED

    def _give_up(self) -> None:
        what = "lower Results Ack"
        if self._offered is not None:
            what = (
                f"acknowledge the result of part {self._offered.number or self._offered.sequence}"
            )
        self.begin()
        self.trouble = f"it did not {what} within {self._ack_s:g} s. Check its program."

    def _reply(self, plc: Signals) -> Reply:
        if not self.controlled:
            return REST
        status = Status.LINE_CONTROLLED | self._completed | self._ack
        if self._missed is not None:
            status |= Status.MISSED_ACQUISITION
        if self._is_ready(plc):
            status |= Status.TRIGGER_READY
        if self._trigger.under_way or not self.at_rest:
            status |= Status.BUSY
        if self._offered is not None:
            status |= Status.RESULTS_VALID
        return Reply(status, self._offered or NOTHING, self._triggered, self._missed or 0)

    def _is_ready(self, plc: Signals) -> bool:
        enabled = bool(plc.control & Control.TRIGGER_ENABLE)
        return enabled and not self._was_up and not self._ack and self._trigger.is_ready
