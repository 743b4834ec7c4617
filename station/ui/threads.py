"""The one way a thread is used here: `LoopThread` hosts a loop, `Job` hosts one long task.

Neither knows what it runs. Frames never travel by these signals; only light events do.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QThread, Signal

from engine.errors import Cancelled, EngineError
from engine.progress import IsCancelled, Progress
from station.errors import StationError

Work = Callable[[Progress, IsCancelled], object]

UNEXPECTED = "Unexpected error. The details are in the log."
PROGRESS_PERIOD_S = 0.05


class Loop(Protocol):
    """What `LoopThread` hosts: Qt-free, returns soon after `stop` is set."""

    def run(self, stop: threading.Event, publish: Callable[[Any], None]) -> None:
        """Work until `stop` is set or nothing is left to do."""


class LoopThread(QThread):
    """One loop in its own thread.

    published: each light event the loop publishes.
    failed: the exception that ended the loop.
    """

    published = Signal(object)
    failed = Signal(object)

    def __init__(self, loop: Loop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = loop
        self._stop = threading.Event()

    def run(self) -> None:
        """Run the loop; every exception leaves through `failed`."""
        try:
            self._loop.run(self._stop, self.published.emit)
        except Exception as error:
            self.failed.emit(error)

    def request_stop(self) -> None:
        """Ask the loop to return; does not wait."""
        self._stop.set()

    def stop(self, timeout_ms: int = 2000) -> bool:
        """Ask and wait. True when the thread has ended within `timeout_ms`."""
        self.request_stop()
        return self.wait(timeout_ms)


class Job(QThread):
    """One long task with progress and cancel.

    progress: (stage, done, total), at most 20 times a second within a stage.
    done: the task's result.
    failed: a sentence for the person; bugs also go through the error door.
    cancelled: it stopped on request.
    """

    progress = Signal(str, int, int)
    done = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(
        self,
        work: Work,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._clock = clock
        self._cancel = threading.Event()
        self._reported = ("", 0.0)

    def run(self) -> None:
        """Do the work; exactly one of done, failed and cancelled follows."""
        try:
            result = self._work(self._report, self._cancel.is_set)
        except Cancelled:
            self.cancelled.emit()
        except (EngineError, StationError) as error:
            self.failed.emit(str(error))
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
            self.failed.emit(UNEXPECTED)
        else:
            self.done.emit(result)

    def cancel(self) -> None:
        """Ask the task to stop; `cancelled` follows when it has."""
        self._cancel.set()

    def stop(self, timeout_ms: int = 2000) -> bool:
        """Cancel and wait. True when the thread has ended within `timeout_ms`."""
        self.cancel()
        return self.wait(timeout_ms)

    def _report(self, stage: str, done: int, total: int) -> None:
        last_stage, last_time = self._reported
        now = self._clock()
        if stage == last_stage and done < total and now - last_time < PROGRESS_PERIOD_S:
            return
        self._reported = (stage, now)
        self.progress.emit(stage, done, total)
