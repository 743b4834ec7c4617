"""Waiting before the next try to connect: longer each time, ended early by a stop or a return."""

import threading
import time
from collections.abc import Callable

FIRST_S, MOST_S = 1.0, 30.0
LOOK_S = 0.5
"""Between two looks whether the other side is back."""


class BackOff:
    """1 s, then 2, 4, … up to 30 s."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with the shortest wait. monotonic: seconds."""
        self._monotonic = monotonic
        self._next_s = FIRST_S

    def reset(self) -> None:
        """Begin with the shortest wait again: the connection was good."""
        self._next_s = FIRST_S

    def wait(self, stop: threading.Event, is_back: Callable[[], bool]) -> None:
        """Wait until the next try is due, `stop` is set, or a look finds that it is back."""
        due_s = self._monotonic() + self._next_s
        self._next_s = min(2 * self._next_s, MOST_S)
        left_s = due_s - self._monotonic()
        while left_s > 0 and not stop.wait(min(LOOK_S, left_s)):
            left_s = due_s - self._monotonic()
            if left_s <= 0 or is_back():
                return
