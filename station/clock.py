"""The one clock of the house, and the type by which another is injected."""

from collections.abc import Callable
from datetime import datetime, timezone

Clock = Callable[[], datetime]
"""Gives the time now: UTC, timezone-aware."""


def utc_now() -> datetime:
    """The computer's time in UTC."""
    return datetime.now(timezone.utc)
