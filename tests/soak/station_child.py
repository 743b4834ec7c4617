"""The station of the soak: real loops, ledger, judging process and line, without a window.

Run as a program it connects to whoever soaks it, tells what happens and does what it is told:
"start", "stop", "quit".
"""

import argparse
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Client
from pathlib import Path

import station  # noqa: F401 - its OpenMP setting must come before OpenVINO is imported
from station.cameras.steady import SteadyCamera
from station.home import Home
from station.inspection.events import (
    CameraChanged,
    Event,
    LineChanged,
    Recorded,
    StateChanged,
    Stuck,
)
from station.inspection.session import Session
from station.inspection.watchdog import Watchdog
from station.judging import AUTO
from station.judging_process import CRASH_LOG, open_in_process
from station.ledger import SharedLedger
from station.line import open_line
from station.recipes.store import RecipeStore
from station.settings import LaneSettings, LineSettings
from tests.soak.net_camera import NetCamera
from tests.soak.product import RECIPE

TAKT_S = 1.0
"""From trigger to verdict."""

Tell = Callable[..., None]


class SoakedStation:
    """Starts runs of one lane, and hosts their threads as the window does."""

    def __init__(self, home: Home, camera_port: int, plc_port: int, tell: Tell) -> None:
        self._home = home
        self._camera_port = camera_port
        self._lane = LaneSettings(trigger="line", takt_s=TAKT_S)
        self._settings = LineSettings("modbus", "127.0.0.1", plc_port)
        self._tell = tell
        self._ledger = SharedLedger(home)
        self._stop = threading.Event()
        self._over: threading.Thread | None = None

    def start(self) -> None:
        """Start a run once the one before is over."""
        self.wait_until_over()
        self._stop.clear()
        try:
            session, line = self._prepared()
        except Exception as error:
            self._tell("ended", f"No run could be prepared: {error}")
            return
        self._over = threading.Thread(target=self._host, args=(session, line), name="run")
        self._over.start()

    def stop(self) -> None:
        """Ask the run to end; "ended" follows."""
        self._stop.set()

    def wait_until_over(self) -> None:
        """Wait for every thread of the run."""
        if self._over is not None:
            self._over.join()

    def _prepared(self) -> tuple[Session, object]:
        line = open_line(self._settings, self._lane)
        session = Session(
            self._home,
            RecipeStore(self._home).load(RECIPE),
            SteadyCamera(NetCamera(self._camera_port)),
            line.trigger,
            operator="soak",
            queue_capacity=self._lane.queue,
            load_engine=partial(
                open_in_process, runtime=AUTO, crash_log=self._home.logs / CRASH_LOG
            ),
            limit_s=self._lane.takt_s,
            answer=line.answer,
            open_ledger=self._ledger.lease,
        )
        return session, line

    def _host(self, session: Session, line) -> None:
        afterwards = threading.Event()
        watchdog = Watchdog(lambda: session.pulses)
        loops = [
            self._hosted(each, self._stop) for each in (session.acquire.run, session.inspect.run)
        ]
        lasting = [self._hosted(each, afterwards) for each in (line.run, watchdog.run)]
        for each in loops:
            each.join()
        afterwards.set()
        for each in lasting:
            each.join()
        self._tell("ended", "")

    def _hosted(self, run: Callable[..., None], stop: threading.Event) -> threading.Thread:
        thread = threading.Thread(target=run, args=(stop, self._publish), name=run.__qualname__)
        thread.start()
        return thread

    def _publish(self, event: Event | Stuck) -> None:
        if isinstance(event, Recorded):
            row = event.row
            self._tell("row", row.sequence, row.verdict.value, row.reason, row.source)
        elif isinstance(event, StateChanged):
            self._tell("state", event.state.value, event.text)
        elif isinstance(event, CameraChanged):
            self._tell("camera", event.ok, event.text)
        elif isinstance(event, LineChanged):
            self._tell("line", event.controlled, event.text)
        elif isinstance(event, Stuck):
            self._tell("stuck", event.thread, event.text)


def main() -> None:
    """Serve until told to quit, or until nobody listens any more."""
    parser = argparse.ArgumentParser()
    for name in ("--camera-port", "--plc-port", "--port"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--home", "--log"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(
        filename=args.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    faulthandler.enable()
    with Client(("127.0.0.1", args.port)) as connection:
        lock = threading.Lock()

        def tell(*message: object) -> None:
            with lock, suppress(OSError):
                connection.send(message)

        _tell_troubles(tell)
        soaked = SoakedStation(Home(args.home), args.camera_port, args.plc_port, tell)
        tell("born", os.getpid())
        with suppress(EOFError, OSError):
            while (told := connection.recv()) != "quit":
                (soaked.start if told == "start" else soaked.stop)()
        soaked.stop()
        soaked.wait_until_over()


def _tell_troubles(tell: Tell) -> None:
    """Every exception that nobody caught is told; the soak fails over it."""

    def in_thread(trouble: threading.ExceptHookArgs) -> None:
        logging.error("In a thread:", exc_info=trouble.exc_value)
        tell("error", f"{trouble.thread and trouble.thread.name}: {trouble.exc_value!r}")

    def anywhere(kind, error, trace) -> None:
        logging.error("Unexpected:", exc_info=(kind, error, trace))
        tell("error", repr(error))

    threading.excepthook, sys.excepthook = in_thread, anywhere


if __name__ == "__main__":
    main()
