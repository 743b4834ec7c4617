"""A process that dies on any page of the wizard loses nothing: the draft resumes there."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import calibration
from station.drafts import DraftSession, DraftStore
from station.drafts.pictures import keep_picture
from station.drafts.steps import STEPS, StepName, resumed_at
from station.drafts.teaching import teach_draft
from station.home import Home
from tests.ui.station_parts import picture, write_pictures

PICTURES = 12


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one draft in which nothing is missing."""
    root = tmp_path_factory.mktemp("station")
    camera = write_pictures(root / "camera", [False] * 3)
    session = DraftStore(Home(root / "home")).begin()
    session.change(name="board", camera={"kind": "folder", "path": str(camera), "loop": True})
    for number in range(PICTURES):
        keep_picture(session, picture(number), f"part {number}", on_purpose=True)
    for number in range(2):
        keep_picture(session, picture(100 + number, bad=True), f"bad {number}", bad=True)
    teach_draft(session)
    threshold = calibration.mean_sigma(session.good_scores(), session.bad_scores())
    key = session.draft.teaching_key
    session.change(
        suspects={"key": key, "suspects": []},
        threshold={"key": key, "value": threshold.value, "threshold": threshold.to_json()},
    )
    return root / "home"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_process_resumes_on_its_page_with_all_pictures(
    finished: Path, tmp_path: Path, step: StepName
) -> None:
    home = Path(shutil.copytree(finished, tmp_path / "home"))
    folder = DraftStore(Home(home)).unfinished()[0].folder
    command = [sys.executable, "-m", "tests.ui.wizard_child", str(home), str(folder), step.value]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGKILL)
    again = DraftStore(Home(home)).unfinished()[0]
    assert resumed_at(again.draft) is step
    assert len(again.kept_good()) == PICTURES
    assert all(path.is_file() for path in (*again.kept_good(), *again.bad_paths()))
    before = DraftSession.open(next(path.parent for path in finished.rglob("draft.json"))).draft
    assert again.draft.taught == before.taught
    assert again.draft.threshold["value"] == before.threshold["value"]
