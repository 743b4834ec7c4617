"""The camera while a page shows it: one thread at most, and it ends when the page is left."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from station.cameras.camera import Camera
from station.cameras.controls import Held
from station.cameras.preview import Look, PreviewLoop, Trouble
from station.cameras.steady import SteadyCamera
from station.cameras.video import VideoCamera
from station.errors import CameraError
from station.inspection.freshness import is_live
from station.inspection.latest import LatestSlot
from station.ui.services import CameraSettings
from station.ui.threads import LoopThread

FRAME_MS = 66
LEAST_S = 0.1
"""Between pictures of what gives one whenever it is asked: files, the virtual line."""
LONGEST_MS = 10_000
"""Until a camera that is being opened heeds its end."""
_HANGING: list[LoopThread] = []
"""Threads in drivers that never answered: Qt ends the program where a running one is destroyed."""


class LiveCamera(QObject):
    """Watches one camera at a time.

    looked: a `Look`. troubled: why no picture comes. held: a `Held` after a command.
    ended: the camera is closed, after `end`.
    """

    looked = Signal(object)
    troubled = Signal(str)
    held = Signal(object)
    ended = Signal()

    def __init__(
        self, build: Callable[[CameraSettings], Camera], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._build = build
        self._loop: PreviewLoop | None = None
        self._thread: LoopThread | None = None
        self._looks: LatestSlot[Look] = LatestSlot()
        self._next: CameraSettings = {}
        self.settings: CameraSettings = {}
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._pull)

    @property
    def running(self) -> bool:
        """True while the camera is watched, or is about to be."""
        return self._timer.isActive() or bool(self._next)

    @property
    def busy(self) -> bool:
        """True until the camera is closed, also after `end`."""
        return self._thread is not None

    def start(self, settings: CameraSettings) -> None:
        """Watch that camera in place of the one before, as soon as that one is closed."""
        self.end()
        self.settings = dict(settings)
        self._next = self.settings
        if not self.busy:
            self._begin()

    def end(self) -> None:
        """Ask for the camera to be closed; does not wait. `ended` follows if it was open."""
        self._timer.stop()
        self._next = {}
        if self._thread is not None and self._loop is not None:
            self._thread.request_stop()
            self._loop.close()

    def stop(self) -> None:
        """Close the camera; returns when its thread has ended."""
        self.end()
        self._forget()

    def _begin(self) -> None:
        self._looks = LatestSlot()
        build = partial(self._build, self.settings)
        self._loop = PreviewLoop(build, self._looks, least_s=least_s(self.settings))
        self._thread = LoopThread(self._loop, self)
        self._next = {}
        self._thread.published.connect(self._on_published)
        self._thread.failed.connect(self._on_failed)
        self._thread.finished.connect(self._on_finished)
        self._thread.start()
        self._timer.start()

    def _forget(self) -> None:
        thread, self._thread, self._loop = self._thread, None, None
        if thread is not None and thread.wait(LONGEST_MS):
            thread.deleteLater()
        elif thread is not None:
            thread.setParent(None)
            _HANGING.append(thread)

    def lock(self) -> None:
        """Hold exposure, gain and white balance as they are; `held` follows."""
        self._ask(lambda camera: camera.lock())

    def unlock(self) -> None:
        """Let the camera adjust itself; `held` follows."""
        self._ask(lambda camera: camera.unlock())

    def brighten(self, brighter: bool) -> None:
        """Change a locked exposure by a step; `held` follows."""
        self._ask(lambda camera: camera.brighten(brighter))

    def _ask(self, work: Callable[[VideoCamera], Held]) -> None:
        if self._loop is not None:
            self._loop.ask(partial(_done, work))

    @Slot(object)
    def _on_published(self, event: Any) -> None:
        if self.sender() is not self._thread or not self._timer.isActive():
            return
        if isinstance(event, Trouble):
            self.troubled.emit(event.text)
        else:
            self.held.emit(event)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._thread:
            self.stop()
            self.troubled.emit(f"The camera cannot be watched: {error}.")

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is None or self.sender() is not self._thread:
            return
        self._forget()
        if self._next:
            self._begin()
        else:
            self.ended.emit()

    @Slot()
    def _pull(self) -> None:
        look = self._looks.take()
        if look is not None:
            self.looked.emit(look)


def least_s(settings: CameraSettings) -> float:
    """Seconds to leave between pictures: none where the camera itself says when the next comes."""
    return 0.0 if is_live(settings) else LEAST_S


def _done(work: Callable[[VideoCamera], Held], camera: Camera) -> Held:
    inner = camera.inner if isinstance(camera, SteadyCamera) else camera
    if not isinstance(inner, VideoCamera):
        raise CameraError(f"{camera.name} has nothing to lock.")
    return work(inner)
