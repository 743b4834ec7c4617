"""A place for the newest thing only: what is not taken in time is replaced, never hoarded."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """Hand the newest `T` from one thread to another; dropping is its job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: T | None = None

    def put(self, latest: T) -> None:
        """Replace whatever was not taken yet."""
        with self._lock:
            self._latest = latest

    def take(self) -> T | None:
        """Return the newest and empty the slot; None when nothing is new."""
        with self._lock:
            latest, self._latest = self._latest, None
        return latest
