"""A stream's server is killed and started again under the running window, again and again.

python -m tests.benchmarks.camera_kills [--times 20]

Prints how long after each kill the fault is on the screen (asked: 1 s), and how long after the
server listens again the next part is judged (asked: 3 s). Needs GStreamer's RTSP server.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest

from station import app
from station.home import Home
from station.inspection.events import RunState
from station.ledger import LedgerReader, check
from station.recipes.store import RecipeStore
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor
from station.ui.services import TriggerChoice
from tests.ui.station_parts import NOON, draft, make_services

SERVER = Path(__file__).parents[1] / "station" / "rtsp_server.py"
PATIENCE_S = 60.0
PYTHONS = (sys.executable, "/usr/bin/python3")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--away", type=float, default=2.0, help="seconds without a server")
    parser.add_argument("--python", default=PYTHONS[-1], help="an interpreter with PyGObject")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, app.application():
        measure(Home(Path(folder)), args.times, args.away, args.python)


def measure(home: Home, times: int, away_s: float, python: str) -> None:
    """Kill and restart `times` times."""
    port = _free_port()
    server = _serve(python, port)
    conductor = _running(home, f"rtsp://127.0.0.1:{port}/line")
    verdict, tally = conductor.window.live.verdict, conductor.window.live.tally
    faults, returns = [], []
    for _ in range(times):
        server.kill()
        faults.append(_seconds_until(lambda: verdict.headline == "No camera"))
        QTest.qWait(int(1000 * away_s))
        server.wait()
        server = _serve(python, port)
        judged = tally.judged
        returns.append(_seconds_until(lambda n=judged: tally.judged > n))
    conductor.stop()
    stopped = _seconds_until(lambda: not conductor.active)
    server.kill()
    _report(home, faults, returns, stopped)
    conductor.window.close()


def _running(home: Home, address: str) -> Conductor:
    made = replace(draft("board"), camera={"kind": "video", "address": address}, frame_size=(0, 0))
    RecipeStore(home).publish(made, lambda path: path.write_bytes(b"x") and None)
    conductor = Conductor(make_services(home), ErrorDoor())
    conductor.control.use_recipe(RecipeStore(home).load("board"))
    conductor.control.use_camera(made.camera, TriggerChoice())
    conductor.window.resize(1280, 800)
    conductor.window.show()
    conductor.start()
    _seconds_until(lambda: conductor.control.state is RunState.RUNNING)
    _seconds_until(lambda: conductor.window.live.tally.judged > 5)
    return conductor


def _serve(python: str, port: int) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen([python, str(SERVER), str(port), "x264"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"listening\n"
    return child


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _seconds_until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE_S:
            sys.exit("It did not happen within a minute.")
        QTest.qWait(5)
    return time.monotonic() - began


def _report(home: Home, faults: list[float], returns: list[float], stopped_s: float) -> None:
    for name, found in (("fault on screen", faults), ("judging again", returns)):
        middle = sorted(found)[len(found) // 2]
        print(f"{name}: {len(found)} times, median {middle:.2f} s, most {max(found):.2f} s")
    print(f"stopped in {stopped_s:.2f} s")
    with LedgerReader.open(home) as reader:
        (run,) = reader.runs(NOON.replace(year=2020), NOON.replace(year=2100))
    print(f"triggers {run.triggers}, rows {run.rows}; ledger {check(home) or 'sound'}")


if __name__ == "__main__":
    main()
