"""Two cameras on one station: each with its own recipe and lane, one ledger."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.clock import utc_now
from station.home import Home
from station.inspection.events import CameraChanged, LineChanged, RunState, StateChanged
from station.ledger import LedgerReader, check
from station.ledger.shared import SharedLedger
from station.parts import Verdict
from station.settings import LaneSettings, Settings, load, save
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor
from station.ui.services import TriggerChoice, TriggerKind
from tests.ui.station_parts import (
    NOON,
    make_services,
    publish,
    recorded,
    write_pictures,
)

LANES = (
    LaneSettings("left", recipe="board"),
    LaneSettings("right", recipe="lid", takt_s=20.0),
)


@pytest.fixture
def station(qapp: QApplication, home: Home, tmp_path: Path) -> Iterator[Conductor]:
    """A window on two lanes, each with its product and its folder of pictures."""
    services = make_services(home)
    for lane, bad in (("board", (False, True, False)), ("lid", (False, False, True, True))):
        publish(home, lane, write_pictures(tmp_path / lane, bad))
    save(home, Settings(LANES))
    services = replace(services, settings=load(home), shared=SharedLedger(home))
    made = Conductor(services, ErrorDoor())
    for lane in made.lanes:
        lane.control.use_recipe(services.store.load(lane.control.lane.recipe))
    made.window.resize(1280, 800)
    made.window.show()
    yield made
    made.window.close()
    made.window.deleteLater()
    made.deleteLater()


def run_to_the_end(station: Conductor, qtbot: QtBot) -> None:
    station.start()
    qtbot.waitUntil(lambda: not station.active)


def test_both_lanes_judge_their_own_parts_into_one_ledger(
    station: Conductor, qtbot: QtBot, home: Home
) -> None:
    run_to_the_end(station, qtbot)
    with LedgerReader.open(home) as reader:
        rows = reader.rows(NOON.replace(year=2020), utc_now())
        runs = reader.runs(NOON.replace(year=2020), utc_now())
    assert sorted(row.sequence for row in rows) == list(range(1, 8))
    judged = {
        lane: [row.verdict.value for row in rows if row.lane == lane] for lane in ("left", "right")
    }
    assert judged == {"left": ["OK", "NG", "OK"], "right": ["OK", "OK", "NG", "NG"]}
    assert {(run.recipe, run.triggers, run.rows) for run in runs} == {
        ("board", 3, 3),
        ("lid", 4, 4),
    }
    assert check(home) == []
    tallies = [(lane.live.tally.ok, lane.live.tally.ng) for lane in station.lanes]
    assert tallies == [(2, 1), (2, 2)]


def test_every_lane_is_in_sight_and_one_press_shows_it_whole(
    station: Conductor, qtbot: QtBot
) -> None:
    window = station.window
    assert window.lane_bar.isVisible()
    left, right = window.lane_bar.tiles
    station.lanes[1].on_event(recorded(7, Verdict.NG))
    assert (left.word, right.word) == ("STOPPED", "NG")
    assert window.live is station.lanes[0].live
    right.click()
    assert window.live is station.lanes[1].live
    assert window.live.verdict.word == "NG"
    assert window.header.recipe.value.text().startswith("lid")
    assert min(tile.height() for tile in (left, right)) >= 48


def test_a_key_shows_a_lane(station: Conductor, qtbot: QtBot) -> None:
    station.window.activateWindow()
    for key, index in ((Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0)):
        qtbot.keyClick(station.window, key, Qt.KeyboardModifier.ControlModifier)
        assert station.lane is station.lanes[index]


def test_one_lane_needs_no_bar(conductor: Conductor) -> None:
    assert not conductor.window.lane_bar.isVisible()


def test_a_lost_camera_stands_before_the_verdict_until_it_is_back(station: Conductor) -> None:
    lane = station.lanes[0]
    lane.on_event(StateChanged(RunState.RUNNING, "Running.", "brightness"))
    lane.on_event(recorded(3, Verdict.OK))
    lane.on_event(CameraChanged(False, "Camera 'top' is gone. Check its cable."))
    panel = lane.live.verdict
    assert (panel.word, panel.headline) == ("FAULT", "No camera")
    assert "Check its cable" in panel.detail
    assert station.window.header.camera.attention
    assert station.window.lane_bar.tiles[0].word == "FAULT"
    lane.on_event(CameraChanged(True, "Back."))
    assert (panel.word, panel.headline) == ("OK", "Part 000003")
    assert not station.window.header.camera.attention


def test_a_line_that_does_not_hear_is_said(station: Conductor) -> None:
    lane = station.lanes[0]
    lane.on_event(StateChanged(RunState.RUNNING, "Running.", "brightness"))
    lane.on_event(LineChanged(False, "The PLC does not answer. Reject every part."))
    assert lane.live.verdict.headline == "Line not controlled"
    lane.on_event(recorded(3, Verdict.OK))
    assert lane.live.verdict.word == "FAULT", "an OK nobody heard must not look like one"
    lane.on_event(LineChanged(True, ""))
    assert lane.live.verdict.word == "OK"


def test_an_ended_run_takes_its_troubles_away(station: Conductor) -> None:
    lane = station.lanes[0]
    lane.on_event(CameraChanged(False, "Gone."))
    lane.on_event(StateChanged(RunState.STOPPED, "Stopped.", ""))
    assert lane.live.verdict.word == "STOPPED"


def test_a_wrong_product_is_named(station: Conductor) -> None:
    event = recorded(9, Verdict.NG)
    row = replace(event.row, reason="wrong product", text="It does not look like board.")
    station.lanes[0].on_event(replace(event, row=row))
    panel = station.lanes[0].live.verdict
    assert (panel.word, panel.detail) == ("NG", "It does not look like board.")


def test_the_header_holds_the_latency_against_the_takt(station: Conductor) -> None:
    station.show_lane(1)
    station.lanes[1].on_event(recorded(4, Verdict.OK))
    station.tick_figures()
    latency = station.window.header.latency
    assert latency.value.text() == "104/104/104 of 20000"
    assert not latency.attention
    station.lane.control.use_camera({}, TriggerChoice(takt_s=0.1))
    station.tick_figures()
    assert latency.attention


def test_a_plc_trigger_without_a_line_is_refused_with_what_to_do(
    station: Conductor, qtbot: QtBot
) -> None:
    control = station.lanes[0].control
    control.use_camera(control.camera_settings, TriggerChoice(TriggerKind.LINE))
    with qtbot.waitSignal(control.troubled) as told:
        control.start()
    assert "no line is set up" in str(told.args[0])


def test_what_is_chosen_for_a_lane_is_remembered(station: Conductor, home: Home) -> None:
    chosen = {"kind": "virtual line", "seed": 4, "defect_rate": 0.2}
    station.dialogs._on_camera(chosen, TriggerChoice(TriggerKind.KEY, takt_s=0.5, codes=True))
    left, right = load(home).lanes
    assert (dict(left.camera), left.trigger, left.takt_s, left.codes) == (chosen, "key", 0.5, True)
    assert right == LANES[1]
    control = station.lanes[0].control
    control.use_recipe(station.services.store.load("board"))
    assert control.camera_settings == chosen, "for the recipe it was chosen for"
    control.use_recipe(station.services.store.load("lid"))
    assert control.camera_settings["kind"] == "folder", "another product has its own camera"


def test_pause_and_stop_are_for_all_lanes(station: Conductor, qtbot: QtBot) -> None:
    for lane in station.lanes:
        control = lane.control
        control.use_camera(control.camera_settings, TriggerChoice(TriggerKind.KEY))
    station.start()
    states = lambda: [lane.control.state for lane in station.lanes]  # noqa: E731
    qtbot.waitUntil(lambda: states() == [RunState.RUNNING] * 2)
    station.pause_or_resume()
    qtbot.waitUntil(lambda: states() == [RunState.PAUSED] * 2)
    station.pause_or_resume()
    qtbot.waitUntil(lambda: states() == [RunState.RUNNING] * 2)
    station.run_or_stop()
    qtbot.waitUntil(lambda: not station.active)
    assert states() == [RunState.STOPPED] * 2
