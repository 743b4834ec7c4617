"""The manual is read in the window, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from station.ui.conductor import Conductor
from station.ui.manual_sheet import PAGES, ManualSheet

FOLDER = Path(__file__).parents[2] / "resources" / "manual"


@pytest.fixture
def sheet(conductor: Conductor) -> Iterator[ManualSheet]:
    conductor.window.actions_by_name["manual"].trigger()
    made = conductor.window.findChild(ManualSheet)
    yield made
    made.accept()


def test_it_says_why_pictures_are_not_flipped(sheet: ManualSheet) -> None:
    assert "Why pictures are not flipped" in sheet.browser.toPlainText()


def test_every_page_is_there_and_has_its_own_words(sheet: ManualSheet) -> None:
    assert set(PAGES) == {path.name for path in FOLDER.glob("*.md")}
    texts = []
    for index in range(len(PAGES)):
        sheet.pages.button(index).click()
        texts.append(sheet.browser.toPlainText())
    assert len(set(texts)) == len(PAGES)
    assert all(len(text) > 1000 for text in texts)


def test_a_link_leads_to_its_page_and_others_nowhere(sheet: ManualSheet) -> None:
    before = sheet.browser.toPlainText()
    sheet.browser.anchorClicked.emit(QUrl("https://example.invalid/"))
    assert sheet.browser.toPlainText() == before
    sheet.browser.anchorClicked.emit(QUrl("plc.md"))
    assert "Modbus" in sheet.browser.toPlainText()
    assert sheet.pages.index == list(PAGES).index("plc.md")
