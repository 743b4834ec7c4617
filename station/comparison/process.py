"""Starting a contender's process, following it, and saying why it failed."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO

from engine.progress import IsCancelled, Progress, raise_if
from station.comparison.contenders import Contender, Peer
from station.comparison.job import Outcome


class ContenderFailed(Exception):
    """Its row says why; the others still run."""


def run(
    contender: Contender | Peer,
    folder: Path,
    limit_seconds: float,
    progress: Progress,
    cancelled: IsCancelled,
) -> Outcome:
    """Run the job that lies in `folder`; the process is gone when this returns.

    Raises:
        ContenderFailed: it stopped, was stopped, or left no whole outcome. Cancelled.
    """
    errors = folder / "errors.txt"
    try:
        with errors.open("wb") as file, _start(contender, folder, file) as process:
            in_time = _follow(process, limit_seconds, contender.name, progress, cancelled)
    except OSError as error:
        raise ContenderFailed(f"its process cannot be started: {error.strerror}") from error
    if not in_time:
        raise ContenderFailed(f"stopped after {limit_seconds / 60:g} minutes")
    if process.returncode != 0:
        raise ContenderFailed(_reason(process.returncode, errors))
    try:
        return Outcome.load(folder)
    except (OSError, ValueError, TypeError) as error:
        raise ContenderFailed(f"it left no whole outcome ({error})") from error


def _start(contender: Contender | Peer, folder: Path, errors: IO[bytes]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        contender.command(folder),
        env=contender.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        errors="replace",
    )


def _follow(
    process: "subprocess.Popen[str]",
    limit_seconds: float,
    name: str,
    progress: Progress,
    cancelled: IsCancelled,
) -> bool:
    """Pass its progress on until it ends; False where the limit ended it."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limit_seconds, stop)
    timer.start()
    try:
        for line in process.stdout or ():
            raise_if(cancelled)
            _pass_on(line, name, progress)
        process.wait()
    finally:
        timer.cancel()
        process.kill()
    return not late.is_set()


def _pass_on(line: str, name: str, progress: Progress) -> None:
    """Pass a line of progress on; whatever else a library prints is none."""
    try:
        step = json.loads(line)
        progress(f"{name}: {step['stage']}", int(step["done"]), int(step["total"]))
    except (ValueError, KeyError, TypeError):
        return


def _reason(code: int, errors: Path) -> str:
    if code < 0 and os.name == "posix":
        hint = "; perhaps out of memory" if -code == signal.SIGKILL else ""
        return f"its process was ended by {signal.Signals(-code).name}{hint}"
    lines = errors.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("patchlight: ") if lines else f"it ended with code {code}"
