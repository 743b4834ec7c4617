"""The line over Modbus TCP: the PLC is the server, the station reads and writes its registers."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from station.inspection.events import LineChanged
from station.inspection.handover import Publish
from station.inspection.triggers import Trigger
from station.ledger.row import Row
from station.line.backoff import BackOff
from station.line.handshake import REST, Handshake, Reply
from station.line.modbus_registers import PlcRefused, PlcRegisters, PlcSilent, is_answering
from station.line.outbox import Outbox
from station.line.registers import (
    DATA,
    FROM_PLC,
    FROM_PLC_WORDS,
    STATUS,
    WORD,
    Status,
    data_words,
    read_signals,
    result_of,
)
from station.line.trigger import GuardedTrigger, LineTrigger
from station.parts import FaultReason
from station.settings import LaneSettings, LineSettings

logger = logging.getLogger(__name__)

HEARTBEAT_S = 0.1
"""The station's own heartbeat counts up at least this often."""

SOON_S = 0.001
"""Pause between two looks at the registers while the PLC's next move is due."""

NOT_TAKEN = (FaultReason.NO_FRAME.value, FaultReason.QUEUE_FULL.value)
"""Faults of parts that were triggered and of which no picture was taken, or kept."""

LAST_RESULTS_S = 0.5
"""After a stop: how long results are still handed out."""


class ModbusLine:
    """A `Line` to one block of a PLC's holding registers."""

    def __init__(
        self,
        line: LineSettings,
        lane: LaneSettings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is connected before `run`."""
        self.trigger = LineTrigger(lane.queue, numbers_are_ids=not lane.codes, clock=monotonic)
        self._settings = line
        self._first = lane.block or 0
        self._triggered = lane.trigger == "line"
        self._monotonic = monotonic
        self._outbox = Outbox()
        self._handshake = Handshake(
            self.trigger,
            self._outbox,
            heartbeat_s=line.heartbeat_ms / 1000,
            ack_s=line.ack_ms / 1000,
        )
        self._controlled = threading.Event()
        self._news = threading.Event()
        self._told: LineChanged | None = None

    @property
    def controlled(self) -> bool:
        """True while the PLC hears us and lives."""
        return self._controlled.is_set()

    def guard(self, trigger: Trigger, /) -> Trigger:
        """Return it, kept from firing while the line is not controlled."""
        return GuardedTrigger(trigger, self._controlled.is_set)

    def answer(self, row: Row, /) -> None:
        """Offer the row's verdict; a triggered part's under its number, or not at all.

        Parts of which no picture was taken raise Missed Acquisition too.
        """
        cleared = self._outbox.cleared
        number = self.trigger.answered(row.sequence)
        if number and row.reason in NOT_TAKEN:
            self._outbox.note_missed(number)
        if self._triggered and not number:
            logger.warning("Part %d is not answered: the PLC was lost.", row.sequence)
        else:
            self._outbox.put(result_of(row, number), cleared)
        self._news.set()

    def run(self, stop: threading.Event, publish: Publish, /) -> None:
        """Connect, serve, and connect again, until stopped."""
        backoff = BackOff(self._monotonic)
        self._tell(publish, False, f"Connecting to {self._plc}.")
        try:
            while not stop.is_set():
                self._serve_until_lost(stop, publish, backoff)
        finally:
            self._lose(publish, "the station has stopped. Every part must be rejected.")

    def _serve_until_lost(self, stop: threading.Event, publish: Publish, backoff: BackOff) -> None:
        try:
            with self._registers() as registers:
                self._serve(registers, stop, publish, backoff)
        except PlcSilent as error:
            self._lose(publish, str(error))
            backoff.wait(stop, lambda: is_answering(self._settings, self._first))
        except PlcRefused as error:
            self._lose(publish, str(error))
            backoff.wait(stop, lambda: False)

    @property
    def _plc(self) -> str:
        return f"the PLC at {self._settings.host}:{self._settings.port}"

    @contextmanager
    def _registers(self) -> Iterator[PlcRegisters]:
        registers = PlcRegisters(self._settings, self._first)
        try:
            yield registers
        finally:
            registers.close()

    def _serve(
        self,
        registers: PlcRegisters,
        stop: threading.Event,
        publish: Publish,
        backoff: BackOff,
    ) -> None:
        self._handshake.begin()
        speaker = _Speaker(registers, self._monotonic)
        speaker.say(REST)
        leave_at_s = float("inf")
        while self._monotonic() < leave_at_s:
            self._exchange(registers, speaker)
            self._follow(publish, backoff)
            if stop.is_set():
                leave_at_s = min(leave_at_s, self._monotonic() + LAST_RESULTS_S)
                if self._handshake.at_rest:
                    break
            pause_s = self._settings.poll_ms / 1000
            self._news.wait(min(pause_s, SOON_S) if self._handshake.is_waiting else pause_s)
            self._news.clear()
        speaker.say(REST)

    def _exchange(self, registers: PlcRegisters, speaker: "_Speaker") -> None:
        signals = read_signals(registers.read(FROM_PLC, FROM_PLC_WORDS))
        speaker.say(self._handshake.step(signals, self._monotonic()))

    def _follow(self, publish: Publish, backoff: BackOff) -> None:
        if self._handshake.controlled:
            backoff.reset()
            self._controlled.set()
            self._tell(publish, True, f"The line is controlled by {self._plc}.")
        else:
            self._controlled.clear()
            self._tell_trouble(publish, self._handshake.trouble)

    def _tell_trouble(self, publish: Publish, trouble: str) -> None:
        if trouble:
            text = f"The line is not controlled: {self._plc} answers, but {trouble}"
            self._tell(publish, False, text)

    def _lose(self, publish: Publish, text: str) -> None:
        self._controlled.clear()
        self._handshake.begin()
        self._tell(publish, False, f"The line is not controlled: {text}")

    def _tell(self, publish: Publish, controlled: bool, text: str) -> None:
        told = LineChanged(controlled, text)
        if told != self._told:
            self._told = told
            logger.log(logging.INFO if controlled else logging.WARNING, "%s", text)
            publish(told)


class _Speaker:
    """Writes what changed, the result always before the bit that makes it valid."""

    def __init__(self, registers: PlcRegisters, monotonic: Callable[[], float]) -> None:
        self._registers = registers
        self._monotonic = monotonic
        self._data: list[int] = []
        self._status: Status | None = None
        self._beat = 0
        self._said_at_s = 0.0

    def say(self, reply: Reply) -> None:
        data = data_words(reply.result, reply.triggered, reply.missed)
        if data != self._data:
            self._registers.write(DATA, data)
            self._data = data
        if reply.status != self._status or self._is_due():
            self._beat = (self._beat + 1) & WORD
            self._registers.write(STATUS, [int(reply.status), self._beat])
            self._status, self._said_at_s = reply.status, self._monotonic()

    def _is_due(self) -> bool:
        return self._monotonic() - self._said_at_s >= HEARTBEAT_S
