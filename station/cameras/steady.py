"""A live camera that may be lost: missed in time, connected again by itself, never waited for."""

import logging
import threading
import time
from collections.abc import Callable

from station.cameras.camera import Camera, Picture
from station.cameras.returning import LOOK_S, Noticed, Return
from station.errors import CameraError, CameraLost

logger = logging.getLogger(__name__)

WATCHDOG_S = 0.75
"""Without a picture that is due; a lost camera must be on the screen within a second."""
CLOSE_S = 0.5
"""What closing gives a driver that hangs before it is left to itself."""
REOPEN_S = 1.5
"""What opening anew gives the attempt to connect that was under way when it was closed."""


class SteadyCamera(Camera):
    """Keeps a live camera connected; a thread of its own makes every call to it after `open`.

    A grab that the camera does not answer within `watchdog_s`, `CameraLost`, an unexpected error
    and, between pictures, `is_there` turning False all mean: lost. From then on `grab` raises
    `CameraLost` at once, while the thread closes the camera and opens it until that succeeds.
    """

    def __init__(
        self,
        inner: Camera,
        *,
        watchdog_s: float = WATCHDOG_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            inner: must end a grab that waits when it is closed from another thread.
            watchdog_s: longer than the camera takes from one picture to the next.
            clock: monotonic seconds.

        Raises:
            CameraError: the watchdog is not above 0.
        """
        if not 0 < watchdog_s < float("inf"):
            raise CameraError(f"A camera cannot be watched with a limit of {watchdog_s} s.")
        self._inner = inner
        self._watchdog_s = watchdog_s
        self._clock = clock
        self._stop = threading.Event()
        self._stop.set()
        self._changed = threading.Condition()
        self._connected = False
        self._losses = self._asked = self._answered = 0
        self._answer: Picture | CameraError = CameraError("")
        self._why = ""
        self._seen_s = 0.0
        self._thread: threading.Thread | None = None
        self._closer: threading.Thread | None = None

    @property
    def inner(self) -> Camera:
        """The camera that is kept connected."""
        return self._inner

    @property
    def name(self) -> str:
        """The inner camera's."""
        return self._inner.name

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """The inner camera's, and "watchdog_s" where it is not the usual one."""
        if self._watchdog_s == WATCHDOG_S:
            return self._inner.settings
        return {**self._inner.settings, "watchdog_s": self._watchdog_s}

    @property
    def connected(self) -> bool:
        """False before `open`, after `close`, and while the camera is lost."""
        return self._connected

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait until the camera is connected; False if it is not by then, at once when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected or self._stop.is_set(), timeout_s)
            return self._connected

    def open(self) -> None:
        """Connect. Raises CameraError: the first connection must succeed."""
        self.close()
        if self._thread is not None:
            self._thread.join(REOPEN_S)
        if any(thread is not None and thread.is_alive() for thread in (self._thread, self._closer)):
            raise CameraError(
                f"Camera '{self.name}' is still being closed: its driver does not answer. Try "
                "again; if that does not help, pull its cable and start the station anew."
            )
        self._closer = None
        self._stop.clear()
        self._inner.open()
        if not self._now_connected():
            self._close_inner()
            raise self._closed()
        # A daemon: a driver that never returns must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"camera {self.name}", daemon=True)
        self._thread.start()

    def grab(self) -> Picture:
        """Return the inner camera's next picture.

        Raises:
            CameraLost: it is gone, or gave no picture in time; it is being connected again.
            CameraError: closed, or what else the inner camera says (`NothingYet` among it).
        """
        answer = self._answered_in_time()
        if isinstance(answer, CameraError):
            raise answer
        return answer

    def close(self) -> None:
        """Disconnect within a second, also while connecting again, also where a driver hangs."""
        with self._changed:
            self._stop.set()
            self._connected = False
            self._changed.notify_all()
            closer = self._close_aside()
        closer.join(CLOSE_S)
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def _answered_in_time(self) -> Picture | CameraError:
        with self._changed:
            losses, self._asked = self._losses, self._asked + 1
            ticket = self._asked
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._settled(ticket, losses), self._watchdog_s)
            if self._stop.is_set():
                return self._closed()
            if not self._settled(ticket, losses):
                self._give_up()
            if self._losses != losses or not self._connected:
                return CameraLost(self._why)
            return self._answer

    def _settled(self, ticket: int, losses: int) -> bool:
        return self._answered >= ticket or self._losses != losses or not self._connected

    def _give_up(self) -> None:
        """Call it lost though its driver is silent; closing it ends what the driver waits for."""
        self._mark_lost(
            f"Camera '{self.name}' gave no picture for {self._watchdog_s:g} s. Check its cable, "
            "power and trigger; it is connected again by itself."
        )
        self._close_aside()

    def _close_aside(self) -> threading.Thread:
        if self._closer is None or not self._closer.is_alive():
            self._closer = threading.Thread(target=self._close_inner, name="closing", daemon=True)
            self._closer.start()
        return self._closer

    def _close_inner(self) -> None:
        try:
            self._inner.close()
        except Exception:
            logger.exception("Camera '%s' could not be closed cleanly.", self.name)

    def _mark_lost(self, why: str) -> None:
        with self._changed:
            if self._connected:
                logger.warning("%s", why)
                self._connected, self._why = False, why
                self._losses += 1
                self._changed.notify_all()

    def _now_connected(self) -> bool:
        with self._changed:
            if self._stop.is_set():
                return False
            self._answered = self._asked
            self._seen_s = self._clock()
            self._connected = True
            self._changed.notify_all()
            return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self._serve()
            with self._changed:
                closer, self._closer = self._closer, None
            if closer is not None:
                closer.join()  # Or it would close what is opened next.
            self._close_inner()
            self._come_back()
        self._close_inner()

    def _come_back(self) -> None:
        way = Return(self._inner, self._stop, tell=self._still_away, clock=self._clock)
        if way.run() and self._now_connected():
            logger.warning("Camera '%s' is connected again.", self.name)

    def _still_away(self, why: str) -> None:
        """Let the grabs say why it cannot be opened rather than how it went."""
        with self._changed:
            self._why = why

    def _serve(self) -> None:
        """Answer grabs, and look after the camera in between, until it is lost or closed."""
        while self._connected:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._asked > self._answered or not self._connected, LOOK_S
                )
                ticket = self._asked
            if self._connected and ticket > self._answered:
                self._take(ticket)
            if self._connected and self._clock() - self._seen_s >= LOOK_S:
                self._look()

    def _take(self, ticket: int) -> None:
        answer = self._grabbed()
        with self._changed:
            if isinstance(answer, CameraLost):
                self._mark_lost(str(answer))
            elif self._connected:
                self._answered, self._answer = ticket, answer
                self._changed.notify_all()

    def _grabbed(self) -> Picture | CameraError:
        try:
            picture = self._inner.grab()
        except CameraError as error:
            return error
        except Exception as error:
            logger.exception("Camera '%s' failed unexpectedly.", self.name)
            return CameraLost(
                f"Camera '{self.name}' failed: {error or type(error).__name__}. Check it; it is "
                "connected again by itself."
            )
        self._seen_s = self._clock()
        return picture

    def _look(self) -> None:
        self._seen_s = self._clock()
        if isinstance(self._inner, Noticed) and not self._inner.is_there():
            self._mark_lost(
                f"Camera '{self.name}' is gone. Check its cable and power; it is connected again "
                "by itself."
            )

    def _closed(self) -> CameraError:
        return CameraError(f"Camera '{self.name}' is closed. Start it first.")
