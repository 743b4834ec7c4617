"""How long the station takes to stop, from each state it can be in (asked: under 2 s).

python -m tests.benchmarks.stopping

The window is real and offscreen; recipes are judged in a process of their own.
"""

import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest

from station import app
from station.cameras.camera import Camera, Picture
from station.cameras.steady import SteadyCamera
from station.errors import CameraLost
from station.home import Home
from station.inspection.events import RunState
from station.judging_process import JudgingProcess
from station.ledger.shared import SharedLedger
from station.recipes.store import RecipeStore
from station.settings import LaneSettings, LineSettings, Settings
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor
from station.ui.services import TriggerChoice, TriggerKind
from tests.ui.station_parts import draft, make_services, write_pictures

sys.path.insert(0, str(Path(__file__).parents[1] / "station"))
import judging_children as children

PATIENCE_S = 60.0
NO_MACHINE = "203.0.113.1"
"""An address kept for documentation: nobody answers, nobody refuses."""


class Lost(Camera):
    """Gives one picture, is then gone, and every attempt to reach it again hangs."""

    name = "lost"

    def __init__(self, inner: Camera) -> None:
        self._inner = inner
        self._opened = 0

    @property
    def settings(self) -> dict[str, str | float | bool]:
        return {"kind": "usb"}

    def open(self) -> None:
        self._opened += 1
        if self._opened > 1:
            time.sleep(PATIENCE_S)
        self._inner.open()
        self._given = 0

    def grab(self) -> Picture:
        self._given += 1
        if self._given > 1:
            raise CameraLost("gone")
        return self._inner.grab()

    def close(self) -> None:
        self._inner.close()


def main() -> None:
    """Measure every state and print a line each."""
    with app.application():
        for name, measure in STATES.items():
            with tempfile.TemporaryDirectory() as folder:
                print(f"{name}: {measure(Home(Path(folder))):.2f} s", flush=True)


def opening(home: Home) -> float:
    """The recipe is being opened, and never is."""
    with _station(home, serve=children.never_ready) as conductor:
        conductor.start()
        return _stopped(conductor)


def running(home: Home) -> float:
    """Parts are judged."""
    with _running(home) as conductor:
        return _stopped(conductor)


def paused(home: Home) -> float:
    """No part is accepted."""
    with _running(home) as conductor:
        conductor.pause_or_resume()
        _wait(lambda: conductor.control.state is RunState.PAUSED)
        return _stopped(conductor)


def waiting(home: Home) -> float:
    """Nothing triggers."""
    with _station(home) as conductor:
        control = conductor.control
        control.use_camera(control.camera_settings, TriggerChoice(TriggerKind.KEY))
        conductor.start()
        _wait(lambda: control.state is RunState.RUNNING)
        return _stopped(conductor)


def reconnecting(home: Home) -> float:
    """The camera is gone, and its driver hangs while it is opened anew."""
    with _station(home, camera=lambda inner: SteadyCamera(Lost(inner))) as conductor:
        conductor.start()
        _wait(lambda: bool(conductor.lane.camera_trouble))
        QTest.qWait(1500)
        return _stopped(conductor)


def hung(home: Home) -> float:
    """What judges hangs over a picture."""
    with _running(home) as conductor:
        os.kill(_JUDGES[-1].pid, signal.SIGSTOP)
        QTest.qWait(500)
        return _stopped(conductor)


def no_plc(home: Home) -> float:
    """The PLC is not there, and nothing refuses the connection."""
    line = LineSettings("modbus", host=NO_MACHINE)
    with _station(home, Settings((LaneSettings(trigger="line"),), line)) as conductor:
        conductor.start()
        _wait(lambda: conductor.control.state is RunState.RUNNING)
        QTest.qWait(1000)
        return _stopped(conductor)


def frozen_plc(home: Home) -> float:
    """The PLC takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = LineSettings("modbus", host="127.0.0.1", port=server.getsockname()[1])
        with _station(home, Settings((LaneSettings(trigger="line"),), line)) as conductor:
            conductor.start()
            _wait(lambda: conductor.control.state is RunState.RUNNING)
            QTest.qWait(1000)
            return _stopped(conductor)


STATES = {
    "opening the recipe": opening,
    "running": running,
    "paused": paused,
    "waiting for a trigger": waiting,
    "camera lost, its driver hanging": reconnecting,
    "judging hung": hung,
    "PLC not there": no_plc,
    "PLC frozen": frozen_plc,
}
_JUDGES: list[JudgingProcess] = []


@contextmanager
def _station(
    home: Home,
    settings: Settings | None = None,
    *,
    serve: Callable[..., None] = children.serve,
    camera: Callable[[Camera], Camera] = lambda inner: inner,
) -> Iterator[Conductor]:
    folder = write_pictures(home.root / "parts", [False] * 5)
    made = draft("board", folder)
    made = replace(made, camera={**made.camera, "loop": True, "rate_hz": 20.0})
    RecipeStore(home).publish(made, lambda path: path.write_bytes(b"x") and None)
    services = make_services(home)
    services = replace(
        services,
        load_engine=partial(_open, log=home.root / "crash.log", serve=serve),
        build_camera=lambda wanted: camera(make_services(home).build_camera(wanted)),
        shared=SharedLedger(home),
        settings=settings or Settings(),
    )
    conductor = Conductor(services, ErrorDoor())
    conductor.control.use_recipe(RecipeStore(home).load("board"))
    conductor.window.show()
    yield conductor
    conductor.window.close()


@contextmanager
def _running(home: Home) -> Iterator[Conductor]:
    with _station(home) as conductor:
        conductor.start()
        _wait(lambda: conductor.window.live.tally.judged + conductor.window.live.tally.fault > 3)
        yield conductor


def _open(recipe, cancelled, log, serve):  # type: ignore[no-untyped-def]
    _JUDGES.append(JudgingProcess(recipe, "auto", log, serve=serve, cancelled=cancelled))
    return _JUDGES[-1]


def _stopped(conductor: Conductor) -> float:
    began = time.monotonic()
    conductor.stop()
    _wait(lambda: not conductor.active)
    return time.monotonic() - began


def _wait(true: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError
        QTest.qWait(5)


if __name__ == "__main__":
    main()
