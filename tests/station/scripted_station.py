"""A scripted camera and engine around a real session, real threads and a real ledger."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from engine.rates import Rate
from engine.score import Score
from engine.threshold import Threshold
from station.cameras.camera import Picture
from station.errors import CameraError, EndOfImages
from station.home import Home
from station.inspection.events import (
    CameraChanged,
    Event,
    Recorded,
    RunState,
    StateChanged,
)
from station.inspection.session import Session
from station.ledger import LedgerReader, Row, RunRecord
from station.parts import FaultReason
from station.recipes.recipe import Draft, Recipe

PATIENCE_S = 20.0
FINAL = {RunState.STOPPED, RunState.FINISHED, RunState.FAILED}
EARLY = datetime(2000, 1, 1, tzinfo=timezone.utc)
LATE = datetime(2200, 1, 1, tzinfo=timezone.utc)
THRESHOLD = 100.0


def picture(score: float, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    """A picture that `Engine` scores with this whole number from 0 to 255."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[: size[0] // 2] = 200
    pixels[0, 0, 0] = score
    pixels.setflags(write=False)
    return pixels


GOOD, BAD = picture(10), picture(200)


def recipe(frame_size: tuple[int, int] = (24, 32)) -> Recipe:
    threshold = Threshold(THRESHOLD, "quantile", {}, Rate(0, 20), Rate(0, 0), 50.0, 200.0)
    draft = Draft("board", threshold, None, frame_size, {}, {}, {}, "tester", "")
    return Recipe(draft, 3, EARLY, Path("model.npz"), "00")


class Camera:
    """Plays a script: pictures are given, exceptions raised, callables called for either."""

    name = "scripted"

    def __init__(self, script: Iterable[object]) -> None:
        self._script: Iterator[object] = iter(script)
        self.grabbed = threading.Semaphore(0)
        self.grabs = 0
        self.is_open = False
        self.closed = threading.Event()

    @property
    def settings(self) -> dict:
        return {"kind": "scripted"}

    def open(self) -> None:
        self.is_open = True

    def wait_until_ready(self, timeout_s: float) -> bool:
        return True

    def grab(self) -> Picture:
        self.grabs += 1
        try:
            step = next(self._script, EndOfImages("All pictures were played."))
            while callable(step):
                step = step()
            if isinstance(step, BaseException):
                raise step
            return Picture(step, f"picture {self.grabs}")
        finally:
            self.grabbed.release()

    def close(self) -> None:
        self.is_open = False
        self.closed.set()

    def wait_until_closed(self) -> CameraError:
        """A script step: a grab that only `close` ends."""
        assert self.closed.wait(PATIENCE_S)
        return CameraError("closed while waiting")

    def __enter__(self) -> "Camera":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Engine:
    """Scores a picture by its first pixel, one at a time while `gate` is open."""

    device = "scripted engine"

    def __init__(self, gate_open: bool = True) -> None:
        self.gate = threading.Event()
        self.scoring = threading.Semaphore(0)
        self.scored = 0
        if gate_open:
            self.gate.set()

    def score(self, image: np.ndarray) -> Score:
        self.scoring.release()
        assert self.gate.wait(PATIENCE_S)
        self.scored += 1
        value = float(image[0, 0, 0])
        return Score(value, np.full(image.shape[:2], value / 2, np.float32))


@dataclass
class Loaded:
    """What the station gets of a recipe: a scorer, and why others do not judge."""

    model: object
    refused: tuple[str, ...] = ()

    def close(self) -> None:
        pass


class Station:
    """One run of a session in two threads; collects what it publishes."""

    def __init__(
        self,
        home: Home,
        camera: object,
        trigger: object,
        engine: object = None,
        *,
        load_engine: Callable[..., object] | None = None,
        heard: Callable[[Event], None] = lambda event: None,
        frame_size: tuple[int, int] = (24, 32),
        **options,
    ) -> None:
        engine = engine or Engine()
        self.home = home
        self.trigger = trigger
        self.session = Session(
            home,
            recipe(frame_size),
            camera,
            trigger,
            operator="Ada",
            load_engine=load_engine or (lambda *_: Loaded(engine)),
            **options,
        )
        self.events: list[Event] = []
        self.errors: list[Exception] = []
        self.stops = (threading.Event(), threading.Event())
        self._heard = heard
        self._published = threading.Condition()
        self.threads = [
            threading.Thread(target=self._host, args=(loop, stop), daemon=True)
            for loop, stop in zip(
                (self.session.acquire, self.session.inspect), self.stops, strict=True
            )
        ]

    def start(self) -> "Station":
        for thread in self.threads:
            thread.start()
        return self

    def stop(self) -> None:
        for stop in self.stops:
            stop.set()

    def _host(self, loop, stop: threading.Event) -> None:
        try:
            loop.run(stop, self._publish)
        except Exception as error:
            self.errors.append(error)

    def _publish(self, event: Event) -> None:
        self._heard(event)
        with self._published:
            self.events.append(event)
            self._published.notify_all()

    def wait_for(self, seen: Callable[[], bool]) -> None:
        with self._published:
            assert self._published.wait_for(seen, PATIENCE_S), (self.states, self.texts)

    def wait_for_state(self, state: RunState) -> None:
        self.wait_for(lambda: bool(self.states) and self.states[-1] is state)

    def wait_for_rows(self, count: int) -> None:
        self.wait_for(lambda: len(self.recorded) >= count)

    def wait_until_over(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        assert len([state for state in self.states if state in FINAL]) == 1
        assert self.states[-1] in FINAL

    def until(self, true: Callable[[], bool]) -> bool:
        """Wait for something that nothing announces."""
        pause = threading.Event()
        return any(true() or pause.wait(0.002) for _ in range(int(PATIENCE_S / 0.002)))

    def finish_by_itself(self) -> None:
        """Wait for both threads, and check what must hold after every run."""
        self.wait_until_over()
        self.check_reconciled()

    def finish(self) -> None:
        """Stop, wait for both threads, and check what must hold after every run."""
        self.stop()
        self.wait_until_over()
        self.check_reconciled()

    def check_reconciled(self) -> None:
        run = self.runs()[-1]
        assert run.triggers == run.rows == self.session.triggers
        mine = [row.sequence for row in self.rows() if row.run == run.number]
        assert mine == list(range(run.first_sequence, run.first_sequence + run.rows))
        assert [event.row.sequence for event in self.recorded] == mine

    @property
    def states(self) -> list[RunState]:
        return [event.state for event in self.events if isinstance(event, StateChanged)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, StateChanged)]

    @property
    def recorded(self) -> list[Recorded]:
        return [event for event in self.events if isinstance(event, Recorded)]

    @property
    def camera_changes(self) -> list[CameraChanged]:
        return [event for event in self.events if isinstance(event, CameraChanged)]

    @property
    def reasons(self) -> list[str]:
        return [event.row.reason for event in self.recorded]

    def rows(self) -> list[Row]:
        with LedgerReader.open(self.home) as reader:
            return reader.rows(EARLY, LATE)

    def runs(self) -> list[RunRecord]:
        with LedgerReader.open(self.home) as reader:
            return reader.runs(EARLY, LATE)


def count(station: Station, reason: FaultReason) -> int:
    return station.reasons.count(reason.value)
