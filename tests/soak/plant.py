"""The soak's side of the station: starts the process, hears what happens there, may kill it."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
BIRTH_S = 60.0


@dataclass(frozen=True, slots=True)
class Happened:
    """What the station told, or what was done to it. at_s: monotonic."""

    at_s: float
    kind: str
    told: tuple


class Log:
    """Everything that happened, in order."""

    def __init__(self) -> None:
        self._happened: list[Happened] = []
        self._changed = threading.Condition()

    def add(self, kind: str, *told: object) -> None:
        """Note it with the time."""
        with self._changed:
            self._happened.append(Happened(time.monotonic(), kind, told))
            self._changed.notify_all()

    @property
    def mark(self) -> int:
        """Where the log ends now."""
        with self._changed:
            return len(self._happened)

    def since(self, mark: int) -> list[Happened]:
        """What happened after that mark."""
        with self._changed:
            return self._happened[mark:]

    def wait(
        self, mark: int, wanted: Callable[[Happened], bool], timeout_s: float
    ) -> Happened | None:
        """The first that is wanted after that mark; None where none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._first(mark, wanted), timeout_s)
            return self._first(mark, wanted)

    def _first(self, mark: int, wanted: Callable[[Happened], bool]) -> Happened | None:
        return next(filter(wanted, self._happened[mark:]), None)


class Plant:
    """One station after the other on the same home."""

    def __init__(self, home: Path, folder: Path) -> None:
        """Prepare. folder: where the station's log and last words go."""
        self.log = Log()
        self._folder = folder
        self._listener = Listener(("127.0.0.1", 0))
        self._command = [
            *(sys.executable, "-m", "tests.soak.station_child"),
            *("--home", str(home), "--log", str(folder / "station.log")),
            *("--port", str(self._listener.address[1])),
        ]
        self._process: subprocess.Popen | None = None
        self._connection: Connection | None = None
        self._reader = threading.Thread()

    @property
    def pid(self) -> int:
        """The station's process; 0 where there is none."""
        process = self._process
        return 0 if process is None or process.poll() is not None else process.pid

    @property
    def judging_pid(self) -> int:
        """The process that judges for it; 0 where there is none."""
        with suppress(psutil.Error):
            for child in psutil.Process(self.pid).children() if self.pid else []:
                if any("spawn_main" in word for word in child.cmdline()):
                    return child.pid
        return 0

    def give_birth(self) -> None:
        """Start the station's process, which begins a run by itself."""
        with (self._folder / "station.err").open("ab") as words:
            self._process = subprocess.Popen(self._command, stderr=words, cwd=ROOT)
        self._connection = self._listener.accept()
        self._reader = threading.Thread(
            target=self._hear, args=(self._connection,), name="hearing", daemon=True
        )
        self._reader.start()

    def start(self) -> None:
        """Press Start."""
        self._tell("start")

    def stop(self, timeout_s: float) -> bool:
        """Press Stop, and end the process once the run is over."""
        mark = self.log.mark
        self._tell("stop")
        ended = self.log.wait(mark, lambda each: each.kind == "ended", timeout_s)
        self._tell("quit")
        self._wait(timeout_s)
        return ended is not None

    def kill(self) -> None:
        """What a power switch does to a process."""
        if self._process is not None:
            self._process.kill()
            self._wait(BIRTH_S)

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._listener.close()

    def _wait(self, timeout_s: float) -> None:
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
            self._reader.join(timeout_s)

    def _tell(self, word: str) -> None:
        with suppress(OSError):
            if self._connection is not None:
                self._connection.send(word)

    def _hear(self, connection: Connection) -> None:
        with suppress(EOFError, OSError), connection:
            while True:
                self.log.add(*connection.recv())


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(psutil.Error):
        if pid:
            psutil.Process(pid).send_signal(number)
