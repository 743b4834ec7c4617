"""What defends a recipe is read where it is chosen, and it is carried to another station there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from station.home import Home
from station.recipes.exchange import export_recipe
from station.recipes.package import SUFFIX
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, teach
from station.ui.recipe_sheet import RecipeSheet
from station.ui.widgets import Text
from tests.engine.pictures import SMALL, good_picture
from tests.station.test_judging import save
from tests.ui.station_parts import publish


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A really taught recipe, as the file of another station."""
    folder = tmp_path_factory.mktemp("taught")
    images = save(folder / "good", {f"{seed:02}": good_picture(seed) for seed in range(14)})
    request = TeachRequest("disc", images, {}, "Ada", "first", settings=SMALL)
    recipe = teach(request, RecipeStore(Home(folder / "home")))
    return export_recipe(recipe, folder / f"disc{SUFFIX}", station="line 1")


@pytest.fixture
def sheet(conductor, home) -> Iterator[RecipeSheet]:
    publish(home, "board")
    conductor.dialogs.recipe()
    made = conductor.window.findChild(RecipeSheet)
    yield made
    made.reject()


def said(sheet: RecipeSheet) -> str:
    return "\n".join(text.text() for text in sheet.card.findChildren(Text))


def test_why_this_threshold_is_answered_where_it_is_chosen(sheet, qtbot) -> None:
    assert said(sheet) == ""
    sheet.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: "mean + k·sigma" in said(sheet))
    assert "Published" in said(sheet)
    assert "the true false-reject rate may be up to" in said(sheet)
    assert "Smallest defect" in said(sheet)


def test_a_changed_recipe_says_so_before_it_is_used(sheet, home, qtbot) -> None:
    recipe = RecipeStore(home).load("board")
    recipe.model_path.chmod(0o644)
    recipe.model_path.write_bytes(b"tampered with")
    sheet.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: "checksum" in said(sheet) or "changed" in said(sheet))
    assert "mean" not in said(sheet)


def test_a_file_of_another_station_is_imported_once(sheet, taught, qtbot) -> None:
    sheet.import_file(taught)
    assert not sheet.import_button.isEnabled()
    qtbot.waitUntil(lambda: "Imported 'disc' as revision 1" in sheet.status.text())
    assert "gives the golden scores on this machine" in sheet.status.text()
    assert sheet.name == "disc"
    assert sheet.accept_button.isEnabled()
    qtbot.waitUntil(lambda: "by Ada" in said(sheet))
    assert "of station line 1" in said(sheet)
    sheet.import_file(taught)
    qtbot.waitUntil(lambda: "is here already" in sheet.status.text())
    assert sheet.list.count() == 2


def test_a_file_with_one_byte_changed_is_refused(sheet, taught, qtbot, tmp_path) -> None:
    content = bytearray(taught.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / f"changed{SUFFIX}"
    changed.write_bytes(content)
    sheet.import_file(changed)
    qtbot.waitUntil(lambda: "was not imported" in sheet.status.text())
    assert sheet.list.count() == 1
    assert sheet.import_button.isEnabled()


def test_the_buttons_ask_for_the_file(sheet, qtbot, tmp_path, monkeypatch) -> None:
    target = tmp_path / "carried"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    assert not sheet.export_button.isEnabled()
    sheet.list.setCurrentRow(0)
    sheet.export_button.click()
    qtbot.waitUntil(lambda: "Exported 'board' revision 1" in sheet.status.text())
    sheet.export_button.click()
    qtbot.waitUntil(lambda: "is there already" in sheet.status.text())
    file = target.with_suffix(SUFFIX)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    sheet.import_button.click()
    qtbot.waitUntil(lambda: "is here already" in sheet.status.text())
