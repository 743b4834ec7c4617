"""What the acquire loop and the inspect loop of one run share, and how the run's state is told."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from station.clock import Clock, utc_now
from station.inspection.events import Event, RunState, StateChanged, View
from station.inspection.intake import Intake, Journal
from station.inspection.latest import LatestSlot
from station.inspection.part_queue import PartQueue
from station.inspection.triggers import Trigger
from station.inspection.watchdog import Pulse
from station.parts import Frame

Publish = Callable[[Event], None]

TICK_S = 0.05
"""Longest wait before a loop looks again whether the run goes on."""

ACQUIRE_LIMIT_S = 20.0
INSPECT_LIMIT_S = 15.0
"""Silence of a thread that counts as stuck: longer than any wait it is meant to make."""

FINAL = frozenset({RunState.STOPPED, RunState.FINISHED, RunState.FAILED})


@dataclass(frozen=True, slots=True)
class Ending:
    """Why no further part is accepted: one of the final states, and a sentence."""

    state: RunState
    text: str


class Handover:
    """One run's meeting point of two threads. Any method may be called from any thread.

    intake, queue: where triggers become parts, and where they wait.
    preview, views: newest camera picture; newest judged part.
    camera_ready: set when the camera is open. begun: set when the ledger has begun the run.
    acquiring, inspecting: what the two threads show while they are alive.
    """

    def __init__(
        self,
        trigger: Trigger,
        queue_capacity: int,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        limit_s: float | None = None,
    ) -> None:
        """Prepare. limit_s: from trigger to verdict; a part that takes longer is a FAULT."""
        self.trigger = trigger
        self.queue = PartQueue(queue_capacity)
        self.preview: LatestSlot[Frame] = LatestSlot()
        self.intake = Intake(trigger, self.queue, self.preview, clock, monotonic)
        self.views: LatestSlot[View] = LatestSlot()
        self.acquiring = Pulse("camera", ACQUIRE_LIMIT_S)
        self.inspecting = Pulse("inspection", INSPECT_LIMIT_S)
        self._monotonic = monotonic
        self._limit_s = math.inf if limit_s is None else limit_s
        self.camera_ready = threading.Event()
        self.begun = threading.Event()
        self.device = ""
        self.refused: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._going = threading.Event()
        self._going.set()
        self._ending: Ending | None = None
        self._telling = threading.RLock()
        self._told: RunState | None = None

    def is_too_late(self, since_s: float, limit_s: float = math.inf) -> bool:
        """True when more than the part limit, or `limit_s`, has passed since then."""
        return self._monotonic() - since_s > min(self._limit_s, limit_s)

    @property
    def ending(self) -> Ending | None:
        """Why the run ends; None while it goes on."""
        with self._lock:
            return self._ending

    def end(self, state: RunState, text: str) -> None:
        """Accept no further part; the first reason given stands."""
        with self._lock:
            self._ending = self._ending or Ending(state, text)
        self.trigger.disarm()

    def close_intake(self) -> None:
        """Accept nothing more; what fired and cannot be served becomes a FAULT part."""
        ending = self.ending
        self.intake.close(out_of_pictures=ending is not None and ending.state is RunState.FINISHED)

    def begin(self, number: Callable[[], int], journal: Journal) -> None:
        """Let the acquire loop accept parts. number: gives the next one. journal: notes them."""
        self.queue.number_with(number)
        self.intake.note_in(journal)
        with self._lock:
            self.begun.set()
            self._arm()

    @property
    def paused(self) -> bool:
        """True while no new trigger is accepted on a person's wish."""
        return not self._going.is_set()

    def pause(self) -> None:
        """Accept no new trigger until `resume`; what fired before is finished."""
        with self._lock:
            self._going.clear()
            self.trigger.disarm()

    def resume(self) -> None:
        """Accept triggers again."""
        with self._lock:
            if not self._going.is_set():
                self._going.set()
                self._arm()

    def wait_while_paused(self) -> bool:
        """Wait a moment; True as soon as the run is not paused."""
        return self._going.wait(TICK_S)

    def tell(self, publish: Publish, state: RunState, text: str) -> None:
        """Publish a change of state; nothing follows the first final one."""
        with self._telling:
            if self._told not in FINAL:
                self._told = state
                publish(StateChanged(state, text, self.device, self.refused))

    def tell_device(self, publish: Publish, device: str, refused: tuple[str, ...]) -> None:
        """Say that something else judges from now on; while paused, the next state says it."""
        with self._telling:
            self.device, self.refused = device, refused
            if self._told is RunState.RUNNING:
                self.tell(publish, RunState.RUNNING, "Running.")

    def _arm(self) -> None:
        if self.begun.is_set() and self._ending is None and self._going.is_set():
            self.trigger.arm()
