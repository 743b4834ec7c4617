"""Shifts: counted periods that begin at times on the wall clock, wherever the clock's rules lead.

A night on which the clocks are changed has an hour more or less. All arithmetic is in UTC; only
the starts are read off the wall (time zones: IANA, by `zoneinfo`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from station.errors import SettingsError
from station.settings import ShiftSettings

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift on one day.

    day: the one it begins on, on the wall. start, end: as the wall shows them, each with its fixed
    offset from UTC; end is not included.
    usual: its length where nobody changes the clocks.
    """

    name: str
    day: date
    start: datetime
    end: datetime
    usual: timedelta

    @property
    def length(self) -> timedelta:
        """How long it really is."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """For people: "night, Saturday, 24 October 2026, 22:00 to 06:00, 9 h (…)"."""
        changed = f" (the clocks were changed; usually {_hours(self.usual)})"
        return (
            f"{self.name}, {self.day:%A, %d %B %Y}, {self.start:%H:%M} to {self.end:%H:%M}, "
            f"{_hours(self.length)}{changed if self.length != self.usual else ''}"
        )


class Shifts:
    """The shifts of a station, one after the other without a gap, each day anew."""

    def __init__(self, starts: Mapping[str, time], zone: ZoneInfo | None) -> None:
        """Take each shift's start on the wall, by name; zone None is the computer's own."""
        self._starts = sorted(starts.items(), key=lambda item: item[1])
        self._zone = zone

    @classmethod
    def of(cls, settings: ShiftSettings) -> "Shifts | None":
        """Build what the settings say (they were checked); None where no shifts are set up."""
        if not settings.starts:
            return None
        starts = {name: time.fromisoformat(at) for name, at in settings.starts.items()}
        return cls(starts, ZoneInfo(settings.zone) if settings.zone else None)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the day."""
        return tuple(name for name, _ in self._starts)

    def shift_at(self, moment: datetime) -> Shift:
        """Return the shift that is under way at that moment (aware)."""
        return next(shift for shift in self._before(moment) if shift.start <= moment)

    def shift_named(self, name: str, day: date) -> Shift:
        """Return the shift of that name which begins on that day.

        Raises:
            SettingsError: there is no shift of that name.
        """
        return self._shift(day, self._index(name))

    def last_ended(self, moment: datetime, name: str | None = None) -> Shift:
        """Return the newest shift (of that name) that is over at that moment.

        Raises:
            SettingsError: there is no shift of that name.
        """
        wanted = self.names if name is None else (self.names[self._index(name)],)
        return next(
            shift
            for shift in self._before(moment)
            if shift.end <= moment and shift.name in wanted and shift.length
        )

    def next_end(self, moment: datetime) -> datetime:
        """When the shift that is under way will end."""
        return self.shift_at(moment).end

    def _index(self, name: str) -> int:
        if name not in self.names:
            known = ", ".join(f"'{each}'" for each in self.names)
            raise SettingsError(f"There is no shift '{name}'. The station's shifts are {known}.")
        return self.names.index(name)

    def _before(self, moment: datetime) -> Iterator[Shift]:
        """Shifts that begin on the moment's day or in the days before, the latest first."""
        today = moment.astimezone(self._zone).date()
        for back in range(4):
            for index in reversed(range(len(self._starts))):
                yield self._shift(today - timedelta(days=back), index)

    def _shift(self, day: date, index: int) -> Shift:
        name, at = self._starts[index]
        last = index + 1 == len(self._starts)
        next_day = day + timedelta(days=1) if last else day
        next_at = self._starts[0 if last else index + 1][1]
        usual = datetime.combine(next_day, next_at) - datetime.combine(day, at)
        return Shift(name, day, self._moment(day, at), self._moment(next_day, next_at), usual)

    def _moment(self, day: date, at: time) -> datetime:
        """The first moment at which the wall clock shows that time, or has jumped over it."""
        wall = datetime.combine(day, at)
        earliest = min(self._utc(wall), self._utc(wall.replace(fold=1)))
        while (found := earliest.astimezone(self._zone)).replace(tzinfo=None) < wall:
            earliest += _MINUTE
        # With the bare offset: times of a zone do not compare with others in the hour that is twice
        # (PEP 495).
        return found.replace(tzinfo=timezone(found.utcoffset() or timedelta()), fold=0)

    def _utc(self, wall: datetime) -> datetime:
        return (wall.replace(tzinfo=self._zone) if self._zone else wall).astimezone(timezone.utc)


def _hours(length: timedelta) -> str:
    minutes = round(length / _MINUTE)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
