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
from station.inspection.latest import LatestSlot
from station.ui.services import CameraSettings
from station.ui.threads import LoopThread

FRAME_MS = 66
LEAST_S = 0.1
"""Between pictures of what gives one whenever it is asked: files, the virtual line."""
LONGEST_MS = 10_000
"""Until a camera that is being opened heeds its end."""


class LiveCamera(QObject):
    """Watches one camera at a time.

    looked: a `Look`. troubled: why no picture comes. held: a `Held` after a command.
    """

    looked = Signal(object)
    troubled = Signal(str)
    held = Signal(object)

    def __init__(
        self, build: Callable[[CameraSettings], Camera], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._build = build
        self._loop: PreviewLoop | None = None
        self._thread: LoopThread | None = None
        self._looks: LatestSlot[Look] = LatestSlot()
        self.settings: CameraSettings = {}
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._pull)

    @property
    def running(self) -> bool:
        """True while the camera is, or is being, opened."""
        return self._thread is not None

    def start(self, settings: CameraSettings) -> None:
        """Watch that camera in place of the one before."""
        self.stop()
        self.settings = dict(settings)
        self._looks = LatestSlot()
        build = partial(self._build, self.settings)
        self._loop = PreviewLoop(build, self._looks, least_s=least_s(settings))
        self._thread = LoopThread(self._loop, self)
        self._thread.published.connect(self._on_published)
        self._thread.failed.connect(self._on_failed)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Close the camera; returns when its thread has ended."""
        thread, loop = self._thread, self._loop
        self._timer.stop()
        self._thread = self._loop = None
        if thread is None or loop is None:
            return
        thread.request_stop()
        loop.close()
        thread.stop(LONGEST_MS)
        thread.deleteLater()

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
        if self.sender() is not self._thread:
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
    def _pull(self) -> None:
        look = self._looks.take()
        if look is not None:
            self.looked.emit(look)


def least_s(settings: CameraSettings) -> float:
    """Seconds to leave between pictures: none where the camera itself says when the next comes."""
    live = settings.get("kind") == "usb" or "://" in str(settings.get("address", ""))
    return 0.0 if live else LEAST_S


def _done(work: Callable[[VideoCamera], Held], camera: Camera) -> Held:
    inner = camera.inner if isinstance(camera, SteadyCamera) else camera
    if not isinstance(inner, VideoCamera):
        raise CameraError(f"{camera.name} has nothing to lock.")
    return work(inner)
