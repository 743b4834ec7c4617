"""Somebody changes the record with another tool: verify names what was touched, and only that."""

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest
from ledger_parts import START, faulted, judged, pixels, recipe, ticking

from station.cli import main
from station.home import Home
from station.ledger import Ledger, LedgerReader
from station.ledger.backup import make_backup
from station.ledger.chain import PART_FIELDS, RUN_FIELDS, row_sha256
from station.ledger.verify import verify
from station.parts import FaultReason


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Two lanes of 30 parts that took turns; every tenth is NG."""
    home = Home(tmp_path_factory.mktemp("finished"))
    with Ledger.open(home, ticking(), ok_sample=7) as ledger:
        runs = [begin(ledger, lane) for lane in ("left", "right")]
        for number in range(1, 61):
            part = judged(number, 9.0 if number % 10 == 0 else 1.0)
            ledger.record(runs[number % 2], part)
        for run in runs:
            ledger.end_run(run, 30)
    return home


@pytest.fixture
def home(finished, tmp_path):
    shutil.copytree(finished.root, tmp_path / "home")
    return Home(tmp_path / "home")


def begin(ledger, lane=""):
    return ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x", lane=lane)


@contextmanager
def another_tool(home):
    """Change the file in spite of its rules, and leave no trace in the schema."""
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        rules = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in rules:
            connection.execute(f"DROP TRIGGER {name}")
        connection.row_factory = sqlite3.Row
        yield connection
        for _, rule in rules:
            connection.execute(rule)


def ledger_command(home, *args):
    return main(["ledger", *args, "--home", str(home.root)])


def test_an_untouched_ledger_is_sound(home, capsys):
    found = verify(home)
    assert (found.findings, found.rows, found.unchained, found.removed) == ((), 60, 0, 0)
    assert found.files == len(list(home.images.rglob("*.*"))) > 20
    assert ledger_command(home, "verify") == 0
    assert "Nothing was touched: 60 rows in an unbroken chain" in capsys.readouterr().out


def test_one_row_changed_one_deleted_one_picture_swapped(home, capsys):
    with another_tool(home) as connection:
        connection.execute("UPDATE parts SET text = 'never mind' WHERE sequence = 20")
        connection.execute("DELETE FROM parts WHERE sequence = 33")
    ng, other = (next(home.images.rglob(f"{number:08d}_NG_*.png")) for number in (40, 50))
    ng.write_bytes(other.read_bytes())
    assert ledger_command(home, "verify", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["findings"] == [
        "Run 2 ended with 30 rows, but has 29.",
        "Run 2 had 30 triggers, but has 29 rows.",
        "Part 33 has no row.",
        "Part 33: its row was deleted.",
        "Part 20: its row was changed after it was recorded.",
        f"Part 40: its picture {ng.relative_to(home.root)} is not the one that was recorded.",
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("score", 0.5), ("threshold", 5.5), ("elapsed_ms", 0.25), ("source", "x"), ("run", 2),
        ("captured_at", "2026-03-04T22:15:31.123456+00:00"), ("part_id", "A-1"),
        ("image_path", "x"), ("sha256", "ab" * 32), ("recorded_at", "2026"),
    ],
)  # fmt: skip
def test_every_column_is_under_the_hash(home, column, value):
    with another_tool(home) as connection:
        connection.execute(f"UPDATE parts SET {column} = ? WHERE sequence = 22", (value,))
    assert "Part 22: its row was changed after it was recorded." in verify(home).findings


def test_a_row_rewritten_with_its_hash_no_longer_fits_the_next_one(home):
    with another_tool(home) as connection:
        connection.execute("UPDATE parts SET score = 0.25 WHERE sequence = 22")
        rehash(connection, 22)
    (finding,) = verify(home).findings
    assert finding.startswith("Part 22: its row was replaced, hash and all; the row of part 23")


def rehash(connection, sequence):
    part = connection.execute("SELECT * FROM parts WHERE sequence = ?", (sequence,)).fetchone()
    run = connection.execute("SELECT * FROM runs WHERE number = ?", (part["run"],)).fetchone()
    fields = {name: part[name] for name in PART_FIELDS}
    changed = row_sha256(fields, {name: run[name] for name in RUN_FIELDS})
    connection.execute("UPDATE parts SET sha256 = ? WHERE sequence = ?", (changed, sequence))


def test_a_chain_rewritten_to_its_end_no_longer_fits_the_backup(home):
    make_backup(home)
    with another_tool(home) as connection:
        connection.execute("UPDATE parts SET score = 0.25 WHERE sequence = 58")
        for sequence in (58, 59, 60):
            connection.execute(
                "UPDATE parts SET previous_sha256 = (SELECT sha256 FROM parts WHERE sequence = ?) "
                "WHERE sequence = ?",
                (sequence - 1, sequence),
            )
            rehash(connection, sequence)
    (finding,) = verify(home).findings
    assert finding.startswith("Part 60 is in the backup 'ledger-000001-")


def test_another_recipe_of_a_run_touches_all_its_rows(home):
    with another_tool(home) as connection:
        connection.execute("UPDATE runs SET threshold = 4.0 WHERE number = 2")
    (finding,) = verify(home).findings
    assert finding.startswith("Run 2: its recipe, model, threshold or another entry was changed")


def test_rows_deleted_from_both_ends_are_noticed(home):
    with another_tool(home) as connection:
        connection.execute("DELETE FROM parts WHERE sequence IN (1, 2, 60)")
    assert verify(home).findings == (
        "Run 1 ended with 30 rows, but has 28.",
        "Run 1 had 30 triggers, but has 28 rows.",
        "Run 2 ended with 30 rows, but has 29.",
        "Run 2 had 30 triggers, but has 29 rows.",
        "Parts 1 to 2 have no row.",
        "Parts 1 to 2: their rows were deleted.",
    )


def test_a_row_deleted_where_lanes_took_turns_is_placed_by_its_neighbours(tmp_path):
    home = Home(tmp_path)
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        for number in (1, 4, 2, 3, 5):
            ledger.record(run, judged(number))
        ledger.end_run(run, 5)
    with another_tool(home) as connection:
        connection.execute("DELETE FROM parts WHERE sequence = 2")
    *_, gap, deleted = verify(home).findings
    assert gap == "Part 2 has no row."
    assert deleted == "1 row was deleted between part 4 and part 3 (in the order of recording)."


def test_a_run_that_is_gone_is_named_and_its_rows_too(home):
    with another_tool(home) as connection:
        connection.execute("DELETE FROM runs WHERE number = 1")
    findings = verify(home).findings
    assert "Row 2 of parts belongs to a run that is not there." in findings
    assert any(finding.startswith("Run 1: ") for finding in findings)


def test_a_picture_that_is_gone_and_a_map_that_was_swapped(home):
    next(home.images.rglob("00000010_NG_*.png")).unlink()
    swapped = next(home.images.rglob("00000020_NG_*.npz"))
    swapped.write_bytes(next(home.images.rglob("00000030_NG_*.npz")).read_bytes())
    missing, wrong = verify(home).findings
    assert missing.startswith("Part 10: its kept file images/2026-03-04/00000010_NG_")
    assert wrong.startswith("Part 20: its anomaly map images/2026-03-04/00000020_NG_")


def test_a_rule_taken_away_is_named_and_the_rows_are_still_looked_at(home):
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER parts_update")
        connection.execute("UPDATE parts SET part_id = 'B' WHERE sequence = 5")
    altered, changed = verify(home).findings
    assert "altered from outside: trigger parts_update" in altered
    assert changed == "Part 5: its row was changed after it was recorded."


def test_odd_values_are_hashed_as_they_come_back(tmp_path):
    home = Home(tmp_path)
    with Ledger.open(home, ticking()) as ledger:
        run = begin(ledger)
        for number, score in enumerate((float("nan"), -0.0, 1e-300, 0.1, float("inf")), start=1):
            ledger.record(run, judged(number, score))
        odd = faulted(6, FaultReason.UNFIT, pixels(6))
        ledger.record(run, type(odd)(6, START, "b\udcffd.png", odd.reason, "ä\x00b", odd.pixels))
        ledger.end_run(run, 6)
    assert verify(home).findings == ()
    with LedgerReader.open(home) as reader:
        assert reader.row(6).source == "b\\udcffd.png"


def test_an_older_ledger_says_which_rows_are_from_before_the_chain(home, capsys):
    with another_tool(home) as connection:
        connection.execute("UPDATE parts SET sha256 = '', previous_sha256 = '' WHERE sequence < 31")
        connection.execute("UPDATE parts SET previous_sha256 = '' WHERE sequence = 31")
        for sequence in range(31, 61):
            rehash(connection, sequence)
            connection.execute(
                "UPDATE parts SET previous_sha256 = (SELECT sha256 FROM parts WHERE sequence = ?) "
                "WHERE sequence = ?",
                (sequence, sequence + 1),
            )
    assert ledger_command(home, "verify") == 0
    assert "The first 30 are from before rows were chained." in capsys.readouterr().out


def test_without_a_ledger_it_says_so(tmp_path, capsys):
    assert ledger_command(Home(tmp_path), "verify") == 1
    assert capsys.readouterr().out == f"There is no ledger in {tmp_path}.\n"
