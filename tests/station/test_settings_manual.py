"""The manual's page on the settings says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from station.home import Home
from station.settings import LaneSettings, LineSettings, StorageSettings, load, settings_path

MANUAL = (Path(__file__).resolve().parents[2] / "resources/manual/settings.md").read_text("utf-8")
WORDS = {"True": "true", "False": "false", "None": "none", "''": '""'}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("[[lane]]", LaneSettings), ("[line]", LineSettings), ("[storage]", StorageSettings)],
)
def test_every_key_stands_there_with_its_usual_value(heading, kind):
    chapter = MANUAL.split(f"## `{heading}`")[1].split("\n## ")[0]
    named = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", chapter, re.MULTILINE))
    values = {field.name: getattr(kind(), field.name) for field in fields(kind)}
    assert named == {
        name: WORDS.get(repr(value), repr(value).replace("'", '"'))
        for name, value in values.items()
    }


def test_the_example_is_one(tmp_path):
    home = Home(tmp_path)
    settings_path(home).write_text(MANUAL.split("```toml\n")[1].split("```")[0], "utf-8")
    settings = load(home)
    assert [lane.block for lane in settings.lanes] == [0, 50]
    assert settings.storage.ok_share == 0.1


def test_the_example_for_the_plc_is_one_with_the_usual_values(tmp_path):
    home = Home(tmp_path)
    page = Path(__file__).resolve().parents[2] / "resources/manual/plc.md"
    settings_path(home).write_text(page.read_text("utf-8").split("```toml\n")[1].split("```")[0])
    assert load(home).line == LineSettings("modbus", "192.168.0.10")
    assert load(home).lanes == (LaneSettings("top", "board", {}, "line", takt_s=1.5, registers=0),)
