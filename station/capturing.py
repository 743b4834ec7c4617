"""When to take a picture of a part by itself, and the loop that takes it into a draft. Qt-free."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.coverage import Describe
from engine.errors import Cancelled, EngineError
from engine.picture_checks import UNLIKE
from engine.picture_measures import THUMB, unlikeness
from station.cameras.camera import Camera, Picture
from station.cameras.features import HARDWARE
from station.drafts import DraftSession, State
from station.drafts.collecting import Collector
from station.errors import CameraError, EndOfImages, NothingYet, StationError
from station.inspection.freshness import LIVE_KINDS
from station.inspection.latest import LatestSlot

STILL_FRAMES = 4
"""Frames in a row that must be alike. The least that tells a part put down from one passing by."""
ASLEEP_S = 0.05
RETRY_S = 1.0
PARTS_LIE_STILL = LIVE_KINDS | {"video"}
"""Cameras that send pictures by themselves; others give the next part's whenever they are asked."""


class How(str, Enum):
    """What makes a picture be taken. TRIGGER: the sensor wired to the camera, every part once."""

    STILL = "Still part"
    TRIGGER = "Trigger"
    KEY = "Key"
    INTERVAL = "Interval"


def sends_by_itself(camera: Mapping[str, object]) -> bool:
    """Whether a camera of these settings shows a part for as long as it lies there."""
    return camera.get("kind") in PARTS_LIE_STILL and camera.get("trigger") != HARDWARE


def ways(camera: Mapping[str, object]) -> tuple[How, ...]:
    """Return how pictures of a camera of these settings can be taken, the usual way first."""
    if camera.get("trigger") == HARDWARE:
        return How.TRIGGER, How.KEY
    if sends_by_itself(camera):
        return How.STILL, How.KEY, How.INTERVAL
    return How.INTERVAL, How.KEY


class StillPart:
    """Says of each frame whether a part lies still that was not taken yet.

    Differences are in grey levels between thumbnails, the lamp's part taken out; the bound is the
    one below which two pictures are copies (engine.picture_checks).
    """

    def __init__(self, frames: int = STILL_FRAMES, bound: float = UNLIKE) -> None:
        """frames: how many must be alike in a row."""
        self._frames = frames
        self._bound = bound
        self._before: NDArray[np.uint8] | None = None
        self._taken: NDArray[np.uint8] | None = None
        self._alike = 0

    def feed(self, pixels: NDArray[np.uint8]) -> bool:
        """Look at the next frame, uint8 (H, W, 3) RGB; True where it is to be taken now."""
        thumb = _thumb(pixels)
        moved = self._before is None or unlikeness(self._before, thumb) >= self._bound
        self._alike = 1 if moved else self._alike + 1
        self._before = thumb
        if self._alike < self._frames or not self._is_new(thumb):
            return False
        self._taken = thumb
        return True

    def took(self, pixels: NDArray[np.uint8]) -> None:
        """Count a part as taken that was taken for another reason: by key."""
        self._taken = _thumb(pixels)

    def _is_new(self, thumb: NDArray[np.uint8]) -> bool:
        return self._taken is None or unlikeness(self._taken, thumb) >= self._bound


@dataclass(frozen=True, slots=True)
class Working:
    """A longer task goes on; stage is a word for people. done equals total at its end."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Changed:
    """The draft's pictures or its coverage are others now. file: of a picture just taken."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something for the person to read. trouble: something does not work."""

    text: str
    trouble: bool = False


Ask = Callable[[Collector], None]


class CollectLoop:
    """Owns the collector and the camera; everything that changes the draft's pictures runs in it.

    Methods but `run` may be called from any thread. publish: `Working`, `Changed`, `Told`.
    """

    def __init__(
        self,
        session: DraftSession,
        newest: LatestSlot[Picture],
        describe: Describe | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare. newest: what the camera shows. describe: instead of the default backbone."""
        self._session = session
        self._newest = newest
        self._describe = describe
        self._clock = clock
        self._asked: SimpleQueue[Ask] = SimpleQueue()
        self._halt = threading.Event()
        self._camera: Camera | None = None
        self._build: Callable[[], Camera] | None = None
        self._live = False
        self._publish: Callable[[object], None] = lambda _event: None
        self._still = StillPart()
        self._due_s = 0.0
        self._fired = 0
        self.how, self.period_s = How.STILL, 1.0
        self.bad, self.taking = False, False

    def watch(self, build: Callable[[], Camera] | None, live: bool) -> None:
        """Watch another camera, or none. live: it sends pictures by itself."""
        self._asked.put(lambda _collector: self._watch(build, live))

    def take_by(self, how: How, period_s: float) -> None:
        """Take pictures in another way from now on."""
        self._asked.put(lambda _collector: self._take_by(how, period_s))

    def collect(self, taking: bool) -> None:
        """Take pictures by themselves, or stop taking them."""
        self._asked.put(lambda _collector: self._collect(taking))

    def fire(self) -> None:
        """Take one picture now."""
        self._asked.put(lambda _collector: self._fire())

    def import_folder(self, folder: Path) -> None:
        """Copy a folder's pictures into the draft; unreadable ones are told one by one."""
        self._asked.put(lambda collector: self._import(collector, folder))

    def decide(self, file: str, state: State, bad: bool) -> None:
        """Keep or leave out a picture as a person decided; then count anew."""
        self._asked.put(lambda collector: self._decide(collector, file, state, bad))

    def halt(self) -> None:
        """End the task that goes on; what it has done stays."""
        self._halt.set()

    def close(self) -> None:
        """End a grab that waits; call it after setting `stop`."""
        self._halt.set()
        camera = self._camera
        if camera is not None:
            camera.close()

    def run(self, stop: threading.Event, publish: Callable[[object], None]) -> None:
        """Examine what is there, then collect until `stop` is set; the camera is then closed.

        Raises:
            EngineError: the draft's regions or the network cannot be used.
        """
        self._publish = publish
        collector = Collector(self._session, self._describe)
        try:
            self._resume(collector, stop)
            while not stop.is_set():
                self._serve(collector, stop)
                self._step(collector, stop)
        except Cancelled:
            return
        finally:
            self._release()

    def _resume(self, collector: Collector, stop: threading.Event) -> None:
        for complaint in collector.resume(self._working, stop.is_set):
            self._publish(Told(complaint, trouble=True))
        self._publish(Changed())

    def _serve(self, collector: Collector, stop: threading.Event) -> None:
        """Do all that was asked; wait for it a little where there is nothing else to do."""
        idle = self._build is None or not (self._live or self._wants_next())
        while not stop.is_set():
            try:
                ask = self._asked.get(timeout=ASLEEP_S) if idle else self._asked.get_nowait()
            except Empty:
                return
            idle = False
            self._halt.clear()
            try:
                ask(collector)
            except (StationError, EngineError) as error:
                stopped = isinstance(error, Cancelled)
                text = "Stopped. What was copied stays." if stopped else str(error)
                self._publish(Told(text, trouble=not stopped))
                self._publish(Changed())

    def _step(self, collector: Collector, stop: threading.Event) -> None:
        """Look at the camera's next picture where there is one to look at, and take it if due."""
        if self._build is None or not (self._live or self._wants_next()):
            return
        try:
            if self._camera is None:
                self._camera = self._opened(self._build())
            picture = self._camera.grab()
            self._newest.put(picture)
            if self._is_due(picture):
                taken = collector.take(picture.pixels, picture.source, bad=self.bad)
                self._publish(Changed(taken.file))
        except EndOfImages:
            self._build, self.taking = None, False
            self._release()
            self._publish(Told("The camera has no more pictures."))
            self._publish(Changed())
        except NothingYet:
            return
        except CameraError as error:
            self._release()
            self._fired = 0
            self._publish(Told(str(error), trouble=True))
            stop.wait(RETRY_S)
        except (StationError, EngineError) as error:
            self.taking = False
            self._publish(Told(str(error), trouble=True))
            self._publish(Changed())

    def _opened(self, camera: Camera) -> Camera:
        camera.open()
        return camera

    def _wants_next(self) -> bool:
        """Whether a camera that gives one part after the other is to give the next."""
        if self._fired:
            return True
        by_itself = self.taking and self.how is not How.KEY
        return by_itself and self._clock() >= self._due_s

    def _is_due(self, picture: Picture) -> bool:
        if self._fired:
            self._fired -= 1
            self._still.took(picture.pixels)
            return True
        if not self.taking or self.how is How.KEY:
            return False
        if self.how is How.TRIGGER:
            return True
        if self.how is How.STILL and self._live:
            return self._still.feed(picture.pixels)
        due = self._clock() >= self._due_s
        if due:
            self._due_s = self._clock() + self.period_s
        return due

    def _watch(self, build: Callable[[], Camera] | None, live: bool) -> None:
        self._release()
        self._build, self._live = build, live
        self._still = StillPart()

    def _take_by(self, how: How, period_s: float) -> None:
        self.how, self.period_s = how, period_s
        self._due_s = self._clock()

    def _collect(self, taking: bool) -> None:
        self.taking = taking
        self._due_s = self._clock()
        if not taking and self.how is How.TRIGGER:
            self._release()  # It would keep parts that pass meanwhile, for later.
        self._publish(Changed())

    def _fire(self) -> None:
        if self._build is None:
            raise CameraError("No camera is chosen. Go back to the product's page.")
        self._fired += 1

    def _import(self, collector: Collector, folder: Path) -> None:
        complaints = collector.take_files(
            folder, bad=self.bad, progress=self._importing, cancelled=self._halt.is_set
        )
        for complaint in complaints:
            self._publish(Told(complaint, trouble=True))
        if complaints:
            self._publish(Told(f"{len(complaints)} file(s) could not be read.", trouble=True))
        collector.recount(self._working, self._halt.is_set)
        self._publish(Changed())

    def _decide(self, collector: Collector, file: str, state: State, bad: bool) -> None:
        collector.decide(file, state, bad=bad)
        self._publish(Changed())
        collector.recount(self._working, self._halt.is_set)
        self._publish(Changed())

    def _importing(self, stage: str, done: int, total: int) -> None:
        self._working(stage, done, total)
        self._publish(Changed())

    def _working(self, stage: str, done: int, total: int) -> None:
        self._publish(Working(stage, done, total))

    def _release(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()


def _thumb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA), np.uint8)
