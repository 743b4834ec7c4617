"""What the window leaves in the audit trail, and which recipe it judges with."""

from datetime import datetime, timezone
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from station import app
from station.home import Home
from station.ledger import LedgerReader
from station.ledger.trail import entries
from station.ui.conductor import Conductor
from station.ui.recipe_sheet import RecipeSheet
from station.ui.services import TriggerChoice
from tests.ui.station_parts import publish, write_pictures


def trail(home: Home) -> list[tuple[str, str, str]]:
    ever = [each.replace(tzinfo=timezone.utc) for each in (datetime.min, datetime.max)]
    return [(entry.kind, entry.who, entry.text) for entry in entries(home, *ever)]


def flip(home: Home, revision: int, file: str) -> None:
    path = home.recipes / "board" / f"r{revision:04d}" / file
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["model.npz", "recipe.json"])
@pytest.mark.parametrize("name", ["board", None])
def test_the_window_judges_with_the_last_good_revision_and_says_so(
    conductor: Conductor, home: Home, file: str, name: str | None
) -> None:
    for product in ("bottle", "board", "board"):
        publish(home, product)
    flip(home, 2, file)
    app.choose_first(conductor, conductor.services.store, name)
    assert conductor.control.recipe is not None
    assert (conductor.control.recipe.name, conductor.control.recipe.revision) == ("board", 1)
    said = conductor.window.banner.sentence.text()
    assert "Recipe 'board' revision 2 was refused" in said
    assert "Revision 1, the last good one, judges instead." in said
    assert conductor.window.header.recipe.value.text() == "board · rev 1"
    assert trail(home)[-1] == ("recipe refused", "", said)


def test_a_recipe_chosen_in_the_window_is_the_last_good_one_too(
    conductor: Conductor, home: Home
) -> None:
    for _ in range(2):
        publish(home, "board")
    flip(home, 2, "model.npz")
    conductor.dialogs.recipe()
    sheet = conductor.window.findChild(RecipeSheet)
    sheet.list.setCurrentRow(0)
    sheet.accept_button.click()
    assert conductor.window.header.recipe.value.text() == "board · rev 1"
    assert "revision 2 was refused" in conductor.window.banner.sentence.text()


def test_a_revision_that_is_changed_while_the_window_is_open_does_not_judge(
    conductor: Conductor, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    for _ in range(2):
        recipe = publish(home, camera=folder)
    conductor.control.use_recipe(recipe)
    flip(home, 2, "model.npz")
    with qtbot.waitSignal(conductor.control.ended):
        conductor.run_or_stop()
    assert conductor.control.recipe.revision == 1
    assert "revision 2 was refused" in conductor.window.banner.sentence.text()
    with LedgerReader.open(home) as reader:
        assert reader.row(1).revision == 1
    flip(home, 1, "model.npz")
    conductor.run_or_stop()
    assert not conductor.active
    assert "cannot be used" in conductor.window.banner.sentence.text()


def test_a_camera_that_is_chosen_is_noted_without_its_password(
    conductor: Conductor, home: Home
) -> None:
    settings = {"kind": "stream", "address": "rtsp://ada:secret@cam/1"}
    conductor.dialogs._on_camera(settings, TriggerChoice())
    ((kind, who, text),) = trail(home)
    assert (kind, who) == ("camera changed", "A. Berger")
    assert "rtsp://" in text
    assert "secret" not in text
    assert "; trigger " in text


def test_a_run_that_fails_is_noted(
    conductor: Conductor, home: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False])
    conductor.control.use_recipe(publish(home, camera=folder))
    for path in folder.iterdir():
        path.unlink()
    with qtbot.waitSignal(conductor.control.ended):
        conductor.run_or_stop()
    failed = [(who, text) for kind, who, text in trail(home) if kind == "run failed"]
    assert failed
    assert failed[0] == ("A. Berger", conductor.window.banner.sentence.text())
