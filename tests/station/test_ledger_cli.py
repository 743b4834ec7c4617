"""`patchlight ledger backup | restore | reconcile` as people use them."""

import sqlite3
from contextlib import closing

import pytest
from ledger_parts import START, judged, recipe, ticking

from station.cli import main
from station.home import Home
from station.ledger import Ledger, LedgerReader
from station.ledger.backup import KEEP, Stopped, good_backups, make_backup
from station.ledger.verify import verify


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def begin(ledger):
    return ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")


def record(home, first, last):
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        for number in range(first, last + 1):
            ledger.record(run, judged(number))
        ledger.end_run(run, last - first + 1)


def ledger_command(home, *args):
    return main(["ledger", *map(str, args), "--home", str(home.root)])


def rows(home):
    return verify(home).rows


def test_a_backup_of_a_running_station_is_whole_and_one_file(home, capsys):
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        ledger.record(run, judged(1))
        assert ledger_command(home, "backup") == 0
        ledger.record(run, judged(2))
    (made,) = home.backups.iterdir()
    assert f"Copied and checked: {made} (1 row)" in capsys.readouterr().out
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("SELECT COUNT(*) FROM parts").fetchone() == (1,)


def test_the_newest_backups_stay_whatever_the_clock_says(home):
    record(home, 1, 3)
    backwards = ticking(START, step_s=-3600)
    made = [make_backup(home, backwards).path.name for _ in range(KEEP + 3)]
    assert sorted(path.name for path in home.backups.iterdir()) == made[3:]
    assert [each.path.name for each in good_backups(home)] == made[:2:-1]


def test_a_backup_that_is_broken_off_leaves_nothing(home):
    record(home, 1, 3)
    with pytest.raises(Stopped):
        make_backup(home, stopped=lambda: True)
    assert not list(home.backups.iterdir())


def test_restore_puts_the_newest_in_place_and_keeps_what_was_there(home, capsys):
    record(home, 1, 3)
    make_backup(home, ticking())
    record(home, 4, 5)
    was = home.ledger.read_bytes()
    assert ledger_command(home, "restore") == 0
    said = capsys.readouterr().out
    assert "The backup 'ledger-000001-20260304T221500Z.sqlite3' with 3 rows up to 2026" in said
    assert rows(home) == 3
    (folder,) = home.quarantine.iterdir()
    assert (folder / "ledger.sqlite3").read_bytes() == was


def test_restore_takes_the_file_that_was_named(home, tmp_path):
    record(home, 1, 3)
    older = make_backup(home).path
    record(home, 4, 5)
    make_backup(home)
    assert ledger_command(home, "restore", older) == 0
    assert rows(home) == 3


@pytest.mark.parametrize("content", [None, b"", b"dear diary"])
def test_restore_refuses_a_bad_file_and_changes_nothing(home, tmp_path, capsys, content):
    record(home, 1, 3)
    was, bad = home.ledger.read_bytes(), tmp_path / "bad.sqlite3"
    if content is not None:
        bad.write_bytes(content)
    assert ledger_command(home, "restore", bad) == 1
    assert ledger_command(home, "restore") == 1
    assert "There is no good backup in" in capsys.readouterr().err
    assert home.ledger.read_bytes() == was
    assert not home.quarantine.exists()


def test_restore_waits_for_no_running_station(home, capsys):
    record(home, 1, 3)
    make_backup(home)
    with Ledger.open(home):
        assert ledger_command(home, "restore") == 1
    assert "Another station is writing" in capsys.readouterr().err


def test_reconcile_gives_triggers_their_rows_and_counts(home, capsys):
    record(home, 1, 3)
    with Ledger.open(home, ticking()) as ledger:
        triggers = ledger.journal(begin(ledger))
        triggers.fired(START)
        triggers.numbered(4, START)
    assert ledger_command(home, "reconcile") == 0
    assert capsys.readouterr().out.splitlines() == [
        "Run 2 had been interrupted and was closed: 1 trigger without a verdict, recorded as "
        "FAULT.",
        "Ended runs: 2. Triggers: 4. Rows: 4.",
    ]
    with LedgerReader.open(home) as reader:
        assert reader.row(4).reason == "station stopped"


def test_reconcile_names_runs_that_differ_or_are_not_known(home, capsys):
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        ledger.record(run, judged(1))
        ledger.end_run(run, 2)
        begin(ledger)
    assert ledger_command(home, "reconcile") == 1
    out = capsys.readouterr().out
    assert "Run 1: 2 triggers, but 1 row." in out
    assert "Run 2 was interrupted after 0 rows and left no journal" in out


def test_reconcile_looks_on_while_a_station_runs(home, capsys):
    record(home, 1, 3)
    with Ledger.open(home, ticking()) as ledger:
        begin(ledger)
        assert ledger_command(home, "reconcile") == 0
    out = capsys.readouterr().out
    assert "A station is running" in out
    assert "Ended runs: 1. Triggers: 3. Rows: 3." in out


@pytest.mark.parametrize("command", ["backup", "reconcile"])
def test_without_a_ledger_they_say_so(home, capsys, command):
    assert ledger_command(home, command) == 1
    assert "no ledger in" in capsys.readouterr().err
    assert not home.ledger.exists()
