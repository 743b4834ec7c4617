"""What `find_cameras` and `patchlight cameras` say where SDKs are missing, broken or empty."""

import json
import sys
from pathlib import Path

import pytest

from station.cameras import finding
from station.cameras.basler import BaslerDriver
from station.cameras.finding import VIRTUAL, UsbCamera, find_cameras
from station.cli import main


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch) -> None:
    for module in ("pypylon", "harvesters.core", "gi"):
        monkeypatch.setitem(sys.modules, module, None)


def by_name() -> dict[str, finding.Found]:
    return {found.name: found for found in find_cameras()}


def test_every_missing_sdk_says_what_to_install() -> None:
    found = by_name()
    assert 'pip install "patchlight[basler]"' in found["Basler cameras"].trouble
    assert 'pip install "patchlight[genicam]"' in found["GenICam cameras"].trouble
    assert "apt install gir1.2-aravis-0.8" in found["GigE cameras"].trouble
    assert not any(found[name].settings for name in found if found[name].trouble)
    assert found[VIRTUAL.name] is VIRTUAL


def test_an_sdk_that_breaks_is_a_sentence_and_the_others_are_still_found(
    monkeypatch, caplog
) -> None:
    def broken(self: BaslerDriver) -> list[object]:
        raise OSError("libpylon is damaged")

    monkeypatch.setattr(BaslerDriver, "seen", broken)
    found = by_name()
    assert "libpylon is damaged. Install its software anew" in found["Basler cameras"].trouble
    assert VIRTUAL.name in found
    assert "OSError: libpylon" in caplog.text


def test_usb_cameras_are_listed_with_what_is_wrong(monkeypatch) -> None:
    monkeypatch.setattr(finding, "find_usb", lambda: [UsbCamera(77, "Microscope")])
    monkeypatch.setattr(finding.platform, "system", lambda: "Linux")
    camera = by_name()["USB 77: Microscope"]
    assert camera.settings == {"kind": "usb", "index": 77}
    assert "group 'video'" in camera.trouble
    monkeypatch.setattr(finding, "find_usb", list)
    assert by_name()["USB cameras"].trouble == "No USB camera is connected."


def test_the_command_lists_tries_and_writes_json(tmp_path: Path, monkeypatch, capsys) -> None:
    small = {**VIRTUAL.settings, "height": 96, "width": 128}
    monkeypatch.setattr(finding, "VIRTUAL", finding.Found("Small line", small))
    out = tmp_path / "cameras.json"
    assert main(["cameras", "--try", "--json", str(out)]) == 0
    said = capsys.readouterr().out
    assert "- Basler cameras\n    Basler cameras need pypylon" in said
    assert "+ Small line  (kind virtual line, seed 0" in said
    assert "It gives pictures of 128 × 96: opened in " in said
    rows = {row["name"]: row for row in json.loads(out.read_text("utf-8"))}
    assert rows["Small line"]["settings"] == small
    assert rows["Small line"]["tried"].startswith("It gives pictures")
    assert rows["GigE cameras"]["trouble"].startswith("Aravis is not installed")


def test_a_camera_that_cannot_be_opened_says_why(monkeypatch, capsys) -> None:
    gone = finding.Found("Gone", {"kind": "folder", "path": "/nowhere"})
    monkeypatch.setattr(finding, "VIRTUAL", gone)
    assert main(["cameras", "--try"]) == 0
    assert "The folder '/nowhere' cannot be opened" in capsys.readouterr().out
