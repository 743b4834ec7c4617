"""Triggers that a station noted and died over: each gets its row when the ledger is opened."""

import os
from datetime import timedelta

import pytest
from ledger_parts import START, judged, recipe, ticking

from station.errors import LedgerError
from station.home import Home
from station.ledger import Ledger, LedgerReader, check, journal
from station.ledger.backup import make_backup
from station.parts import Verdict

EVER = (START - timedelta(days=1), START + timedelta(days=1))
AT = START + timedelta(seconds=30)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def begin(ledger, lane=""):
    run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x", lane=lane)
    return run, ledger.journal(run)


def noted(ledger, triggers, part_id=""):
    number = ledger.numbers.take()
    triggers.fired(AT)
    triggers.numbered(number, AT, part_id)
    return number


def rows_of(home):
    with LedgerReader.open(home) as reader:
        return reader.rows(*EVER), reader.runs(*EVER)


def test_triggers_without_a_verdict_become_fault_rows(home):
    with Ledger.open(home, ticking()) as ledger:
        run, triggers = begin(ledger)
        ledger.record(run, judged(noted(ledger, triggers)))
        for part_id in ("A-17", "A-18"):
            noted(ledger, triggers, part_id)
        triggers.fired(AT + timedelta(seconds=1))
    with Ledger.open(home, ticking()) as ledger:
        (interrupted,) = ledger.interrupted
        assert ledger.numbers.next == 5
    assert (interrupted.run, interrupted.recovered) == (run.number, 3)
    assert interrupted.text == (
        "Run 1 had been interrupted and was closed: 3 triggers without a verdict, recorded as "
        "FAULT."
    )
    (ok, *faults), (record,) = rows_of(home)
    assert ok.verdict is Verdict.OK
    assert [row.reason for row in faults] == ["station stopped"] * 3
    assert [row.part_id for row in faults] == ["A-17", "A-18", ""]
    assert [row.captured_at - AT for row in faults] == [timedelta(0)] * 2 + [timedelta(seconds=1)]
    assert (record.interrupted, record.triggers, record.rows) == (True, 4, 4)
    assert check(home) == []
    with Ledger.open(home) as ledger:
        assert ledger.interrupted == []
    assert rows_of(home)[0] == [ok, *faults]


def test_a_withdrawn_trigger_has_no_row(home):
    with Ledger.open(home, ticking()) as ledger:
        _, triggers = begin(ledger)
        triggers.fired(AT)
        triggers.withdrawn()
    with Ledger.open(home, ticking()) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [0]
    rows, (record,) = rows_of(home)
    assert (rows, record.triggers) == ([], 0)


def test_numbers_of_two_lanes_come_back_before_new_ones_are_given(home):
    with Ledger.open(home, ticking()) as ledger:
        (_, left), (right_run, right) = begin(ledger, "left"), begin(ledger, "right")
        noted(ledger, left)
        left.fired(AT)
        ledger.record(right_run, judged(noted(ledger, right)))
        noted(ledger, right)
    with Ledger.open(home, ticking()) as ledger:
        assert [(each.lane, each.recovered) for each in ledger.interrupted] == [
            ("left", 2), ("right", 1),
        ]  # fmt: skip
    rows, _ = rows_of(home)
    assert [(row.sequence, row.lane) for row in rows] == [
        (1, "left"), (2, "right"), (3, "right"), (4, "left"),
    ]  # fmt: skip
    assert check(home) == []


def test_a_run_that_ended_takes_no_trigger_and_its_journal_goes_with_the_next_backup(home):
    with Ledger.open(home, ticking()) as ledger:
        run, triggers = begin(ledger)
        ledger.record(run, judged(noted(ledger, triggers)))
        ledger.end_run(run, 1)
        begin(ledger, "still under way")
        assert len(list(home.triggers.iterdir())) == 2
        make_backup(home)
        assert len(list(home.triggers.iterdir())) == 1
        with pytest.raises(LedgerError, match="is over; it takes no trigger"):
            triggers.fired(AT)


def test_a_lane_that_failed_is_closed_while_the_others_go_on(home):
    with Ledger.open(home, ticking()) as ledger:
        (failed, left), (run, right) = begin(ledger, "left"), begin(ledger, "right")
        noted(ledger, left)
        left.fired(AT)
        ledger.record(run, judged(noted(ledger, right)))
        assert ledger.interrupt_run(failed).recovered == 2
        with pytest.raises(LedgerError, match="no open run 1"):
            ledger.interrupt_run(failed)
        again, _ = begin(ledger, "left")
        ledger.record(run, judged(noted(ledger, right)))
        assert (again.number, again.first_sequence) == (3, 4)
        assert check(home) == []


@pytest.mark.parametrize("torn", [2, 10, 40])
def test_a_line_that_a_power_cut_tore_is_left_out(home, torn):
    with Ledger.open(home, ticking()) as ledger:
        _, triggers = begin(ledger)
        noted(ledger, triggers)
        triggers.fired(AT)
        path = triggers.path
    os.truncate(path, path.stat().st_size - torn)
    with Ledger.open(home, ticking()) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [1]


def test_a_run_that_only_its_journal_knows_of_is_not_taken_for_another(home):
    with Ledger.open(home, ticking(START)) as ledger:
        _, triggers = begin(ledger)
        noted(ledger, triggers)
        stale = triggers.path.read_bytes()
    home.ledger.unlink()
    triggers.path.unlink()
    with Ledger.open(home, ticking(START + timedelta(hours=1))) as ledger:
        begin(ledger)
    triggers.path.write_bytes(stale)
    with Ledger.open(home, ticking()) as ledger:
        found = [(each.run, each.recovered) for each in ledger.interrupted]
    assert found == [(1, 0), (2, 1)]
    rows, runs = rows_of(home)
    assert [(row.sequence, row.run) for row in rows] == [(1, 2)]
    assert [run.started_at for run in runs] == [START + timedelta(hours=1), START]


def test_a_journal_without_its_first_line_counts_as_none(home):
    path = home.triggers / "run-00000001.jsonl"
    path.parent.mkdir(parents=True)
    assert journal.read(path) is None
    path.write_bytes(b'["run", 1, "2026\n\x00\x00\x00')
    assert journal.read(path) is None
