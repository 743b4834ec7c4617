"""Two processes on one machine, taking turns: while one is timed, the other waits for its line."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent
OURS = Path(sys.executable)
PEERS_VARIABLE = "PATCHLIGHT_PEERS_PYTHON"
ROUNDS = 7
RUNS = 3


def peers_python() -> Path | None:
    """The interpreter that has the peers, None where there is none (`make peers` makes one)."""
    named = os.environ.get(PEERS_VARIABLE, "")
    return Path(named) if named else None


class Worker:
    """A script of this folder, run by `python`, that answers one JSON line with one JSON line."""

    def __init__(self, python: Path, script: str, log: Path) -> None:
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [python, HERE / script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ask(self, do: str, **what: object) -> dict[str, Any]:
        """Send a command and wait. Raises RuntimeError with the worker's last words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The worker stopped:\n{self._log.read_text()[-3000:]}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Contender:
    """Something a worker can time."""

    worker: Worker
    key: str


def medians_ms(
    contenders: Sequence[Contender], rounds: int = ROUNDS, runs: int = RUNS
) -> list[float]:
    """Let each have `rounds` turns of `runs` timed calls, going round; return each one's median."""
    times: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for contender, found in zip(contenders, times, strict=True):
            found.extend(contender.worker.ask("time", key=contender.key, runs=runs)["ms"])
    return [statistics.median(found) for found in times]
