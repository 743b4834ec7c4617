"""Choosing and exporting."""

import csv
from datetime import datetime, timedelta, timezone
from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from station.home import Home
from station.ledger import Ledger
from station.recipes.store import RecipeStore
from station.settings import ShiftSettings
from station.shifts import Shifts
from station.ui.buttons import BigButton
from station.ui.conductor import Conductor
from station.ui.export_sheet import ExportSheet
from station.ui.recipe_sheet import RecipeSheet
from tests.ui.station_parts import publish, write_pictures


def test_the_chosen_recipe_is_used_in_its_newest_revision(conductor: Conductor, home: Home) -> None:
    for name in ("board", "board", "bottle"):
        publish(home, name)
    conductor.dialogs.recipe()
    sheet = conductor.window.findChild(RecipeSheet)
    assert not sheet.accept_button.isEnabled()
    sheet.list.setCurrentRow(0)
    sheet.accept_button.click()
    assert conductor.window.header.recipe.value.text() == "board · rev 2"


def test_a_damaged_recipe_is_refused_where_it_is_chosen(conductor: Conductor, home: Home) -> None:
    recipe = publish(home, "board")
    recipe.model_path.chmod(0o644)
    recipe.model_path.write_bytes(b"tampered with")
    conductor.dialogs.recipe()
    sheet = conductor.window.findChild(RecipeSheet)
    sheet.list.setCurrentRow(0)
    sheet.accept_button.click()
    assert sheet.isVisible()
    assert "board" in sheet.missing.text()
    assert conductor.control.recipe is None
    sheet.reject_button.click()


def test_a_run_is_exported_as_csv_and_pdf(
    conductor: Conductor, qtbot: QtBot, home: Home, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "parts", [False, True])
    conductor.control.use_recipe(publish(home, camera=folder))
    with qtbot.waitSignal(conductor.control.ended):
        conductor.run_or_stop()
    conductor.dialogs.export()
    sheet = conductor.window.findChild(ExportSheet)
    assert sheet.range.index == 0
    sheet.folder.set_folder(tmp_path / "exports")
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: sheet.job is None, timeout=20_000)
    assert sheet.accept_button.text() == "Open folder", sheet.status.text()
    pdf, table = sorted((tmp_path / "exports").iterdir(), key=lambda path: path.suffix)[::-1]
    pdf, table = (pdf, table) if pdf.suffix == ".pdf" else (table, pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 3
    sheet.close()


def test_an_export_that_cannot_be_says_why(conductor: Conductor, qtbot: QtBot) -> None:
    conductor.dialogs.export()
    sheet = conductor.window.findChild(ExportSheet)
    assert not sheet.range.button(0).isEnabled()
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: sheet.job is None)
    assert "no ledger" in sheet.status.text()
    sheet.close()


def test_the_shift_under_way_and_the_last_one_can_be_exported(
    qtbot: QtBot, home: Home, tmp_path: Path
) -> None:
    at = datetime(2026, 10, 25, 7, 30, tzinfo=timezone.utc)
    shifts = Shifts.of(ShiftSettings("Europe/Berlin", {"early": "06:00", "night": "22:00"}))
    parent = QWidget()
    qtbot.addWidget(parent)
    with Ledger.open(home):
        pass
    sheet = ExportSheet(home, at, None, parent, shifts=shifts)
    sheet.folder.set_folder(tmp_path / "exports")
    sheet.range.choose(4)
    assert (sheet.request.start, sheet.request.shift.name) == (at - timedelta(hours=2.5), "early")
    assert sheet.request.end == at + timedelta(seconds=1)
    assert "06:00 to 22:00, 16 h" in sheet.status.text()
    sheet.range.choose(5)
    assert sheet.request.end - sheet.request.start == timedelta(hours=9)
    assert "9 h (the clocks were changed; usually 8 h)" in sheet.status.text()
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: sheet.job is None, timeout=20_000)
    assert sheet.accept_button.text() == "Open folder", sheet.status.text()
    names = {path.name.partition("2026")[0] for path in (tmp_path / "exports").iterdir()}
    assert names == {"shift night "}
    sheet.close()


def test_without_shifts_none_are_offered(conductor: Conductor) -> None:
    conductor.dialogs.export()
    sheet = conductor.window.findChild(ExportSheet)
    assert not [button for button in sheet.findChildren(BigButton) if "shift" in button.text()]
    sheet.close()


def test_a_range_that_ends_before_it_begins_is_refused(conductor: Conductor) -> None:
    conductor.dialogs.export()
    sheet = conductor.window.findChild(ExportSheet)
    sheet.range.choose(3)
    sheet.end.setDateTime(sheet.start.dateTime().addSecs(-60))
    assert sheet.missing.text() == "The end is not after the start."
    sheet.end.setDateTime(sheet.start.dateTime().addSecs(3600))
    assert sheet.accept_button.isEnabled()
    assert sheet.request.end - sheet.request.start == timedelta(hours=1)
    sheet.pdf.setChecked(False)
    sheet.csv.setChecked(False)
    assert sheet.missing.text() == "Choose PDF, CSV or both."
    sheet.close()


def test_without_any_recipe_the_sheet_says_what_to_do(conductor: Conductor) -> None:
    conductor.dialogs.recipe()
    sheet = conductor.window.findChild(RecipeSheet)
    assert "Press Teach" in sheet.missing.text()
    assert RecipeStore(conductor.services.home).names() == []
    sheet.close()
