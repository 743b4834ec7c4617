"""More than the station can do, and a screen that stands still: every part still has its row."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import psutil
import pytest
from pytestqt.qtbot import QtBot

from station.clock import utc_now
from station.home import Home
from station.inspection.events import RunState
from station.ledger import LedgerReader, check
from station.parts import FaultReason, Verdict
from station.recipes.store import RecipeStore
from station.ui.conductor import Conductor
from station.ui.services import TriggerChoice, TriggerKind
from tests.ui.station_parts import (
    NOON,
    BrightnessScorer,
    Loaded,
    draft,
    picture,
)

WARM, BURST = 10, 200
GROWTH_BYTES = 50_000_000


class Gated(BrightnessScorer):
    """Scores only while its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def score(self, image):
        assert self.gate.wait(60)
        return super().score(image)


@pytest.fixture
def scorer(conductor: Conductor, home: Home, tmp_path: Path) -> Gated:
    """The window, ready to judge on key presses what a folder plays over and over."""
    made = replace(draft("board", megapixels(tmp_path / "parts")), frame_size=(0, 0))
    RecipeStore(home).publish(made, lambda path: path.write_bytes(b"x") and None)
    scorer = Gated()
    control = conductor.control
    control.services = replace(
        control.services, load_engine=lambda recipe, cancelled: Loaded(scorer)
    )
    control.use_recipe(RecipeStore(home).load("board"))
    control.use_camera({**control.camera_settings, "loop": True}, TriggerChoice(TriggerKind.KEY))
    return scorer


def megapixels(folder: Path) -> Path:
    """Three pictures of 3 MB: 200 of them would not pass unnoticed."""
    folder.mkdir()
    for number in range(3):
        large = cv2.resize(picture(number), (1200, 900), interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(folder / f"{number}.png"), large)
    return folder


def running(conductor: Conductor, qtbot: QtBot) -> None:
    conductor.start()
    qtbot.waitUntil(lambda: conductor.control.state is RunState.RUNNING)


def rows_of(home: Home) -> list:
    with LedgerReader.open(home) as reader:
        return reader.rows(NOON.replace(year=2020), utc_now())


def test_a_burst_of_triggers_becomes_as_many_rows_while_the_preview_lives(
    conductor: Conductor, scorer: Gated, qtbot: QtBot, home: Home
) -> None:
    running(conductor, qtbot)
    control = conductor.control
    scorer.gate.set()
    for sequence in range(1, WARM + 1):
        control.fire()
        qtbot.waitUntil(lambda n=sequence: conductor.window.live.tally.judged == n)
    scorer.gate.clear()
    conductor._timer.stop()
    before = psutil.Process(os.getpid()).memory_info().rss
    for _ in range(BURST):
        control.fire()
    qtbot.waitUntil(lambda: control.session.triggers == WARM + BURST)
    assert control.session.preview.take() is not None, "new pictures are shown, judged or not"
    conductor._timer.start()
    scorer.gate.set()
    qtbot.waitUntil(
        lambda: conductor.window.live.tally.judged + live_faults(conductor) == WARM + BURST
    )
    grown = psutil.Process(os.getpid()).memory_info().rss - before
    control.fire()
    qtbot.waitUntil(lambda: len(rows_of(home)) == WARM + BURST + 1)
    conductor.stop()
    qtbot.waitUntil(lambda: not conductor.active)
    rows = rows_of(home)
    assert [row.sequence for row in rows] == list(range(1, WARM + BURST + 2))
    assert {row.reason for row in rows} <= {
        "",
        FaultReason.QUEUE_FULL.value,
        FaultReason.LATE.value,
    }
    assert rows[-1].verdict is Verdict.OK, "after the burst it judges as before"
    assert grown < GROWTH_BYTES
    assert check(home) == []
    print(f"{BURST} triggers, {grown / 1e6:.1f} MB more")


def live_faults(conductor: Conductor) -> int:
    return conductor.window.live.tally.fault


def test_a_screen_that_stands_still_holds_up_neither_judging_nor_ledger(
    conductor: Conductor, scorer: Gated, qtbot: QtBot, home: Home
) -> None:
    scorer.gate.set()
    running(conductor, qtbot)
    pause = threading.Event()
    for wanted in range(1, 31):
        conductor.control.fire()
        # No event of the screen's thread is served from here on: it waits in this loop.
        assert any(len(rows_of(home)) == wanted or pause.wait(0.005) for _ in range(4000))
    assert conductor.window.live.tally.judged == 0, "the screen saw none of it"
    conductor.stop()
    qtbot.waitUntil(lambda: not conductor.active)
    assert conductor.window.live.tally.judged == 30, "and hears of all of it afterwards"
    assert {row.verdict for row in rows_of(home)} == {Verdict.OK}
