"""A run, in real threads with a real ledger: every accepted trigger ends as exactly one row."""

import gc
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from scripted_station import (
    BAD,
    EARLY,
    GOOD,
    Camera,
    Engine,
    Loaded,
    Station,
    count,
    picture,
    recipe,
)

from engine.errors import ModelFileError
from station.errors import CameraError
from station.home import Home
from station.inspection.events import Recorded, RunState, View
from station.inspection.triggers import FreeRun, Interval, KeyTrigger
from station.ledger import Ledger, LedgerReader
from station.parts import FaultReason, Frame, Verdict


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def forever(step: object = GOOD):
    while True:
        yield step


def test_a_folder_played_once_is_judged_and_finished(home: Home) -> None:
    station = Station(home, Camera([GOOD, BAD, GOOD]), FreeRun()).start()
    station.finish_by_itself()
    assert station.states == [RunState.STARTING, RunState.RUNNING, RunState.FINISHED]
    assert [event.row.verdict.value for event in station.recorded] == ["OK", "NG", "OK"]
    assert [row.source for row in station.rows()] == ["picture 1", "picture 2", "picture 3"]
    run = station.runs()[0]
    assert (run.recipe, run.revision, run.operator) == ("board", 3, "Ada")
    assert (run.device, run.camera) == ("scripted engine", "scripted")


def test_the_device_is_told_with_the_running_state(home: Home) -> None:
    station = Station(home, Camera([GOOD]), FreeRun()).start()
    station.finish_by_itself()
    starting, running, finished = (e for e in station.events if hasattr(e, "device"))
    assert starting.device == ""
    assert running.device == finished.device == "scripted engine"


def test_a_refused_runtime_is_told_with_the_device(home: Home) -> None:
    loaded = Loaded(Engine(), ("A faster one is refused on this machine.",))
    station = Station(home, Camera([GOOD]), FreeRun(), load_engine=lambda *_: loaded).start()
    station.finish_by_itself()
    starting, running, _ = (e for e in station.events if hasattr(e, "device"))
    assert (starting.refused, running.refused) == ((), loaded.refused)


def test_a_verdict_is_heard_only_after_its_row_is_committed(home: Home) -> None:
    committed: list[bool] = []

    def look(event: object) -> None:
        if isinstance(event, Recorded):
            with LedgerReader.open(home) as reader:
                committed.append(reader.row(event.row.sequence) == event.row)

    Station(home, Camera([GOOD, BAD, GOOD]), FreeRun(), heard=look).start().finish_by_itself()
    assert committed == [True, True, True]


def test_numbers_go_on_where_the_last_run_ended(home: Home) -> None:
    for _ in range(2):
        Station(home, Camera([GOOD, BAD]), FreeRun()).start().finish_by_itself()
    station = Station(home, Camera([GOOD]), FreeRun()).start()
    station.finish_by_itself()
    assert [(row.sequence, row.run) for row in station.rows()] == [
        *((1, 1), (2, 1), (3, 2), (4, 2), (5, 3)),
    ]


def test_max_parts_finishes_the_run(home: Home) -> None:
    station = Station(home, Camera(forever()), FreeRun(), max_parts=7).start()
    station.finish_by_itself()
    assert station.states[-1] is RunState.FINISHED
    assert len(station.rows()) == 7


def test_a_burst_of_200_triggers_gives_200_rows(home: Home) -> None:
    camera, engine, key = Camera(forever()), Engine(gate_open=False), KeyTrigger()
    station = Station(home, camera, key, engine, queue_capacity=8).start()
    station.wait_for_state(RunState.RUNNING)
    assert station.until(key.fire)
    assert engine.scoring.acquire(timeout=20)
    assert all(key.fire() for _ in range(199))
    assert all(camera.grabbed.acquire(timeout=20) for _ in range(200))
    engine.gate.set()
    station.wait_for_rows(200)
    station.finish()
    assert len(station.rows()) == 200
    assert count(station, FaultReason.QUEUE_FULL) >= 190
    assert engine.scored + count(station, FaultReason.QUEUE_FULL) == 200
    missed = next(row for row in station.rows() if row.reason == "queue full")
    assert "8 parts were waiting" in missed.text


def test_an_interval_fires_on_time_though_the_queue_is_full(home: Home) -> None:
    engine = Engine(gate_open=False)
    station = Station(
        home, Camera(forever()), Interval(0.001), engine, queue_capacity=1, max_parts=6
    ).start()
    station.threads[0].join(20)
    engine.gate.set()
    station.finish_by_itself()
    assert len(station.rows()) == 6
    assert count(station, FaultReason.QUEUE_FULL) >= 4


def test_free_run_never_overflows(home: Home) -> None:
    station = Station(home, Camera([GOOD] * 30), FreeRun(), queue_capacity=1).start()
    station.finish_by_itself()
    assert [row.verdict for row in station.rows()] == [Verdict.OK] * 30


def test_a_picture_that_did_not_come_is_a_fault_and_the_run_goes_on(home: Home) -> None:
    camera = Camera([GOOD, CameraError("Cable of 'top' is out."), ValueError("driver"), BAD])
    station = Station(home, camera, FreeRun()).start()
    station.finish_by_itself()
    rows = station.rows()
    assert [row.verdict.value for row in rows] == ["OK", "FAULT", "FAULT", "NG"]
    assert rows[1].text == "Cable of 'top' is out."
    assert "Camera 'scripted' failed: driver" in rows[2].text
    assert {rows[1].reason, rows[2].reason} == {"no frame"}
    assert [change.ok for change in station.camera_changes] == [True, False, False, True]
    assert station.camera_changes[1].text == "Cable of 'top' is out."


def test_a_camera_that_fails_ten_times_in_a_row_stops_the_run(home: Home) -> None:
    nine = [CameraError("No light.")] * 9
    station = Station(home, Camera([*nine, GOOD, *nine, CameraError("Dead.")]), FreeRun()).start()
    station.finish_by_itself()
    assert station.states[-1] is RunState.FAILED
    assert station.texts[-1] == "Dead. No picture came 10 times in a row."
    assert len(station.rows()) == 20


def test_scoring_that_fails_is_a_fault_and_the_run_goes_on(home: Home) -> None:
    class Faulty(Engine):
        def score(self, image):
            if image[0, 0, 0] == 13:
                raise RuntimeError("out of memory")
            return super().score(image)

    station = Station(home, Camera([GOOD, picture(13), BAD]), FreeRun(), Faulty()).start()
    station.finish_by_itself()
    assert [row.verdict.value for row in station.rows()] == ["OK", "FAULT", "NG"]
    fault = station.rows()[1]
    assert fault.reason == "scoring failed"
    assert "out of memory" in fault.text
    assert (home.root / fault.image_path).is_file(), "the picture of a fault is kept"


def test_only_parts_to_look_at_carry_a_thumbnail(home: Home) -> None:
    blank = np.zeros((24, 32, 3), np.uint8)
    camera = Camera([GOOD, BAD, blank, CameraError("none")])
    station = Station(home, camera, FreeRun()).start()
    station.finish_by_itself()
    assert station.reasons == ["", "", "picture black", "no frame"]
    assert [event.thumbnail.shape for event in station.recorded] == [
        *((0, 0, 3), (24, 32, 3), (24, 32, 3), (0, 0, 3)),
    ]


def alive() -> int:
    """How many frames and views are in memory."""
    gc.collect()
    return sum(type(thing) in (Frame, View) for thing in gc.get_objects())


def test_a_stalled_screen_hoards_nothing(home: Home) -> None:
    before = alive()
    station = Station(home, Camera(picture(n) for n in range(60)), FreeRun()).start()
    station.finish_by_itself()
    assert alive() - before == 2
    assert station.session.preview.take().sequence == 60
    assert station.session.views.take().sequence == 60
    assert station.session.preview.take() is None


def test_elapsed_time_counts_from_grab_to_verdict(home: Home) -> None:
    now = [5.0]

    class Slow(Engine):
        def score(self, image):
            now[0] += 0.25
            return super().score(image)

    def shot():
        now[0] += 60.0
        return GOOD

    station = Station(
        home, Camera([shot]), FreeRun(), Slow(), monotonic=lambda: now[0], max_parts=1
    ).start()
    station.finish_by_itself()
    assert station.rows()[0].elapsed_ms == pytest.approx(250.0)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ModelFileError("The model is truncated. Publish it again."), "The model is truncated."),
        (RuntimeError("no such instruction"), "Loading 'board' failed unexpectedly: no such"),
    ],
)
def test_an_engine_that_does_not_load_fails_the_run(home: Home, error, says: str) -> None:
    def load(*_: object) -> object:
        raise error

    camera = Camera([GOOD])
    station = Station(home, camera, FreeRun(), load_engine=load).start()
    station.wait_until_over()
    assert station.states == [RunState.STARTING, RunState.FAILED]
    assert says in station.texts[-1]
    assert not station.errors
    assert not camera.is_open
    assert camera.grabs == 0
    assert station.runs() == []


def test_a_camera_that_does_not_open_fails_the_run(home: Home) -> None:
    class Unplugged(Camera):
        def open(self) -> None:
            raise CameraError("Camera 'top' is not there. Plug it in.")

    station = Station(home, Unplugged([]), FreeRun()).start()
    station.wait_until_over()
    assert station.states == [RunState.STARTING, RunState.FAILED]
    assert station.texts[-1] == "Camera 'top' is not there. Plug it in."
    assert [change.ok for change in station.camera_changes] == [False]
    assert station.runs() == []


def test_a_bug_in_the_camera_fails_the_run_and_reaches_the_door(home: Home) -> None:
    class Broken(Camera):
        def open(self) -> None:
            raise ZeroDivisionError("bug")

    station = Station(home, Broken([]), FreeRun()).start()
    station.wait_until_over()
    assert station.states[-1] is RunState.FAILED
    assert [type(error) for error in station.errors] == [ZeroDivisionError]


def test_a_ledger_that_cannot_be_trusted_fails_the_run_before_it_begins(home: Home) -> None:
    with Ledger.open(home):
        pass
    with closing(sqlite3.connect(home.ledger)) as connection:
        connection.execute("PRAGMA user_version = 99")
    camera, engine = Camera(forever()), Engine()
    station = Station(home, camera, FreeRun(), engine).start()
    station.wait_until_over()
    assert station.states == [RunState.STARTING, RunState.FAILED]
    assert "newer Patchlight" in station.texts[-1]
    assert (camera.grabs, engine.scored, camera.is_open) == (0, 0, False)


def test_a_ledger_that_fails_in_mid_run_stops_judging_at_once(home: Home) -> None:
    camera, engine, key = Camera([GOOD, BAD, BAD, BAD, GOOD]), Engine(), KeyTrigger()
    station = Station(home, camera, key, engine).start()
    station.wait_for_state(RunState.RUNNING)
    assert station.until(key.fire)
    station.wait_for_rows(1)
    engine.gate.clear()
    assert all(key.fire() for _ in range(4))
    assert all(camera.grabbed.acquire(timeout=20) for _ in range(5))
    shutil.rmtree(home.images)
    home.images.write_text("in the way")
    assert station.until(lambda: station.session.triggers == 5)
    engine.gate.set()
    station.wait_until_over()
    assert station.states == [RunState.STARTING, RunState.RUNNING, RunState.FAILED]
    assert "4 accepted parts are without a verdict: recorded as FAULT." in station.texts[-1]
    assert engine.scored == 2, "nothing may be judged once the ledger failed"
    assert len(station.recorded) == 1
    assert [row.verdict.value for row in station.rows()] == ["OK", *["FAULT"] * 4]
    (run,) = station.runs()
    assert (run.triggers, run.rows, run.interrupted) == (5, 5, True)
    assert not camera.is_open
    assert not station.errors


def test_after_a_ledger_failure_the_station_starts_again(home: Home) -> None:
    test_a_ledger_that_fails_in_mid_run_stops_judging_at_once(home)
    home.images.unlink()
    station = Station(home, Camera([BAD]), FreeRun()).start()
    station.finish_by_itself()
    assert [row.sequence for row in station.rows()] == [1, 2, 3, 4, 5, 6]
    assert station.texts[1] == "Running."


def test_a_run_that_a_dead_station_left_is_told_of_at_the_next_start(home: Home) -> None:
    with Ledger.open(home) as ledger:
        run = ledger.begin_run(recipe(), device="", operator="", camera="")
        journal = ledger.journal(run)
        for sequence in (1, 2, 3):
            journal.numbered(sequence, EARLY)
    station = Station(home, Camera([GOOD]), FreeRun()).start()
    station.finish_by_itself()
    assert "3 triggers without a verdict, recorded as FAULT." in station.texts[1]
    assert [row.verdict.value for row in station.rows()] == ["FAULT"] * 3 + ["OK"]


def test_a_failed_drawing_is_a_bug_that_is_said(home: Home, monkeypatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("bug")

    monkeypatch.setattr("station.heatmap.render_view", crash)
    station = Station(home, Camera(forever()), FreeRun()).start()
    station.wait_until_over()
    assert station.states[-1] is RunState.FAILED
    assert "Inspection failed unexpectedly: bug" in station.texts[-1]
    assert [type(error) for error in station.errors] == [ZeroDivisionError]


def test_a_run_of_no_parts_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="0 parts"):
        Station(home, Camera([]), FreeRun(), max_parts=0)


@pytest.mark.parametrize("seed", range(6))
def test_triggers_and_rows_reconcile_whatever_happens(home: Home, seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = [GOOD, BAD, np.zeros((24, 32, 3), np.uint8), picture(5, (9, 9)), CameraError("gone")]
    script = [steps[choice] for choice in rng.choice(5, 400, p=[0.5, 0.2, 0.1, 0.1, 0.1])]
    trigger = [FreeRun(), Interval(0.0005), KeyTrigger()][seed % 3]
    station = Station(home, Camera(script), trigger, queue_capacity=2).start()
    station.wait_for_state(RunState.RUNNING)
    people = [
        threading.Thread(target=press, args=(station, int(seed)), daemon=True)
        for seed in rng.integers(0, 1000, 3)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(20)
    station.finish()
    assert not station.errors
    assert station.states[-1] in {RunState.STOPPED, RunState.FINISHED}


def press(station: Station, seed: int) -> None:
    """Press everything an operator can press, in any order."""
    buttons = [station.session.pause, station.session.resume, station.session.resume]
    fire = getattr(station.trigger, "fire", station.session.resume)
    for choice in np.random.default_rng(seed).integers(0, 6, 150):
        (buttons[choice] if choice < 3 else fire)()
