"""The line: a board every so often, a PLC that triggers it, and what the PLC heard of each."""

import threading
import time
from dataclasses import dataclass, field

from station.line.registers import Answer
from tests.station.plc import Plc


@dataclass
class Boards:
    """What became of every board that came by, by its number on the line.

    passed: not triggered, since the station was not ready; the line rejects them. accepted: the
    station acknowledged the trigger. missed: it said that it cannot. heard: its answer to each.
    """

    offered: int = 0
    passed: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    heard: dict[int, list[tuple[Answer, int]]] = field(default_factory=dict)

    @property
    def in_doubt(self) -> set[int]:
        """Triggered, and neither acknowledged nor refused: station or PLC went at that moment."""
        known = {*self.passed, *self.accepted, *self.missed}
        return set(range(1, self.offered + 1)) - known


class Conveyor:
    """Offers a board every `period_s` to a PLC that triggers whether or not the station is ready.

    running: while it is set, boards come.
    """

    def __init__(self, period_s: float) -> None:
        self.plc = Plc()
        self.plc.program.impatient = True
        self._period_s = period_s
        self._offered = 0
        self._passed: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conveyor", daemon=True)

    def start(self) -> None:
        """Let boards come."""
        self._thread.start()

    def stop(self) -> None:
        """Let no further board come; the last ones are still triggered and answered."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def boards(self) -> Boards:
        """What became of them all, once they have stopped."""
        program = self.plc.program
        with program.changed:
            heard: dict[int, list[tuple[Answer, int]]] = {}
            for number, verdict in program.heard:
                heard.setdefault(number, []).append((verdict.answer, verdict.sequence))
            self._pass_by()
            accepted, missed = list(program.accepted), list(program.missed)
        return Boards(self._offered, self._passed, accepted, missed, heard)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            due_s += self._period_s
            self._next_board()

    def _next_board(self) -> None:
        """The board before must have been triggered by now, or it has passed."""
        program = self.plc.program
        with program.changed:
            self._pass_by()
            self._offered += 1
            program.todo.append((self._offered, part_id(self._offered)))

    def _pass_by(self) -> None:
        todo = self.plc.program.todo
        self._passed += [number for number, _ in todo]
        todo.clear()


def part_id(number: int) -> str:
    """What is written on a board."""
    return f"B{number:06d}"
