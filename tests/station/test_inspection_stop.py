"""Stop and pause, from every state: it ends soon, and nothing that was accepted is lost."""

import threading
from pathlib import Path

import pytest
from scripted_station import BAD, GOOD, PATIENCE_S, Camera, Engine, Loaded, Station, count

from station.errors import CameraError
from station.home import Home
from station.inspection.events import RunState
from station.inspection.triggers import FreeRun, Interval, KeyTrigger
from station.parts import FaultReason, Verdict

STOPPED_AT_ONCE = [RunState.STARTING, RunState.STOPPED]
RAN = [RunState.STARTING, RunState.RUNNING, RunState.STOPPED]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def forever(step: object = GOOD):
    while True:
        yield step


def running(station: Station) -> Station:
    station.start().wait_for_state(RunState.RUNNING)
    return station


def test_stop_while_the_engine_loads(home: Home) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def load(*_: object) -> Loaded:
        loading.set()
        assert loaded.wait(PATIENCE_S)
        return Loaded(Engine())

    camera = Camera(forever())
    station = Station(home, camera, FreeRun(), load_engine=load).start()
    assert loading.wait(PATIENCE_S)
    station.stop()
    loaded.set()
    station.wait_until_over()
    assert station.states == STOPPED_AT_ONCE
    assert station.runs() == []
    assert (camera.grabs, camera.is_open) == (0, False)


def test_stop_while_the_camera_opens(home: Home) -> None:
    class Slow(Camera):
        def open(self) -> None:
            opening.set()
            raise self.wait_until_closed()

    opening = threading.Event()
    station = Station(home, Slow([]), FreeRun()).start()
    assert opening.wait(PATIENCE_S)
    station.stop()
    station.wait_until_over()
    assert station.states == STOPPED_AT_ONCE
    assert station.camera_changes == []
    assert station.runs() == []


@pytest.mark.parametrize("which", [0, 1])
def test_stopping_one_loop_ends_both(home: Home, which: int) -> None:
    station = running(Station(home, Camera(forever()), FreeRun()))
    station.wait_for_rows(3)
    station.stops[which].set()
    station.finish_by_itself()
    assert station.states == RAN


@pytest.mark.parametrize("trigger", [KeyTrigger(), Interval(3600.0)])
def test_stop_while_nothing_fires(home: Home, trigger: object) -> None:
    station = running(Station(home, Camera(forever()), trigger))
    station.finish()
    assert station.states == RAN
    assert len(station.rows()) <= 1


def test_stop_breaks_off_a_waiting_grab_without_a_row_where_no_part_was_promised(
    home: Home,
) -> None:
    camera = Camera([GOOD])
    camera._script = iter([GOOD, camera.wait_until_closed])
    station = running(Station(home, camera, FreeRun(), monotonic=lambda: 0.0))
    assert station.until(lambda: camera.grabs == 2)
    station.finish()
    assert station.states == RAN
    assert [row.verdict for row in station.rows()] == [Verdict.OK]
    assert [change.ok for change in station.camera_changes] == [True]


def test_every_press_has_its_row_though_the_stop_came_first(home: Home) -> None:
    camera = Camera([])
    camera._script = iter([GOOD, camera.wait_until_closed])
    key = KeyTrigger()
    station = running(Station(home, camera, key))
    assert station.until(key.fire)
    assert all(key.fire() for _ in range(4))
    assert station.until(lambda: camera.grabs == 2)
    station.finish()
    assert station.reasons == ["", *["station stopped"] * 4]
    assert "before a picture was taken" in station.rows()[-1].text
    assert not key.fire()


def test_a_camera_that_ignores_the_stop_does_not_hold_the_run(home: Home) -> None:
    now, answer = [0.0], threading.Event()

    def hang() -> object:
        assert answer.wait(PATIENCE_S)
        return BAD

    camera, key = Camera([hang]), KeyTrigger()
    station = running(Station(home, camera, key, monotonic=lambda: now[0]))
    assert station.until(key.fire)
    assert station.until(lambda: camera.grabs == 1)
    station.stop()
    assert station.until(camera.closed.is_set)
    now[0] += 2.0
    station.threads[1].join(PATIENCE_S)
    assert station.states == RAN
    assert station.reasons == ["station stopped"]
    answer.set()
    station.finish()
    assert len(station.rows()) == 1


def test_queued_parts_are_judged_before_the_loop_ends(home: Home) -> None:
    camera, engine, key = Camera([GOOD, BAD, GOOD]), Engine(gate_open=False), KeyTrigger()
    station = running(Station(home, camera, key, engine, monotonic=lambda: 0.0))
    assert station.until(key.fire)
    assert all(key.fire() for _ in range(2))
    assert station.until(lambda: station.session.triggers == 3)
    station.stop()
    engine.gate.set()
    station.finish()
    assert [row.verdict.value for row in station.rows()] == ["OK", "NG", "OK"]


def test_parts_that_cannot_be_judged_in_time_are_faults(home: Home) -> None:
    now, camera, key = [0.0], Camera([GOOD] * 5), KeyTrigger()
    engine = Engine(gate_open=False)
    station = running(Station(home, camera, key, engine, monotonic=lambda: now[0]))
    assert station.until(key.fire)
    assert all(key.fire() for _ in range(4))
    assert station.until(lambda: station.session.triggers == 5)
    station.stops[0].set()
    station.threads[0].join(PATIENCE_S)
    engine.score = lambda image: late(engine, now, image)
    engine.gate.set()
    station.finish()
    assert engine.scored <= 2
    assert count(station, FaultReason.STOPPED) == 5 - engine.scored
    fault = station.rows()[-1]
    assert "before this part was judged" in fault.text
    assert (home.root / fault.image_path).is_file()


def late(engine: Engine, now: list[float], image: object):
    now[0] += 5.0
    return Engine.score(engine, image)


def test_a_stop_at_the_end_of_the_pictures_does_not_wait_for_a_long_queue(home: Home) -> None:
    now, engine, key = [0.0], Engine(gate_open=False), KeyTrigger()
    camera = Camera([GOOD] * 6)
    station = running(
        Station(home, camera, key, engine, queue_capacity=8, monotonic=lambda: now[0])
    )
    assert station.until(key.fire)
    assert all(key.fire() for _ in range(6))
    station.threads[0].join(PATIENCE_S)
    engine.score = lambda image: late(engine, now, image)
    station.stop()
    engine.gate.set()
    station.finish()
    assert station.states[-1] is RunState.FINISHED
    assert engine.scored <= 2
    assert len(station.rows()) == 6


def test_pause_accepts_nothing_and_resume_goes_on(home: Home) -> None:
    camera, key = Camera(forever()), KeyTrigger()
    station = running(Station(home, camera, key))
    assert station.until(key.fire)
    station.wait_for_rows(1)
    station.session.pause()
    assert station.session.paused
    assert not key.fire()
    station.wait_for_state(RunState.PAUSED)
    station.session.resume()
    assert not station.session.paused
    assert key.fire()
    station.wait_for_state(RunState.RUNNING)
    station.wait_for_rows(2)
    station.finish()
    assert station.states == [
        *(RunState.STARTING, RunState.RUNNING, RunState.PAUSED),
        *(RunState.RUNNING, RunState.STOPPED),
    ]
    assert len(station.rows()) == 2


def test_a_paused_free_run_grabs_nothing(home: Home) -> None:
    camera = Camera(forever())
    station = running(Station(home, camera, FreeRun()))
    station.wait_for_rows(2)
    station.session.pause()
    station.wait_for_state(RunState.PAUSED)
    grabs = camera.grabs
    station.wait_for_rows(station.session.triggers)
    assert camera.grabs == grabs == station.session.triggers
    station.session.resume()
    station.wait_for_rows(grabs + 3)
    station.finish()


def test_parts_queued_before_a_pause_are_finished_during_it(home: Home) -> None:
    camera, engine, key = Camera([GOOD] * 3), Engine(gate_open=False), KeyTrigger()
    station = running(Station(home, camera, key, engine))
    assert station.until(key.fire)
    assert all(key.fire() for _ in range(2))
    station.session.pause()
    station.wait_for_state(RunState.PAUSED)
    assert station.session.triggers == 3
    engine.gate.set()
    station.wait_for_rows(3)
    station.finish()
    assert station.states[-2:] == [RunState.PAUSED, RunState.STOPPED]


def test_a_session_paused_before_it_runs_takes_no_part(home: Home) -> None:
    camera = Camera(forever())
    station = Station(home, camera, FreeRun())
    station.session.pause()
    station.start().wait_for_state(RunState.PAUSED)
    station.finish()
    assert camera.grabs == 0
    assert station.states == [
        *(RunState.STARTING, RunState.RUNNING, RunState.PAUSED, RunState.STOPPED),
    ]


def test_a_camera_that_fails_to_close_does_not_hide_the_end(home: Home, caplog) -> None:
    class Stuck(Camera):
        def close(self) -> None:
            raise CameraError("driver is stuck")

    station = running(Station(home, Stuck(forever()), FreeRun()))
    station.stop()
    station.finish_by_itself()
    assert station.states[-1] is RunState.STOPPED
    assert "could not be closed" in caplog.text
