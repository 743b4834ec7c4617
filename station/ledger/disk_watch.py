"""How long the disk will last: its free space over time. No clock of its own, no disk either."""

from collections import deque

_DAY_S = 86_400.0
_WINDOW_S = _DAY_S
_LEAST_S = 600.0
_EVERY_S = 60.0


class DiskWatch:
    """Fits a line through the free space of the last day."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def look(self, at_s: float, free_bytes: int) -> None:
        """Remember the free space at this monotonic time; more often than once a minute is too."""
        if self._seen and at_s - self._seen[-1][0] < _EVERY_S:
            return
        self._seen.append((at_s, free_bytes))
        while at_s - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()

    def forget(self) -> None:
        """Start over: somebody made room, so the line has a step in it."""
        self._seen.clear()

    def days_left(self) -> float | None:
        """Days until nothing is free; None while it does not shrink, or is seen for too short."""
        if not self._seen or self._seen[-1][0] - self._seen[0][0] < _LEAST_S:
            return None
        slope = self._bytes_a_second()
        return self._seen[-1][1] / -slope / _DAY_S if slope < 0 else None

    def _bytes_a_second(self) -> float:
        count = len(self._seen)
        mean_at = sum(at for at, _ in self._seen) / count
        mean_free = sum(free for _, free in self._seen) / count
        spread = sum((at - mean_at) ** 2 for at, _ in self._seen)
        return sum((at - mean_at) * (free - mean_free) for at, free in self._seen) / spread
