import shutil
import sqlite3
from contextlib import closing

import pytest
from ledger_parts import judged, recipe, ticking

from station.errors import LedgerError
from station.home import Home
from station.ledger import Ledger, LedgerReader, check, schema
from station.ledger.connection import atomic


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A home with a closed ledger of 200 parts."""
    home = Home(tmp_path_factory.mktemp("finished"))
    with Ledger.open(home, ticking(), ok_sample=0) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="folder x")
        for sequence in range(1, 201):
            ledger.record(run, judged(sequence))
        ledger.end_run(run, triggers=200)
    return home


@pytest.fixture
def home(finished, tmp_path):
    shutil.copy(finished.ledger, tmp_path)
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


def test_a_sound_ledger_passes(home):
    assert check(home) == []


def test_zero_length(home):
    home.ledger.write_bytes(b"")
    assert_refused(home, r"is empty \(0 bytes\)\. It was left untouched\. Move it away")
    with pytest.raises(LedgerError, match="is empty"):
        LedgerReader.open(home)


def test_not_a_database(home):
    home.ledger.write_bytes(b"dear diary, " * 1000)
    assert_refused(home, "is not a ledger, or is damaged. It was left untouched")
    with pytest.raises(LedgerError, match="is not a ledger"):
        LedgerReader.open(home)


def test_another_programs_database(home):
    home.ledger.unlink()
    run_statement(home, "CREATE TABLE songs (title)")
    assert_refused(home, "belongs to another program")


def test_newer_schema(home):
    run_statement(home, "PRAGMA user_version = 99")
    assert_refused(home, "written by a newer Patchlight .*99.* Update this program")
    with pytest.raises(LedgerError, match="newer Patchlight"):
        LedgerReader.open(home)


def test_a_dropped_rule(home):
    run_statement(home, "DROP TRIGGER parts_delete")
    assert_refused(home, "altered from outside: trigger parts_delete")


def test_a_flipped_page(home):
    data = bytearray(home.ledger.read_bytes())
    page = len(data) // 2 // 4096 * 4096
    data[page : page + 64] = bytes(range(100, 164))
    home.ledger.write_bytes(data)
    assert_refused(home, "damaged")


def test_cut_short(home):
    home.ledger.write_bytes(home.ledger.read_bytes()[: 3 * 4096 + 100])
    assert_refused(home, "damaged")


def test_rows_of_a_lost_ledger_are_not_mixed_into_a_new_one(home):
    wal = home.ledger.with_name("ledger.sqlite3-wal")
    home.ledger.unlink()
    wal.write_bytes(b"the latest rows")
    with pytest.raises(LedgerError, match=r"is gone, but ledger\.sqlite3-wal"):
        Ledger.open(home)
    assert not home.ledger.exists()
    assert wal.read_bytes() == b"the latest rows"


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
