"""One run from start to stop: builds the two loops and what they share. Qt-free."""

import time
from collections.abc import Callable

from station.cameras.camera import Camera
from station.clock import Clock, utc_now
from station.home import Home
from station.inspection.acquire_loop import AcquireLoop
from station.inspection.events import View
from station.inspection.handover import Handover
from station.inspection.inspect_loop import (
    Answer,
    InspectLoop,
    LoadEngine,
    OpenLedger,
)
from station.inspection.latest import LatestSlot
from station.inspection.part_judge import Identify
from station.inspection.triggers import Trigger
from station.inspection.watchdog import Pulse
from station.ledger.ledger import Ledger
from station.parts import Frame
from station.recipes.recipe import Recipe


class Session:
    """One run. Host `acquire` and `inspect` in a thread each; a session cannot be run twice.
    Camera and trigger belong to it until both loops have returned.

    acquire, inspect: each has run(stop, publish). Stopping either one ends the run; stop both.
    preview, views: newest camera picture and newest judged part; take them on a timer.
    """

    def __init__(
        self,
        home: Home,
        recipe: Recipe,
        camera: Camera,
        trigger: Trigger,
        *,
        operator: str,
        queue_capacity: int = 8,
        load_engine: LoadEngine,
        max_parts: int | None = None,
        lane: str = "",
        limit_s: float | None = None,
        identify: Identify | None = None,
        answer: Answer | None = None,
        open_ledger: OpenLedger | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a run; nothing is opened yet.

        Args:
            camera: not open; the acquire loop opens and closes it.
            queue_capacity: pictures that may wait to be judged; one more is a FAULT row.
            load_engine: called in the inspect thread; raises EngineError or StationError.
            max_parts: triggers after which the run is finished; None goes on until stopped.
            lane: which of the station's places this is; "" where there is one.
            limit_s: from trigger to verdict; a part that takes longer is a FAULT. None: no limit.
            identify: reads what is written on a part, where its trigger does not name it.
            answer: told each row once it is committed, before the screen; must return at once.
            open_ledger: the ledger shared with other lanes; None opens this home's own.
            clock: UTC now. monotonic: seconds, for durations.
        """
        if max_parts is not None and max_parts < 1:
            raise ValueError(f"A run of {max_parts} parts cannot be started.")
        self._handover = Handover(trigger, queue_capacity, clock, monotonic, limit_s)
        self.acquire = AcquireLoop(camera, self._handover, max_parts)
        self.inspect = InspectLoop(
            recipe,
            camera,
            self._handover,
            operator=operator,
            load_engine=load_engine,
            open_ledger=open_ledger or (lambda: Ledger.open(home, clock)),
            lane=lane,
            identify=identify,
            answer=answer,
            monotonic=monotonic,
        )

    @property
    def preview(self) -> LatestSlot[Frame]:
        """The newest camera picture that was not taken yet."""
        return self._handover.preview

    @property
    def views(self) -> LatestSlot[View]:
        """The newest judged part that was not taken yet."""
        return self._handover.views

    @property
    def pulses(self) -> tuple[Pulse, ...]:
        """What the two threads show while they are alive."""
        return self._handover.acquiring, self._handover.inspecting

    @property
    def paused(self) -> bool:
        """True between `pause` and `resume`."""
        return self._handover.paused

    @property
    def triggers(self) -> int:
        """Triggers accepted so far; each ends as one row."""
        return self._handover.queue.accepted

    def pause(self) -> None:
        """Accept no new trigger; what fired before is finished. From any thread.

        StateChanged(PAUSED) follows once no further part can enter.
        """
        self._handover.pause()

    def resume(self) -> None:
        """Accept triggers again. From any thread."""
        self._handover.resume()
