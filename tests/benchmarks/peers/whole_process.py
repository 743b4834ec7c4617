"""Run a command to its end: its wall time, its peak memory, and the JSON in its last line."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Finished:
    """wall_s: from start to end of the process; peak_gib: largest resident set."""

    wall_s: float
    peak_gib: float
    answer: dict[str, Any]


def run(command: Sequence[str | Path], log: Path) -> Finished:
    """Raises RuntimeError with the last words of a command that failed. Not for Windows."""
    start = time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode != 0:
        raise RuntimeError(f"{command} failed:\n{log.read_text()[-3000:]}")
    return Finished(wall, usage.ru_maxrss / 2**20, json.loads(printed.splitlines()[-1]))
