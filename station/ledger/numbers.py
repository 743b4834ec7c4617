"""One sequence of part numbers for the whole station, however many lanes there are."""

import threading


class Numbers:
    """Hands out 1, 2, 3 …, each once. Any thread may ask."""

    def __init__(self, first: int) -> None:
        self._lock = threading.Lock()
        self._next = first

    def take(self) -> int:
        """Return the next number; it is taken from now on."""
        with self._lock:
            number = self._next
            self._next += 1
        return number

    @property
    def next(self) -> int:
        """The number that comes next; no number from here on was handed out."""
        with self._lock:
            return self._next

    def used(self, number: int) -> None:
        """Never hand out this number, nor one below it."""
        with self._lock:
            self._next = max(self._next, number + 1)
