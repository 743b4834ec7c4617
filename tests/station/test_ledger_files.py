import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from ledger_parts import START, judged, recipe, ticking

from station.errors import LedgerError
from station.home import Home
from station.ledger import Ledger, LedgerReader, check, schema
from station.ledger.backup import make_backup
from station.ledger.connection import atomic
from station.ledger.verify import verify

EVER = (START - timedelta(days=1), START + timedelta(days=1))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A home with a closed ledger of 200 parts."""
    home = Home(tmp_path_factory.mktemp("finished"))
    with Ledger.open(home, ticking(), ok_sample=0) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="folder x")
        for sequence in range(1, 201):
            ledger.record(run, judged(sequence))
        ledger.end_run(run, triggers=200)
        make_backup(home, ticking())
    return home


@pytest.fixture
def home(finished, tmp_path):
    shutil.copy(finished.ledger, tmp_path)
    shutil.copytree(finished.backups, tmp_path / "backups")
    return Home(tmp_path)


def run_statement(home, statement):
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        connection.execute(statement)


def assert_refused(home, sentence):
    before = home.ledger.read_bytes()
    with pytest.raises(LedgerError, match=sentence):
        Ledger.open(home)
    assert check(home), "check() found nothing"
    assert home.ledger.read_bytes() == before


def assert_put_away(home, sentence):
    """Nothing can be done with the file: it is kept as evidence, the backup takes its place."""
    before = home.ledger.read_bytes()
    assert check(home), "check() found nothing"
    with Ledger.open(home) as ledger:
        said = " ".join(ledger.opened)
    assert re.search(sentence, said), said
    assert "with 200 rows up to 2026-03-04" in said
    assert "Tell who keeps the records" in said
    (folder,) = home.quarantine.iterdir()
    assert (folder / "ledger.sqlite3").read_bytes() == before
    assert re.search(sentence, (folder / "why.txt").read_text())
    assert verify(home).findings == ()
    with Ledger.open(home) as ledger, LedgerReader.open(home) as reader:
        assert ledger.opened == ()
        assert reader.counts(*EVER).total == 200


def test_a_sound_ledger_passes(home):
    assert check(home) == []


def test_zero_length(home):
    home.ledger.write_bytes(b"")
    with pytest.raises(LedgerError, match="is empty"):
        LedgerReader.open(home)
    assert_put_away(home, r"is empty \(0 bytes\)")


def test_not_a_database(home):
    home.ledger.write_bytes(b"dear diary, " * 1000)
    with pytest.raises(LedgerError, match="is not a ledger"):
        LedgerReader.open(home)
    assert_put_away(home, "is not a ledger, or is damaged")


def test_another_programs_database(home):
    home.ledger.unlink()
    run_statement(home, "CREATE TABLE songs (title)")
    assert_put_away(home, "belongs to another program")


def test_newer_schema(home):
    run_statement(home, "PRAGMA user_version = 99")
    assert_refused(home, "written by a newer Patchlight .*99.* Update this program")
    with pytest.raises(LedgerError, match="newer Patchlight"):
        LedgerReader.open(home)


def test_a_dropped_rule(home):
    run_statement(home, "DROP TRIGGER parts_delete")
    assert_refused(home, "altered from outside: trigger parts_delete.* It was left unt")


def with_a_flipped_page(home):
    data = bytearray(home.ledger.read_bytes())
    page = len(data) // 2 // 4096 * 4096
    data[page : page + 64] = bytes(range(100, 164))
    return data


def test_a_flipped_page(home):
    home.ledger.write_bytes(with_a_flipped_page(home))
    assert_put_away(home, "damaged")


def test_cut_short(home):
    home.ledger.write_bytes(home.ledger.read_bytes()[: 3 * 4096 + 100])
    assert_put_away(home, "damaged")


def test_rows_of_a_lost_ledger_are_not_mixed_into_the_one_in_its_place(home):
    wal = home.ledger.with_name("ledger.sqlite3-wal")
    home.ledger.unlink()
    wal.write_bytes(b"the latest rows")
    with Ledger.open(home) as ledger:
        assert f"The ledger {home.ledger} is gone." in ledger.opened
    (folder,) = home.quarantine.iterdir()
    assert (folder / wal.name).read_bytes() == b"the latest rows"
    assert verify(home).rows == 200


def test_without_a_backup_a_new_ledger_begins_and_says_so(home):
    shutil.rmtree(home.backups)
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert "There was no good backup: a new ledger was begun." in ledger.opened[-1]
    assert verify(home).rows == 0


def test_a_damaged_backup_is_passed_over_for_an_older_good_one(home):
    newer = make_backup(home)
    newer.path.write_bytes(newer.path.read_bytes()[:5000])
    empty = make_backup(home)
    empty.path.write_bytes(b"")
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert "The backup 'ledger-000001-20260304T221500Z.sqlite3'" in ledger.opened[-1]
    assert verify(home).rows == 200


def test_numbers_go_on_after_those_that_a_lost_ledger_gave(home):
    with Ledger.open(home, ticking()) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        for sequence in (201, 202):
            ledger.record(run, judged(sequence, 9.0))
        triggers = ledger.journal(run)
        triggers.fired(START)
        triggers.numbered(203, START)
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert ledger.begin_run(recipe(), device="", operator="", camera="").first_sequence == 204
    (folder,) = home.quarantine.iterdir()
    assert list(folder.glob("run-00000002-*.jsonl"))


def test_numbers_go_on_after_those_of_kept_pictures_and_of_what_can_still_be_read(home):
    with Ledger.open(home, ticking(), ok_sample=0) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        for sequence in (201, 202, 203):
            ledger.record(run, judged(sequence, 9.0 if sequence < 203 else 1.0))
        ledger.end_run(run, 3)
    flipped = with_a_flipped_page(home)
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert ledger.numbers.next == 203
    home.ledger.write_bytes(flipped)
    with Ledger.open(home) as ledger:
        assert "damaged" in ledger.opened[0]
        assert ledger.numbers.next == 204


def test_triggers_of_runs_that_began_after_the_backup_get_their_rows_and_runs_back(home):
    with Ledger.open(home, ticking(START + timedelta(hours=1))) as ledger:
        for lane in ("left", "left", "right"):
            run = ledger.begin_run(recipe(), device="", operator="Ada", camera="x", lane=lane)
            triggers = ledger.journal(run)
            number = ledger.numbers.take()
            triggers.fired(START)
            triggers.numbered(number, START, f"id {number}")
            ledger.record(run, judged(number))
            ledger.end_run(run, 1)
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [1, 1, 1]
    with Ledger.open(home) as ledger, LedgerReader.open(home) as reader:
        assert ledger.interrupted == []
        rows = [reader.row(number) for number in (201, 202, 203)]
    assert [(row.run, row.lane, row.part_id, row.operator) for row in rows] == [
        (2, "left", "id 201", "Ada"), (3, "left", "id 202", "Ada"), (4, "right", "id 203", "Ada"),
    ]  # fmt: skip
    assert verify(home).findings == ()


def test_every_trigger_that_was_accepted_and_not_yet_served_gets_its_row(home):
    with Ledger.open(home, ticking(START + timedelta(hours=1))) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        triggers = ledger.journal(run)
        for name in ("a", "b", "c", "d"):
            triggers.fired(START, name)
        triggers.numbered(ledger.numbers.take(), START, "a")
        triggers.withdrawn()
    with Ledger.open(home) as ledger, LedgerReader.open(home) as reader:
        assert [each.recovered for each in ledger.interrupted] == [3]
        rows = [reader.row(number) for number in (201, 202, 203)]
    assert [row.part_id for row in rows] == ["a", "c", "d"]
    assert verify(home).findings == ()


def test_triggers_after_the_backup_of_a_running_station_get_their_rows_back(home):
    with Ledger.open(home, ticking(START + timedelta(hours=1))) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        triggers = ledger.journal(run)
        make_backup(home)
        for sequence in (201, 202):
            triggers.fired(START)
            triggers.numbered(sequence, START)
            ledger.record(run, judged(sequence))
    home.ledger.write_bytes(b"")
    with Ledger.open(home) as ledger:
        assert [each.recovered for each in ledger.interrupted] == [2]
    assert verify(home).findings == ()
    assert verify(home).rows == 202


def test_deleted_rows_are_noticed_though_the_rules_are_back_in_place(home):
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        (rule,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'parts_delete'"
        ).fetchone()
        connection.execute("DROP TRIGGER parts_delete")
        connection.execute("DELETE FROM parts WHERE sequence = 17")
        connection.execute(rule)
    assert check(home) == [
        "Run 1 ended with 200 rows, but has 199.",
        "Run 1 had 200 triggers, but has 199 rows.",
        "Part 17 has no row.",
    ]


def test_a_migration_commits_with_its_version_or_not_at_all():
    steps = [["CREATE TABLE a (x)"], ["CREATE TABLE b (x)", "CREATE TABLE a (x)"]]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            schema.migrate(connection, steps)
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert (tables, schema.version(connection)) == ([("a",)], 1)
        schema.migrate(connection, [steps[0], ["CREATE TABLE b (x)"]])
        assert schema.version(connection) == 2


def test_an_older_ledger_is_brought_up_to_date(home, monkeypatch):
    step = ["ALTER TABLE runs ADD COLUMN shift TEXT NOT NULL DEFAULT ''"]
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    with Ledger.open(home) as ledger:
        assert schema.version(ledger._connection) == len(schema.MIGRATIONS)
    assert check(home) == []


def insert_and_fail(connection):
    with atomic(connection):
        connection.execute("INSERT INTO a VALUES (?)", (1,))
        connection.execute("INSERT INTO a VALUES (?)", (1 // 0,))


def test_atomic_is_all_or_nothing():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE a (x)")
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(connection)
        assert connection.execute("SELECT COUNT(*) FROM a").fetchone() == (0,)
        with atomic(connection):
            connection.execute("INSERT INTO a VALUES (1)")
        assert not connection.in_transaction
        assert connection.execute("SELECT COUNT(*) FROM a").fetchone() == (1,)
