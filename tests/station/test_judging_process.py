"""Judging in a child process: it scores as in this one, and its death costs one part."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import judging_children as children
import numpy as np
import psutil
import pytest
from scripted_station import recipe

from engine.errors import Cancelled, ImageError, NotInPlace
from station.errors import StationError
from station.judging_process import JudgingProcess

PARENT = Path(__file__).with_name("judging_parent.py")
PATIENCE_S = 30.0


def showing(told: int, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    pixels = np.arange(size[0] * size[1] * 3, dtype=np.uint32).astype(np.uint8)
    pixels = pixels.reshape(*size, 3)
    pixels[0, 0, 0] = told
    return pixels


@pytest.fixture
def opened(tmp_path: Path):
    process = JudgingProcess(recipe(), "auto", tmp_path / "crash.log", serve=children.serve)
    yield process
    process.close()


def test_scores_and_maps_come_back_whole(opened: JudgingProcess) -> None:
    assert opened.device == "scripted child auto"
    assert opened.refused == ("none refused",)
    for size in ((24, 32), (7, 5), (300, 200), (24, 32)):
        pixels = showing(77, size)
        score = opened.score(pixels)
        assert score.value == 77
        np.testing.assert_array_equal(score.anomaly_map, pixels[..., 1].astype(np.float32) / 2)


def test_a_map_is_not_overwritten_by_the_next(opened: JudgingProcess) -> None:
    first = opened.score(showing(10))
    kept = first.anomaly_map.copy()
    opened.score(np.zeros((24, 32, 3), np.uint8))
    np.testing.assert_array_equal(first.anomaly_map, kept)


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        (children.UNFIT, ImageError, "blank"),
        (children.UNPLACED, NotInPlace, "turned"),
        (children.FAILS, StationError, "a bug"),
    ],
)
def test_what_the_engine_raises_is_raised_here(opened, told, error, text) -> None:
    pid = opened.pid
    with pytest.raises(error, match=text):
        opened.score(showing(told))
    assert opened.score(showing(50)).value == 50
    assert opened.pid == pid


def test_a_crash_costs_one_part(opened: JudgingProcess) -> None:
    pid = opened.pid
    with pytest.raises(StationError, match="SIGSEGV"):
        opened.score(showing(children.CRASHES))
    assert opened.score(showing(50)).value == 50
    assert opened.pid != pid


def test_a_child_killed_between_parts_costs_one_part(opened: JudgingProcess) -> None:
    psutil.Process(opened.pid).kill()
    with pytest.raises(StationError, match="SIGKILL"):
        opened.score(showing(50))
    assert opened.score(showing(51)).value == 51


def test_a_child_that_hangs_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "crash.log"
    opened = JudgingProcess(recipe(), "auto", log, limit_s=0.2, serve=children.serve)
    with pytest.raises(StationError, match="no answer"):
        opened.score(showing(children.HANGS))
    assert opened.score(showing(50)).value == 50
    opened.close()


def test_a_refused_recipe_says_why(tmp_path: Path) -> None:
    with pytest.raises(StationError, match="not judged on this machine"):
        JudgingProcess(recipe(), "auto", tmp_path / "log", serve=children.refuse)


def test_a_child_that_never_comes_up_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(StationError, match="SIGKILL"):
        JudgingProcess(recipe(), "auto", tmp_path / "log", serve=children.die_at_once)


def test_opening_can_be_given_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    before = set(multiprocessing.active_children())
    with pytest.raises(Cancelled):
        JudgingProcess(recipe(), "auto", log, serve=children.never_ready, cancelled=lambda: True)
    assert set(multiprocessing.active_children()) <= before


def test_closing_ends_the_child(opened: JudgingProcess) -> None:
    pid = opened.pid
    opened.close()
    opened.close()
    assert not psutil.pid_exists(pid)


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(PARENT), str(tmp_path / "log")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([child], PATIENCE_S)[1] == []


def test_a_child_that_leaves_its_device_says_so_with_the_part(tmp_path: Path) -> None:
    process = JudgingProcess(
        recipe(), "auto", tmp_path / "crash.log", serve=children.serve_full_card
    )
    try:
        assert process.device == "a card"
        assert [process.score(showing(told)).value for told in (50, 60)] == [50, 60]
        assert process.device == "scripted child"
        assert process.refused[0] == "none refused"
        assert "a card ran out of memory" in process.refused[1]
        assert len(process.refused) == 2
    finally:
        process.close()
