"""One writer for all lanes: opened by the first that needs it, closed after the last."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from station.clock import Clock, utc_now
from station.home import Home
from station.ledger import trail
from station.ledger.ledger import BORDERLINE, OK_SAMPLE, Ledger


class SharedLedger:
    """Lends the home's one `Ledger` to several threads."""

    def __init__(
        self,
        home: Home,
        clock: Clock = utc_now,
        *,
        ok_sample: int = OK_SAMPLE,
        borderline: float = BORDERLINE,
    ) -> None:
        """Prepare; nothing is opened yet. ok_sample, borderline: as for `Ledger.open`."""
        self._home = home
        self._clock = clock
        self._ok_sample = ok_sample
        self._borderline = borderline
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._leases = 0

    @contextmanager
    def lease(self) -> Iterator[Ledger]:
        """Give the open ledger for the time of a `with`.

        Raises:
            LedgerError: as `Ledger.open`; the next lease tries again.
        """
        ledger = self._take()
        try:
            yield ledger
        finally:
            self._give_back()

    def take_in_notes(self) -> None:
        """Add to the audit trail what waits, without opening the ledger for good where nobody has.

        Raises:
            LedgerError: it could not be committed.
        """
        with self._lock:
            if self._ledger is not None:
                self._ledger.take_in_notes()
            else:
                trail.take_in_unless_busy(self._home, self._clock)

    def _take(self) -> Ledger:
        with self._lock:
            if self._ledger is None:
                self._ledger = Ledger.open(
                    self._home,
                    self._clock,
                    ok_sample=self._ok_sample,
                    borderline=self._borderline,
                )
            self._leases += 1
            return self._ledger

    def _give_back(self) -> None:
        with self._lock:
            self._leases -= 1
            if not self._leases and self._ledger is not None:
                ledger, self._ledger = self._ledger, None
                ledger.close()
