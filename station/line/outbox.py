"""What waits to be told to the PLC."""

import threading
from collections import deque

from station.line.registers import Result

MOST_RESULTS = 64
"""Results that wait to be offered; the oldest is dropped for one more."""


class Outbox:
    """Results on their way from the inspect thread to the line's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: deque[Result] = deque(maxlen=MOST_RESULTS)
        self._missed: int | None = None
        self._cleared = 0

    @property
    def cleared(self) -> int:
        """How often everything was forgotten."""
        with self._lock:
            return self._cleared

    def put(self, result: Result, cleared: int) -> None:
        """Offer it after those before it, unless `clear` was called since `cleared` was read."""
        with self._lock:
            if cleared == self._cleared:
                self._results.append(result)

    def take(self) -> Result | None:
        """Return the oldest; None when there is none."""
        with self._lock:
            return self._results.popleft() if self._results else None

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._results.clear()
            self._missed = None
            self._cleared += 1

    def note_missed(self, number: int) -> None:
        """The part with this number (0: none) was triggered and could not be taken. Any thread."""
        with self._lock:
            self._missed = number

    def take_missed(self) -> int | None:
        """Return the number noted last, once; None when there is none."""
        with self._lock:
            missed, self._missed = self._missed, None
            return missed

    def __len__(self) -> int:
        with self._lock:
            return len(self._results)
