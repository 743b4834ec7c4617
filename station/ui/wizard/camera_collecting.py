"""Collects good pictures from the camera, shown as they come."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.progress import IsCancelled, Progress
from station.cameras.camera import Picture
from station.inspection.latest import LatestSlot
from station.teaching import collect
from station.ui import theme
from station.ui.actions import icon
from station.ui.buttons import BigButton
from station.ui.camera_sheet import CameraSheet
from station.ui.inputs import Stepper
from station.ui.services import CameraSettings, Services, TriggerChoice
from station.ui.threads import Job
from station.ui.widgets import Text
from station.ui.wizard.watched import WatchedCamera

FRAME_MS = 66
USUAL = 60


class Collecting(QWidget):
    """How many, how often, and a button.

    changed: `images` or `busy` did. pictured: uint8 (H, W, 3) of the newest picture.
    """

    changed = Signal()
    pictured = Signal(object)

    def __init__(
        self, services: Services, camera: CameraSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._camera = camera
        self._job: Job | None = None
        self._folder = Path()
        self._newest: LatestSlot[Picture] = LatestSlot()
        self.images: list[Path] = []
        self.camera_button = BigButton("Camera …")
        self.camera_button.setIcon(icon("camera"))
        self._camera_text = Text(colour=theme.MUTED, elide=True)
        self.wanted = Stepper(1, 500, USUAL, step=10)
        self.pause = Stepper(0, 10, 0.5, step=0.5, decimals=1, unit="s")
        self.button = BigButton("Collect")
        self.status = Text(colour=theme.MUTED, wrap=True)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._pull)
        self.button.clicked.connect(self.press)
        self.camera_button.clicked.connect(self._choose_camera)
        self.use_camera(camera)

    @property
    def busy(self) -> bool:
        """True while pictures are being collected."""
        return self._job is not None

    @property
    def camera(self) -> CameraSettings:
        """Settings of the camera that is collected from."""
        return self._camera

    def use_camera(self, settings: CameraSettings) -> None:
        """Collect from that camera."""
        self._camera = settings
        self._camera_text.setText(str(settings.get("kind", "no camera chosen")))
        self.button.setEnabled(bool(settings))
        self.button.set_primary(bool(settings))
        self.changed.emit()

    @Slot()
    def _choose_camera(self) -> None:
        sheet = CameraSheet(self._camera, TriggerChoice(), self.window())
        sheet.chosen.connect(self._on_camera)
        sheet.show_for(self.window())

    @Slot(object, object)
    def _on_camera(self, settings: CameraSettings, _trigger: TriggerChoice) -> None:
        self.use_camera(settings)

    @Slot()
    def press(self) -> None:
        """Collect, or stop collecting; what was collected stays."""
        if self._job is not None:
            self._job.cancel()
            return
        self.status.setText("")
        clock = self._services.clock().astimezone()
        self._folder = self._services.home.teaching / f"{clock:%Y-%m-%d %H%M%S}"
        work = partial(self._work, self._folder, int(self.wanted.value), self.pause.value)
        self._job = Job(work, self)
        self._job.progress.connect(self._on_progress)
        self._job.failed.connect(self._on_failed)
        self._job.finished.connect(self._on_finished)
        self._job.start()
        self._timer.start()
        self.button.setText("Stop")
        self.button.set_primary(False)
        self.camera_button.setEnabled(False)
        self.changed.emit()

    def stop(self) -> None:
        """Cancel and wait."""
        if self._job is not None:
            self._job.stop()
        self._timer.stop()

    def _lay_out(self) -> None:
        choice, how = QHBoxLayout(), QHBoxLayout()
        for row in (choice, how):
            row.setSpacing(theme.GAP)
        choice.addWidget(self.camera_button)
        choice.addWidget(self._camera_text, 1)
        for widget in (self.wanted, Text("pictures, one every"), self.pause, self.button):
            how.addWidget(widget)
        how.addWidget(self.status, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(choice)
        column.addLayout(how)

    def _work(
        self,
        folder: Path,
        count: int,
        pause_s: float,
        progress: Progress,
        cancelled: IsCancelled,
    ) -> list[Path]:
        camera = self._services.build_camera(self._camera)
        with WatchedCamera(camera, self._newest.put, pause_s, cancelled) as watched:
            return collect(watched, folder, count, progress, cancelled)

    @Slot(str, int, int)
    def _on_progress(self, _stage: str, done: int, total: int) -> None:
        self.status.setText(f"{done} of {total}")
        self._look_for_images()

    def _look_for_images(self) -> None:
        self.images = sorted(self._folder.glob("*.png"))
        self.changed.emit()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.status.setText(sentence)

    @Slot()
    def _on_finished(self) -> None:
        if self._job is not None:
            self._job.wait()
            self._job.deleteLater()
        self._job = None
        self._timer.stop()
        self._pull()
        self.camera_button.setEnabled(True)
        self._look_for_images()
        self.button.set_primary(not self.images)
        self.button.setText("Collect again" if self.images else "Collect")

    @Slot()
    def _pull(self) -> None:
        picture = self._newest.take()
        if picture is not None:
            self.pictured.emit(picture.pixels)
