"""The window: header and banner always in sight, one page at a time, commands along the bottom."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QFont, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from station.inspection.events import RunState
from station.ui import theme
from station.ui.actions import build_actions, icon
from station.ui.banner import Banner
from station.ui.buttons import BigButton
from station.ui.live.header import Header
from station.ui.live.lane_bar import LaneBar
from station.ui.live.page import LivePage
from station.ui.widgets import rescale

LEFT = ("run", "pause", "trigger")
RIGHT = ("recipe", "camera", "teach", "export", "help")
PICTURE = ("mode", "more", "less", "previous", "next", "live")
LIVE_ONLY = (*LEFT, "recipe", "camera", "teach", *PICTURE)


class MainWindow(QMainWindow):
    """Only widgets; `Conductor` makes them work together.

    asked: the name of a command.
    closing: the person closes the window; everything must have stopped when the slot returns.
    """

    asked = Signal(str)
    closing = Signal()

    def __init__(self, lanes: Sequence[str] = ("",)) -> None:
        """Build it with a live page for each of these lanes."""
        super().__init__()
        self.setWindowTitle("Patchlight")
        self.setWindowIcon(icon("patchlight"))
        self.setMinimumSize(QSize(1024, 700))
        self.banner, self.header = Banner(), Header()
        self.actions_by_name = build_actions(self, self.asked.emit)
        self.lives = [LivePage() for _ in lanes]
        self.lane_bar = LaneBar(lanes, [live.verdict for live in self.lives])
        self._shown_lives = QStackedWidget()
        for live in self.lives:
            live.set_actions(self.actions_by_name)
            self._shown_lives.addWidget(live)
        self._watched = self._live_area()
        self.pages = QStackedWidget()
        self.pages.addWidget(self._watched)
        self.run_button = BigButton.of(self.actions_by_name["run"], primary=True)
        self.teach_button = BigButton.of(self.actions_by_name["teach"])
        self.commands = self._command_bar()
        self._base = 0
        self._centre = QWidget()
        column = QVBoxLayout(self._centre)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP)
        for widget in (self.banner, self.header):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)
        column.addWidget(self.commands)
        self.setCentralWidget(self._centre)
        self.show_commands(RunState.STOPPED, False, ready=False, has_key=False)

    def show_commands(self, state: RunState, active: bool, *, ready: bool, has_key: bool) -> None:
        """Offer what is possible now. ready: a recipe is loaded."""
        run, pause = self.actions_by_name["run"], self.actions_by_name["pause"]
        trigger = self.actions_by_name["trigger"]
        run.setText("Stop" if active else "Start")
        run.setIcon(icon("stop" if active else "start"))
        self.run_button.set_primary(not active and ready)
        self.teach_button.set_primary(not active and not ready)
        paused = state is RunState.PAUSED
        pause.setText("Resume" if paused else "Pause")
        pause.setIcon(icon("start" if paused else "pause"))
        trigger.setVisible(has_key)
        if self.is_live:
            run.setEnabled(ready or active)
            pause.setEnabled(active and state in {RunState.RUNNING, RunState.PAUSED})
            trigger.setEnabled(active and state is RunState.RUNNING)

    @property
    def live(self) -> LivePage:
        """The live page of the lane that is shown."""
        return self.lives[self._shown_lives.currentIndex()]

    def show_lane(self, index: int) -> None:
        """Let that lane fill the page."""
        self._shown_lives.setCurrentIndex(index)
        self.lane_bar.choose(index)

    @property
    def is_live(self) -> bool:
        """True while the live page is shown."""
        return self.pages.currentWidget() is self._watched

    def show_page(self, page: QWidget) -> None:
        """Show another page in place of the live one; its commands wait."""
        self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)
        rescale(self._centre, self._base)
        self._enable_live(False)
        page.setFocus()

    def show_live(self) -> None:
        """Show the live page; any other is thrown away."""
        other = self.pages.currentWidget()
        self.pages.setCurrentWidget(self._watched)
        if other is not None and other is not self._watched:
            self.pages.removeWidget(other)
            other.deleteLater()
        self._enable_live(True)
        self.live.strip.list.setFocus()

    def toggle_full_screen(self) -> None:
        """Full screen, and back."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the text follow the window's height."""
        super().resizeEvent(event)
        base = theme.base_pixels(self.height())
        if base != self._base:
            self._base = base
            rescale(self._centre, base)
            self._rescale_menus(base)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop everything first; no row is lost."""
        self.hide()
        self.closing.emit()
        event.accept()

    def _enable_live(self, enabled: bool) -> None:
        for name in LIVE_ONLY:
            self.actions_by_name[name].setEnabled(enabled)
        self.commands.setVisible(enabled)

    def _rescale_menus(self, base: int) -> None:
        font = QFont(self.font())
        font.setPixelSize(base)
        for menu in (self.menuBar(), *self.menuBar().findChildren(QMenu)):
            menu.setFont(font)

    def _live_area(self) -> QWidget:
        area = QWidget()
        column = QVBoxLayout(area)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.lane_bar)
        column.addWidget(self._shown_lives, 1)
        return area

    def _command_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.run_button)
        for name in LEFT[1:]:
            row.addWidget(BigButton.of(self.actions_by_name[name]))
        row.addStretch(1)
        for name in RIGHT:
            known = self.teach_button if name == "teach" else None
            row.addWidget(known or BigButton.of(self.actions_by_name[name]))
        return bar
