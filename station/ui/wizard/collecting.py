"""Third step: pictures of good parts, each checked as it comes, until more add nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from engine.coverage import Describe
from engine.errors import ImageError
from engine.images import load_image
from station.cameras.camera import Picture
from station.capturing import Changed, CollectLoop, How, Told, Working, sends_by_itself, ways
from station.drafts import DraftPicture, DraftSession, State
from station.inspection.latest import LatestSlot
from station.teaching import MIN_PICTURES
from station.ui import theme
from station.ui.actions import icon
from station.ui.buttons import BigButton
from station.ui.inputs import Segments, Stepper
from station.ui.live.picture_view import PictureView
from station.ui.services import Services
from station.ui.threads import LoopThread
from station.ui.widgets import Text
from station.ui.wizard.coverage_view import CoverageView
from station.ui.wizard.picture_list import PictureList, state_word
from station.ui.wizard.step import Step

FRAME_MS = 66
REFRESH_MS = 150
OPENING = "Waiting for the camera …"
LONGEST_MS = 60_000
"""Until the network that counts coverage is built and heeds its end; the window waits only when
it closes."""
WAITING = "The camera's picture comes here."
HOWS = {
    How.STILL: "Still part",
    How.TRIGGER: "On trigger",
    How.KEY: "By key",
    How.INTERVAL: "Every …",
}
NOT_SO = {
    How.STILL: "This camera shows another part with every picture: nothing lies still.",
    How.TRIGGER: "The camera is not set to a trigger input; its page (Ctrl+K) does that.",
    How.INTERVAL: "This camera takes a picture when its trigger input says so.",
}
"""Why a way of taking pictures is not offered."""
STAGES = {
    "examining": "Checking the pictures",
    "coverage": "Counting what they cover",
    "importing": "Copying",
}


class CollectStep(Step):
    """Camera or folder on the left, all pictures in the middle, coverage on the right."""

    def __init__(
        self,
        services: Services,
        parent: QWidget | None = None,
        describe: Describe | None = None,
    ) -> None:
        """describe: what coverage is counted by, instead of the default backbone."""
        super().__init__(
            "Show good parts",
            "As different as good parts are: show a few under the night shift's light, from other "
            "batches, in other positions the fixture allows. Pictures are not flipped, turned or "
            "recoloured: that would teach parts that do not exist.",
            parent,
        )
        self._services = services
        self._describe = describe
        self._session: DraftSession | None = None
        self._loop: CollectLoop | None = None
        self._thread: LoopThread | None = None
        self._retiring: list[LoopThread] = []
        self._newest: LatestSlot[Picture] = LatestSlot()
        self._busy, self._failure = "", ""
        self._last: Picture | None = None
        self.sort = Segments(("Good parts", "Bad parts"))
        self.how = Segments(tuple(HOWS.values()))
        self.period = Stepper(0.2, 60, 1.0, step=0.5, decimals=1, unit="s")
        self.collect_button = BigButton("Collect", primary=True)
        self.take_button = BigButton("Take one (Space)")
        self.folder_button = BigButton("From a folder …")
        self.folder_button.setIcon(icon("folder"))
        self.view, self.reasons = PictureView(), Text(factor=0.9, wrap=True)
        self.keep_button, self.leave_button = BigButton("Keep anyway"), BigButton("Leave out")
        self.live_button = BigButton("Camera")
        self.pictures, self.coverage = PictureList(), CoverageView()
        self.counters = Text(bold=True, wrap=True)
        self.status = Text(factor=0.9, colour=theme.MUTED, wrap=True)
        self._pull_timer = self._timed(FRAME_MS, self._pull)
        self._refresh_timer = self._timed(REFRESH_MS, self._refresh)
        self._refresh_timer.setSingleShot(True)
        self._lay_out()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def missing(self) -> str:
        """Pictures first; then the end of what is being done."""
        if self._failure:
            return self._failure
        if self._session is None:
            return "Still missing: good parts."
        if self._busy:
            return f"{self._busy} …"
        lacking = MIN_PICTURES - len(self._session.draft.kept)
        return f"Still missing: {lacking} more pictures of good parts." if lacking > 0 else ""

    @property
    def next_text(self) -> str:
        """Says how many pictures go on."""
        kept = len(self._session.draft.kept) if self._session else 0
        return f"Go on with {kept} pictures" if kept else "Next"

    @property
    def bad(self) -> bool:
        """True while bad parts are being shown."""
        return self.sort.index == 1

    @property
    def _how(self) -> How:
        return list(HOWS)[self.how.index]

    @property
    def _how_buttons(self) -> dict[How, BigButton]:
        return {how: self.how.button(index) for index, how in enumerate(HOWS)}

    def enter(self, session: DraftSession) -> None:
        """Show the draft's pictures and watch its camera."""
        self._end()
        self._session, self._failure = session, ""
        self._newest, self._last = LatestSlot(), None
        self._loop = CollectLoop(session, self._newest, self._describe)
        self._thread = LoopThread(self._loop, self)
        self._thread.published.connect(self._on_published)
        self._thread.failed.connect(self._on_failed)
        self._offer_camera(session)
        self._loop.bad = self.bad
        self._thread.start()
        self._pull_timer.start()
        self._refresh()

    def leave(self) -> None:
        """Let go of the camera; what is there is saved already."""
        self._end()

    def stop(self) -> None:
        """End collecting; returns when it has ended."""
        self._end()
        for thread in self._retiring:
            thread.stop(LONGEST_MS)
        self._retiring.clear()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the camera however the page went out of sight, but for a minimised window."""
        if not event.spontaneous():
            self._end()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space takes a picture."""
        if event.key() == Qt.Key.Key_Space and self.take_button.isEnabled():
            self.take_button.click()
        else:
            super().keyPressEvent(event)

    def _offer_camera(self, session: DraftSession) -> None:
        """Offer those ways of taking pictures that the camera allows, and start to watch it."""
        assert self._loop is not None
        settings = dict(session.draft.camera)
        offered = ways(settings)
        for how, button in self._how_buttons.items():
            button.setEnabled(how in offered)
            button.setToolTip("" if how in offered else NOT_SO[how])
        if self._how not in offered:
            self._how_buttons[offered[0]].setChecked(True)
        for button in (self.collect_button, self.take_button):
            button.setEnabled(bool(settings))
        self.view.show_message(WAITING if settings else "No camera.")
        self._on_how()
        if settings:
            build = partial(self._services.build_camera, settings)
            self._loop.watch(build, sends_by_itself(settings))

    def _end(self) -> None:
        thread, loop = self._thread, self._loop
        self._pull_timer.stop()
        self._refresh_timer.stop()
        self.pictures.stop()
        self._thread = self._loop = None
        self._busy = ""
        if thread is None or loop is None:
            return
        thread.request_stop()
        loop.close()
        self._retiring = [each for each in self._retiring if each.isRunning()]
        self._retiring.append(thread)

    def _connect(self) -> None:
        self.sort.changed.connect(self._on_sort)
        self.how.changed.connect(self._on_how)
        self.period.changed.connect(self._on_how)
        self.collect_button.clicked.connect(self._on_collect)
        self.take_button.clicked.connect(self._on_take)
        self.folder_button.clicked.connect(self._on_folder)
        self.pictures.chosen.connect(self._on_chosen)
        self.keep_button.clicked.connect(partial(self._decide, State.KEPT))
        self.leave_button.clicked.connect(partial(self._decide, State.THROWN_OUT))
        self.live_button.clicked.connect(self.pictures.unselect)

    def import_folder(self, folder: Path) -> None:
        """Copy the pictures of a folder into the draft."""
        if self._loop is not None:
            self._busy = "Copying"
            self._loop.import_folder(folder)
            self._say("Copying …")
            self.changed.emit()

    @Slot()
    def _on_folder(self) -> None:
        what = "bad" if self.bad else "good"
        chosen = QFileDialog.getExistingDirectory(self, f"Folder with pictures of {what} parts")
        if chosen:
            self.import_folder(Path(chosen))

    @Slot()
    def _on_collect(self) -> None:
        if self._loop is not None:
            self._say("" if self._loop.taking else OPENING)
            self._loop.collect(not self._loop.taking)

    @Slot()
    def _on_take(self) -> None:
        if self._loop is not None:
            self._loop.fire()

    @Slot(int)
    def _on_sort(self, _index: int = 0) -> None:
        if self._loop is not None:
            self._loop.bad = self.bad
        self.pictures.unselect()
        self._refresh()

    @Slot()
    def _on_how(self, *_: object) -> None:
        how = self._how
        self.period.setVisible(how is How.INTERVAL)
        self.collect_button.setVisible(how is not How.KEY)
        self.take_button.set_primary(how is How.KEY)
        if self._loop is not None:
            self._loop.take_by(how, self.period.value)

    @Slot(object)
    def _on_chosen(self, picture: DraftPicture | None) -> None:
        if picture is not None and self._session is not None:
            session = self._session
            folder = session.bad_folder if self.bad else session.good_folder
            try:
                self.view.show_pixels(load_image(folder / picture.file), picture.source)
            except ImageError as error:
                self.view.show_message(str(error))
        elif self._last is not None:
            self.view.show_pixels(self._last.pixels, "Camera")
        else:
            self.view.show_message(WAITING)
        self._show_reasons()

    @Slot()
    def _decide(self, state: State) -> None:
        picture = self.pictures.picture
        if picture is not None and self._loop is not None:
            self._loop.decide(picture.file, state, self.bad)

    @Slot(object)
    def _on_published(self, event: object) -> None:
        if self.sender() is not self._thread:
            return
        if isinstance(event, Working):
            done = event.done >= event.total
            words = STAGES.get(event.stage, event.stage)
            self._busy = "" if done else f"{words}: {event.done} of {event.total}"
            self._say(self._busy)
            self.changed.emit()
        elif isinstance(event, Told):
            self._say(event.text, event.trouble)
            self._busy = ""
        elif isinstance(event, Changed):
            self._refresh_timer.start()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._thread:
            self._end()
            self._failure = str(error)
            self._say(self._failure, trouble=True)
            self.changed.emit()

    @Slot()
    def _pull(self) -> None:
        picture = self._newest.take()
        if picture is not None:
            if self.status.text() == OPENING:
                self._say("")
            self._last = picture
            if self.pictures.picture is None:
                self.view.show_pixels(picture.pixels, "Camera")

    @Slot()
    def _refresh(self) -> None:
        """Show the draft as it stands."""
        if self._session is None:
            return
        draft = self._session.draft
        shown = draft.bad if self.bad else draft.good
        folder = self._session.bad_folder if self.bad else self._session.good_folder
        self.pictures.show_pictures(folder, shown)
        self.coverage.show_coverage(draft.coverage, len(draft.kept))
        self.counters.setText(_counted(shown, "bad" if self.bad else "good"))
        taking = self._loop is not None and self._loop.taking
        self.collect_button.setText("Pause" if taking else "Collect")
        self.collect_button.set_primary(not taking)
        self._show_reasons()
        self.changed.emit()

    def _show_reasons(self) -> None:
        picture = self.pictures.picture
        self.keep_button.setEnabled(picture is not None and picture.state is not State.KEPT)
        self.leave_button.setEnabled(picture is not None and picture.state is State.KEPT)
        self.live_button.setEnabled(picture is not None)
        if picture is None:
            self.reasons.setText("Select a picture to see it large and why it was refused.")
            return
        said = " ".join(picture.findings) or "Nothing speaks against it."
        self.reasons.setText(f"{state_word(picture).capitalize()}. {said}")

    def _say(self, text: str, trouble: bool = False) -> None:
        self.status.setText(text)
        self.status.set_colour(theme.ALARM if trouble else theme.MUTED)

    def _timed(self, period_ms: int, do: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(period_ms)
        timer.timeout.connect(do)
        return timer

    def _lay_out(self) -> None:
        first, second, body = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (first, second, body):
            row.setSpacing(theme.GAP)
        first.addWidget(self.sort)
        first.addWidget(self.folder_button)
        first.addWidget(self.status, 1)
        for widget in (self.how, self.period, self.collect_button, self.take_button):
            second.addWidget(widget)
        second.addStretch(1)
        left, right = QVBoxLayout(), QVBoxLayout()
        decisions = QHBoxLayout()
        for button in (self.keep_button, self.leave_button, self.live_button):
            decisions.addWidget(button)
        decisions.addStretch(1)
        left.addWidget(self.view, 1)
        left.addWidget(self.reasons)
        left.addLayout(decisions)
        right.addWidget(self.coverage, 1)
        right.addWidget(self.counters)
        body.addLayout(left, 4)
        body.addWidget(self.pictures, 4)
        body.addLayout(right, 3)
        self.column.setSpacing(10)
        for row in (first, second):
            self.column.addLayout(row)
        self.column.addLayout(body, 1)


def _counted(pictures: tuple[DraftPicture, ...], what: str) -> str:
    kept = sum(each.state is State.KEPT for each in pictures)
    refused = sum(each.state is State.REFUSED for each in pictures)
    out = len(pictures) - kept - refused
    return f"{kept} {what} kept, {refused} refused, {out} left out"
