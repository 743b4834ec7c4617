"""Part queue -> verdict -> ledger -> screen. Owns the engine and the only writing ledger."""

import logging
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.threshold import Threshold
from station import heatmap
from station.cameras.camera import Camera
from station.clock import Clock
from station.errors import LedgerError, StationError
from station.home import Home
from station.inspection.events import Recorded, RunState, View
from station.inspection.freshness import Freshness
from station.inspection.handover import TICK_S, Ending, Handover, Publish
from station.inspection.inspector import Inspector, Loaded, Scorer, faulted
from station.inspection.part_queue import Waiting
from station.ledger.ledger import Ledger, Run
from station.parts import Faulted, FaultReason, Frame, Inspection, Verdict
from station.recipes.recipe import Recipe

logger = logging.getLogger(__name__)

LoadEngine = Callable[[Recipe], Loaded]

LAST_PARTS_S = 1.0
"""After a stop: how long queued parts are still judged, and a hanging camera is waited for. What is
left then becomes a FAULT row."""


class InspectLoop:
    """Judges every queued part and writes its row before anybody hears of it."""

    def __init__(
        self,
        home: Home,
        recipe: Recipe,
        camera: Camera,
        handover: Handover,
        *,
        operator: str,
        load_engine: LoadEngine,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._recipe = recipe
        self._camera = camera
        self._handover = handover
        self._operator = operator
        self._load_engine = load_engine
        self._clock = clock
        self._monotonic = monotonic
        self._deadline_s: float | None = None

    def run(self, stop: threading.Event, publish: Publish) -> None:
        """Run until the last accepted part has its row; publish exactly one final state.

        Returns within a second or so after `stop`, once the part in hand is judged; loading the
        engine cannot be broken off.
        """
        self._handover.tell(publish, RunState.STARTING, f"Loading recipe '{self._recipe.name}'.")
        try:
            ending = self._inspect_all(stop, publish)
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

    def _inspect_all(self, stop: threading.Event, publish: Publish) -> Ending:
        with Ledger.open(self._home, self._clock) as ledger:
            scorer = self._loaded_engine()
            if self._await_camera(stop):
                run = self._begin(ledger, publish)
                self._judge_all(ledger, run, scorer, stop, publish)
                ledger.end_run(run, self._handover.queue.accepted)
        return self._handover.ending or Ending(RunState.STOPPED, "Stopped.")

    def _loaded_engine(self) -> Scorer:
        try:
            loaded = self._load_engine(self._recipe)
        except (StationError, EngineError):
            raise
        except Exception as error:
            logger.exception("The engine of recipe '%s' failed to load.", self._recipe.name)
            raise StationError(_unexpected(f"Loading '{self._recipe.name}'", error)) from error
        self._handover.device = loaded.model.device
        self._handover.refused = loaded.refused
        return loaded.model

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
        )
        self._handover.tell(publish, RunState.RUNNING, _running(ledger))
        self._handover.begin(run.first_sequence)
        return run

    def _judge_all(
        self, ledger: Ledger, run: Run, scorer: Scorer, stop: threading.Event, publish: Publish
    ) -> None:
        inspector = Inspector.of(self._recipe, scorer, self._monotonic)
        freshness = Freshness(self._camera.settings)
        while not self._handover.queue.drained:
            late = self._is_late(stop)
            waiting = self._handover.queue.get(TICK_S)
            if waiting is not None:
                inspection = (
                    _given_up(waiting) if late else _inspected(inspector, freshness, waiting)
                )
                self._record(ledger, run, inspection, publish)

    def _record(self, ledger: Ledger, run: Run, inspection: Inspection, publish: Publish) -> None:
        try:
            row = ledger.record(run, inspection)
        except LedgerError as error:
            raise LedgerError(f"{error}{self._lost()}") from error
        view = _view(inspection, self._recipe.threshold)
        if view is not None:
            self._handover.views.put(view)
        thumbnail = _nothing() if row.verdict is Verdict.OK else _thumbnail(view)
        publish(Recorded(row, thumbnail, len(self._handover.queue)))

    def _lost(self) -> str:
        """Close the queue and say how many accepted parts will have no row."""
        self._handover.close_intake()
        lost = 1 + len(self._handover.queue)
        logger.error("%d accepted parts have no row: the ledger could not be written.", lost)
        return f" {lost} accepted {'part has' if lost == 1 else 'parts have'} no row: reject them."

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


def _inspected(inspector: Inspector, freshness: Freshness, waiting: Waiting) -> Inspection:
    part = waiting.part
    if not isinstance(part, Frame):
        return faulted(part, part.reason, part.text)
    if stale := freshness.check(part):
        return faulted(part, FaultReason.FROZEN, stale)
    return inspector.inspect(part, waiting.since_s)


def _given_up(waiting: Waiting) -> Faulted:
    if isinstance(waiting.part, Frame):
        text = "The station was stopped before this part was judged."
        return faulted(waiting.part, FaultReason.STOPPED, text)
    return faulted(waiting.part, waiting.part.reason, waiting.part.text)


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


def _nothing() -> NDArray[np.uint8]:
    return np.zeros((0, 0, 3), np.uint8)


def _running(ledger: Ledger) -> str:
    if not ledger.interrupted:
        return "Running."
    runs = ", ".join(str(number) for number in ledger.interrupted)
    return f"Running. Run {runs} had been interrupted and was closed."


def _unexpected(doing: str, error: Exception) -> str:
    return (
        f"{doing} failed unexpectedly: {str(error).rstrip('.') or type(error).__name__}. "
        "The details are in the log. Press Start to try again."
    )
