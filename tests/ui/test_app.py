"""Starting and ending the program."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.errors import BackboneError
from engine.progress import IsCancelled, Progress
from station import app
from station import demo as station_demo
from station.audit import waiting
from station.clock import utc_now
from station.errors import StationError
from station.home import Home
from station.ledger.reader import LedgerReader
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.ui.conductor import Conductor
from station.ui.main_window import MainWindow
from station.ui.recipes import first_recipe
from tests.ui.station_parts import NOON, BrightnessScorer, Loaded, draft, make_services, publish


def test_a_second_window_on_the_same_home_is_refused(home: Home) -> None:
    with (
        app.only_instance(home),
        pytest.raises(StationError, match="already open"),
        app.only_instance(home),
    ):
        pytest.fail("two stations at once")
    with app.only_instance(home):
        pass


def test_a_home_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(StationError, match="Name another"),
        app.only_instance(Home(tmp_path / "file" / "home")),
    ):
        pytest.fail("no folder there")


def test_the_station_starts_with_the_named_or_else_the_newest_recipe(home: Home) -> None:
    times = iter([NOON.replace(hour=hour) for hour in (3, 1, 2)])
    store = RecipeStore(home, clock=lambda: next(times))
    assert first_recipe(store, None) is None
    for name in ("board", "bottle", "cap"):
        store.publish(draft(name), lambda path: path.write_bytes(b"x") and None)
    newest, named = first_recipe(store, None), first_recipe(store, "cap")
    assert newest is not None
    assert named is not None
    assert (newest.recipe.name, named.recipe.name) == ("board", "cap")


def test_a_recipe_nobody_knows_is_told_in_the_window(conductor: Conductor) -> None:
    app.choose_first(conductor, conductor.services.store, "board")
    assert "no recipe 'board'" in conductor.window.banner.sentence.text()
    assert conductor.control.recipe is None


def test_the_window_opens_with_the_recipe_and_ends_when_it_is_closed(
    qapp: QApplication, home: Home, quit_soon: Callable[[], None]
) -> None:
    publish(home, "board")
    quit_soon()
    assert app.run_window(home, None, operator="A. Berger") == 0
    assert (home.logs / "patchlight.log").exists()
    noted = [(note.kind, note.who) for _, note in waiting(home)]
    assert noted[-2:] == [("station started", "A. Berger"), ("station stopped", "A. Berger")]


def test_the_demo_teaches_judges_and_leaves_screenshots(
    qapp: QApplication, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_demo, "prepare", quick_prepare)
    monkeypatch.setattr(app, "build_services", quick_services)
    options = app.DemoOptions(parts=4, seed=1, out=tmp_path, screenshots=True)
    assert app.run_window(home, None, operator="demo", demo=options) == 0
    with LedgerReader.open(home) as reader:
        (run,) = reader.runs(NOON.replace(year=2020), utc_now())
    assert (run.triggers, run.rows) == (4, 4)
    shots = {path.name: QImage(str(path)) for path in (tmp_path / "screenshots").iterdir()}
    assert set(shots) == {
        f"{name}-{size}.png"
        for name in ("teaching", "live-ng", "end")
        for size in ("1920x1080", "1280x800")
    }
    for name, image in shots.items():
        assert f"{image.width()}x{image.height()}" in name


def test_a_demo_that_cannot_teach_says_why(
    qapp: QApplication, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(home: Home, seed: int, progress: Progress, cancelled: IsCancelled) -> Recipe:
        raise BackboneError("The weights are not here. Install the package that holds them.")

    monkeypatch.setattr(station_demo, "prepare", refuse)
    options = app.DemoOptions(parts=3, seed=1, out=tmp_path, screenshots=False)
    with pytest.raises(StationError, match="weights are not here"):
        app.run_window(home, None, operator="demo", demo=options)


@pytest.fixture
def quit_soon(qapp: QApplication) -> Callable[[], None]:
    """Close the main window as soon as the event loop runs."""

    def close() -> None:
        for widget in qapp.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.isVisible():
                assert widget.header.recipe.value.text() == "board · rev 1"
                widget.close()

    return lambda: QTimer.singleShot(0, close)


def quick_prepare(home: Home, seed: int, progress: Progress, cancelled: IsCancelled) -> Recipe:
    for stage in ("reading", "features", "coreset", "calibrating"):
        progress(stage, 3, 3)
    camera = station_demo.judging_line(seed).settings
    made = replace(draft(station_demo.RECIPE), camera=camera, frame_size=(0, 0))
    return RecipeStore(home).publish(made, lambda path: path.write_bytes(b"x") and None)


def quick_services(home: Home, operator: str, runtime: str) -> object:
    return replace(
        make_services(home), load_engine=lambda recipe, cancelled: Loaded(BrightnessScorer())
    )
