"""A worker's side of the turns: one JSON command a line in, one JSON answer a line out.

Runs in either interpreter, so it needs nothing but the standard library.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

WARM_UP_S = 0.4
"""Longer than the other process's threads may still spin after its turn (GNU OpenMP: 0.2 s)."""

Command = Callable[..., dict[str, Any]]


def serve(commands: dict[str, Command]) -> None:
    """Answer until standard input ends. What libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answer = commands[request.pop("do")](**request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def burst(work: Callable[[], object], runs: int) -> dict[str, Any]:
    """Call `work` for 0.4 s unmeasured, then time `runs` calls in milliseconds."""
    start = time.perf_counter()
    work()
    while time.perf_counter() - start < WARM_UP_S:
        work()
    return {"ms": [_timed(work) for _ in range(runs)]}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
