"""What each key of station.toml may hold."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from station.settings import PROTOCOLS, TRIGGERS

BLOCK = 50
"""Registers that one lane takes on the PLC."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one key may hold: a test, and in words ("It must be …")."""

    fits: Callable[[Any], bool]
    words: str


def _number(low: float, high: float, what: str) -> Rule:
    def fits(value: Any) -> bool:
        return _is_number(value) and low <= value <= high

    return Rule(fits, f"{what} from {low:g} to {high:g}")


def _whole(low: int, high: int, what: str = "a whole number") -> Rule:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Rule(fits, f"{what} from {low} to {high}")


def _one_of(names: tuple[str, ...]) -> Rule:
    return Rule(lambda value: value in names, "one of " + ", ".join(f'"{n}"' for n in names))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_camera(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(each, str | bool) or _is_number(each) for each in value.values()
    )


def _is_zone(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return not value or bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _are_starts(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and all(map(_is_start, value.values()))
        and len(set(value.values())) == len(value)
        and all(name.strip() and name.isprintable() and len(name) <= 32 for name in value)
    )


def _is_start(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value))


_TEXT = Rule(
    lambda value: isinstance(value, str) and len(value) <= 64 and value.isprintable(),
    'text of up to 64 characters, between "quotes"',
)
_YES_OR_NO = Rule(lambda value: isinstance(value, bool), "true or false")
_MILLISECONDS = "a number of milliseconds"

LANE_RULES = {
    "name": _TEXT,
    "recipe": _TEXT,
    "camera": Rule(_is_camera, 'a table of words and numbers, such as { kind = "usb", index = 0 }'),
    "trigger": _one_of(TRIGGERS),
    "period_s": _number(0.01, 3600, "a number of seconds"),
    "takt_s": _number(0.01, 3600, "a number of seconds"),
    "codes": _YES_OR_NO,
    "queue": _whole(1, 256),
    "registers": _whole(0, 65536 - BLOCK, "a register's number"),
}
LINE_RULES = {
    "protocol": _one_of(PROTOCOLS),
    "host": _TEXT,
    "port": _whole(1, 65535),
    "device_id": _whole(0, 255),
    "poll_ms": _number(1, 1000, _MILLISECONDS),
    "answer_ms": _number(50, 800, _MILLISECONDS),
    "heartbeat_ms": Rule(
        lambda value: _is_number(value) and (value == 0 or 100 <= value <= 800),
        f"{_MILLISECONDS} from 100 to 800, or 0 for a PLC without a heartbeat",
    ),
    "ack_ms": _number(100, 10000, _MILLISECONDS),
}
STORAGE_RULES = {
    "backups": _whole(1, 1000),
    "ok_share": _number(0, 1, "a share"),
    "borderline_share": _number(0, 1, "a share"),
    "warn_days": _number(0, 365, "a number of days"),
    "keep_free_mib": _whole(0, 10_000_000, "a whole number of MiB"),
    "ballast_mib": _whole(0, 100_000, "a whole number of MiB"),
}
SHIFT_RULES = {
    "zone": Rule(_is_zone, 'the name of a time zone, such as "Europe/Berlin"'),
    "starts": Rule(
        _are_starts,
        "a table of shifts and when they begin, each at another time, such as "
        '{ early = "06:00", late = "14:00", night = "22:00" }',
    ),
}
