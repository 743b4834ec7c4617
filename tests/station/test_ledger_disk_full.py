"""A real small disk fills up while parts are recorded: nothing acknowledged is lost."""

from datetime import timedelta

import numpy as np
import pytest
from ledger_parts import START, judged, recipe
from scripted_station import Camera, Station
from small_disk import fill, small_disk

from station.errors import LedgerError
from station.home import Home
from station.inspection.events import RunState
from station.inspection.triggers import Interval
from station.ledger import FaultInstead, Ledger, LedgerReader, ballast
from station.ledger.connection import DiskFull
from station.ledger.verify import verify
from station.parts import Verdict

EVER = (START - timedelta(days=1), START + timedelta(days=9999))


@pytest.fixture
def home(tmp_path):
    with small_disk(tmp_path / "disk", 160) as disk:
        yield Home(disk / "home")


def begin(ledger):
    run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
    return run, ledger.journal(run)


def record_one(ledger, run, triggers):
    number = ledger.numbers.take()
    triggers.fired(START)
    triggers.numbered(number, START)
    return ledger.record(run, judged(number, 9.0, size=(120, 160)))


def record_until_full(ledger, run, triggers, acknowledged):
    while True:
        acknowledged.append(record_one(ledger, run, triggers))


def note_until_full(ledger, triggers, noted):
    while True:
        number = ledger.numbers.take()
        triggers.numbered(number, START, "part id " * 60)
        noted.append(number)


def rows_of(home):
    with LedgerReader.open(home) as reader:
        return reader.rows(*EVER)


def test_the_part_in_hand_becomes_a_fault_and_the_run_can_be_closed(home):
    assert ballast.take_on(home)
    acknowledged = []
    with Ledger.open(home) as ledger:
        run, triggers = begin(ledger)
        filler = fill(home.root.parent, 400 << 10)
        with pytest.raises(FaultInstead, match=r"disk is full.*was recorded as FAULT") as full:
            record_until_full(ledger, run, triggers, acknowledged)
        assert not home.ballast.exists()
        triggers.fired(START)
        assert ledger.interrupt_run(run).recovered == 1
        with pytest.raises(LedgerError, match="too little to record a run"):
            begin(ledger)
        filler.unlink()
        assert ballast.take_on(home)
        ledger.end_run(begin(ledger)[0], 0)
    rows = rows_of(home)
    assert len(acknowledged) > 3
    assert rows[: len(acknowledged)] == acknowledged
    assert [row.verdict for row in rows[len(acknowledged) :]] == [Verdict.FAULT] * 2
    assert rows[len(acknowledged)] == full.value.row
    assert (full.value.row.image_path, full.value.row.reason) == ("", "station stopped")
    assert verify(home).findings == ()


def test_a_station_whose_disk_is_full_stops_says_so_and_every_trigger_has_its_row(home):
    assert ballast.take_on(home)
    noise = np.random.default_rng(7).integers(0, 255, (500, 24, 32, 3), np.uint8)
    noise[:, 0, 0, 0] = 200
    station = Station(home, Camera(iter(noise)), Interval(0.002)).start()
    station.wait_for_rows(3)
    fill(home.root.parent, 1 << 20)
    station.wait_until_over()
    assert station.states[-1] is RunState.FAILED
    assert "the disk is full. Free some space" in station.texts[-1]
    (run,), rows = station.runs(), station.rows()
    assert run.triggers == run.rows == len(rows)
    # One that fired while the run was closing never got to the queue, and has its row all the same.
    assert len(rows) - station.session.triggers in (0, 1)
    recorded = {event.row.sequence: event.row for event in station.recorded}
    assert all(row == recorded.get(row.sequence, row) for row in rows)
    assert rows[len(recorded) - 1].verdict is Verdict.FAULT
    assert verify(home).findings == ()


def test_without_ballast_the_run_stops_and_its_triggers_come_back_later(home):
    acknowledged = []
    with Ledger.open(home) as ledger:
        run, triggers = begin(ledger)
        filler = fill(home.root.parent, 400 << 10)
        with pytest.raises(DiskFull, match=r"disk is full\. Free some space") as full:
            record_until_full(ledger, run, triggers, acknowledged)
        assert not isinstance(full.value, FaultInstead)
    filler.unlink()
    with Ledger.open(home) as ledger:
        assert [each.recovered for each in ledger.interrupted] in ([0], [1])
    rows = rows_of(home)
    assert rows[: len(acknowledged)] == acknowledged
    assert len(rows) - len(acknowledged) in (0, 1)
    assert verify(home).findings == ()
    assert not list(home.images.rglob("*.tmp"))


def test_a_trigger_is_noted_in_the_room_of_the_ballast(home):
    assert ballast.take_on(home)
    with Ledger.open(home) as ledger:
        _, triggers = begin(ledger)
        filler = fill(home.root.parent, 0)
        for _ in range(200):
            triggers.fired(START)
            triggers.numbered(ledger.numbers.take(), START, "a part id of some length" * 9)
        assert not home.ballast.exists()
        filler.unlink()
    with Ledger.open(home) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [200]


def test_a_trigger_that_cannot_be_noted_stops_and_leaves_no_half_line(home):
    with Ledger.open(home) as ledger:
        _, triggers = begin(ledger)
        filler = fill(home.root.parent, 0)
        noted = []
        with pytest.raises(DiskFull, match="a trigger was being noted"):
            note_until_full(ledger, triggers, noted)
        filler.unlink()
        triggers.numbered(len(noted) + 1, START, "the last")
    with Ledger.open(home) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [len(noted) + 1]


def test_a_ballast_is_only_made_where_it_leaves_as_much_again(home):
    assert ballast.take_on(home)
    assert home.ballast.stat().st_size == ballast.BALLAST_BYTES
    assert ballast.let_go(home)
    assert not ballast.let_go(home)
    fill(home.root.parent, 100 << 20)
    assert not ballast.take_on(home)
    assert not home.ballast.exists()
