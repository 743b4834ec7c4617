"""Trying a draft: parts are judged as the station would, and nothing is recorded. Qt-free."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np
from numpy.typing import NDArray

from engine.threshold import Threshold
from station.cameras.camera import Camera, Picture
from station.clock import Clock
from station.errors import CameraError, EndOfImages
from station.heatmap import render_plain, render_view
from station.inspection.events import View
from station.inspection.expected import Expected
from station.inspection.inspector import Inspector, Scorer
from station.parts import Frame, Judged, Verdict

SLICE_S = 0.05
SHOWN = 24
"""Tried parts that can still be looked at and corrected; older ones are let go."""


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One judged part. score: nan for a fault; text: why it is one, else empty."""

    number: int
    pixels: NDArray[np.uint8]
    source: str
    verdict: Verdict
    score: float
    text: str
    view: View
    elapsed_ms: float


class TrialLoop:
    """Judges the camera's next picture whenever it is asked to, or one after the other.

    open_scorer: called in the loop's thread; raises StationError or EngineError.
    """

    def __init__(
        self,
        camera: Camera,
        open_scorer: Callable[[], Scorer],
        threshold: Threshold,
        expected: Expected,
        clock: Clock,
    ) -> None:
        self._camera = camera
        self._open_scorer = open_scorer
        self._threshold = threshold
        self._expected = expected
        self._clock = clock
        self._asked = Event()
        self.endless = Event()
        self.tried: deque[Tried] = deque(maxlen=SHOWN)

    def ask(self) -> None:
        """Judge one more part."""
        self._asked.set()

    def run(self, stop: Event, publish: Callable[[object], None]) -> None:
        """Publish each part's number; what it was is then in `tried`. Publishes 0 when ready.

        Raises:
            StationError, EngineError: camera or model cannot be opened.
        """
        inspector = Inspector(self._open_scorer(), self._threshold.value, self._expected)
        with self._camera:
            publish(0)
            number = 0
            while not stop.is_set():
                if not (self.endless.is_set() or self._asked.wait(SLICE_S)):
                    continue
                self._asked.clear()
                number += 1
                self.tried.append(self._judged(inspector, number))
                publish(number)

    def _judged(self, inspector: Inspector, number: int) -> Tried:
        started = time.monotonic()
        try:
            picture = self._camera.grab()
        except EndOfImages:
            self.endless.clear()
            raise
        except CameraError as error:
            return _missed(number, str(error))
        return self._seen(inspector, number, picture, started)

    def _seen(self, inspector: Inspector, number: int, picture: Picture, started: float) -> Tried:
        frame = Frame(picture.pixels, self._clock(), number, picture.source)
        found = inspector.inspect(frame, started)
        if isinstance(found, Judged):
            score = found.score
            view = render_view(
                picture.pixels, score.anomaly_map, score.value, self._threshold, number
            )
            return Tried(
                number, picture.pixels, picture.source, found.verdict, score.value, "", view,
                found.elapsed_ms,
            )  # fmt: skip
        view = render_plain(picture.pixels, number)
        return Tried(
            number, picture.pixels, picture.source, Verdict.FAULT, float("nan"), found.text, view,
            0.0,
        )  # fmt: skip


def _missed(number: int, text: str) -> Tried:
    nothing = np.zeros((0, 0, 3), np.uint8)
    view = render_plain(np.zeros((1, 1, 3), np.uint8), number)
    return Tried(number, nothing, "", Verdict.FAULT, float("nan"), text, view, 0.0)
