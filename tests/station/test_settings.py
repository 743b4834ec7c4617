from dataclasses import replace

import pytest

from station import settings as settings_module
from station.errors import SettingsError
from station.home import Home
from station.settings import (
    LaneSettings,
    LineSettings,
    Settings,
    ShiftSettings,
    StorageSettings,
    load,
    save,
    settings_path,
)

WRITTEN = """\
# Line 4, north hall
[[lane]]
name = "top" # the camera above
recipe = "board"
trigger = "line"
takt_s = 1.5   # asked for by the customer

# looks from below
[[lane]]
name = "bottom"
trigger = "camera"
registers = 50
codes = true
[lane.camera]
kind = "basler" # ace 2
exposure_us = 1200

[line]
protocol = "modbus"
host = "192.168.0.10" # S7-1500
"""

TOP = LaneSettings("top", "board", trigger="line", takt_s=1.5)
BOTTOM = LaneSettings(
    "bottom",
    camera={"kind": "basler", "exposure_us": 1200},
    trigger="camera",
    registers=50,
    codes=True,
)
LINE = LineSettings("modbus", "192.168.0.10")


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def write(home, text):
    settings_path(home).write_bytes(text.encode() if isinstance(text, str) else text)


def test_without_a_file_there_is_one_lane_that_runs_free(home):
    assert load(home) == Settings()
    (lane,) = load(home).lanes
    assert (lane.name, lane.trigger, lane.takt_s, lane.block) == ("", "free", None, None)
    assert list(home.root.iterdir()) == []


def test_what_people_wrote_is_read(home):
    write(home, WRITTEN)
    assert load(home) == Settings((TOP, BOTTOM), LINE)
    assert [lane.block for lane in load(home).lanes] == [0, 50]


def test_only_what_changes_is_touched(home):
    write(home, WRITTEN)
    save(home, Settings((TOP, BOTTOM), LINE))
    assert settings_path(home).read_text() == WRITTEN
    camera = {"kind": "basler", "exposure_us": 900, "serial": "4711"}
    save(
        home,
        Settings((replace(TOP, takt_s=2.0), replace(BOTTOM, camera=camera)), LINE),
    )
    expected = WRITTEN.replace("1.5 ", "2.0 ").replace("1200\n", '900\nserial = "4711"\n')
    assert settings_path(home).read_text() == expected


def test_lanes_come_go_and_change_places(home):
    write(home, WRITTEN)
    third = LaneSettings("side", "board", {"kind": "usb", "index": 0}, "interval", 0.5)
    wanted = Settings((third, BOTTOM), LINE, StorageSettings(backups=3))
    save(home, wanted)
    assert load(home) == wanted
    assert "# ace 2" in settings_path(home).read_text()
    save(home, Settings((BOTTOM, replace(TOP, takt_s=None), third), LINE))
    assert [lane.name for lane in load(home).lanes] == ["bottom", "top", "side"]
    assert load(home).storage == StorageSettings()


def test_a_limit_that_is_taken_away_leaves_the_file(home):
    write(home, WRITTEN)
    save(home, Settings((replace(TOP, takt_s=None), BOTTOM), LINE))
    assert "takt_s" not in settings_path(home).read_text()


@pytest.mark.parametrize("wanted", [Settings(), Settings((LaneSettings(takt_s=0.8, codes=True),))])
def test_settings_survive_without_a_file_before(home, wanted):
    save(home, wanted)
    assert load(home) == wanted


def test_lanes_on_one_line_are_read_and_saved_too(home):
    write(home, 'lane = [{ name = "a" }, { name = "b" }]\n')
    lanes = (LaneSettings("a"), LaneSettings("b", codes=True))
    save(home, Settings(lanes))
    assert load(home).lanes == lanes


def test_shifts_are_kept_with_what_people_wrote_beside_them(home):
    shifts = ShiftSettings("Europe/Berlin", {"day": "06:00", "night": "18:00"})
    save(home, Settings(shifts=shifts))
    assert load(home).shifts == shifts
    text = "[shifts]\nzone = 'Europe/Berlin' # the plant\n[shifts.starts]\nday = '06:00' # all\n"
    write(home, text)
    save(home, Settings(shifts=shifts))
    assert load(home).shifts == shifts
    assert settings_path(home).read_text() == text + 'night = "18:00"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[lane]]\nperiod_s = -1", r"'period_s' of \[\[lane\]\] is -1. It must be .* 0.01 to"),
        ("[[lane]]\nname='top'\ntakt_s = nan", "'takt_s' of lane 'top' is nan"),
        ("[[lane]]\ntakt_s = true", "'takt_s' .* is True. It must be a number of seconds"),
        ("[[lane]]\nqueue = 2.5", "'queue' .* must be a whole number from 1 to 256"),
        ("[[lane]]\ntrigger = 'often'", '"free", "interval", "key", "line", "camera"'),
        ("[[lane]]\ntrigger = ['free']", '"free", "interval", "key", "line", "camera"'),
        ("[[lane]]\ncodes = 'yes'", "'codes' .* must be true or false"),
        ("[[lane]]\ncamera = 3", "'camera' .* must be a table"),
        ("[[lane]]\ncamera = { kind = [1] }", "'camera' .* must be a table"),
        ("[[lane]]\nperiod = 1", r"\[\[lane\]\] has no setting 'period'. It knows name, recipe"),
        ("speed = 1", "the file has no setting 'speed'. It knows lane, line, storage, shifts"),
        ("lane = []", "has no lane"),
        ("lane = 3", "has no lane"),
        ("lane = [3]", "is no table"),
        ("[line]\nprotocol = 'profinet'", '"none", "modbus"'),
        ("[line]\nheartbeat_ms = 5", "from 100 to 800, or 0"),
        ("[storage]\nok_share = 2", "a share from 0 to 1"),
        ("[shifts]\nzone = 'Europe/Bonn'", "'zone' .* 'Europe/Bonn'.* such as \"Europe/Berlin\""),
        ("[shifts]\nzone = '../UTC'", "'zone' .* must be the name of a time zone"),
        ("[shifts]\nzone = 'Europe'", "'zone' .* must be the name of a time zone"),
        (
            "[shifts]\nstarts = { night = '24:00' }",
            "'night': '24:00'.*a table of shifts and when they begin",
        ),
        ("[shifts]\nstarts = { night = 22 }", "each at another time, such as"),
        ("[shifts]\nstarts = { a = '06:00', b = '06:00' }", "each at another time"),
        ("[shifts]\nstarts = { '' = '06:00' }", "must be a table of shifts"),
        ("[shifts]\nbegin = '06:00'", r"\[shifts\] has no setting 'begin'. It knows zone, starts"),
        ("[line]\nprotocol = 'modbus'", "needs 'host'"),
        ("[[lane]]\nname = 'top'\ntrigger = 'line'", "lane 'top' is on the line, but there is"),
        ("[[lane]]\nname = 'a'\n[[lane]]\nname = 'a'", "2 lanes are called 'a'"),
        (WRITTEN.replace("= 50", "= 49"), "set 'registers' of 'bottom' to 50 or more"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(home, text, says):
    write(home, text)
    with pytest.raises(SettingsError, match=says):
        load(home)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\0" * 4096, "is empty"),
        (b"[[lane]]\nname = ", "is damaged: .* line 2"),
        (b"[[lane]]\nname = 1\nname = 2", "is damaged"),
        (b"\xff\xfe\x00", "is damaged: it is no text"),
        (b"[[lane]]\nperiod_s = 0", "'period_s'"),
    ],
)
def test_a_damaged_file_is_never_overwritten(home, data, says):
    write(home, data)
    with pytest.raises(SettingsError, match=says):
        load(home)
    with pytest.raises(SettingsError, match=says):
        save(home, Settings())
    assert settings_path(home).read_bytes() == data
    assert [path.name for path in home.root.iterdir()] == [settings_module.FILE]


def test_what_is_not_allowed_is_not_written(home):
    write(home, WRITTEN)
    with pytest.raises(SettingsError, match="'takt_s' of lane 'top' is 0"):
        save(home, Settings((replace(TOP, takt_s=0.0), BOTTOM), LINE))
    assert settings_path(home).read_text() == WRITTEN


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=r"could not be written to .* Check the disk"):
        save(Home(tmp_path / "file"), Settings())
