"""Real widgets, offscreen; a test that leaves a window or a running thread behind fails."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.home import Home
from station.ui import theme
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor
from station.ui.services import Services
from station.ui.threads import Job, LoopThread
from tests.ui.station_parts import make_services

PATIENCE_MS = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says this of every window with a least size; it means nothing."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(autouse=True)
def nothing_leaks(qapp: QApplication) -> Iterator[None]:
    """No top-level widget and no running thread may outlive a test."""
    before = set(qapp.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [widget for widget in qapp.topLevelWidgets() if widget not in before]
    running = [
        thread
        for thread in gc.get_objects()
        if type(thread) in {Job, LoopThread} and shiboken6.isValid(thread) and thread.isRunning()
    ]
    for thread in running:
        thread.stop()
    assert not left, f"left behind: {left}"
    assert not running, f"still running: {running}"


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """The application as the person sees it."""
    theme.apply(qapp)


class PatientBot(QtBot):
    """Waits long enough for a busy machine; a test that passes waits no longer for it."""

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **how: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **how)

    def waitSignals(self, signals: Any, *, timeout: int = PATIENCE_MS, **how: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **how)

    def waitUntil(self, callback: Any, *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The usual one, with more patience."""
    return PatientBot(request)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def services(home: Home) -> Services:
    """A store, a folder camera and a scorer that sees brightness."""
    return make_services(home)


@pytest.fixture
def conductor(qapp: QApplication, services: Services) -> Iterator[Conductor]:
    """The whole window on a station without a recipe."""
    made = Conductor(services, ErrorDoor())
    made.window.resize(1280, 800)
    made.window.show()
    yield made
    made.window.close()
    made.window.deleteLater()
    made.deleteLater()
