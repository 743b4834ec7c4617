"""Shifts by the clock on the wall, on nights when it is changed too."""

import time
from datetime import date, datetime, timedelta, timezone

import pytest

from station.errors import SettingsError
from station.settings import ShiftSettings
from station.shifts import Shifts

STARTS = {"late": "14:00", "night": "22:00", "early": "06:00"}
HOUR = timedelta(hours=1)


def utc(*at):
    return datetime(*at, tzinfo=timezone.utc)


@pytest.fixture
def shifts():
    return Shifts.of(ShiftSettings("Europe/Berlin", STARTS))


def test_without_starts_there_are_no_shifts():
    assert Shifts.of(ShiftSettings("Europe/Berlin")) is None


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 10, 24), utc(2026, 10, 24, 20), utc(2026, 10, 25, 5), 9),
        (date(2026, 3, 28), utc(2026, 3, 28, 21), utc(2026, 3, 29, 4), 7),
        (date(2026, 7, 1), utc(2026, 7, 1, 20), utc(2026, 7, 2, 4), 8),
    ],
)
def test_a_night_has_the_hours_that_the_clocks_give_it(shifts, day, start, end, hours):
    night = shifts.shift_named("night", day)
    assert (night.start, night.end, night.length) == (start, end, hours * HOUR)
    assert (f"{night.start:%H:%M}", f"{night.end:%H:%M}") == ("22:00", "06:00")
    assert shifts.shift_at(start) == shifts.shift_at(end - timedelta(seconds=1)) == night
    assert shifts.next_end(start + HOUR) == end
    assert shifts.shift_at(end).name == "early"
    assert shifts.last_ended(end) == shifts.last_ended(end, "night") == night
    assert shifts.last_ended(end - timedelta(seconds=1)).name == "late"
    assert shifts.last_ended(end - timedelta(seconds=1), "night").day == day - timedelta(days=1)


def test_it_is_said_where_the_clocks_were_changed(shifts):
    assert shifts.shift_named("night", date(2026, 10, 24)).text == (
        "night, Saturday, 24 October 2026, 22:00 to 06:00, 9 h (the clocks were changed; "
        "usually 8 h)"
    )
    assert shifts.shift_named("early", date(2026, 10, 24)).text == (
        "early, Saturday, 24 October 2026, 06:00 to 14:00, 8 h"
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
def test_shifts_follow_each_other_without_gap_or_overlap_all_year(zone):
    shifts = Shifts.of(ShiftSettings(zone, {"a": "02:30", "b": "03:00", "c": "13:15"}))
    at = end = shifts.shift_at(utc(2026, 1, 1)).end
    names, lengths = [], set()
    while at < utc(2027, 1, 1):
        shift = shifts.shift_at(at)
        assert (shift.start, shifts.shift_named(shift.name, shift.day)) == (at, shift)
        names.append(shift.name)
        lengths.add(shift.length)
        at = end = shift.end
    assert end > utc(2027, 1, 1)
    # The half-hour shift may be jumped over; no other is.
    assert {names.count("b") - names.count(each) for each in "ac"} <= {-1, 0, 1}
    assert len(lengths) > 3


def test_a_shift_that_the_clock_jumps_over_has_no_time():
    shifts = Shifts.of(ShiftSettings("Europe/Berlin", {"a": "02:10", "b": "02:40", "c": "10:00"}))
    jumped = shifts.shift_named("a", date(2026, 3, 29))
    assert jumped.length == timedelta()
    assert shifts.shift_at(jumped.start).name == "b"
    assert shifts.last_ended(utc(2026, 3, 29, 12), "a").day == date(2026, 3, 28)


def test_the_hour_that_comes_twice_belongs_to_one_shift():
    shifts = Shifts.of(ShiftSettings("Europe/Berlin", {"a": "02:30", "b": "10:00"}))
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert shifts.shift_at(first - timedelta(seconds=1)).name == "b"
    assert shifts.shift_at(first).name == shifts.shift_at(second - HOUR / 4).name == "a"
    assert shifts.shift_at(first).start == first


def test_one_shift_lasts_a_day_of_23_24_or_25_hours():
    shifts = Shifts.of(ShiftSettings("Europe/Berlin", {"all": "00:00"}))
    lengths = {
        shifts.shift_named("all", date(2026, 1, 1) + timedelta(n)).length for n in range(365)
    }
    assert lengths == {23 * HOUR, 24 * HOUR, 25 * HOUR}


def test_without_a_zone_the_computers_own_is_taken(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        night = Shifts.of(ShiftSettings("", STARTS)).shift_named("night", date(2026, 10, 24))
        assert (night.start, night.length) == (utc(2026, 10, 24, 20), 9 * HOUR)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_shift_that_is_not_there_is_a_sentence(shifts):
    with pytest.raises(SettingsError, match=r"no shift 'day'. .* are 'early', 'late', 'night'\."):
        shifts.shift_named("day", date(2026, 1, 1))
