"""Going on with a product that was begun, beginning another, and the next revision of a third."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from station.drafts import DraftStore
from station.drafts.pictures import keep_picture
from station.home import Home
from station.ui.conductor import Conductor
from station.ui.drafts_sheet import DraftsSheet
from station.ui.recipe_sheet import RecipeSheet
from station.ui.sheet import Question
from tests.ui.station_parts import picture, publish


@pytest.fixture
def store(home: Home) -> DraftStore:
    return DraftStore(home)


def begun(store: DraftStore, name: str) -> Path:
    session = store.begin()
    session.change(name=name, camera={"kind": "folder", "path": "."})
    for number in range(3):
        keep_picture(session, picture(number), f"part {number}")
    return session.folder


def sheet_of(conductor: Conductor) -> DraftsSheet:
    conductor.dialogs.teach()
    sheet = conductor.window.findChild(DraftsSheet)
    assert isinstance(sheet, DraftsSheet)
    return sheet


def test_the_first_product_is_begun_without_a_question(conductor: Conductor) -> None:
    conductor.dialogs.teach()
    assert conductor.dialogs.wizard is not None
    assert conductor.dialogs.wizard.session.draft.good == ()


def test_a_begun_product_is_gone_on_with(conductor: Conductor, store: DraftStore) -> None:
    folder = begun(store, "housing")
    sheet = sheet_of(conductor)
    assert sheet.list.item(0).text() == "housing\n3 good pictures, step 1 of 9: Product"
    sheet.accept_button.click()
    assert conductor.dialogs.wizard is not None
    assert conductor.dialogs.wizard.session.folder == folder


def test_a_new_product_leaves_the_begun_one(conductor: Conductor, store: DraftStore) -> None:
    begun(store, "housing")
    sheet_of(conductor).new.click()
    assert conductor.dialogs.wizard is not None
    assert conductor.dialogs.wizard.session.draft.good == ()
    assert [each.draft.name for each in store.unfinished()][1:] == ["housing"]


def test_nothing_is_thrown_away_without_asking(
    conductor: Conductor, store: DraftStore, qtbot: QtBot
) -> None:
    folder = begun(store, "housing")
    sheet = sheet_of(conductor)
    for answer in ("reject_button", "accept_button"):
        sheet.discard.click()
        question = sheet.findChild(Question)
        assert isinstance(question, Question)
        with qtbot.waitSignal(question.destroyed):
            getattr(question, answer).click()
        assert folder.exists() == (answer == "reject_button")
    assert not sheet.accept_button.isEnabled()
    sheet.reject_button.click()


def test_the_next_revision_is_taught_from_the_recipe_screen(
    conductor: Conductor, home: Home
) -> None:
    publish(home, "board")
    conductor.dialogs.recipe()
    sheet = conductor.window.findChild(RecipeSheet)
    assert isinstance(sheet, RecipeSheet)
    assert not sheet.teach.isEnabled()
    sheet.list.setCurrentRow(0)
    sheet.teach.click()
    assert conductor.dialogs.wizard is not None
    assert conductor.dialogs.wizard.session.draft.name == "board"
