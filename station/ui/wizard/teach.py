"""Fifth step: what teaching will take, teaching, and what came of it."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import EngineError
from engine.progress import IsCancelled, Progress
from engine.teach import TeachSettings
from station.drafts import DraftSession
from station.drafts.teaching import settings_of
from station.resolution import Prediction
from station.teaching import HELD_OUT
from station.ui.services import Services
from station.ui.threads import Job
from station.ui.wizard.teaching import TeachingStep

STAGES = (
    "reading",
    "registration",
    "projection",
    "features",
    "coreset",
    "calibrating",
    "bad parts",
)


class TeachStep(TeachingStep):
    """Teaches the draft; nothing else of it changes, whether teaching ends or is cancelled."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(STAGES, clock)
        self._services = services
        self._session: DraftSession | None = None
        self.cancel_button.setEnabled(False)
        self.forecast = Forecast(services, self)
        self.forecast.changed.connect(self._tell)
        self.taught.connect(self._tell)
        self.gave_up.connect(self.changed)

    def enter(self, session: DraftSession) -> None:
        """Show what was taught, or what teaching will take."""
        self._session = session
        self.row("registration").setVisible(session.draft.looking.by_position)
        if self.job is None:
            self.sheet.show_files(session.kept_good())
            self.show_finished(session.draft.is_taught)
            if not session.draft.is_taught:
                self.forecast.ask(session)
            self._tell()

    @property
    def next_text(self) -> str:
        """Teach first, then go on."""
        if self.job is not None:
            return "Teaching …"
        if self._is_taught:
            return "Set the threshold"
        return f"Teach {self._count} pictures"

    @property
    def missing(self) -> str:
        """Nothing can be done here while it teaches."""
        return "" if self.job is None else "Nothing to do now."

    def proceed(self) -> bool:
        """Teach where that is still to be done."""
        if self._is_taught or self._session is None:
            return True
        self.forecast.stop()
        self.begin(partial(self._services.teach, self._session))
        return False

    def stop(self) -> None:
        """End predicting and teaching."""
        self.forecast.stop()
        super().stop()

    @property
    def _is_taught(self) -> bool:
        return self._session is not None and self._session.draft.is_taught

    @property
    def _count(self) -> int:
        return len(self._session.draft.kept) if self._session else 0

    @Slot()
    def _tell(self) -> None:
        self.lead.setText(_outcome(self._session) if self._is_taught else self._outlook())
        self.changed.emit()

    def _outlook(self) -> str:
        held_out = round(self._count * HELD_OUT)
        return (
            f"{self._count - held_out} pictures will be taught; {held_out}, drawn by lot, are kept "
            "aside for the threshold. Cancelling leaves everything as it is.\n"
            f"{self.forecast.text}"
        )


class Forecast(QObject):
    """What teaching and judging will take on this machine. changed: `text` did."""

    changed = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._job: Job | None = None
        self.text = ""

    def ask(self, session: DraftSession) -> None:
        """Predict for the draft's pictures."""
        images = session.kept_good()
        if self._job is not None or not images:
            return
        try:
            settings = settings_of(session)
        except EngineError as error:
            self._show(str(error))
            return
        self._show("Trying on this machine what it will take …")
        self._job = Job(partial(self._predict, settings, images), self)
        self._job.done.connect(self._on_predicted)
        self._job.failed.connect(self._on_failed)
        self._job.start()

    def stop(self) -> None:
        """End predicting; returns when it has ended."""
        if self._job is not None:
            self._job.stop(60_000)
            self._job.deleteLater()
        self._job = None

    def _predict(
        self,
        settings: TeachSettings,
        images: Sequence[Path],
        _progress: Progress,
        _cancelled: IsCancelled,
    ) -> Prediction:
        return self._services.predict(settings, images)

    @Slot(object)
    def _on_predicted(self, found: Prediction) -> None:
        shortfall = f" {found.resolution.shortfall}" if found.resolution.shortfall else ""
        self._show(
            f"Teaching takes {found.duration} ({found.teaching.sentence}). Judging then takes "
            f"{found.pace} ({found.device}).{shortfall}"
        )
        self.stop()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._show(sentence)
        self.stop()

    def _show(self, text: str) -> None:
        self.text = text
        self.changed.emit()


def _outcome(session: DraftSession | None) -> str:
    taught = session.draft.taught if session else None
    if taught is None:
        return ""
    return (
        f"Taught from {len(taught.taught)} pictures; {len(taught.held_out)} were kept aside for "
        f"the threshold. {taught.summary.get('bank_vectors', 0):,} patches are remembered. "
        f"{taught.device}."
    )
