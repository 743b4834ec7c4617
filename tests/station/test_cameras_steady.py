"""A live camera that is lost is missed in time, connected again by itself, and never waited for."""

import threading
from collections.abc import Callable
from itertools import islice
from queue import SimpleQueue

import numpy as np
import pytest

from station.cameras import returning, steady
from station.cameras.camera import Camera, Picture
from station.cameras.returning import Return, pauses
from station.cameras.steady import SteadyCamera
from station.errors import CameraError, CameraLost, IncompletePicture, NothingYet

PIXELS = np.zeros((4, 6, 3), np.uint8)
LONG_S = 60.0


class Scripted(Camera):
    """A live camera whose grabs, openings and looks say what the test puts into them.

    A grab without an answer waits until one comes or the camera is closed.
    """

    def __init__(self) -> None:
        self.answers: SimpleQueue[Picture | Exception | None] = SimpleQueue()
        self.refusals: SimpleQueue[Exception] = SimpleQueue()
        self.tried = threading.Semaphore(0)
        self.grabbing = threading.Semaphore(0)
        self.is_open = False
        self.opened = 0
        self.openers: list[int | None] = []

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        return {"kind": "scripted"}

    def open(self) -> None:
        self.openers.append(threading.get_ident())
        self.tried.release()
        if not self.refusals.empty():
            raise self.refusals.get()
        self.is_open = True
        self.opened += 1

    def grab(self) -> Picture:
        self.grabbing.release()
        answer = self.answers.get()
        if answer is None:
            raise CameraError("Closed while it waited.")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        if self.is_open:
            self.answers.put(None)
        self.is_open = False


class Visible(Scripted):
    """One that can be looked for. It changes to `then` after the next look."""

    def __init__(self) -> None:
        super().__init__()
        self.there = True
        self.looked = threading.Semaphore(0)

    def is_there(self) -> bool:
        self.looked.release()
        return self.there


class Deaf(Scripted):
    """One whose driver neither answers nor heeds being closed, until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def grab(self) -> Picture:
        self.grabbing.release()
        self.let_go.wait(LONG_S)
        return Picture(PIXELS, "late")

    def close(self) -> None:
        self.let_go.wait(LONG_S)


def picture(number: int) -> Picture:
    return Picture(PIXELS, f"picture {number}", number)


@pytest.fixture(autouse=True)
def hasty(monkeypatch) -> None:
    """No second is waited for; that pauses double is asserted on `pauses` itself."""
    monkeypatch.setattr(returning, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(returning, "LONGEST_PAUSE_S", 0.002)


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list]:
    answer: list = []

    def run() -> None:
        try:
            answer.append(work())
        except CameraError as error:
            answer.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answer


def test_a_connected_camera_gives_its_pictures_in_turn() -> None:
    inner = Scripted()
    camera = SteadyCamera(inner, watchdog_s=LONG_S)
    assert not camera.connected
    with camera:
        assert camera.connected
        assert camera.wait_until_ready(LONG_S)
        for number in range(3):
            inner.answers.put(picture(number))
        assert [camera.grab().frame_id for _ in range(3)] == [0, 1, 2]
    assert not camera.connected
    assert not inner.is_open


def test_it_is_called_and_built_like_the_camera_inside() -> None:
    inner = Scripted()
    assert SteadyCamera(inner).name == "scripted"
    assert SteadyCamera(inner).settings == {"kind": "scripted"}
    assert SteadyCamera(inner, watchdog_s=3).settings == {"kind": "scripted", "watchdog_s": 3}
    assert SteadyCamera(inner).inner is inner


@pytest.mark.parametrize("watchdog_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_watchdog_that_makes_no_sense_is_refused(watchdog_s: float) -> None:
    with pytest.raises(CameraError, match="cannot be watched with a limit"):
        SteadyCamera(Scripted(), watchdog_s=watchdog_s)


def test_the_first_connection_must_succeed() -> None:
    inner = Scripted()
    inner.refusals.put(CameraError("No camera 'scripted'. Connect it."))
    camera = SteadyCamera(inner)
    with pytest.raises(CameraError, match="No camera 'scripted'"):
        camera.open()
    assert not camera.connected
    with camera:
        assert camera.connected


def test_without_a_picture_in_time_it_is_lost_and_comes_back() -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=0.05) as camera:
        with pytest.raises(CameraLost, match=r"'scripted' gave no picture for 0\.05 s.*itself"):
            camera.grab()
        assert camera.wait_until_ready(LONG_S)
        assert inner.opened == 2
        assert inner.openers[0] != inner.openers[1], "connecting again is nobody's wait"
        while not inner.answers.empty():
            inner.answers.get()
        inner.answers.put(picture(7))
        assert camera.grab().frame_id == 7


def test_a_camera_that_says_it_is_gone_is_lost_at_once_with_its_own_words() -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        inner.answers.put(CameraLost("Its cable was pulled."))
        with pytest.raises(CameraLost, match="Its cable was pulled"):
            camera.grab()
        assert camera.wait_until_ready(LONG_S)


def test_a_driver_that_fails_is_connected_again(caplog) -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        inner.answers.put(RuntimeError("driver trouble"))
        with pytest.raises(CameraLost, match=r"failed: driver trouble\. Check it"):
            camera.grab()
        assert camera.wait_until_ready(LONG_S)
    assert "RuntimeError: driver trouble" in caplog.text


@pytest.mark.parametrize("error", [IncompletePicture("torn"), NothingYet("no part"), CameraError])
def test_a_picture_that_could_not_be_had_loses_no_camera(error: Exception) -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        wanted = error if isinstance(error, CameraError) else CameraError("one file")
        inner.answers.put(wanted)
        with pytest.raises(type(wanted)):
            camera.grab()
        assert camera.connected
        inner.answers.put(picture(1))
        assert camera.grab().frame_id == 1
    assert inner.opened == 1


def test_while_it_is_away_grabs_fail_at_once_and_say_why(monkeypatch, caplog) -> None:
    monkeypatch.setattr(returning, "LONGEST_PAUSE_S", 600.0)
    inner = Visible()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        inner.there = False
        inner.answers.put(CameraLost("Its cable was pulled."))
        for _ in range(3):
            with pytest.raises(CameraLost, match="Its cable was pulled"):
                camera.grab()
        assert not camera.wait_until_ready(0.0)
        inner.there = True
        assert camera.wait_until_ready(LONG_S)
    assert "'scripted' is connected again" in caplog.text


def test_why_it_cannot_be_opened_is_what_the_next_grab_says(monkeypatch) -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        assert inner.tried.acquire(timeout=LONG_S)
        monkeypatch.setattr(returning, "FIRST_PAUSE_S", 600.0)
        inner.refusals.put(CameraError("Somebody else uses it."))
        inner.answers.put(CameraLost("gone"))
        while said_by(camera) == "gone":
            pass
        assert said_by(camera) == "Somebody else uses it."


def said_by(camera: SteadyCamera) -> str:
    with pytest.raises(CameraLost) as error:
        camera.grab()
    return str(error.value)


def test_it_is_tried_until_it_opens() -> None:
    inner = Scripted()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        for number in range(4):
            inner.refusals.put(CameraError("away") if number % 2 else RuntimeError("driver"))
        inner.answers.put(CameraLost("gone"))
        with pytest.raises(CameraLost):
            camera.grab()
        assert camera.wait_until_ready(LONG_S)
    assert len(inner.openers) == 6


def test_an_idle_camera_is_looked_after(monkeypatch) -> None:
    monkeypatch.setattr(steady, "LOOK_S", 0.001)
    inner = Visible()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        assert inner.looked.acquire(timeout=LONG_S)
        inner.there = False
        assert inner.tried.acquire(timeout=LONG_S)
        inner.refusals.put(CameraError("away"))
        while camera.connected:
            assert inner.looked.acquire(timeout=LONG_S)
        with pytest.raises(CameraLost, match=r"'scripted' is gone\. Check its cable"):
            camera.grab()


def test_a_camera_that_waits_for_the_line_is_looked_after(monkeypatch) -> None:
    monkeypatch.setattr(steady, "LOOK_S", 0.0)
    inner = Visible()
    with SteadyCamera(inner, watchdog_s=LONG_S) as camera:
        inner.answers.put(NothingYet("no part"))
        with pytest.raises(NothingYet):
            camera.grab()
        inner.there = False
        while camera.connected:
            assert inner.looked.acquire(timeout=LONG_S)


def test_pauses_double_from_one_second_to_thirty(monkeypatch) -> None:
    monkeypatch.undo()
    assert list(islice(pauses(), 7)) == [1, 2, 4, 8, 16, 30, 30]


def test_a_return_that_is_seen_ends_the_pause(monkeypatch) -> None:
    monkeypatch.setattr(returning, "FIRST_PAUSE_S", 600.0)
    monkeypatch.setattr(returning, "LONGEST_PAUSE_S", 1200.0)
    monkeypatch.setattr(returning, "LOOK_S", 0.001)
    inner = Visible()
    inner.there = False
    thread, answer = in_thread(Return(inner, threading.Event()).run)
    for _ in range(5):
        assert inner.looked.acquire(timeout=LONG_S)
    assert inner.opened == 0, "what is not there is not opened"
    inner.there = True
    thread.join(LONG_S)
    assert answer == [True]
    assert inner.opened == 1


def test_a_camera_that_hides_from_looks_is_opened_after_the_longest_pause() -> None:
    inner = Visible()
    inner.there = False
    assert Return(inner, threading.Event()).run()
    assert inner.opened == 1


def test_close_ends_a_grab_that_waits() -> None:
    inner = Scripted()
    camera = SteadyCamera(inner, watchdog_s=LONG_S)
    camera.open()
    thread, answer = in_thread(camera.grab)
    assert inner.grabbing.acquire(timeout=LONG_S)
    camera.close()
    thread.join(LONG_S)
    assert "is closed" in str(answer[0])
    assert not inner.is_open
    with pytest.raises(CameraError, match="is closed"):
        camera.grab()
    assert not camera.wait_until_ready(LONG_S)


def test_close_ends_the_longest_pause(monkeypatch) -> None:
    monkeypatch.setattr(returning, "FIRST_PAUSE_S", 600.0)
    inner = Scripted()
    camera = SteadyCamera(inner, watchdog_s=LONG_S)
    camera.open()
    inner.tried.acquire(timeout=LONG_S)
    inner.refusals.put(CameraError("away"))
    inner.answers.put(CameraLost("gone"))
    with pytest.raises(CameraLost):
        camera.grab()
    assert inner.tried.acquire(timeout=LONG_S)
    waiting, answer = in_thread(lambda: camera.wait_until_ready(LONG_S))
    camera.close()
    waiting.join(LONG_S)
    assert answer == [False]
    with camera:
        assert camera.connected


def test_a_driver_that_never_returns_holds_nobody_up(monkeypatch) -> None:
    monkeypatch.setattr(steady, "CLOSE_S", 0.01)
    monkeypatch.setattr(steady, "REOPEN_S", 0.01)
    inner = Deaf()
    inner.let_go.set()
    camera = SteadyCamera(inner, watchdog_s=0.05)
    camera.open()
    inner.let_go.clear()
    with pytest.raises(CameraLost):
        camera.grab()
    camera.close()
    with pytest.raises(CameraError, match="is still being closed: its driver does not answer"):
        camera.open()
    inner.let_go.set()


def test_a_late_picture_is_not_given_for_the_next_part() -> None:
    inner = Deaf()
    inner.let_go.set()
    with SteadyCamera(inner, watchdog_s=0.2) as camera:
        inner.let_go.clear()
        with pytest.raises(CameraLost):
            camera.grab()
        inner.let_go.set()
        assert camera.wait_until_ready(LONG_S)
        assert camera.grab().source == "late"
    assert inner.opened == 2
