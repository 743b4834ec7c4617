"""What looks after the station while it runs: the watchdog of its threads, and its storage."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from station.inspection.events import Stuck
from station.inspection.watchdog import Pulse, Watchdog
from station.ui.threads import LoopThread


class Keeping(QObject):
    """Hosts the loops that are not a lane's. told: a sentence for the banner."""

    told = Signal(str)

    def __init__(self, pulses: Callable[[], Sequence[Pulse]], parent: QObject) -> None:
        super().__init__(parent)
        self._threads = [self._hosted(Watchdog(pulses))]

    def stop(self) -> None:
        """End them; does not take long."""
        for thread in self._threads:
            thread.request_stop()
        for thread in self._threads:
            thread.stop()

    def _hosted(self, loop: Watchdog) -> LoopThread:
        thread = LoopThread(loop, self)
        thread.published.connect(self._on_event)
        thread.start()
        return thread

    @Slot(object)
    def _on_event(self, event: object) -> None:
        if isinstance(event, Stuck):
            self.told.emit(event.text)
