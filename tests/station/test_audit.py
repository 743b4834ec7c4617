"""The audit trail, kept as safely as the rows; and what a damaged recipe leaves in it."""

import json
import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest
from ledger_parts import START, draft, judged, recipe, ticking

from station.audit import Kind, leave, waiting
from station.cli import main
from station.errors import LedgerError, RecipeError
from station.home import Home
from station.ledger import Ledger, SharedLedger
from station.ledger.backup import make_backup
from station.ledger.connection import connect
from station.ledger.trail import entries, take_in_unless_busy
from station.ledger.verify import verify
from station.recipes import RecipeStore

EVER = (
    datetime.min.replace(tzinfo=timezone.utc),
    datetime.max.replace(tzinfo=timezone.utc),
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def trail(home):
    return [(entry.kind, entry.who, entry.text) for entry in entries(home, *EVER)]


def kinds(home):
    return [kind for kind, _, _ in trail(home)]


def command(home, *arguments):
    return main([*map(str, arguments), "--home", str(home.root)])


def write_three(home):
    with Ledger.open(home, ticking()) as ledger:
        for text in ("one", "two", "three"):
            ledger.note(Kind.CAMERA, text, "Ada")


def change(home, *statements):
    """With another tool, which takes the rules away first."""
    with closing(sqlite3.connect(home.ledger)) as connection:
        rules = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        rules = rules.fetchall()
        for name, _ in rules:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in rules:
            connection.execute(sql)
        connection.commit()


def test_entries_are_in_the_trail_in_their_order(home):
    write_three(home)
    assert trail(home) == [("camera changed", "Ada", text) for text in ("one", "two", "three")]
    first = next(entries(home, *EVER))
    assert (first.place, first.at.tzinfo) == (1, timezone.utc)
    assert first.recorded_at > first.at >= START
    found = verify(home)
    assert (found.findings, found.audited) == ((), 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET text = 'nothing' WHERE place = 2",
        "DELETE FROM audit WHERE place = 3",
        "INSERT OR REPLACE INTO audit SELECT place, key || 'x', at, recorded_at, who, kind, 'new', "
        "previous_sha256, sha256 FROM audit WHERE place = 3",
        "INSERT INTO audit SELECT place + 5, key || 'x', at, recorded_at, who, kind, 'new', "
        "previous_sha256, sha256 FROM audit WHERE place = 3",
    ],
)
def test_the_schema_refuses_to_change_the_trail(home, statement):
    write_three(home)
    with (
        closing(connect(home.ledger, "rw", 1.0)) as connection,
        pytest.raises(sqlite3.IntegrityError, match=r"audit entry|does not follow"),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["UPDATE audit SET text = 'twO' WHERE place = 2"], "Audit entry 2 (camera changed, 2026"),
        (["UPDATE audit SET who = 'Eve' WHERE place = 3"], "Audit entry 3 (camera changed, 2026"),
        (["UPDATE audit SET at = '2020' WHERE place = 1"], "Audit entry 1 (camera changed, 2020"),
        (["DELETE FROM audit WHERE place = 2"], "Audit entry 2 was deleted."),
        (["DELETE FROM audit WHERE place <= 2"], "Audit entries 1 to 2 were deleted."),
        (["DELETE FROM audit WHERE place = 3"], "Audit entry 3 is in the backup"),
    ],
)
def test_an_entry_that_another_tool_touched_is_named(home, statements, says, capsys):
    write_three(home)
    make_backup(home)
    change(home, *statements)
    assert any(finding.startswith(says) for finding in verify(home).findings)
    assert command(home, "ledger", "verify") == 1
    assert says in capsys.readouterr().out


def test_a_flipped_bit_in_an_entry_is_named(home):
    write_three(home)
    with closing(sqlite3.connect(home.ledger)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(home.ledger.read_bytes())
    at = data.index(b"Adacamera changedtwo")
    data[at] ^= 1
    home.ledger.write_bytes(data)
    assert [text[:14] for text in verify(home).findings] == ["Audit entry 2 "]


def test_a_note_without_a_ledger_waits_and_is_taken_in_once(home, capsys):
    leave(home, Kind.PUBLISHED, "board, revision 1", "Ada", ticking())
    leave(home, Kind.STARTED, "Patchlight", "Grace", ticking(START + timedelta(hours=1)))
    take_in_unless_busy(home)
    assert not home.ledger.exists()
    assert [entry.place for entry in entries(home, *EVER)] == [0, 0]
    expected = trail(home)
    kept = [(path, path.read_bytes()) for path, _ in waiting(home)]
    with Ledger.open(home):
        pass
    assert trail(home) == expected
    assert list(waiting(home)) == []
    for path, data in kept:  # As after a power cut between the commit and the end of the file.
        path.write_bytes(data)
    with Ledger.open(home):
        assert trail(home) == expected
    assert list(waiting(home)) == []
    assert verify(home).audited == 2


def test_a_note_beside_a_station_that_runs_is_taken_in_by_it(home):
    shared = SharedLedger(home)
    with shared.lease():
        leave(home, Kind.PUBLISHED, "board", "Ada")
        take_in_unless_busy(home)
        assert len(list(waiting(home))) == 1
        shared.take_in_notes()
        assert list(waiting(home)) == []
    leave(home, Kind.STOPPED, "Patchlight", "Ada")
    shared.take_in_notes()
    assert kinds(home) == ["recipe published", "station stopped"]


def test_notes_left_by_many_at_once_are_all_there(home):
    with Ledger.open(home) as ledger:
        threads = [
            threading.Thread(target=leave, args=(home, Kind.CAMERA, f"{n}", "Ada"))
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
            ledger.take_in_notes()
        for thread in threads:
            thread.join()
        ledger.take_in_notes()
    assert {text for _, _, text in trail(home)} == {f"{n}" for n in range(20)}


def test_a_damaged_note_is_on_record_too(home):
    leave(home, Kind.CAMERA, "usb 0", "Ada")
    ((path, _),) = waiting(home)
    path.write_bytes(path.read_bytes()[:30])
    with Ledger.open(home):
        pass
    ((kind, _, text),) = trail(home)
    assert (kind, path.name in text) == ("note damaged", True)
    assert list(waiting(home)) == []


def test_what_happens_to_the_ledger_is_in_its_trail(home, capsys):
    with Ledger.open(home) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="x")
        ledger.record(run, judged(1))
    with Ledger.open(home):
        assert kinds(home) == ["run interrupted"]
    make_backup(home)
    home.ledger.write_bytes(b"")
    with Ledger.open(home):
        assert kinds(home) == ["run interrupted", "ledger quarantined"]
    assert "is empty (0 bytes)" in trail(home)[1][2]
    assert command(home, "ledger", "restore") == 0
    assert kinds(home)[-1] == "backup restored"
    assert next(waiting(home), None) is None
    assert verify(home).findings == ()


def test_the_trail_is_printed(home, capsys):
    write_three(home)
    leave(home, Kind.STOPPED, "Patch\nlight", "", ticking(START + timedelta(days=1)))
    assert command(home, "ledger", "audit") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "    1  2026-03-04 22:15:00Z  camera changed      Ada: one"
    assert lines[3] == "waits  2026-03-05 22:15:00Z  station stopped     Patch light"
    day = ("--from", "2026-03-05T22:00Z", "--to", "2026-03-06T00:00Z")
    assert command(home, "ledger", "audit", *day, "--json") == 0
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["place"], only["kind"]) == (4, "station stopped")
    assert command(home, "ledger", "audit", "--to", "1999-01-01") == 0
    assert "no entry" in capsys.readouterr().out


def publish(home, times=1):
    store = RecipeStore(home)
    for _ in range(times):
        store.publish(draft(), lambda path: path.write_bytes(b"model of the board"))
    return store


def flip(home, revision, file="model.npz"):
    path = home.recipes / "board" / f"r{revision:04d}" / file
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["model.npz", "recipe.json", "checksums.json"])
def test_the_last_good_revision_stays_where_a_byte_of_the_newest_flipped(home, file):
    store = publish(home, 3)
    flip(home, 3, file)
    flip(home, 2, file)
    found = store.newest("board")
    assert (found.recipe.revision, store.load("board").revision) == (1, 1)
    assert "revision 3 was refused" in found.refused[0]
    assert "revision 2 was refused" in found.refused[1]
    assert all("Revision 1, the last good one, judges instead." in text for text in found.refused)
    noted = [text for kind, _, text in trail(home) if kind == "recipe refused"]
    assert noted == [*found.refused] * 2
    with pytest.raises(RecipeError, match="Load revision 1 instead"):
        store.load("board", 3)


def test_where_no_revision_verifies_none_is_used(home):
    store = publish(home, 2)
    flip(home, 1)
    flip(home, 2, "recipe.json")
    with pytest.raises(RecipeError, match=r"revision 2 cannot be used: .*recipe\.json was changed"):
        store.newest("board")
    assert kinds(home)[-1] == "recipe refused"


def test_a_command_says_which_revision_it_uses_instead(home, capsys):
    with Ledger.open(home):
        pass
    publish(home, 2)
    flip(home, 2)
    assert command(home, "recipe", "show", "board") == 0
    out = capsys.readouterr()
    assert "revision 2 was refused" in out.err
    assert "Revision 1, the last good one, judges instead." in out.err
    assert "revision 1" in out.out
    assert kinds(home) == ["recipe published"] * 2 + ["recipe refused"]
    assert list(waiting(home)) == []
    assert command(home, "recipe", "show", "board", "--revision", "2") == 1
    assert kinds(home)[-1] == "recipe refused"


def test_what_is_released_is_noted_with_who_did_it(home):
    store = publish(home, 2)
    store.rollback("board", 1, "Grace")
    noted = trail(home)
    assert [(kind, who) for kind, who, _ in noted] == [
        ("recipe published", "Ada"),
        ("recipe published", "Ada"),
        ("recipe rolled back", "Grace"),
    ]
    assert noted[2][2].startswith("Recipe 'board' revision 3, threshold 5, model ")
    assert noted[2][2].endswith("rolled back to revision 1: first try")


def test_a_ledger_that_cannot_take_notes_leaves_them(home):
    leave(home, Kind.CAMERA, "usb 0", "Ada")
    home.ledger.write_bytes(b"no ledger at all" * 100)
    take_in_unless_busy(home)
    assert len(list(waiting(home))) == 1
    with pytest.raises(LedgerError):
        trail(home)
