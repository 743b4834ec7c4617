"""Composition root: builds the window and everything behind it, and takes it down again."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QLockFile
from PySide6.QtWidgets import QApplication

from engine.teach import TeachSettings
from station.audit import Kind, leave
from station.cameras.catalogue import build_camera
from station.clock import utc_now
from station.drafts.teaching import teach_draft
from station.errors import RecipeError, StationError
from station.home import Home
from station.judging import AUTO
from station.judging_process import CRASH_LOG, open_in_process
from station.ledger.shared import SharedLedger
from station.ledger.trail import take_in_unless_busy
from station.recipes.store import RecipeStore
from station.reports.shift_report import ShiftReport
from station.resolution import Prediction, predict_for
from station.settings import load
from station.teaching import HELD_OUT
from station.ui import theme
from station.ui.conductor import Conductor
from station.ui.demo import DemoOptions, DemoShow, demo_camera
from station.ui.error_door import ErrorDoor, close_log, open_log
from station.ui.recipes import first_recipe
from station.ui.services import Services

__all__ = ["DemoOptions", "export_pdf", "run_window"]


def run_window(
    home: Home,
    recipe_name: str | None,
    *,
    operator: str,
    runtime: str = AUTO,
    start: bool = False,
    demo: DemoOptions | None = None,
) -> int:
    """Open the station's window and return its exit code when it is closed.

    start: begin judging at once, as a station must after a power cut.

    Raises:
        StationError: another station uses this home, or the home may not be written.
    """
    with (
        application() as qt,
        only_instance(home),
        error_door(home) as door,
        audited(home, operator),
    ):
        services = build_services(home, operator, runtime)
        if demo is not None:
            services = replace(services, build_camera=demo_camera(demo.seed, build_camera))
        conductor = Conductor(services, door)
        conductor.window.resize(1600, 900)
        conductor.window.closing.connect(qt.quit)
        try:
            if demo is None:
                choose_first(conductor, services.store, recipe_name)
                conductor.recall_rejects()
                conductor.window.showMaximized()
                if start:
                    conductor.start()
                return int(qt.exec())
            show = DemoShow(conductor, demo)
            show.begin()
            qt.exec()
            if show.problem:
                raise StationError(show.problem)
            return 0
        finally:
            conductor.shutdown()
            conductor.window.hide()
            conductor.window.deleteLater()


def export_pdf(report: ShiftReport, path: Path) -> None:
    """Write a shift report as PDF; works with and without a window."""
    from station.ui.pdf import write_pdf

    with application():
        write_pdf(report, path)


def build_services(home: Home, operator: str, runtime: str = AUTO) -> Services:
    """The real parts. runtime: what judges, "auto" for the fastest that passes the gate.

    Raises:
        SettingsError: station.toml is damaged, or a value in it is not allowed.
    """
    settings = load(home)
    return Services(
        home=home,
        store=RecipeStore(home),
        build_camera=build_camera,
        load_engine=partial(open_in_process, runtime=runtime, crash_log=home.logs / CRASH_LOG),
        teach=teach_draft,
        predict=predicted,
        clock=utc_now,
        operator=operator,
        settings=settings,
        shared=SharedLedger(home, utc_now, borderline=settings.storage.borderline_share),
    )


def predicted(settings: TeachSettings, images: Sequence[Path]) -> Prediction:
    """What teaching these pictures and judging with it take on this machine."""
    return predict_for(settings, images, HELD_OUT, time.perf_counter)


def choose_first(conductor: Conductor, store: RecipeStore, name: str | None) -> None:
    """Give each lane its recipe; a revision that does not verify is told and not used.

    name: of the first lane's. Otherwise the settings name it, or the newest is taken.
    """
    for lane in conductor.lanes:
        named = name if lane is conductor.lanes[0] else None
        try:
            found = first_recipe(store, named or lane.control.lane.recipe or None)
        except RecipeError as error:
            conductor.door.report(error)
            continue
        if found is not None:
            lane.control.use_recipe(found.recipe)
            for sentence in found.refused:
                conductor.door.tell(sentence)


@contextmanager
def application() -> Iterator[QApplication]:
    """The process's one QApplication, dressed."""
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("Patchlight")
    # The window's own closing ends the program, once everything has stopped.
    qt.setQuitOnLastWindowClosed(False)
    pg.setConfigOptions(imageAxisOrder="row-major", antialias=True)
    theme.apply(qt)
    yield qt


@contextmanager
def only_instance(home: Home) -> Iterator[None]:
    """Hold the home's lock. Raises StationError when another station holds it."""
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StationError(
            f"The folder '{home.root}' cannot be made: {error.strerror}. Name another with --home."
        ) from error
    lock = QLockFile(str(home.root / "window.lock"))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        raise StationError(_refusal(lock, home))
    try:
        yield
    finally:
        lock.unlock()


def _refusal(lock: QLockFile, home: Home) -> str:
    if lock.error() != QLockFile.LockError.LockFailedError:
        return f"The folder '{home.root}' cannot be written. Name another one with --home."
    return (
        f"A Patchlight station is already open on '{home.root}'. "
        "Close it first, or open this one on another folder with --home."
    )


@contextmanager
def audited(home: Home, operator: str) -> Iterator[None]:
    """Have in the audit trail that the station's window was opened, and closed in order."""
    program = f"Patchlight {version('patchlight')}"
    leave(home, Kind.STARTED, program, operator)
    try:
        yield
    finally:
        leave(home, Kind.STOPPED, program, operator)
        take_in_unless_busy(home)


@contextmanager
def error_door(home: Home) -> Iterator[ErrorDoor]:
    """Every fault is logged and shown while this lasts."""
    log = open_log(home)
    door = ErrorDoor()
    door.install()
    try:
        yield door
    finally:
        door.uninstall()
        close_log(log)
