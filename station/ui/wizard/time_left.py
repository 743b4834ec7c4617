"""How long a stage will still take, judged by how long it has taken. Qt-free."""

from collections.abc import Callable


class TimeLeft:
    """Told what progress is told; each stage is timed by itself."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage = ""
        self._since_s = 0.0
        self._from = 0

    def text(self, stage: str, done: int, total: int) -> str:
        """Time left in this stage, for people; empty until something can be said."""
        now = self._clock()
        if stage != self._stage:
            self._stage, self._since_s, self._from = stage, now, done
        finished, left = done - self._from, total - done
        if finished <= 0 or left <= 0:
            return ""
        return duration((now - self._since_s) * left / finished)


def duration(seconds: float) -> str:
    """Round as people would say it."""
    if seconds < 5:
        return "a few seconds left in this stage"
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s left in this stage"
    return f"about {round(seconds / 60)} min left in this stage"
