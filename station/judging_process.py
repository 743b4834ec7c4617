"""Judging in a process of its own: a crash in a native library costs one part, not the station."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImageError, NotInPlace
from engine.progress import IsCancelled, never_cancelled, raise_if
from engine.score import Score
from station.errors import StationError
from station.judging_child import (
    MOVED,
    READY,
    SCORED,
    UNFIT,
    UNPLACED,
    Exchange,
    judge_until_told,
)
from station.recipes.recipe import Recipe

CRASH_LOG = "judging-crash.log"
SLICE_S = 0.05
"""How often a wait looks whether it was cancelled."""
LIMIT_S = 30.0
"""A picture that takes longer is given up: the process hangs."""

_ERRORS: dict[str, type[Exception]] = {UNFIT: ImageError, UNPLACED: NotInPlace}

Serve = Callable[[Connection, Recipe, str, Path], None]


class JudgingProcess:
    """A recipe opened in a child process, asked for one score at a time, by one thread at a time.

    Pictures and maps travel in shared memory. A child that dies or hangs makes `score` raise, and
    another is started at once; the next `score` waits until that one is ready.

    device: what judges there. refused: why faster runtimes do not, one sentence each; where the
        child had to change its device, the last one says so.
    """

    def __init__(
        self,
        recipe: Recipe,
        runtime: str,
        crash_log: Path,
        *,
        limit_s: float = LIMIT_S,
        serve: Serve = judge_until_told,
        cancelled: IsCancelled = never_cancelled,
    ) -> None:
        """Start it and wait until the recipe is open there.

        Args:
            crash_log: where the child writes its stacks when a native library kills it.
            limit_s: how long a picture may take.

        Raises:
            StationError: the recipe is not judged on this machine, or the child died.
            Cancelled: `cancelled` became true meanwhile.
        """
        self.device = ""
        self.refused: tuple[str, ...] = ()
        self._recipe, self._runtime, self._crash_log = recipe, runtime, crash_log
        self._limit_s = limit_s
        self._serve = serve
        self._cancelled = cancelled
        self._ready = False
        self._exchange = Exchange()
        self._start()
        try:
            self._await_ready()
        except BaseException:
            self.close()
            raise

    @property
    def model(self) -> "JudgingProcess":
        """What scores."""
        return self

    @property
    def pid(self) -> int:
        """The child's number in the system."""
        return self._process.pid or 0

    def score(self, image: NDArray[np.uint8]) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB.

        Raises:
            ImageError, NotInPlace: as the engine does.
            StationError: the child died or hung over this picture; another was started.
        """
        self._await_ready()
        self._exchange.put_picture(image)
        with suppress(OSError):  # A dead child is found out by the missing answer.
            self._pipe.send(self._exchange.ask)
        kind, *told = self._answer(time.monotonic() + self._limit_s)
        if kind == MOVED:
            self.device, self.refused = told[0], (*self.refused, told[1])
            kind, *told = self._answer(time.monotonic() + self._limit_s)
        if kind == SCORED:
            return Score(float(told[0]), self._exchange.take_map())
        raise _ERRORS.get(kind, StationError)(told[0])

    def close(self) -> None:
        """End the child, whatever it does. Safe to call twice."""
        self._end()
        self._exchange.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=self._serve,
            args=(theirs, self._recipe, self._runtime, self._crash_log),
            name=f"patchlight judging {self._recipe.name}",
            daemon=True,
        )
        self._ready = False
        self._process.start()
        theirs.close()

    def _await_ready(self) -> None:
        if self._ready:
            return
        kind, *told = self._answer(float("inf"))
        if kind != READY:
            raise StationError(told[0])
        self.device, self.refused = told
        self._ready = True

    def _answer(self, until_s: float) -> Any:
        try:
            while not self._pipe.poll(SLICE_S):
                raise_if(self._cancelled)
                if time.monotonic() > until_s:
                    raise TimeoutError
            return self._pipe.recv()
        except TimeoutError as error:
            raise self._replaced(f"gave no answer within {self._limit_s:g} s") from error
        except (EOFError, OSError) as error:
            self._process.join(1.0)
            raise self._replaced(f"ended ({_ending(self._process.exitcode)})") from error

    def _replaced(self, what: str) -> StationError:
        """Start another child unless this one never came up: that one would fail likewise."""
        came_up = self._ready
        self._end()
        if not came_up:
            return StationError(
                f"The process that judges {what} while it opened recipe '{self._recipe.name}'. "
                f"Its last words are in {self._crash_log}. Restart the station."
            )
        self._start()
        return StationError(
            f"The process that judges {what} and was started again. Its last words are in "
            f"{self._crash_log}. If it happens again, send that file"
        )

    def _end(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()


def open_in_process(
    recipe: Recipe, cancelled: IsCancelled, *, runtime: str, crash_log: Path
) -> JudgingProcess:
    """Open the recipe in a process of its own. Raises as `JudgingProcess`."""
    crash_log.parent.mkdir(parents=True, exist_ok=True)
    return JudgingProcess(recipe, runtime, crash_log, cancelled=cancelled)


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
