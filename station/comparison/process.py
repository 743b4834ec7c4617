"""A contender's process: started, asked, followed, and ended with the reason where it fails.

It tells its progress on standard output, line by line in JSON; {"ready": true} once it is taught.
Then it is asked on standard input: {"time": n} is answered by {"elapsed_ms": …}, and {"finish":
true} by testing everything, an outcome in the folder, and its end.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.progress import IsCancelled, Progress, raise_if
from station.comparison.contenders import Contender, Peer
from station.comparison.job import Outcome

ERRORS = "errors.txt"


class ContenderFailed(Exception):
    """Its row says why; the others still run."""


class Running:
    """One contender's process on the job in `folder`, until `close`.

    limit_seconds: for teaching, and again for testing.
    """

    def __init__(
        self, contender: Contender | Peer, folder: Path, limit_seconds: float, progress: Progress
    ) -> None:
        """Start it. Raises ContenderFailed where it cannot be."""
        self._name = contender.name
        self._folder = folder
        self._limit_seconds = limit_seconds
        self._progress = progress
        try:
            with (folder / ERRORS).open("wb") as errors:
                self._process = subprocess.Popen(
                    contender.command(folder),
                    env=contender.environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    encoding="utf-8",
                    errors="replace",
                )
        except OSError as error:
            raise ContenderFailed(f"its process cannot be started: {error.strerror}") from error

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()

    def teach(self, cancelled: IsCancelled) -> None:
        """Wait until it is taught. Raises ContenderFailed, Cancelled."""
        self._follow(lambda said: "ready" in said, cancelled)

    def elapsed_ms(self, number: int, cancelled: IsCancelled) -> float:
        """Let it score test `number` and return how long it took. Raises as `teach`."""
        self._ask({"time": number})
        return float(self._follow(lambda said: "elapsed_ms" in said, cancelled)["elapsed_ms"])

    def finish(self, cancelled: IsCancelled) -> Outcome:
        """Let it test everything, and end. Raises as `teach`."""
        self._ask({"finish": True})
        self._follow(lambda said: "finished" in said, cancelled)
        try:
            return Outcome.load(self._folder)
        except (OSError, ValueError, TypeError) as error:
            raise ContenderFailed(f"it left no whole outcome ({error})") from error

    def _ask(self, question: dict[str, object]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except OSError:
            self._process.kill()

    def _follow(
        self, wanted: Callable[[dict[str, Any]], bool], cancelled: IsCancelled
    ) -> dict[str, Any]:
        """Pass its progress on until it says what is wanted."""
        assert self._process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(self._limit_seconds, stop)
        timer.start()
        try:
            for line in self._process.stdout:
                raise_if(cancelled)
                said = _understood(line)
                if wanted(said):
                    return said
                self._pass_on(said)
        finally:
            timer.cancel()
        if late.is_set():
            raise ContenderFailed(f"stopped after {self._limit_seconds / 60:g} minutes")
        raise ContenderFailed(_reason(self._process.wait(), self._folder / ERRORS))

    def _pass_on(self, said: dict[str, Any]) -> None:
        if {"stage", "done", "total"} <= set(said):
            self._progress(f"{self._name}: {said['stage']}", said["done"], said["total"])


def _understood(line: str) -> dict[str, Any]:
    """Read a line; whatever else a library prints says nothing."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _reason(code: int, errors: Path) -> str:
    if code < 0 and os.name == "posix":
        hint = "; perhaps out of memory" if -code == signal.SIGKILL else ""
        return f"its process was ended by {signal.Signals(-code).name}{hint}"
    lines = errors.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("patchlight: ") if lines else f"it ended with code {code}"
