import csv
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from ledger_parts import START, draft, faulted, judged, pixels, recipe, ticking

from station.errors import StationError
from station.home import Home
from station.ledger import Ledger, LedgerReader
from station.parts import FaultReason
from station.recipes import RecipeStore
from station.reports.csv_export import COLUMNS, write_csv
from station.reports.page import page
from station.reports.shift_report import MAX_THUMBNAILS, gather
from station.settings import LaneSettings, Settings, ShiftSettings, save, settings_path
from station.shifts import Shifts

DAY = (START - timedelta(hours=1), START + timedelta(hours=1))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def record(home, parts, *, of=None, triggers=None, clock=None, operator="Ada", lane=""):
    """One run with these parts; triggers None leaves it to be interrupted."""
    with Ledger.open(home, clock or ticking()) as ledger:
        run = ledger.begin_run(
            of or recipe(), device="cpu", operator=operator, camera="x", lane=lane
        )
        for part in parts:
            ledger.record(run, part)
        if triggers is not None:
            ledger.end_run(run, triggers)


def report(home, start=DAY[0], end=DAY[1]):
    with LedgerReader.open(home) as reader:
        return gather(reader, home, start, end, clock=lambda: START + timedelta(days=1))


def test_counts_yield_faults_and_latency(home):
    parts = [judged(n, 9.0 if n % 10 == 0 else 1.0, elapsed_ms=float(n)) for n in range(1, 101)]
    faults = [faulted(101, FaultReason.QUEUE_FULL), faulted(102), faulted(103)]
    record(home, parts + faults, triggers=103)
    found = report(home)
    assert (found.counts.judged, found.counts.ok, found.counts.ng) == (100, 90, 10)
    assert found.counts.fault == 3
    assert found.faults == (("no frame", 2), ("queue full", 1))
    rate = found.counts.yield_rate
    assert (round(rate.low, 4), rate.value, round(rate.high, 4)) == (0.8238, 0.9, 0.951)
    assert (found.latency.p50_ms, found.latency.p95_ms) == pytest.approx((50.5, 95.05))
    assert (found.operators, found.devices) == (("Ada",), ("cpu",))


def test_the_range_is_half_open(home):
    record(home, [judged(n) for n in range(1, 11)], triggers=10)
    found = report(home, START + timedelta(seconds=3), START + timedelta(seconds=6))
    assert found.counts.total == 3
    assert [run.rows for run in found.runs] == [10]


def test_each_revision_has_its_line_threshold_and_evidence(home):
    store = RecipeStore(home)
    taught = store.publish(draft("plate", 3.0), lambda path: path.write_bytes(b"model"))
    record(home, [judged(1, 1.0, threshold=3.0), judged(2, 4.0, threshold=3.0)], of=taught)
    record(home, [judged(3)], of=recipe("board", 7))
    record(home, [faulted(4)], of=recipe("board", 8))
    board, faulty, plate = report(home).recipes
    assert (board.recipe, board.revision, board.threshold, board.evidence) == ("board", 7, 5.0, ())
    assert np.isnan(faulty.threshold)
    assert (plate.recipe, plate.threshold, plate.counts.ng) == ("plate", 3.0, 1)
    assert "0 of 30 held-out good parts rejected" in plate.evidence[0]
    assert "nothing is known of escapes" in plate.evidence[1]


def test_runs_reconcile_or_are_named(home):
    record(home, [judged(1), judged(2)], triggers=2)
    record(home, [judged(3)], triggers=2)
    record(home, [judged(4)])
    record(home, [], triggers=0)
    found = report(home)
    assert [run.number for run in found.runs] == [1, 2, 3, 4]
    assert [run.number for run in found.unreconciled] == [2]
    assert [run.number for run in found.interrupted] == [3]


def test_parts_a_minute_count_only_the_minutes_of_runs_inside_the_range(home):
    parts = [judged(n, at=START + timedelta(minutes=n)) for n in range(1, 11)]
    record(home, parts, triggers=10, clock=ticking(step_s=60))  # a run of 11 minutes
    assert report(home).parts_per_minute == pytest.approx(10 / 11)
    half = report(home, START, START + timedelta(minutes=5.5))
    assert half.parts_per_minute == pytest.approx(5 / 5.5)


def test_two_lanes_at_once_make_more_parts_a_minute_not_more_minutes(home):
    with Ledger.open(home, ticking(step_s=60)) as ledger:
        runs = [
            ledger.begin_run(recipe(), device="cpu", operator="", camera="x", lane=lane)
            for lane in ("top", "side")
        ]
        for n in range(1, 9):
            ledger.record(runs[n % 2], judged(n, at=START + timedelta(minutes=n)))
        for run in runs:
            ledger.end_run(run, 4)
    found = report(home)
    assert [run.rows for run in found.runs] == [4, 4]
    minutes = (max(run.ended_at for run in found.runs) - START).total_seconds() / 60
    assert found.parts_per_minute == pytest.approx(8 / minutes)


def test_each_lane_has_its_percentiles_and_its_takt(home):
    late = [faulted(n, FaultReason.LATE) for n in range(99, 101)]
    parts = [judged(n, elapsed_ms=float(n)) for n in range(1, 99)]
    record(home, [*parts, *late], triggers=100, lane="top")
    record(home, [judged(101, elapsed_ms=7.0), faulted(102)], triggers=2, lane="side")
    record(home, [faulted(103, FaultReason.LATE)], triggers=1, lane="under")
    save(home, Settings((LaneSettings("top", takt_s=1.5), LaneSettings("side"))))
    side, top, under = report(home).lanes
    assert (top.lane, top.takt_s, top.late, top.counts.fault) == ("top", 1.5, 2, 2)
    assert (top.latency.p50_ms, top.latency.p95_ms) == (51.0, 96.0)
    assert top.latency.p99_ms == float("inf")  # Who was late is not left out.
    assert (side.lane, side.takt_s, side.late, side.counts.total) == ("side", None, 0, 2)
    assert side.latency.p99_ms == 7.0
    assert under.latency.p50_ms == float("inf")


def test_settings_that_cannot_be_read_leave_a_report_without_takt(home):
    record(home, [judged(1)], triggers=1)
    settings_path(home).write_bytes(b"")
    (lane,) = report(home).lanes
    assert (lane.lane, lane.takt_s, lane.counts.ok) == ("", None, 1)


def test_rejects_are_the_newest_with_the_heatmap_of_their_recipe(home):
    taught = RecipeStore(home).publish(draft(), lambda path: path.write_bytes(b"model"))
    record(home, [judged(n, 9.0) for n in range(1, 16)], of=taught, triggers=15)
    found = report(home)
    assert [reject.row.sequence for reject in found.rejects] == list(range(15, 3, -1))
    assert len(found.rejects) == MAX_THUMBNAILS
    painted = found.rejects[0].thumbnail
    assert painted.shape == (48, 64, 3)
    assert (painted != pixels(15)).any()
    assert (painted == pixels(15)).all(axis=-1).mean() > 0.3


@pytest.mark.parametrize("lost", ["recipe", "map", "picture", "score"])
def test_what_is_lost_makes_a_plainer_thumbnail_not_an_error(home, lost):
    taught = RecipeStore(home).publish(draft(), lambda path: path.write_bytes(b"model"))
    score = float("nan") if lost == "score" else 9.0
    record(home, [judged(1, score)], of=recipe() if lost != "recipe" else recipe("gone"))
    for path in home.images.rglob("*.npz" if lost == "map" else "*.png"):
        if lost in ("map", "picture"):
            path.unlink()
    (reject,) = report(home).rejects
    assert taught.revision == 1
    if lost == "picture":
        assert reject.thumbnail.shape == (0, 0, 3)
    else:
        np.testing.assert_array_equal(reject.thumbnail, pixels(1))


def test_an_empty_range_is_all_zero(home):
    record(home, [judged(1)], triggers=1)
    found = report(home, START - timedelta(days=9), START - timedelta(days=8))
    assert (found.counts.total, found.recipes, found.runs, found.rejects) == (0, (), (), ())
    assert (found.latency, found.parts_per_minute) == (None, 0.0)


def test_a_report_is_of_one_moment_while_the_station_writes(home):
    with Ledger.open(home, ticking()) as ledger, LedgerReader.open(home) as reader:
        run = ledger.begin_run(recipe(), device="cpu", operator="", camera="x")
        ledger.record(run, judged(1, 9.0))
        count_runs = reader.runs
        reader.runs = lambda *range_: ledger.record(run, judged(2, 9.0)) and count_runs(*range_)
        found = gather(reader, home, *DAY)
        reader.runs = count_runs
        later = gather(reader, home, *DAY)
    assert (found.counts.ng, len(found.rejects), found.runs[0].rows) == (1, 1, 1)
    assert (later.counts.ng, later.runs[0].rows, later.runs[0].ended_at) == (2, 2, None)


def exported(home, path):
    with LedgerReader.open(home) as reader:
        write_csv(reader.each_row(*DAY), path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_line_a_row(home, tmp_path):
    record(home, [judged(1, 6.5), judged(2, 1.0), faulted(3)], triggers=3)
    path = tmp_path / "new folder" / "shift.csv"
    first, second, third = exported(home, path)
    assert tuple(first) == COLUMNS
    assert (first["verdict"], first["score"], first["margin"]) == ("NG", "6.5", "-1.5")
    assert first["captured_at"] == "2026-03-04T22:15:01.123Z"
    assert second["image_path"].startswith("images/2026-03-04/00000002_OK_")
    assert (third["verdict"], third["score"], third["reason"]) == ("FAULT", "", "no frame")
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [file.name for file in path.parent.iterdir()] == ["shift.csv"]


def test_the_table_says_lane_and_part_id(home, tmp_path):
    part = judged(1)
    part = replace(part, frame=replace(part.frame, part_id="=SN 7"))
    record(home, [part], lane="top")
    (line,) = exported(home, tmp_path / "shift.csv")
    assert (line["lane"], line["part_id"]) == ("top", "'=SN 7")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ('two\nlines, "quoted"', 'two lines, "quoted"'),
        ("Zoë – 检查", "Zoë – 检查"),
    ],
)
def test_what_people_typed_is_no_formula_and_stays_on_its_line(home, tmp_path, typed, written):
    part = judged(1)
    part = replace(part, frame=replace(part.frame, source=typed))
    record(home, [part], operator=typed)
    (line,) = exported(home, tmp_path / "shift.csv")
    assert (line["operator"], line["source"]) == (written, written)
    assert len((tmp_path / "shift.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_a_table_that_fails_half_way_leaves_the_old_one(home, tmp_path):
    record(home, [judged(1)])
    path = tmp_path / "shift.csv"
    path.write_text("old")
    with LedgerReader.open(home) as reader:
        rows = reader.rows(*DAY)
    with pytest.raises(AttributeError):
        write_csv([*rows, None], path)
    assert path.read_text() == "old"
    assert {file.name for file in tmp_path.iterdir()} == {"home", "shift.csv"}


def test_a_place_that_cannot_be_written_is_a_sentence(home, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StationError, match=r"could not be written to .* Choose another place"):
        write_csv([], tmp_path / "file" / "shift.csv")


NIGHT = Shifts.of(ShiftSettings("Europe/Berlin", {"early": "06:00", "night": "22:00"}))


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2026, 10, 24), "22:00 to 06:00, 9 h (the clocks were changed; usually 8 h)"),
        (date(2026, 3, 28), "22:00 to 06:00, 7 h (the clocks were changed; usually 8 h)"),
        (date(2026, 3, 27), "22:00 to 06:00, 8 h<br>"),
    ],
)
def test_a_night_has_each_of_its_parts_once_and_the_page_says_its_hours(home, day, says):
    night = NIGHT.shift_named("night", day)
    hours = round(night.length / timedelta(hours=1))
    quarters = [night.start + n * timedelta(minutes=15) for n in range(-1, 4 * hours + 1)]
    record(home, [judged(n, at=at) for n, at in enumerate(quarters, 1)], triggers=len(quarters))
    with LedgerReader.open(home) as reader:
        found = gather(reader, home, night.start, night.end, shift=night, clock=lambda: night.end)
        both = [
            gather(reader, home, each.start, each.end).counts.total
            for each in (
                NIGHT.shift_at(night.start - timedelta(seconds=1)),
                NIGHT.shift_at(night.end),
            )
        ]
    assert (found.counts.total, both) == (4 * hours, [1, 1])
    assert f"Shift night, {day:%A, %d %B %Y}, {says}" in page(found, 0)
    assert "under way" not in page(found, 0).partition("</p><p")[0]
