"""Cameras that go and come back, incomplete and lost pictures, parts that come too late."""

import threading
from pathlib import Path

import pytest
from scripted_station import GOOD, PATIENCE_S, Camera, Engine, Loaded, Station, count

from engine.errors import Cancelled
from station.cameras.camera import Picture
from station.errors import CameraError, CameraLost, IncompletePicture, NothingYet, StationError
from station.home import Home
from station.inspection.events import RunState, Stuck
from station.inspection.triggers import CameraTrigger, FreeRun, KeyTrigger
from station.inspection.watchdog import Pulse, Watchdog
from station.parts import FaultReason, Verdict

GONE = CameraLost("Camera 'scripted' stopped sending pictures. Check its cable.")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


class Unsteady(Camera):
    """Is lost where its script raises CameraLost, and back when the test says so."""

    def __init__(self, script) -> None:
        super().__init__(script)
        self.back = threading.Event()
        self.back.set()

    def grab(self) -> Picture:
        try:
            return super().grab()
        except CameraLost:
            self.back.clear()
            raise

    def wait_until_ready(self, timeout_s: float) -> bool:
        return self.back.wait(timeout_s)


def forever(step: object = GOOD):
    while True:
        yield step


def pressed(station: Station, times: int = 1) -> None:
    for _ in range(times):
        assert station.trigger.fire()


def test_a_lost_camera_costs_its_part_and_the_run_goes_on_when_it_is_back(home: Home) -> None:
    camera = Unsteady([GOOD, GONE, GOOD, GOOD])
    station = Station(home, camera, FreeRun()).start()
    station.wait_for(lambda: any(not event.ok for event in station.camera_changes))
    station.wait_for_rows(2)
    assert camera.grabs == 2, "nothing is asked of a camera that is gone"
    camera.back.set()
    station.finish_by_itself()
    assert station.reasons == ["", FaultReason.NO_FRAME.value, "", ""]
    assert [event.ok for event in station.camera_changes] == [True, False, True]
    assert "Check its cable" in station.recorded[1].row.text


def test_every_trigger_without_a_camera_is_a_fault(home: Home) -> None:
    camera = Unsteady([GONE, *[GOOD] * 3])
    station = Station(home, camera, KeyTrigger()).start()
    station.wait_for_state(RunState.RUNNING)
    pressed(station, 30)
    station.wait_for_rows(30)
    assert count(station, FaultReason.NO_FRAME) == 30
    assert camera.grabs == 1, "nothing is asked of a camera that is gone"
    camera.back.set()
    station.wait_for(lambda: len(station.camera_changes) == 3)
    pressed(station)
    station.wait_for(lambda: station.recorded[-1].row.verdict is Verdict.OK)
    station.finish()
    assert station.states[-1] is RunState.STOPPED


def test_a_camera_that_goes_while_nothing_is_asked_of_it_is_noticed(home: Home) -> None:
    camera = Unsteady([GOOD])
    station = Station(home, camera, KeyTrigger()).start()
    station.wait_for_state(RunState.RUNNING)
    camera.back.clear()
    station.wait_for(lambda: len(station.camera_changes) == 2)
    assert not station.camera_changes[-1].ok
    station.finish()


def test_a_run_without_its_camera_pauses_and_stops(home: Home) -> None:
    camera = Unsteady([GONE])
    station = Station(home, camera, FreeRun()).start()
    station.wait_for_rows(1)
    station.session.pause()
    station.wait_for_state(RunState.PAUSED)
    station.session.resume()
    station.wait_for_state(RunState.RUNNING)
    station.finish()


def test_an_incomplete_picture_is_asked_for_once_more(home: Home) -> None:
    torn = IncompletePicture("3 packets are missing.")
    camera = Camera([torn, GOOD, torn, torn, GOOD])
    station = Station(home, camera, FreeRun()).start()
    station.finish_by_itself()
    assert station.reasons == ["", FaultReason.NO_FRAME.value, ""]
    assert "3 packets" in station.recorded[1].row.text


class Numbered(Camera):
    """Gives pictures with the numbers of its script; exceptions are raised."""

    def grab(self) -> Picture:
        self.grabs += 1
        step = next(self._script, None)
        if step is None:
            self.closed.wait(0.01)
            raise NothingYet("No part yet.")
        if isinstance(step, Exception):
            raise step
        return Picture(GOOD, f"picture {step}", step)


def test_a_camera_that_is_its_own_trigger_makes_parts_of_its_pictures_alone(home: Home) -> None:
    nothing = NothingYet("No part yet.")
    camera = Numbered([nothing, nothing, 5, nothing, 6, 9, 10])
    station = Station(home, camera, CameraTrigger()).start()
    station.wait_for_rows(6)
    station.finish()
    verdicts = [event.row.verdict.value for event in station.recorded]
    assert verdicts == ["OK", "OK", "FAULT", "FAULT", "OK", "OK"]
    assert "2 pictures" in station.recorded[2].row.text


def test_an_incomplete_picture_of_a_part_that_has_passed_is_one_fault(home: Home) -> None:
    camera = Numbered([5, IncompletePicture("Torn."), 7])
    station = Station(home, camera, CameraTrigger()).start()
    station.wait_for_rows(3)
    station.finish()
    assert [event.row.verdict.value for event in station.recorded] == ["OK", "FAULT", "OK"]


def test_numbers_that_begin_anew_are_no_loss(home: Home) -> None:
    camera = Numbered([100, 1, 2, 5000])
    station = Station(home, camera, CameraTrigger()).start()
    station.wait_for_rows(4)
    station.finish()
    assert station.reasons == [""] * 4


def test_a_verdict_after_the_part_limit_is_a_fault_that_says_what_it_would_have_been(
    home: Home,
) -> None:
    now = [0.0]

    class Slow(Engine):
        def score(self, image):
            now[0] += self.scored * 2.0
            return super().score(image)

    station = Station(
        home, Camera([GOOD] * 2), FreeRun(), Slow(), monotonic=lambda: now[0], limit_s=1.0
    ).start()
    station.finish_by_itself()
    assert station.reasons == ["", FaultReason.LATE.value]
    assert "took 2.0 s" in station.recorded[1].row.text
    assert "would have been OK" in station.recorded[1].row.text


def test_a_part_that_waited_too_long_for_the_camera_gets_no_picture(home: Home) -> None:
    now, key = [0.0], KeyTrigger(lambda: now[0])

    def slow():
        pressed(station)
        now[0] += 1.5
        return GOOD

    camera = Camera([slow, GOOD])
    station = Station(home, camera, key, monotonic=lambda: now[0]).start()
    station.wait_for_state(RunState.RUNNING)
    pressed(station)
    station.wait_for_rows(2)
    station.finish()
    assert station.reasons == ["", FaultReason.LATE.value]
    assert camera.grabs == 1


def test_scoring_that_fails_part_after_part_stops_the_run(home: Home) -> None:
    class Broken(Engine):
        def score(self, image):
            raise StationError("The process that judges ended (SIGSEGV)")

    station = Station(home, Camera(forever()), FreeRun(), Broken()).start()
    station.finish_by_itself()
    assert station.states[-1] is RunState.FAILED
    assert "parts in a row" in station.texts[-1]
    assert count(station, FaultReason.SCORING_FAILED) >= 10


def test_a_stop_does_not_wait_for_an_engine_that_opens(home: Home) -> None:
    opening = threading.Event()

    def load(recipe, cancelled):
        opening.set()
        assert Station.until(None, cancelled)
        raise Cancelled("given up")

    station = Station(home, Camera(forever()), FreeRun(), load_engine=load).start()
    assert opening.wait(PATIENCE_S)
    station.stop()
    station.wait_until_over()
    assert station.states == [RunState.STARTING, RunState.STOPPED]


def test_what_judges_is_closed_after_the_run(home: Home) -> None:
    closed = threading.Event()

    class Closing(Loaded):
        def close(self) -> None:
            closed.set()

    loaded = Closing(Engine())
    station = Station(home, Camera([GOOD]), FreeRun(), load_engine=lambda *_: loaded).start()
    station.finish_by_itself()
    assert closed.is_set()


def test_a_committed_row_is_answered_before_the_screen_hears_of_it(home: Home) -> None:
    order: list[str] = []
    station = Station(
        home,
        Camera([GOOD, GOOD]),
        FreeRun(),
        answer=lambda row: order.append(f"line {row.sequence}"),
        heard=lambda event: order.append(type(event).__name__),
    ).start()
    station.finish_by_itself()
    told = [step for step in order if step.startswith(("line", "Recorded"))]
    assert told == ["line 1", "Recorded", "line 2", "Recorded"]


def test_a_code_names_the_part_where_its_trigger_does_not(home: Home) -> None:
    key, read = KeyTrigger(), []

    def identify(pixels) -> str:
        read.append(pixels)
        return "from the picture"

    station = Station(home, Camera(forever()), key, identify=identify).start()
    station.wait_for_state(RunState.RUNNING)
    assert key.fire("from the line")
    assert key.fire()
    station.wait_for_rows(2)
    station.finish()
    assert len(read) == 1


def test_the_watchdog_names_a_stuck_thread_once_with_its_stack() -> None:
    now, told = [0.0], []
    pulse, fine = Pulse("camera", 5.0, lambda: now[0]), Pulse("screen", 5.0, lambda: now[0])
    stuck, leave = threading.Event(), threading.Event()

    def hang_here() -> None:
        pulse.beat()
        stuck.set()
        leave.wait(PATIENCE_S)

    thread = threading.Thread(target=hang_here)
    thread.start()
    assert stuck.wait(PATIENCE_S)
    watchdog = Watchdog(lambda: [pulse, fine])
    for now[0] in (4.0, 6.0, 7.0):
        fine.beat()
        watchdog.look(told.append)
    leave.set()
    thread.join(PATIENCE_S)
    (found,) = told
    assert isinstance(found, Stuck)
    assert "camera thread" in found.text
    assert "hang_here" in found.stack
    pulse.beat()
    watchdog.look(told.append)
    now[0] = 20.0
    pulse.rest()
    fine.rest()
    watchdog.look(told.append)
    assert told == [found], "a thread that has ended is not stuck"


def test_the_watchdog_stops_at_once() -> None:
    stop = threading.Event()
    stop.set()
    Watchdog(list, look_s=PATIENCE_S).run(stop, lambda stuck: None)


def test_a_camera_that_fails_without_being_lost_still_ends_the_run(home: Home) -> None:
    station = Station(home, Camera(forever(CameraError("No picture."))), FreeRun()).start()
    station.finish_by_itself()
    assert station.states[-1] is RunState.FAILED
