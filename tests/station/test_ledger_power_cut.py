"""The power fails while the station judges, on a disk that forgets what was not synced."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from judging_child import brightness
from scripted_station import picture

from station.home import Home
from station.ledger import Ledger, LedgerReader
from station.ledger.kept import load_map, load_picture
from station.ledger.verify import verify

CUTS = int(os.environ.get("PATCHLIGHT_CUTS", "3"))
HERE = Path(__file__).parent
EVER = (datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc))
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _needs_fuse():
    if find_spec("mfusepy") is None or shutil.which("fusermount3") is None:
        pytest.skip("Power cuts need mfusepy (pip) and fuse3 (apt).")
    if not os.access("/dev/fuse", os.W_OK):
        pytest.skip("Power cuts need a FUSE that this user may mount (/dev/fuse).")


@contextmanager
def power(folder, mount_point, seed, lasting):
    """The disk, as long as there is power."""
    script = HERE / "power_cut_disk.py"
    command = [sys.executable, script, folder, mount_point, seed, lasting]
    disk = subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if disk.stdout.readline() != "mounted\n":
        pytest.skip(f"This machine mounts no FUSE: {disk.communicate()[1]}")
    try:
        yield
    finally:
        subprocess.run(["fusermount3", "-u", "-z", mount_point], check=True)
        complaints = disk.communicate(timeout=PATIENCE_S)[1]
    assert not complaints, complaints


def judge_until_killed(home, lines):
    """Return (number, verdict, source) of every part that the line heard of."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parents[1]}:{HERE}"}
    with subprocess.Popen(
        [sys.executable, HERE / "judging_child.py", home.root],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
    ) as station:  # fmt: skip
        heard = [station.stdout.readline() for _ in range(lines)]
        station.send_signal(signal.SIGKILL)
        rest, complaints = station.communicate(timeout=PATIENCE_S)
    assert not complaints, complaints
    whole = [line for line in (*heard, *rest.splitlines(keepends=True)) if line.endswith("\n")]
    answers = [line.split(maxsplit=2) for line in whole]
    return {int(number): (verdict, source.strip()) for number, verdict, *rest in answers
            for source in [rest[0] if rest else ""]}  # fmt: skip


def test_no_answered_part_is_lost_in_a_power_cut(tmp_path):
    folder, mount_point = tmp_path / "disk", tmp_path / "mounted"
    folder.mkdir()
    mount_point.mkdir()
    answered, recovered = {}, 0
    for cut in range(CUTS):
        with power(folder, mount_point, cut, lasting=(0.0, 0.5, 0.9)[cut % 3]):
            heard = judge_until_killed(Home(mount_point / "home"), lines=8 + 17 * (cut % 5))
        assert not answered.keys() & heard.keys()
        answered |= heard
        home = Home(folder / "home")
        assert verify(home).findings == ()
        with Ledger.open(home) as ledger:
            assert ledger.opened == ()
            (interrupted,) = ledger.interrupted
        recovered += interrupted.recovered
        assert verify(home).findings == ()
    rows = all_rows(home)
    assert {number: (rows[number].verdict.value, rows[number].source) for number in answered} == (
        answered
    )
    assert sorted(rows) == list(range(1, max(rows) + 1))
    assert_pictures_are_right(home, rows.values())
    assert sum(row.reason == "station stopped" for row in rows.values()) == recovered
    print(f"{CUTS} cuts, {len(answered)} answered, {len(rows)} rows, {recovered} recovered")


def all_rows(home):
    with LedgerReader.open(home) as reader:
        assert all(run.reconciles for run in reader.runs(*EVER))
        return {row.sequence: row for row in reader.rows(*EVER)}


def assert_pictures_are_right(home, rows):
    kept = [row for row in rows if row.image_path]
    assert len(kept) > CUTS
    for row in kept:
        number = int(re.fullmatch(r"picture (\d+)", row.source)[1])
        np.testing.assert_array_equal(load_picture(home, row), picture(brightness(number)))
        assert load_map(home, row).shape == (24, 32)


def test_the_disk_does_forget_what_was_not_synced(tmp_path):
    folder, mount_point = tmp_path / "disk", tmp_path / "mounted"
    folder.mkdir()
    mount_point.mkdir()
    with power(folder, mount_point, 1, lasting=0.0):
        for name in ("forgotten", "nameless", "synced"):
            with (mount_point / name).open("wb") as file:
                file.write(name.encode() * 1000)
                file.flush()
                if name != "forgotten":
                    os.fsync(file.fileno())
                if name == "synced":
                    directory = os.open(mount_point, os.O_RDONLY)
                    os.fsync(directory)
                    os.close(directory)
            if name == "forgotten":
                (mount_point / name).unlink()
        (mount_point / "late").write_bytes(b"late")
        with (mount_point / "synced").open("r+b") as file:
            file.write(b"SYNCED")
    left = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert left == {"nameless": b"nameless" * 1000, "synced": b"synced" * 1000}
