"""The station dies in the middle of its work, again and again: nothing acknowledged is lost."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ledger_parts import anomaly_map, pixels

from station.home import Home
from station.ledger import Ledger, LedgerReader, check
from station.ledger.kept import load_map, load_picture

KILLS = int(os.environ.get("PATCHLIGHT_KILLS", "3"))
CHILD = Path(__file__).with_name("ledger_child.py")
EVER = (datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))


def record_until_killed(home, lines):
    """Return the numbers that the station acknowledged before and while it was killed."""
    command = [sys.executable, str(CHILD), str(home.root)]
    environment = {**os.environ, "PYTHONPATH": str(CHILD.parents[2])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as child:
        read = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        rest, complaints = child.communicate()
    assert not complaints, complaints.decode()
    whole = [line for line in (*read, *rest.splitlines(keepends=True)) if line.endswith(b"\n")]
    return [int(line) for line in whole]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is the POSIX way to die")
def test_killed_stations_lose_no_acknowledged_row(tmp_path):
    home = Home(tmp_path)
    acknowledged = []
    for kill in range(KILLS):
        numbers = record_until_killed(home, lines=5 + 13 * (kill % 5))
        assert numbers[0] <= (acknowledged[-1] + 4 if acknowledged else 1)
        acknowledged += numbers
        assert check(home) == []
    with LedgerReader.open(home) as reader:
        rows = {row.sequence: row for row in reader.rows(*EVER)}
        assert all(run.reconciles for run in reader.runs(*EVER)[:-1])
    assert set(acknowledged) <= set(rows)
    assert len(set(acknowledged)) == len(acknowledged)
    assert sorted(rows) == list(range(1, max(rows) + 1))
    assert_pictures_readable(home, rows.values())
    with Ledger.open(home) as ledger:
        assert [each.run for each in ledger.interrupted] == [KILLS]
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(rows)} rows")


def assert_pictures_readable(home, rows):
    kept = [row for row in rows if row.image_path]
    assert kept
    assert all(row.image_path or row.verdict.value != "NG" for row in rows)
    for row in kept:
        assert (load_picture(home, row) == pixels(row.sequence)).all()
        assert load_map(home, row).shape == anomaly_map(row.sequence).shape
