"""How long tasks report and how they are stopped."""

from collections.abc import Callable

from engine.errors import Cancelled

Progress = Callable[[str, int, int], None]
"""Called as progress(stage, done, total); `stage` is a word for people: "features", "coreset"."""

IsCancelled = Callable[[], bool]


def no_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


def never_cancelled() -> bool:
    """Run to the end."""
    return False


def raise_if(cancelled: IsCancelled) -> None:
    """Raise `Cancelled` when the user asked to stop."""
    if cancelled():
        raise Cancelled("Stopped on request. Nothing was changed.")
