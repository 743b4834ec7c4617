"""Backups, room on the disk and old pictures, looked after while the station runs."""

import shutil
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ledger_parts import START, faulted, judged, pixels, recipe, ticking

from station.home import Home
from station.inspection.events import StorageChanged
from station.ledger import Ledger, LedgerReader, SharedLedger
from station.ledger.backup import good_backups
from station.ledger.disk_watch import DiskWatch
from station.ledger.keeper import BACKUP_EVERY_S, LOOK_EVERY_S, RETRY_S, KeeperLoop
from station.ledger.retention import spare
from station.ledger.shift_end import GRACE_S
from station.ledger.verify import verify
from station.parts import FaultReason
from station.settings import ShiftSettings, StorageSettings
from station.shifts import Shifts

EVER = (START - timedelta(days=1), START + timedelta(days=1))
MIB = 1 << 20
DAY_S = 86_400


class Kept:
    """A keeper whose clock and disk the test holds in its hands."""

    def __init__(self, home, **settings):
        self.now, self.events, self.stop = 0.0, [], threading.Event()
        self.free = lambda: 100 << 30
        self.shared = SharedLedger(home)
        wanted = replace(StorageSettings(), ballast_mib=1, **settings)
        self.loop = KeeperLoop(
            home,
            self.shared,
            wanted,
            clock=ticking(),
            monotonic=lambda: self.now,
            free_bytes=lambda _: self.free(),
        )

    def look(self, after_s=0.0):
        self.now += after_s
        self.loop.look(self.stop, self.events.append)

    @property
    def texts(self):
        return [event.text for event in self.events]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Twenty parts: NG 5, 10, 15, 20; FAULT 7; borderline OK 9 and 11; all with pictures."""
    home = Home(tmp_path_factory.mktemp("finished"))
    scores = dict.fromkeys((5, 10, 15, 20), 9.0) | {9: 4.9, 11: 4.5}
    with Ledger.open(home, ticking(), ok_sample=1) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        for number in range(1, 21):
            unfit = faulted(number, FaultReason.UNFIT, pixels(number))
            ledger.record(run, unfit if number == 7 else judged(number, scores.get(number, 1.0)))
        ledger.end_run(run, 20)
    return home


@pytest.fixture
def home(finished, tmp_path):
    shutil.copytree(finished.root, tmp_path / "home")
    return Home(tmp_path / "home")


def record_one(home):
    with Ledger.open(home, ticking()) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        ledger.record(run, judged(run.first_sequence))
        ledger.end_run(run, 1)


def kept_numbers(home):
    return {int(path.name[:8]) for path in home.images.rglob("*.png")}


def test_a_backup_an_hour_where_there_is_something_new(home):
    kept = Kept(home)
    counts = []
    for new, after_s in ((0, 0), (1, BACKUP_EVERY_S - 1), (0, 1), (0, BACKUP_EVERY_S)):
        if new:
            record_one(home)
        kept.look(after_s)
        counts.append(len(list(good_backups(home))))
    assert counts == [1, 1, 2, 2]
    assert kept.events == []


def test_a_shift_end_makes_a_backup_at_once_and_the_oldest_goes(home):
    kept = Kept(home, backups=2)
    for _ in range(4):
        record_one(home)
        kept.loop.backup_now()
        kept.look(1.0)
    assert [backup.rows for backup in good_backups(home)] == [24, 23]


def test_a_start_without_new_rows_makes_no_backup(home):
    for _ in range(3):
        Kept(home).look()
    assert len(list(good_backups(home))) == 1


def test_a_backup_that_failed_is_tried_again_soon(home):
    kept = Kept(home)
    sound = home.ledger.read_bytes()
    home.ledger.write_bytes(b"")
    kept.look()
    home.ledger.write_bytes(sound)
    kept.look(RETRY_S)
    assert [event.ok for event in kept.events] == [False, True]
    assert len(list(good_backups(home))) == 1


def test_a_backup_that_fails_is_told_once_and_its_end_too(home):
    kept = Kept(home)
    home.backups.write_text("in the way")
    for _ in range(3):
        kept.look(BACKUP_EVERY_S)
    home.backups.unlink()
    kept.look(BACKUP_EVERY_S)
    failed, over = kept.events
    assert not failed.ok
    assert "The backup of the ledger failed." in failed.text
    assert over == StorageChanged(True, "There is room on the disk (100.0 GiB free).")
    assert len(list(good_backups(home))) == 1


def test_without_a_ledger_there_is_nothing_to_do(tmp_path):
    home = Home(tmp_path / "new")
    kept = Kept(home)
    kept.look()
    assert kept.events == []
    assert not home.root.exists()


def test_only_ok_pictures_go_and_of_them_not_the_borderline_ones(home):
    kept = Kept(home, ok_share=0.0)
    kept.free = lambda: 10 * MIB
    kept.look()
    assert kept_numbers(home) == {5, 7, 9, 10, 11, 15, 20}
    (short,) = kept.texts
    assert "Only 10 MiB are free on the disk, and no old picture may be let go any more" in short
    found = verify(home)
    assert (found.findings, found.removed) == ((), 13)
    with LedgerReader.open(home) as reader:
        assert reader.counts(*EVER).total == 20


def test_the_oldest_go_first_and_no_more_than_needed(home, monkeypatch):
    monkeypatch.setattr("station.ledger.keeper.AT_A_TIME", 3)
    kept = Kept(home, ok_share=0.0)
    kept.free = lambda: (2048 if len(kept_numbers(home)) <= 15 else 2047) * MIB
    kept.look()
    assert set(range(1, 21)) - kept_numbers(home) == {1, 2, 3, 4, 6, 8}
    assert kept.events == []


def test_a_share_of_ok_pictures_stays_and_nobody_chooses_which(home):
    options = {"borderline_share": 0.1, "at_most": 99}
    shares = [
        {each.sequence for each in spare(home, ok_share=share, **options)}
        for share in (0.0, 0.3, 0.3, 0.6, 1.0)
    ]
    assert len(shares[0]) == 13
    assert shares[1] == shares[2]
    assert shares[0] > shares[1] > shares[3] > shares[4] == set()


def test_files_of_a_removal_that_was_cut_short_go_the_next_time(home):
    with Ledger.open(home) as ledger:
        (first, *_) = spare(home, ok_share=0.0, borderline_share=0.1, at_most=1)
        picture = (home.root / first.files.image_path).read_bytes()
        ledger.let_go([first], "space was short")
    (home.root / first.files.image_path).write_bytes(picture)
    kept = Kept(home, ok_share=1.0)
    kept.free = lambda: 10 * MIB
    kept.look()
    assert not (home.root / first.files.image_path).exists()


def test_a_full_disk_is_told_and_so_is_its_end(home):
    kept = Kept(home, keep_free_mib=0)
    kept.free = lambda: MIB
    kept.look()
    assert kept.events == [
        StorageChanged(
            False,
            "The disk is full (1 MiB free). Inspection stops until there is room: move old "
            "pictures or other files away.",
        )
    ]
    kept.free = lambda: 3 * MIB
    kept.look(LOOK_EVERY_S)
    assert kept.events[1:] == [StorageChanged(True, "There is room on the disk (3 MiB free).")]
    assert home.ballast.stat().st_size == MIB


def test_a_disk_that_fills_up_is_told_days_before(home):
    kept = Kept(home, warn_days=14.0)
    kept.free = lambda: (100 << 30) - int(kept.now / DAY_S * (20 << 30))
    for _ in range(20):
        kept.look(60.0)
    assert kept.texts == [
        "At this rate the disk will be full in 4 days. Move old pictures or other files away."
    ]


def test_the_forecast_is_the_line_through_the_last_day():
    watch = DiskWatch()
    assert watch.days_left() is None
    for minute in range(60 * 30):
        watch.look(minute * 60.0, 1_000_000 - minute * 10)
    assert watch.days_left() == pytest.approx((1_000_000 - 17_990) / 10 / 60 / 24)
    watch.forget()
    watch.look(0.0, 100)
    assert watch.days_left() is None
    for minute in range(1, 30):
        watch.look(minute * 60.0, 100 + minute)
    assert watch.days_left() is None


def test_another_station_that_holds_the_ledger_is_told_not_raised(home):
    kept = Kept(home, ok_share=0.0)
    kept.free = lambda: 10 * MIB
    with Ledger.open(home):
        kept.look()
    assert "Another station is writing to the ledger" in kept.texts[0]
    assert kept_numbers(home) == set(range(1, 21))


def test_the_loop_stops_at_once_and_a_shift_end_wakes_it(home):
    kept = Kept(home)
    thread = threading.Thread(target=kept.loop.run, args=(kept.stop, kept.events.append))
    thread.start()
    kept.loop.backup_now()
    kept.stop.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def by_shift(home):
    """A keeper of a station with two shifts; `at` is what its clock shows."""
    kept = Kept(home)
    kept.at = datetime(2026, 10, 25, 4, 59, tzinfo=timezone.utc)
    shifts = Shifts.of(ShiftSettings("Europe/Berlin", {"early": "06:00", "night": "22:00"}))
    kept.loop = KeeperLoop(
        home,
        kept.shared,
        replace(StorageSettings(), ballast_mib=1),
        shifts=shifts,
        clock=lambda: kept.at,
        monotonic=lambda: kept.now,
        free_bytes=lambda _: kept.free(),
    )
    kept.look()
    record_one(home)
    return kept


def test_the_end_of_a_shift_makes_a_backup(by_shift, home):
    by_shift.at += timedelta(seconds=59)
    by_shift.look(1.0)
    assert len(list(good_backups(home))) == 1
    by_shift.at += timedelta(seconds=1)  # 06:00 on the wall, after a night of nine hours.
    by_shift.look(1.0)
    assert [backup.rows for backup in good_backups(home)] == [21, 20]
    record_one(home)
    by_shift.look(GRACE_S)
    assert len(list(good_backups(home))) == 2
    assert by_shift.events == []


def test_a_clock_put_back_over_the_end_of_a_shift_ends_nothing(by_shift, home):
    by_shift.at -= timedelta(hours=9)
    by_shift.look(1.0)
    assert len(list(good_backups(home))) == 1
    by_shift.at += timedelta(days=3)  # Put forward over several: one end.
    by_shift.look(1.0)
    assert len(list(good_backups(home))) == 2


def test_triggers_of_a_shift_without_rows_are_told_after_its_end(by_shift, home):
    with by_shift.shared.lease() as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        journal = ledger.journal(run)
        first = run.first_sequence
        for number in range(first, first + 4):
            journal.fired(by_shift.at)
            journal.numbered(number, by_shift.at)
        for number in (first, first + 2):
            ledger.record(run, judged(number, at=by_shift.at))
        by_shift.at += timedelta(minutes=1)
        by_shift.look()
        by_shift.look(GRACE_S - 1.0)
        assert by_shift.events == []
        by_shift.look(1.0)
        (told,) = by_shift.texts
        # The last one came when the shift was over, or nearly: it may still be in hand.
        assert told.startswith(
            "At the end of shift night triggers and rows did not agree: run 3 has no row of part "
            f"{first + 1}. Run 'patchlight ledger verify'"
        )
