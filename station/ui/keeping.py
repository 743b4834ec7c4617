"""What looks after the station while its window is open: threads, storage, the ledger's past."""

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from station.inspection.events import StorageChanged, Stuck
from station.inspection.watchdog import Pulse, Watchdog
from station.ledger.keeper import KeeperLoop
from station.ledger.shared import SharedLedger
from station.shifts import Shifts
from station.ui.services import Services
from station.ui.threads import Loop, LoopThread


class Waking:
    """Opens the ledger once, so that what a crash left is put in order, and told, at the start."""

    def __init__(self, shared: SharedLedger) -> None:
        self._shared = shared

    def run(self, _stop: threading.Event, publish: Callable[[str], object]) -> None:
        """Publish one text, where there is anything to tell. Raises LedgerError."""
        with self._shared.lease() as ledger:
            told = [*ledger.opened, *(run.text for run in ledger.interrupted)]
        if told:
            publish(" ".join(told))


class Keeping(QObject):
    """Hosts the loops that are not a lane's.

    told: a sentence for the banner. troubled: an exception for the error door. stored: how it
    stands with the storage, a `StorageChanged`.
    """

    told = Signal(str)
    troubled = Signal(object)
    stored = Signal(object)

    def __init__(
        self, services: Services, pulses: Callable[[], Sequence[Pulse]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._threads: list[LoopThread] = []
        self._keeper: KeeperLoop | None = None
        self._host(Watchdog(pulses))
        if services.shared is not None:
            storage = services.settings.storage
            self._keeper = KeeperLoop(
                services.home,
                services.shared,
                storage,
                shifts=Shifts.of(services.settings.shifts),
                clock=services.clock,
            )
            self._host(self._keeper)
            if services.home.ledger.exists():
                self._host(Waking(services.shared))

    @Slot()
    def back_up(self) -> None:
        """A run has ended: copy the ledger."""
        if self._keeper is not None:
            self._keeper.backup_now()

    def stop(self) -> None:
        """End all of it; does not take long."""
        for thread in self._threads:
            thread.request_stop()
        for thread in self._threads:
            thread.stop()

    def _host(self, loop: Loop) -> None:
        thread = LoopThread(loop, self)
        thread.published.connect(self._on_event)
        thread.failed.connect(self.troubled)
        self._threads.append(thread)
        thread.start()

    @Slot(object)
    def _on_event(self, event: object) -> None:
        if isinstance(event, Stuck):
            self.told.emit(event.text)
        elif isinstance(event, StorageChanged):
            self.stored.emit(event)
        else:
            self.told.emit(str(event))
