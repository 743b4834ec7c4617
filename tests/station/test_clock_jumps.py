"""A computer's clock that is put forward and back while the station judges."""

import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from scripted_station import BAD, GOOD, PATIENCE_S, Camera, Engine, Station

from station.home import Home
from station.inspection.triggers import FreeRun
from station.ledger import Ledger, LedgerReader
from station.ledger.check import check
from station.ledger.verify import verify
from station.reports.shift_report import gather
from station.settings import ShiftSettings
from station.shifts import Shifts

NIGHTS = Shifts.of(ShiftSettings("Europe/Berlin", {"early": "06:00", "night": "22:00"}))


class WallClock:
    """Goes on as time does, and can be set."""

    def __init__(self, at: datetime) -> None:
        self._lock = threading.Lock()
        self._offset = at - self._real()

    @staticmethod
    def _real() -> datetime:
        return datetime.fromtimestamp(time.monotonic(), timezone.utc)

    def __call__(self) -> datetime:
        with self._lock:
            return self._real() + self._offset

    def put(self, by: timedelta) -> None:
        with self._lock:
            self._offset += by


class JumpyEngine(Engine):
    """Has the clock put while it scores: between the grab and the verdict."""

    def __init__(self, clock: WallClock, hours: list[float]) -> None:
        super().__init__()
        self._clock, self._hours = clock, list(hours)

    def score(self, image):
        if self._hours:
            self._clock.put(timedelta(hours=self._hours.pop(0)))
        return super().score(image)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def judge(home, clock, hours, parts=24):
    """One run; before every third picture, and during the first parts' judging, a jump."""

    def grab(number):
        if number % 3 == 0:
            clock.put(timedelta(hours=hours[number % len(hours)]))
        return BAD if number % 5 == 0 else GOOD

    script = [lambda number=number: grab(number) for number in range(parts)]
    station = Station(
        home,
        Camera(script),
        FreeRun(),
        JumpyEngine(clock, hours),
        clock=clock,
        open_ledger=lambda: Ledger.open(home, clock),
    ).start()
    station.finish_by_itself()
    return station


@pytest.mark.parametrize("hours", [[3.0, -2.0, -4.0, 5.0], [-30.0, 1.5, -0.01], [400.0, -401.0]])
def test_no_row_is_lost_or_counted_twice_whatever_the_clock_does(home, hours):
    clock = WallClock(datetime(2026, 10, 24, 23, 30, tzinfo=timezone.utc))
    station = judge(home, clock, hours)
    rows = station.rows()
    captured = [row.captured_at for row in rows]
    assert captured != sorted(captured)
    assert [row.sequence for row in rows] == [row.place for row in rows] == list(range(1, 25))
    assert [row.source for row in rows] == [f"picture {n}" for n in range(1, 25)]
    assert all(0 < row.elapsed_ms < 1000 * PATIENCE_S for row in rows)
    found = verify(home)
    assert (found.findings, found.rows, found.unchained) == ((), 24, 0)
    assert check(home) == []
    with LedgerReader.open(home) as reader:
        whole = gather(reader, home, min(captured), max(captured) + timedelta(seconds=1))
        first = NIGHTS.shift_at(min(captured))
        shifts = [first]
        while shifts[-1].end <= max(captured):
            shifts.append(NIGHTS.shift_at(shifts[-1].end))
        counts = [gather(reader, home, each.start, each.end).counts.total for each in shifts]
    assert (whole.counts.total, whole.unreconciled, len(whole.runs)) == (24, (), 1)
    assert (sum(counts), max(counts) < 24) == (24, True)


def test_a_run_that_ends_before_it_began_is_still_in_the_report(home):
    clock = WallClock(datetime(2026, 10, 25, 9, tzinfo=timezone.utc))
    station = judge(home, clock, [-2.0])
    (run,) = station.runs()
    assert run.ended_at < run.started_at
    last = station.rows()[-1].captured_at
    with LedgerReader.open(home) as reader:
        found = gather(reader, home, last - timedelta(hours=0.5), last + timedelta(hours=0.5))
    assert (found.counts.total, [each.number for each in found.runs]) == (3, [1])
    assert found.parts_per_minute >= 0.0


def test_the_next_run_goes_on_counting_after_the_clock_was_put_back(home):
    clock = WallClock(datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc))
    judge(home, clock, [0.0])
    clock.put(timedelta(days=-30))
    judge(home, clock, [0.0])
    assert [(found.findings, found.rows) for found in [verify(home)]] == [((), 48)]
    with LedgerReader.open(home) as reader:
        rows = reader.rows(datetime(2026, 9, 1, tzinfo=timezone.utc), clock())
        assert [row.sequence for row in rows] == list(range(25, 49))
