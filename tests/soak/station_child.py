"""The station of the soak: the real window with all that it hosts, off screen.

Run as a program it starts judging, as `patchlight run --start` does, tells whoever soaks it what
happens, and does what it is told: "start", "stop", "quit".
"""

import argparse
import faulthandler
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Client, Connection
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Signal, Slot

from station import app
from station.cameras.camera import Camera
from station.cameras.steady import SteadyCamera
from station.home import Home
from station.inspection.events import (
    CameraChanged,
    Event,
    LineChanged,
    Recorded,
    StateChanged,
    StorageChanged,
)
from station.ui.conductor import Conductor
from station.ui.error_door import Trouble
from station.ui.services import CameraSettings
from tests.soak.net_camera import KIND, NetCamera

SCREEN = (1280, 800)

Tell = Callable[..., None]


class Operator(QObject):
    """Presses the window's buttons for whoever soaks, and tells what the window shows."""

    told = Signal(str)

    def __init__(self, conductor: Conductor, tell: Tell) -> None:
        super().__init__(conductor)
        self._conductor = conductor
        self._tell = tell
        self.told.connect(self._press)
        control = conductor.lane.control
        control.told.connect(self._on_event)
        control.ended.connect(self._on_ended)
        conductor.door.reported.connect(self._on_trouble)
        conductor.keeping.stored.connect(self._on_stored)

    @Slot(str)
    def _press(self, word: str) -> None:
        if word == "start":
            self._conductor.start()
        elif word == "stop":
            self._conductor.stop()
        else:
            self._conductor.close()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if isinstance(event, Recorded):
            row = event.row
            self._tell("row", row.sequence, row.verdict.value, row.reason, row.source)
        elif isinstance(event, StateChanged):
            self._tell("state", event.state.value, event.text)
        elif isinstance(event, CameraChanged):
            self._tell("camera", event.ok, event.text)
        elif isinstance(event, LineChanged):
            self._tell("line", event.controlled, event.text)

    @Slot(object)
    def _on_stored(self, event: StorageChanged) -> None:
        self._tell("storage", event.ok, event.text)

    @Slot(object)
    def _on_trouble(self, trouble: Trouble) -> None:
        """A sentence in the banner; one with a traceback is an exception that nobody expected."""
        if trouble.details:
            self._tell("error", trouble.details)
        else:
            self._tell(
                "stuck" if "has been stuck" in trouble.sentence else "banner", trouble.sentence
            )

    @Slot()
    def _on_ended(self) -> None:
        self._tell("ended")


def main() -> None:
    """Serve until told to quit, or until nobody listens any more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    for name in ("--home", "--log"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    faulthandler.enable()
    logging.getLogger().addHandler(_handler(args.log))
    with Client(("127.0.0.1", args.port)) as connection, _window(args.home) as (conductor, run):
        operator = Operator(conductor, _teller(connection))
        listener = threading.Thread(target=_listen, args=(connection, operator), daemon=True)
        conductor.window.show()
        conductor.start()
        listener.start()
        run()


@contextmanager
def _window(root: Path) -> Iterator[tuple[Conductor, Callable[[], int]]]:
    """What `station.app.run_window` builds, with the soak's camera among the cameras."""
    home = Home(root)
    with app.application() as qt, app.only_instance(home), app.error_door(home) as door:
        services = replace(app.build_services(home, "soak"), build_camera=_build_camera)
        conductor = Conductor(services, door)
        conductor.window.resize(*SCREEN)
        conductor.window.closing.connect(qt.quit)
        try:
            app.choose_first(conductor, services.store, None)
            conductor.recall_rejects()
            yield conductor, qt.exec
        finally:
            conductor.shutdown()


def _build_camera(settings: CameraSettings) -> Camera:
    if settings["kind"] == KIND:
        return SteadyCamera(NetCamera(int(settings["port"])))
    return app.build_camera(settings)


def _listen(connection: Connection, operator: Operator) -> None:
    word = ""
    while word != "quit":
        try:
            word = connection.recv()
        except (EOFError, OSError):
            word = "quit"
        operator.told.emit(word)


def _teller(connection: Connection) -> Tell:
    lock = threading.Lock()

    def tell(*message: object) -> None:
        with lock, suppress(OSError):
            connection.send(message)

    return tell


def _handler(path: Path) -> logging.Handler:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(message)s"))
    return handler


if __name__ == "__main__":
    main()
