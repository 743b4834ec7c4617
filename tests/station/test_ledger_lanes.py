"""Several lanes, one ledger: numbers, threads, the loan of the one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ledger_parts import judged, recipe, ticking

from station.errors import LedgerError
from station.home import Home
from station.ledger import Ledger, LedgerReader, SharedLedger, check
from station.ledger.numbers import Numbers


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def begin(ledger, lane=""):
    return ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x", lane=lane)


def test_numbers_are_handed_out_once_each_whoever_asks():
    numbers = Numbers(7)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: numbers.take(), range(4000)))
    assert sorted(taken) == list(range(7, 4007))
    assert numbers.next == 4007


def test_each_lane_has_its_run_and_all_share_the_numbers(home):
    with Ledger.open(home, ticking()) as ledger:
        left, right = begin(ledger, "left"), begin(ledger, "right")
        numbers = [ledger.numbers.take() for _ in range(4)]
        for run, number in ((right, 2), (left, 1), (left, 4), (right, 3)):
            ledger.record(run, judged(number))
        ledger.end_run(left, 2)
        assert check(home) == []
        ledger.end_run(right, 2)
        with LedgerReader.open(home) as reader:
            rows = [reader.row(number) for number in numbers]
    assert [(row.lane, row.place) for row in rows] == [
        ("left", 2), ("right", 1), ("right", 4), ("left", 3),
    ]  # fmt: skip
    assert rows[0].previous_sha256 == rows[1].sha256
    assert check(home) == []


def test_a_lane_has_one_open_run(home):
    with Ledger.open(home) as ledger:
        begin(ledger, "left")
        begin(ledger, "right")
        with pytest.raises(LedgerError, match="another run is still open in this lane"):
            begin(ledger, "left")


def test_a_number_that_another_lane_still_judges_is_no_gap_but_a_lost_one_is(home):
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        for number in (1, 3):
            ledger.record(run, judged(number))
        assert check(home) == []
        ledger.end_run(run, 2)
    assert check(home) == ["Part 2 has no row."]


def record_all(ledger, lane, parts):
    run = begin(ledger, lane)
    rows = [ledger.record(run, judged(ledger.numbers.take(), 9.0)) for _ in range(parts)]
    ledger.end_run(run, parts)
    return rows


def test_rows_of_many_threads_make_one_chain(home):
    with Ledger.open(home) as ledger, ThreadPoolExecutor(4) as threads:
        lanes = [threads.submit(record_all, ledger, f"lane {n}", 25) for n in range(4)]
        rows = sorted((row for lane in lanes for row in lane.result()), key=lambda row: row.place)
    assert [row.place for row in rows] == list(range(1, 101))
    assert sorted(row.sequence for row in rows) == list(range(1, 101))
    assert [row.previous_sha256 for row in rows] == ["", *(row.sha256 for row in rows[:-1])]
    assert check(home) == []


def test_the_shared_ledger_is_one_and_closes_after_the_last(home):
    shared = SharedLedger(home)
    with shared.lease() as first:
        with shared.lease() as second:
            assert second is first
        begin(first)
        with pytest.raises(LedgerError, match="Another station is writing"):
            Ledger.open(home)
    with Ledger.open(home) as alone:
        assert [each.run for each in alone.interrupted] == [1]


def test_a_shared_ledger_that_could_not_be_opened_is_tried_again(home):
    shared = SharedLedger(home)
    with Ledger.open(home), pytest.raises(LedgerError, match="Another station"):
        shared.lease().__enter__()
    with shared.lease() as ledger:
        begin(ledger)


def test_leases_of_many_threads_open_it_once(home):
    shared, together, ledgers = SharedLedger(home), threading.Barrier(6), []

    def lease(_):
        with shared.lease() as ledger:
            ledgers.append(ledger)
            together.wait(30)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lease, range(6)))
    assert len(ledgers) == 6
    assert len(set(map(id, ledgers))) == 1
