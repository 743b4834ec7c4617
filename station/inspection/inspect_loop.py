"""Part queue -> verdict -> ledger -> screen. Owns the engine and the only writing ledger."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, EngineError
from engine.progress import IsCancelled
from engine.threshold import Threshold
from station import heatmap
from station.cameras.camera import Camera
from station.errors import LedgerError, StationError
from station.inspection.events import Recorded, RunState, View
from station.inspection.freshness import Freshness
from station.inspection.handover import TICK_S, Ending, Handover, Publish
from station.inspection.inspector import Inspector, Loaded
from station.inspection.part_judge import Identify, PartJudge, given_up
from station.ledger.ledger import FaultInstead, Ledger, Run
from station.ledger.row import Row
from station.parts import Faulted, FaultReason, Inspection, Verdict
from station.recipes.recipe import Recipe

logger = logging.getLogger(__name__)

LoadEngine = Callable[[Recipe, IsCancelled], Loaded]
"""Opens a recipe for judging; raises Cancelled soon after it was asked to give up."""

OpenLedger = Callable[[], AbstractContextManager[Ledger]]
Answer = Callable[[Row], object]

LAST_PARTS_S = 1.0
"""After a stop: how long queued parts are still judged, and a hanging camera is waited for. What is
left then becomes a FAULT row."""

FAILURES_IN_A_ROW = 10
"""Parts that could not be scored, one after the other, after which the run stops for a person."""


class InspectLoop:
    """Judges every queued part and writes its row before anybody hears of it."""

    def __init__(
        self,
        recipe: Recipe,
        camera: Camera,
        handover: Handover,
        *,
        operator: str,
        load_engine: LoadEngine,
        open_ledger: OpenLedger,
        lane: str = "",
        identify: Identify | None = None,
        answer: Answer | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recipe = recipe
        self._camera = camera
        self._handover = handover
        self._operator = operator
        self._load_engine = load_engine
        self._open_ledger = open_ledger
        self._lane = lane
        self._identify = identify
        self._answer = answer
        self._monotonic = monotonic
        self._deadline_s: float | None = None
        self._failures = 0

    def run(self, stop: threading.Event, publish: Publish) -> None:
        """Run until the last accepted part has its row; publish exactly one final state.

        Returns within a second or so after `stop`, once the part in hand is judged or given up.
        """
        self._handover.tell(publish, RunState.STARTING, f"Loading recipe '{self._recipe.name}'.")
        try:
            ending = self._inspect_all(stop, publish)
        except Cancelled:
            ending = Ending(RunState.STOPPED, "Stopped.")
        except (StationError, EngineError) as error:
            ending = Ending(RunState.FAILED, str(error))
        except Exception as error:
            logger.exception("The inspect loop failed unexpectedly.")
            self._finish(publish, Ending(RunState.FAILED, _unexpected("Inspection", error)))
            raise
        self._finish(publish, ending)

    def _finish(self, publish: Publish, ending: Ending) -> None:
        self._handover.end(ending.state, ending.text)
        self._handover.close_intake()
        self._close_camera()
        self._handover.tell(publish, ending.state, ending.text)
        self._handover.inspecting.rest()

    def _inspect_all(self, stop: threading.Event, publish: Publish) -> Ending:
        with self._open_ledger() as ledger, closing(self._loaded_engine(stop)) as loaded:
            if self._await_camera(stop):
                run = self._begin(ledger, publish)
                with self._interrupted_on_error(ledger, run):
                    self._judge_all(ledger, run, loaded, stop, publish)
                    ledger.end_run(run, self._handover.queue.accepted)
        return self._handover.ending or Ending(RunState.STOPPED, "Stopped.")

    def _gives_up(self, stop: threading.Event) -> bool:
        """True when a picture being scored, or a recipe being opened, is not waited for."""
        self._handover.inspecting.beat()
        return self._is_stopping(stop) if not self._handover.begun.is_set() else self._is_late(stop)

    def _loaded_engine(self, stop: threading.Event) -> Loaded:
        try:
            loaded = self._load_engine(self._recipe, lambda: self._gives_up(stop))
        except (StationError, EngineError):
            raise
        except Exception as error:
            logger.exception("The engine of recipe '%s' failed to load.", self._recipe.name)
            raise StationError(_unexpected(f"Loading '{self._recipe.name}'", error)) from error
        self._handover.device = loaded.model.device
        self._handover.refused = loaded.refused
        return loaded

    def _await_camera(self, stop: threading.Event) -> bool:
        while not self._handover.camera_ready.wait(TICK_S):
            if self._handover.queue.closed or self._is_stopping(stop):
                return False
        return not self._is_stopping(stop) and not self._handover.queue.closed

    def _begin(self, ledger: Ledger, publish: Publish) -> Run:
        run = ledger.begin_run(
            self._recipe,
            device=self._handover.device,
            operator=self._operator,
            camera=self._camera.name,
            lane=self._lane,
        )
        self._handover.begin(ledger.numbers.take, ledger.journal(run))
        self._handover.tell(publish, RunState.RUNNING, _running(ledger))
        return run

    def _judge_all(
        self, ledger: Ledger, run: Run, loaded: Loaded, stop: threading.Event, publish: Publish
    ) -> None:
        judge = PartJudge(
            Inspector.of(self._recipe, loaded.model, self._monotonic),
            Freshness(self._camera.settings),
            self._handover.is_too_late,
            self._identify,
        )
        while not self._handover.queue.drained:
            self._handover.inspecting.beat()
            late = self._is_late(stop)
            waiting = self._handover.queue.get(TICK_S)
            if waiting is not None:
                inspection = given_up(waiting) if late else judge.judge(waiting)
                self._record(ledger, run, inspection, publish)
                self._count_failures(inspection)
                if loaded.refused != self._handover.refused:
                    self._handover.tell_device(publish, loaded.model.device, loaded.refused)

    def _count_failures(self, inspection: Inspection) -> None:
        failed = isinstance(inspection, Faulted) and inspection.reason is FaultReason.SCORING_FAILED
        self._failures = self._failures + 1 if failed else 0
        if isinstance(inspection, Faulted) and self._failures >= FAILURES_IN_A_ROW:
            text = f"{inspection.text} {self._failures} parts in a row could not be scored."
            self._handover.end(RunState.FAILED, text)

    def _record(self, ledger: Ledger, run: Run, inspection: Inspection, publish: Publish) -> None:
        try:
            self._tell_row(ledger.record(run, inspection), inspection, publish)
        except FaultInstead as fault:
            self._tell_row(fault.row, inspection, publish)
            raise

    def _tell_row(self, row: Row, inspection: Inspection, publish: Publish) -> None:
        """A committed row: first the line hears of it, then the screen."""
        if self._answer is not None:
            self._answer(row)
        view = _view(inspection, self._recipe.threshold)
        if view is not None:
            self._handover.views.put(view)
        thumbnail = _nothing() if row.verdict is Verdict.OK else _thumbnail(view)
        publish(Recorded(row, thumbnail, len(self._handover.queue)))

    @contextmanager
    def _interrupted_on_error(self, ledger: Ledger, run: Run) -> Iterator[None]:
        """Give what was accepted its row as FAULT where the run cannot go on."""
        try:
            yield
        except Exception as error:
            self._handover.close_intake()
            try:
                recovered = ledger.interrupt_run(run).recovered
            except LedgerError:
                raise _without_rows(error, len(self._handover.queue)) from error
            raise _with_faults(error, recovered) from error

    def _is_stopping(self, stop: threading.Event) -> bool:
        """True once a person stopped the run; the first time, close the camera.

        Closing ends a grab that waits; the acquire loop then closes the queue.
        """
        if stop.is_set():
            self._handover.end(RunState.STOPPED, "Stopped.")
        ending = self._handover.ending
        if not stop.is_set() and (ending is None or ending.state is not RunState.STOPPED):
            return False
        if self._deadline_s is None:
            self._deadline_s = self._monotonic() + LAST_PARTS_S
            self._close_camera()
        return True

    def _is_late(self, stop: threading.Event) -> bool:
        """True when the stop is so long ago that no further part is accepted or judged."""
        if not self._is_stopping(stop) or self._monotonic() < (self._deadline_s or 0.0):
            return False
        self._handover.close_intake()
        return True

    def _close_camera(self) -> None:
        try:
            self._camera.close()
        except Exception:
            logger.exception("Camera '%s' could not be closed.", self._camera.name)


def _view(inspection: Inspection, threshold: Threshold) -> View | None:
    """What the screen draws; None for a part without a picture."""
    if isinstance(inspection, Faulted):
        pixels = inspection.pixels
        return heatmap.render_plain(pixels, inspection.sequence) if pixels.size else None
    frame, score = inspection.frame, inspection.score
    return heatmap.render_view(
        frame.pixels, score.anomaly_map, score.value, threshold, frame.sequence
    )


def _thumbnail(view: View | None) -> NDArray[np.uint8]:
    return _nothing() if view is None else heatmap.render_thumbnail(view)


def _with_faults(error: Exception, recovered: int) -> Exception:
    if not recovered or not isinstance(error, StationError):
        return error
    return LedgerError(f"{error} {_parts(recovered)} without a verdict: recorded as FAULT.")


def _without_rows(error: Exception, waiting: int) -> Exception:
    logger.error("At least %d accepted parts have no row yet.", 1 + waiting)
    text = (
        f"{error} {_parts(1 + waiting)} without a row: reject them. They get it at the next start."
    )
    return LedgerError(text)


def _parts(count: int) -> str:
    return "1 accepted part is" if count == 1 else f"{count} accepted parts are"


def _nothing() -> NDArray[np.uint8]:
    return np.zeros((0, 0, 3), np.uint8)


def _running(ledger: Ledger) -> str:
    if not ledger.interrupted:
        return "Running."
    return " ".join(["Running.", *ledger.opened, *(run.text for run in ledger.interrupted)])


def _unexpected(doing: str, error: Exception) -> str:
    return (
        f"{doing} failed unexpectedly: {str(error).rstrip('.') or type(error).__name__}. "
        "The details are in the log. Press Start to try again."
    )
