"""A PLC: a real Modbus TCP server, and a program that rejects all but a fresh OK.

Run as a program it serves on a free port, which it prints, until it is killed.
"""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from station.line.registers import (
    DATA,
    STATUS,
    WORD,
    Answer,
    Control,
    Status,
)

SIZE = 200
SCAN_S = 0.002
PATIENCE_S = 20.0


@dataclass
class Verdict:
    """What a PLC heard of a part. sequence: its number in the ledger."""

    answer: Answer
    reason: int
    sequence: int


class Program:
    """One lane's program; `scan` runs every 2 ms in the server's thread."""

    def __init__(self, words: list[int], first: int = 0) -> None:
        self.words, self.first = words, first
        self.running = True
        self.acknowledges = True
        self.impatient = False
        self.todo: deque[tuple[int, str]] = deque()
        self.heard: list[tuple[int, Verdict]] = []
        self.accepted: list[int] = []
        self.missed: list[int] = []
        self.changed = threading.Condition()
        self._now: int | None = None

    def trigger(self, *parts: int | tuple[int, str]) -> None:
        """Have these parts triggered, one after the other."""
        self.todo.extend((part, "") if isinstance(part, int) else part for part in parts)

    def passes(self, number: int) -> bool:
        """Whether the part is let through: only where the last word on it is OK."""
        answers = [verdict.answer for part, verdict in self.heard if part == number]
        return answers[-1:] == [Answer.OK]

    def wait(self, condition) -> None:
        """Wait until the condition holds; it is looked at after each scan."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S)

    def status(self) -> Status:
        return Status(self.words[self.first + STATUS])

    def control(self) -> Control:
        return Control(self.words[self.first])

    def scan(self) -> None:
        with self.changed:
            if self.running:
                self.words[self.first + 1] = (self.words[self.first + 1] + 1) & WORD
                self.set_bit(Control.TRIGGER_ENABLE, True)
                self._trigger_next()
                self._hear()
            self.changed.notify_all()

    def set_bit(self, bit: Control, on: bool) -> None:
        value = self.words[self.first]
        self.words[self.first] = value | bit if on else value & ~bit & WORD

    def _trigger_next(self) -> None:
        status, up = self.status(), self.control() & Control.TRIGGER
        if not status & Status.LINE_CONTROLLED:
            self.set_bit(Control.TRIGGER, False)
            self._now = None
        elif up and status & Status.TRIGGER_ACK:
            accepted = self._number(DATA + 6) == self._now
            (self.accepted if accepted else self.missed).append(self._now)
            self.set_bit(Control.TRIGGER, False)
        elif not up and self.todo and self._may_trigger(status):
            self._raise(*self.todo.popleft())

    def _may_trigger(self, status: Status) -> bool:
        if self.impatient:
            return not status & Status.TRIGGER_ACK
        return bool(status & Status.TRIGGER_READY)

    def _raise(self, number: int, text: str) -> None:
        self._now = number
        data = text.encode().ljust(32, b"\0")
        words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, 32, 2)]
        self.words[self.first + 2 : self.first + 20] = [number >> 16, number & WORD, *words]
        self.set_bit(Control.TRIGGER, True)

    def _hear(self) -> None:
        valid = bool(self.status() & Status.RESULTS_VALID)
        acknowledged = bool(self.control() & Control.RESULTS_ACK)
        if valid and not acknowledged and self.acknowledges:
            answer, reason = self.words[self.first + DATA + 2 : self.first + DATA + 4]
            verdict = Verdict(Answer(answer), reason, self._number(DATA + 4))
            self.heard.append((self._number(DATA), verdict))
            self.set_bit(Control.RESULTS_ACK, True)
        elif not valid:
            self.set_bit(Control.RESULTS_ACK, False)

    def _number(self, offset: int) -> int:
        high, low = self.words[self.first + offset : self.first + offset + 2]
        return high << 16 | low


class Plc:
    """The server in a thread; its registers and program outlive `stop` and `start`."""

    def __init__(self, *firsts: int) -> None:
        self.words = [0] * SIZE
        self.programs = [Program(self.words, first) for first in firsts or (0,)]
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    @property
    def program(self) -> Program:
        return self.programs[0]

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        assert ready.wait(PATIENCE_S)

    def stop(self) -> None:
        """Take the server down: connections are cut, new ones refused."""
        if self._thread is not None and self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(PATIENCE_S)
            assert not self._thread.is_alive()
        self._thread = None

    def __enter__(self) -> "Plc":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        registers = SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)
        device = SimDevice(1, simdata=[registers], action=self._access)
        server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await server.serve_forever(background=True)
        self.port = server.transport.sockets[0].getsockname()[1]
        ready.set()
        while not self._stop.is_set():
            for program in self.programs:
                program.scan()
            await asyncio.sleep(SCAN_S)
        await server.shutdown()

    async def _access(self, _function, start, address, count, current, values) -> ExcCodes | None:
        if values is not None:
            self.words[address : address + count] = values
        at = address - start
        current[at : at + count] = self.words[address : address + count]
        return None


def main() -> None:
    """Serve until killed."""
    plc = Plc()
    plc.start()
    print(plc.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
