"""Fast mode is published where it proves itself, and refused with its reason where not."""

import json
import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from engine import fast, model_file
from engine.threshold import Threshold
from station import quickening
from station.errors import StationError
from station.home import Home
from station.pictures import find_pictures
from station.quickening import Side, prove
from station.recipes.store import RecipeStore
from tests.engine.pictures import bad_picture, good_picture
from tests.station.test_cli import run, save


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A home with recipe 'disc' taught on 20 good pictures."""
    root = tmp_path_factory.mktemp("quickened")
    good = save(root / "good", {f"{i:03}": good_picture(i) for i in range(20)})
    assert run(root / "home", "teach", good, "--recipe", "disc", "--side", "96") == 0
    return root / "home"


@pytest.fixture
def home(taught: Path, tmp_path: Path) -> Path:
    """A copy of that home, to publish into."""
    return Path(shutil.copytree(taught, tmp_path / "home"))


@pytest.fixture
def evidence(tmp_path: Path) -> tuple[Path, Path]:
    good = save(tmp_path / "good", {f"{i:02}": good_picture(400 + i) for i in range(12)})
    return good, save(tmp_path / "bad", {f"{i}": bad_picture(400 + i) for i in range(6)})


def slow_then_quick():
    """A clock on which exact mode takes 4 s, the projected one 2 s and the one in int8 1 s."""
    now = 0.0
    for step in count():
        yield now
        now += (4.0, 2.0, 1.0)[step // 2 % 3] if step % 2 == 0 else 0.0


def quicken(folder: Path, good: Path, bad: Path):
    store = RecipeStore(Home(folder))
    return quickening.quicken(
        store.load("disc"),
        store,
        find_pictures([good]),
        find_pictures([bad]),
        published_by="tester",
        timer=slow_then_quick().__next__,
    )


def test_published_and_judged_with_through_the_command_line(
    home,
    evidence,
    tmp_path,
    capsys,
) -> None:
    found = quicken(home, *evidence)
    assert found.recipe is not None, found.as_text()
    assert found.recipe.revision == 2
    assert found.recipe.draft.teaching["mode"].startswith("fast")
    assert found.recipe.threshold.value != RecipeStore(Home(home)).load("disc", 1).threshold.value
    exact = RecipeStore(Home(home)).load("disc", 1).draft
    assert found.recipe.draft.limits == exact.limits is not None
    assert 0 < found.recipe.draft.unlike != exact.unlike > 0, "its own scores, its own limit"
    assert model_file.load(found.recipe.model_path).mode == found.recipe.draft.teaching["mode"]
    parts = save(tmp_path / "parts", {"1": good_picture(90), "2": bad_picture(91)})
    out = tmp_path / "out.json"
    assert run(home, "inspect", parts, "--recipe", "disc", "--json", out) == 0
    assert [part["verdict"] for part in json.loads(out.read_text())] == ["OK", "NG"]
    with pytest.raises(StationError, match="Name an exact one with --revision"):
        quicken(home, *evidence)


def test_a_mode_that_knows_bad_parts_is_refused_and_nothing_published(
    home,
    evidence,
    monkeypatch,
) -> None:
    whole = fast.projected
    monkeypatch.setattr(fast, "projected", lambda model: blinded(whole(model, 16)))
    found = quicken(home, *evidence)
    assert found.recipe is None
    assert RecipeStore(Home(home)).revisions("disc") == [1]
    assert "bad part(s) that exact mode catches escape" in found.as_text()


def blinded(model):
    """The model with a memory bank that knows every other patch of a bad part, too."""
    from engine.memory_bank import MemoryBank
    from engine.runtimes.opening import open_runtime

    runtime = open_runtime("openvino", model.network)
    seen = [runtime.patches(model.preprocessing(bad_picture(400 + i))).copy() for i in range(6)]
    vectors = np.concatenate([grid.reshape(-1, grid.shape[-1]) for grid in seen])
    origins = np.zeros((len(vectors), 3), np.int32)
    return replace(model, bank=MemoryBank.build(vectors, origins))


def test_the_command_prints_the_table_and_says_when_nothing_came_of_it(
    home,
    evidence,
    capsys,
    monkeypatch,
) -> None:
    monkeypatch.setattr(quickening, "SPEEDUP", 1000.0)
    good, bad = evidence
    assert run(home, "quicken", "--recipe", "disc", "--good", good, "--bad", bad) == 1
    said = capsys.readouterr().out
    assert "1000.0 is worth it" in said
    assert "stays in exact mode" in said


def test_pictures_given_twice_are_refused(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(7) for i in range(6)})
    assert run(home, "quicken", "--recipe", "disc", "--good", good) == 1
    assert "given twice" in capsys.readouterr().err


def test_evaluate_prints_the_modes_side_by_side(tmp_path, capsys) -> None:
    root, out = tmp_path / "set", tmp_path / "modes.json"
    save(root / "train" / "good", {f"{i:03}": good_picture(i) for i in range(12)})
    save(root / "test" / "good", {f"{i}": good_picture(300 + i) for i in range(3)})
    save(root / "test" / "scratch", {f"{i}": bad_picture(300 + i) for i in range(3)})
    command = ("evaluate", root, "--mode", "fast", "--side", "96", "--json", out)
    assert run(tmp_path / "home", *command) == 0
    modes = json.loads(out.read_text())
    assert list(modes) == ["exact", "fast", "fast int8"]
    assert [modes[mode]["image_auroc"] for mode in modes] == [1, 1, 1]
    said = capsys.readouterr().out
    assert "fast mode" in said
    assert "offer" in said
    assert run(tmp_path / "home", "evaluate", root, "--mode", "fast", "--method", "padim") == 1


GOOD = np.linspace(1.0, 1.9, 10)
BAD = np.array([3.0, 4.0])


def side(good=GOOD, bad=BAD, ms=10.0, threshold=2.0) -> Side:
    good, bad = np.asarray(good), np.asarray(bad)
    from engine.metrics import escapes, false_rejects

    evidence = Threshold(
        threshold, "mean + k·sigma", {"k": 3.0}, false_rejects(good, threshold),
        escapes(bad, threshold), float(np.median(good)), 2 * threshold,
    )  # fmt: skip
    return Side(None, good, bad, np.full(len(good) + len(bad), ms), evidence)


@pytest.mark.parametrize(
    ("fast_side", "reason"),
    [
        (side(ms=9.5), "as fast as the mode before"),
        (side(bad=[1.95, 4.0], ms=5), "1 bad part"),
        (side(good=[*GOOD[:8], 2.1, 2.2], ms=5), "2 of 10 good parts are rejected"),
        (side(good=GOOD[::-1], bad=[4.0, 3.0], ms=5), "rank the parts otherwise"),
        (side(good=[*GOOD[:9], 3.5], threshold=3.0, ms=5), "Image AUROC"),
    ],
)
def test_each_bound_refuses(fast_side: Side, reason: str) -> None:
    (proof,) = prove([side(), fast_side])
    assert any(reason in objection for objection in proof.objections)


def test_within_every_bound_nothing_is_objected() -> None:
    first, second = prove([side(), side(good=2 * GOOD, bad=2 * BAD, threshold=4.0, ms=5), side()])
    assert first.objections == ()
    assert first.speedup == 2
    assert second.objections[0].startswith("It is 0.50 × as fast as the mode before it")


def test_without_bad_parts_image_auroc_objects_to_nothing() -> None:
    (proof,) = prove([side(bad=[]), side(bad=[], ms=5)])
    assert proof.objections == ()
