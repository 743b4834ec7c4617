"""`patchlight compare`, with real contenders and with scripted ones that fail."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.errors import Cancelled
from engine.teach import TeachSettings
from station.cli import main
from station.comparison.comparison import compare
from station.comparison.contenders import PEERS_PYTHON, Peer, contenders
from station.comparison.job import Job
from station.errors import StationError
from tests.engine.pictures import bad_picture, good_picture

ANSWER = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
print("a library greets")
print(json.dumps({"stage": "features", "done": 1, "total": 1}))
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    if "finish" in json.loads(line):
        break
    print(json.dumps({"elapsed_ms": 3.0}), flush=True)
scores = [9.0 if "scratch" in path else 1.0 for path in job["tests"]]
outcome = {
    "device": "script", "teach_seconds": 1.5, "held_out": [1, 1.5, 2, 1, 1], "scores": scores,
    "loaded_bytes": 0, "peak_bytes": 0,
}
"""
FINISH = 'print(json.dumps({"finished": True}), flush=True)\n'
SAVE = '(folder / "outcome.json").write_text(json.dumps(outcome))\n' + FINISH


def save(folder: Path, pictures: dict[str, np.ndarray]) -> None:
    folder.mkdir(parents=True)
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    """16 good pictures to teach; 6 good and 5 bad ones to test, without masks."""
    root = tmp_path_factory.mktemp("set")
    save(root / "train" / "good", {f"{i:03}": good_picture(i) for i in range(16)})
    save(root / "test" / "good", {f"{i}": good_picture(300 + i) for i in range(6)})
    save(root / "test" / "scratch", {f"{i}": bad_picture(300 + i) for i in range(5)})
    return root


@pytest.fixture(scope="module")
def masked(dataset, tmp_path_factory) -> Path:
    """The same with a mask for each bad picture."""
    root = tmp_path_factory.mktemp("masked")
    for part in ("train", "test"):
        shutil.copytree(dataset / part, root / part)
    mask = np.zeros((96, 128), np.uint8)
    mask[45:51, 50:78] = 255
    save(root / "ground_truth" / "scratch", {f"{i}_mask": mask for i in range(5)})
    return root


@pytest.fixture
def script(tmp_path):
    """Make a contender that runs some Python."""

    def make(code: str, name: str = "scripted") -> Peer:
        path = tmp_path / f"{name}.py"
        path.write_text(code)
        return Peer("script", name, sys.executable, path)

    return make


def test_contenders_side_by_side_on_the_command_line(masked, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(PEERS_PYTHON, str(tmp_path / "no-python"))
    out = tmp_path / "figures.json"
    only = ["patchcore", "fast", "padim", "anomalib"]
    arguments = ["compare", str(masked), "--side", "96", "--json", str(out), "--only", *only]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    found = json.loads(out.read_text())
    exact, fast, padim, anomalib = found["contenders"]
    for row in (exact, fast, padim):
        assert row["image_auroc"] == 1
        assert row["pixel_auroc"] > 0.9
        assert row["aupro"] > 0.6
        assert (row["false_rejects_of"], row["escapes"], row["escapes_of"]) == (6, 0, 5)
        assert 0.5 < row["escapes_high"] < 0.6
        assert row["teach_seconds"] > 0
        assert row["score_ms_median"] > 0
        if sys.platform == "linux":
            assert row["peak_bytes"] > row["loaded_bytes"] > 1 << 20
    assert exact["scores"] != padim["scores"] != fast["scores"]
    assert anomalib["failed"]
    assert "its process cannot be started" in anomalib["note"]
    assert (found["taught"], found["held_out"]) == (11, 5)
    assert "Recommended: " in said
    assert "6 good and 5 bad test pictures are too few" in said
    assert "anomalib PatchCore: failed: its process cannot be started" in said


def test_evaluate_takes_the_method(dataset, tmp_path) -> None:
    out = tmp_path / "figures.json"
    arguments = ["evaluate", str(dataset), "--method", "padim", "--side", "96", "--json", str(out)]
    assert main(arguments) == 0
    figures = json.loads(out.read_text())
    assert figures["image_auroc"] == 1
    assert figures["bank_vectors"] == 0


def test_without_masks_pixel_figures_are_dashes(dataset, script) -> None:
    result = compare(dataset, TeachSettings(), [script(ANSWER + SAVE)])
    (row,) = result.rows
    assert row.image_auroc == 1
    assert row.cells()[:4] == ("scripted", "1.0000", "–", "–")
    assert row.cells()[-1] == "–"
    assert result.to_json()["contenders"][0]["pixel_auroc"] is None


def test_a_contender_without_weights_is_timed_only(dataset, script) -> None:
    code = ANSWER + 'outcome |= {"judges": False, "note": "no weights: timing only"}\n' + SAVE
    result = compare(dataset, TeachSettings(), [script(code)])
    assert result.rows[0].cells() == (
        "scripted", "–", "–", "–", "–", "–", "1.5", "3.0", "–",
    )  # fmt: skip
    assert "scripted: no weights: timing only" in result.as_text()
    assert "no contender judged" in result.recommendation()[0]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys\nsys.exit('patchlight: The disk is full.')", "failed: The disk is full."),
        ("raise MemoryError('no room')", "failed: MemoryError: no room"),
        ("import os\nos._exit(3)", "failed: it ended with code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "perhaps out of memory"),
        ("pass", "failed: it ended with code 0"),
        (ANSWER + FINISH, "failed: it left no whole outcome"),
        (ANSWER.split("for line", maxsplit=1)[0] + "sys.exit('lost')", "failed: lost"),
        (
            ANSWER + '(folder / "outcome.json").write_text("{}")\n' + FINISH,
            "it left no whole outcome",
        ),
    ],
)
def test_a_contender_that_fails_is_a_row_with_its_reason(dataset, script, code, reason) -> None:
    result = compare(dataset, TeachSettings(), [script(code, "bad"), script(ANSWER + SAVE, "good")])
    bad, good = result.rows
    assert bad.failed
    assert reason in bad.note
    assert reason in result.as_text()
    assert bad.cells()[1:] == ("–",) * 8
    assert good.image_auroc == 1
    assert "good, the only one that judged" in result.recommendation()[0]


def test_maps_that_were_not_left_are_a_reason(masked, script) -> None:
    (row,) = compare(masked, TeachSettings(), [script(ANSWER + SAVE)]).rows
    assert row.failed
    assert "map-000000.npy" in row.note


def test_contenders_take_turns_picture_by_picture(dataset, script, tmp_path) -> None:
    turns = tmp_path / "turns"
    told = f"    open({str(turns)!r}, 'a').write(sys.argv[0][-4])\n    print(json.dumps({{"
    code = ANSWER.replace("    print(json.dumps({", told) + SAVE
    compare(dataset, TeachSettings(), [script(code, "a"), script(code, "b")])
    assert turns.read_text() == "ab" * 11


def test_a_contender_that_does_not_end_is_stopped(dataset, script) -> None:
    endless = script("import threading\nthreading.Event().wait()")
    (row,) = compare(dataset, TeachSettings(), [endless], limit_seconds=0.6).rows
    assert row.note == "failed: stopped after 0.01 minutes"


def test_cancelling_ends_the_contenders_process(dataset, script, tmp_path) -> None:
    alive = tmp_path / "alive"
    code = (
        ANSWER
        + f"import threading\nopen({str(alive)!r}, 'w').close()\n"
        + 'print("ready", flush=True)\nthreading.Event().wait()\n'
    )
    with pytest.raises(Cancelled):
        compare(dataset, TeachSettings(), [script(code)], cancelled=alive.exists)


def test_progress_names_the_contender_and_passes_over_other_output(dataset, script) -> None:
    seen: list[tuple[str, int, int]] = []
    compare(
        dataset, TeachSettings(), [script(ANSWER + SAVE)], progress=lambda *step: seen.append(step)
    )
    assert [step for step in seen if step[0] != "reading"] == [("scripted: features", 1, 1)]


def test_a_job_travels_whole(tmp_path) -> None:
    settings = TeachSettings(
        Backbone("resnet18", (4, 8), "w.pth"), 96, CoresetSize(0.5, 70), (1, 2, 30, 40), 7, "torch"
    )
    job = Job("padim", (Path("a"),), (Path("b"), Path("c")), (), True, settings)
    job.save(tmp_path)
    assert Job.load(tmp_path) == job


def test_anomalib_takes_part_only_where_it_is(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(PEERS_PYTHON, raising=False)
    monkeypatch.setattr("station.comparison.contenders.find_spec", lambda name: None)
    assert "anomalib" not in [one.key for one in contenders()]
    with pytest.raises(StationError, match="anomalib is not installed here"):
        contenders(["anomalib"])
    monkeypatch.setenv(PEERS_PYTHON, "/some/python")
    assert [one.command(tmp_path)[0] for one in contenders(["anomalib"])] == ["/some/python"]
