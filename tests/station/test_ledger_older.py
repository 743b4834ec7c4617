"""A ledger of the first version is read as it is, and brought up to date by the first writer."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from ledger_parts import START, judged, recipe, ticking

from station.home import Home
from station.ledger import Ledger, LedgerReader, check, schema
from station.ledger.connection import atomic
from station.ledger.sql import stamp

EVER = (START - timedelta(days=1), START + timedelta(days=1))


@pytest.fixture
def home(tmp_path):
    """One run of three parts, ended; another that nobody ended, with one."""
    home = Home(tmp_path)
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        schema.migrate(connection, schema.MIGRATIONS[:1])
        for run, parts in ((1, (1, 2, 3)), (2, (4,))):
            begin(connection, run, parts)
    return home


def begin(connection, run, parts):
    at = stamp(START)
    opening = (run, parts[0], at, "board", 1, "ab", 5.0, "cpu", "Ada", "cam")
    with atomic(connection):
        connection.execute(
            f"INSERT INTO runs VALUES ({', '.join('?' * 10)}, NULL, NULL, NULL, NULL)", opening
        )
        for part in parts:
            row = (part, run, "OK", 1.0, 5.0, "", "", f"{part}.png", at, at, 20.0, "", "")
            connection.execute(f"INSERT INTO parts VALUES ({', '.join('?' * 13)})", row)
        if run == 1:
            connection.execute(
                "UPDATE runs SET ended_at = ?, ending = 'complete', triggers = 3, rows_at_end = 3 "
                "WHERE number = 1",
                (at,),
            )


def test_it_can_be_read_before_any_station_ran(home):
    assert check(home) == []
    with LedgerReader.open(home) as reader:
        rows, runs = reader.rows(*EVER), reader.runs(*EVER)
    assert [(row.sequence, row.place, row.sha256, row.lane) for row in rows] == [
        (number, 0, "", "") for number in (1, 2, 3, 4)
    ]
    assert [run.triggers for run in runs] == [3, None]


def test_its_rows_stay_and_the_chain_starts_after_them(home):
    with LedgerReader.open(home) as reader:
        before = reader.rows(*EVER)
    with Ledger.open(home, ticking()) as ledger:
        assert [each.run for each in ledger.interrupted] == [2]
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        first, second = (ledger.record(run, judged(number)) for number in (5, 6))
        ledger.end_run(run, 2)
    with LedgerReader.open(home) as reader:
        rows, runs = reader.rows(*EVER), reader.runs(*EVER)
    assert [row.source for row in rows[:4]] == [row.source for row in before]
    assert [row.place for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.sha256 for row in rows[:4]] == [""] * 4
    assert (first.previous_sha256, second.previous_sha256) == ("", first.sha256)
    assert len(second.sha256) == 64
    assert [(each.triggers, each.rows) for each in runs] == [(3, 3), (None, 1), (2, 2)]
    assert check(home) == []


def test_step_by_step_and_at_once_make_the_same_schema(home):
    with Ledger.open(home) as ledger:
        assert schema.version(ledger._connection) == len(schema.MIGRATIONS)
        assert schema.differences(ledger._connection) == []
