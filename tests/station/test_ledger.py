import math
import sqlite3
from contextlib import closing
from datetime import timedelta, timezone

import numpy as np
import pytest
from ledger_parts import START, anomaly_map, faulted, judged, pixels, recipe, ticking

from station.errors import LedgerError
from station.home import Home
from station.ledger import Ledger, LedgerReader, check
from station.ledger.kept import load_map, load_picture
from station.ledger.verify import verify
from station.parts import FaultReason, Verdict

EVER = (START - timedelta(days=1), START + timedelta(days=1))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def ledger(home):
    with Ledger.open(home, ticking()) as ledger:
        yield ledger


def begin(ledger, **changes):
    return ledger.begin_run(recipe(**changes), device="cpu", operator="Ada", camera="folder x")


def outside(home):
    return closing(sqlite3.connect(home.ledger, isolation_level=None))


def test_every_field_of_a_row_comes_back(home, ledger):
    run = begin(ledger, name="plate", revision=3)
    row = ledger.record(run, judged(1, 6.25, elapsed_ms=31.5))
    with LedgerReader.open(home) as reader:
        assert reader.row(1) == row
        assert reader.rows(*EVER) == [row]
    assert (row.sequence, row.run, row.verdict) == (1, run.number, Verdict.NG)
    assert (row.score, row.threshold, row.reason, row.text) == (6.25, 5.0, "", "")
    assert (row.recipe, row.revision, row.source) == ("plate", 3, "part 001.png")
    assert row.captured_at == START + timedelta(seconds=1)
    assert row.captured_at.utcoffset() == row.recorded_at.utcoffset() == timedelta(0)
    assert (row.elapsed_ms, row.device, row.operator) == (31.5, "cpu", "Ada")


def test_a_fault_has_reason_and_text_but_no_score(home, ledger):
    row = ledger.record(begin(ledger), faulted(1, FaultReason.QUEUE_FULL))
    assert (row.verdict, row.score, row.threshold) == (Verdict.FAULT, None, None)
    assert (row.reason, row.text) == ("queue full", "queue full: look at the camera.")
    assert (row.image_path, row.map_path) == ("", "")


def test_a_score_that_is_no_number_is_recorded_as_ng(ledger):
    row = ledger.record(begin(ledger), judged(1, float("nan")))
    assert row.verdict is Verdict.NG
    assert math.isnan(row.score)


def test_ng_and_fault_pictures_are_kept_and_ok_ones_sampled(home):
    with Ledger.open(home, ticking(), ok_sample=3) as ledger:
        run = begin(ledger)
        kept_ok = [bool(ledger.record(run, judged(n)).image_path) for n in range(1, 8)]
        ng = ledger.record(run, judged(8, 9.0))
        fault = ledger.record(run, faulted(9, FaultReason.UNFIT, pixels(9)))
    assert kept_ok == [True, False, False, True, False, False, True]
    np.testing.assert_array_equal(load_picture(home, ng), pixels(8))
    np.testing.assert_array_equal(load_picture(home, fault), pixels(9))
    np.testing.assert_allclose(load_map(home, ng), anomaly_map(8), rtol=1e-3)
    assert load_map(home, ng).dtype == np.float32
    assert fault.map_path == ""
    assert ng.image_path == "images/2026-03-04/00000008_NG_221508123456.png"
    assert not list(home.root.rglob("*.tmp"))
    assert check(home) == []


def test_ok_pictures_near_the_threshold_are_kept_whatever_the_sample(home):
    with Ledger.open(home, ticking(), ok_sample=0, borderline=0.2) as ledger:
        run = begin(ledger)
        scores = enumerate((0.0, 3.99, 4.0, 4.99), start=1)
        kept_ok = [bool(ledger.record(run, judged(n, score)).map_path) for n, score in scores]
    assert kept_ok == [False, False, True, True]


def test_a_clock_that_is_put_back_changes_neither_order_nor_chain(home):
    with Ledger.open(home, ticking(step_s=-3600)) as ledger:
        run = begin(ledger)
        times = [START - timedelta(hours=n) for n in range(1, 6)]
        rows = [ledger.record(run, judged(n, at=at)) for n, at in enumerate(times, start=1)]
        ledger.end_run(run, 5)
    with LedgerReader.open(home) as reader:
        assert reader.rows(*EVER) == rows
    assert [row.place for row in rows] == [1, 2, 3, 4, 5]
    assert verify(home).findings == ()


def test_a_ledger_that_another_program_holds_is_waited_for_and_then_named(home):
    with Ledger.open(home) as ledger:
        run = begin(ledger)
        ledger.record(run, judged(1))
        with outside(home) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="another program is holding it"):
                ledger.record(run, judged(2))
        ledger.record(run, judged(2))
    with outside(home) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another program is holding it"):
            Ledger.open(home)
    with Ledger.open(home) as ledger:
        assert [each.run for each in ledger.interrupted] == [run.number]
    assert verify(home).rows == 2


def test_the_folder_is_the_utc_day_wherever_the_clock_stands(home, ledger):
    at = START.replace(hour=23, minute=30).astimezone(timezone(timedelta(hours=9)))
    row = ledger.record(begin(ledger), judged(1, 9.0, at=at))
    assert row.image_path == "images/2026-03-04/00000001_NG_233000123456.png"
    assert row.captured_at == at


def test_missing_damaged_and_never_kept_pictures_say_so(home, ledger):
    run = begin(ledger)
    row, other = (ledger.record(run, judged(n, 9.0)) for n in (1, 2))
    picture = home.root / row.image_path
    picture.write_bytes(picture.read_bytes()[:-300])
    (home.root / row.map_path).write_bytes(b"PK not a map")
    (home.root / other.image_path).unlink()
    for load in (load_picture, load_map):
        with pytest.raises(LedgerError, match=r"part 1, .* missing or damaged"):
            load(home, row)
    with pytest.raises(LedgerError, match=r"Part 3 \(FAULT\) has no kept picture"):
        load_picture(home, ledger.record(run, faulted(3)))
    assert check(home) == [f"Part 2: its kept file {other.image_path} is missing."]


def test_numbers_go_on_across_runs(home, ledger):
    first = begin(ledger)
    for sequence in (1, 2, 3):
        ledger.record(first, judged(sequence))
    ledger.end_run(first, triggers=3)
    second = begin(ledger)
    assert (first.number, first.first_sequence) == (1, 1)
    assert (second.number, second.first_sequence) == (2, 4)


def test_a_second_row_for_a_part_is_refused_and_the_first_one_stands(home, ledger):
    run = begin(ledger)
    row = ledger.record(run, judged(1, 9.0))
    with pytest.raises(LedgerError, match="Part 1 has its row already"):
        ledger.record(run, judged(1, 9.0))
    with LedgerReader.open(home) as reader:
        assert reader.rows(*EVER) == [row]
    np.testing.assert_array_equal(load_picture(home, row), pixels(1))


def test_runs_open_one_at_a_time_and_close_once(ledger):
    run = begin(ledger)
    with pytest.raises(LedgerError, match="another run is still open"):
        begin(ledger)
    ledger.end_run(run, triggers=0)
    with pytest.raises(LedgerError, match="only be closed, and only once"):
        ledger.end_run(run, triggers=1)
    with pytest.raises(LedgerError, match="this run is closed"):
        ledger.record(run, judged(1))


INSERT = (
    "INSERT INTO parts SELECT 5, {place}, run, '{verdict}', {score}, 5.0, '', '', '', '', "
    "captured_at, recorded_at, 1.0, '', '', '', '', {previous}, hex(randomblob(32)) FROM parts"
)


def test_a_row_that_follows_the_rules_is_not_refused_by_the_schema(home, ledger):
    ledger.record(begin(ledger), judged(1, 9.0))
    with outside(home) as connection:
        connection.execute(INSERT.format(place=2, verdict="OK", score=1.0, previous="sha256"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parts SET verdict = 'OK'",
        "UPDATE parts SET text = 'never mind'",
        "DELETE FROM parts",
        "INSERT OR REPLACE INTO parts SELECT * FROM parts",
        INSERT.format(place=2, verdict="OK", score=9.0, previous="sha256"),
        INSERT.format(place=3, verdict="OK", score=1.0, previous="sha256"),
        INSERT.format(place=1, verdict="OK", score=1.0, previous="sha256"),
        INSERT.format(place=2, verdict="OK", score=1.0, previous="previous_sha256"),
        INSERT.format(place=2, verdict="OK", score=1.0, previous="sha256").replace(
            "hex(randomblob(32))", "''"
        ),
        "DELETE FROM runs",
        "UPDATE runs SET recipe = 'other'",
        "INSERT OR REPLACE INTO runs SELECT * FROM runs",
    ],
)
def test_the_schema_itself_refuses_to_change_what_is_recorded(home, ledger, statement):
    row = ledger.record(begin(ledger), judged(1, 9.0))
    with outside(home) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    with LedgerReader.open(home) as reader:
        assert reader.rows(*EVER) == [row]


def test_the_file_is_opened_durably(home, ledger):
    assert ledger._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert ledger._connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    with outside(home) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_run_that_nobody_ended_is_closed_as_interrupted(home):
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        last = ledger.record(run, judged(1))
    with Ledger.open(home, ticking()) as ledger:
        assert [(each.run, each.recovered) for each in ledger.interrupted] == [(run.number, 0)]
    with Ledger.open(home) as ledger, LedgerReader.open(home) as reader:
        assert ledger.interrupted == []
        (record,) = reader.runs(*EVER)
    assert (record.interrupted, record.triggers, record.rows) == (True, None, 1)
    assert record.ended_at == last.recorded_at
    assert record.reconciles is None
    assert check(home) == []


def test_a_second_station_is_refused_while_the_first_one_writes(home, ledger):
    run = begin(ledger)
    with pytest.raises(LedgerError, match="Another station is writing"):
        Ledger.open(home)
    assert ledger.record(run, judged(1)).sequence == 1


def test_a_full_disk_stops_with_a_sentence_and_no_row(home, ledger):
    run = begin(ledger)
    ledger.record(run, judged(1))
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    acknowledged = [1]
    with pytest.raises(LedgerError, match=r"the disk is full\. Free some space"):
        acknowledged.extend(ledger.record(run, judged(n)).sequence for n in range(2, 500))
    with LedgerReader.open(home) as reader:
        recorded = reader.rows(*EVER)
    assert [row.sequence for row in recorded] == acknowledged


def test_a_picture_that_cannot_be_written_stops_before_the_row(home, ledger):
    run = begin(ledger)
    home.images.write_text("in the way")
    with pytest.raises(LedgerError, match=r"while recording part 1: .*File exists"):
        ledger.record(run, judged(1, 9.0))
    with LedgerReader.open(home) as reader:
        assert reader.rows(*EVER) == []


def test_half_written_pictures_of_a_killed_station_are_swept(home):
    with Ledger.open(home, ticking()) as ledger:
        row = ledger.record(begin(ledger), judged(1, 9.0))
    half = (home.root / row.image_path).with_suffix(".png.tmp")
    half.write_bytes(b"half")
    with Ledger.open(home):
        assert not half.exists()
    assert (home.root / row.image_path).exists()


def test_reading_by_range_verdict_and_number(home, ledger):
    run = begin(ledger)
    for sequence in range(1, 11):
        ledger.record(run, judged(sequence, 9.0 if sequence % 3 == 0 else 1.0))
    ledger.record(run, faulted(11))
    start, end = START + timedelta(seconds=3), START + timedelta(seconds=9)
    with LedgerReader.open(home) as reader:
        assert [row.sequence for row in reader.rows(start, end)] == [3, 4, 5, 6, 7, 8]
        ng = reader.rows(*EVER, verdict=Verdict.NG, limit=2, newest_first=True)
        assert [row.sequence for row in ng] == [9, 6]
        counts = reader.counts(*EVER)
        with pytest.raises(LedgerError, match="no part 99"):
            reader.row(99)
        with pytest.raises(ValueError, match="no time zone"):
            reader.counts(start.replace(tzinfo=None), end)
    assert (counts.ok, counts.ng, counts.fault) == (7, 3, 1)
    assert (counts.judged, counts.total) == (10, 11)
    assert (counts.yield_rate.count, counts.yield_rate.total) == (7, 10)


def test_a_reader_sees_new_rows_at_once_and_one_moment_in_a_snapshot(home, ledger):
    run = begin(ledger)
    with LedgerReader.open(home) as reader:
        ledger.record(run, judged(1))
        assert reader.counts(*EVER).total == 1
        with reader.snapshot():
            assert reader.counts(*EVER).total == 1
            ledger.record(run, judged(2))
            assert reader.counts(*EVER).total == 1
        assert reader.counts(*EVER).total == 2


def test_a_reader_cannot_write(home, ledger):
    with LedgerReader.open(home) as reader, pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("CREATE TABLE x (y)")


def test_runs_are_found_by_overlap_and_know_whether_they_reconcile(home):
    with Ledger.open(home, ticking(step_s=60)) as ledger:
        run = begin(ledger)
        for sequence in (1, 2):
            ledger.record(run, judged(sequence))
        ledger.end_run(run, triggers=3)
        begin(ledger)
        with LedgerReader.open(home) as reader:
            first, second = reader.runs(*EVER)
            later = reader.runs(START + timedelta(minutes=3, seconds=30), EVER[1])
    assert (first.triggers, first.rows, first.reconciles) == (3, 2, False)
    assert (second.ended_at, second.triggers, second.reconciles) == (None, None, None)
    assert [run.number for run in later] == [2]
    assert "Run 1 had 3 triggers, but has 2 rows." in check(home)


def test_a_home_without_a_ledger_says_so(home):
    with pytest.raises(LedgerError, match=r"no ledger in .* yet"):
        LedgerReader.open(home)
    assert check(home) == [f"There is no ledger in {home.root}."]
