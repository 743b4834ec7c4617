"""`patchlight recipe …` as scripts and people use it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_parts import draft, pixels, ticking

from engine.rates import Rate
from station.cli import main
from station.home import Home
from station.recipes import RecipeStore

EVIDENCE = {"coverage": {"enough_after": 40, "curve": list(range(30))}, "kept_on_purpose": []}


@pytest.fixture
def store(tmp_path) -> RecipeStore:
    """Board with two revisions, Plate with one."""
    made = RecipeStore(Home(tmp_path), ticking())
    write = lambda path: path.write_bytes(b"PK model")  # noqa: E731
    seen = replace(draft().threshold, escapes=Rate(0, 30))
    made.publish(replace(draft("Board"), threshold=seen), write)
    golden = replace(draft("Board", 7.5), golden={"a.png": 1.25}, note="night shift's light")
    made.publish(golden, write, {"a.png": pixels(1)}, EVIDENCE)
    made.publish(draft("Plate"), write)
    return made


def recipe(tmp_path: Path, *args: object) -> int:
    return main(["recipe", *map(str, args), "--home", str(tmp_path)])


def test_list_says_which_when_who_and_why(store, tmp_path, capsys) -> None:
    assert recipe(tmp_path, "list") == 0
    first, second, plate = capsys.readouterr().out.splitlines()
    assert first.startswith("Board  r1  2026-03-0")
    assert "Ada  threshold 5.0000  first try" in first
    assert "threshold 7.5000 (provisional)  night shift's light" in second
    assert plate.startswith("Plate  r1")
    assert recipe(tmp_path, "list", "Plate", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["name"], entry["revision"], entry["provisional"]) == ("Plate", 1, True)


def test_a_damaged_revision_is_marked_and_the_others_are_listed(store, tmp_path, capsys) -> None:
    model = store.load("Board", 1).model_path
    model.chmod(0o644)
    model.write_bytes(b"PK modem")
    (tmp_path / "recipes" / "Board?" / "r0001").mkdir(parents=True)
    assert recipe(tmp_path, "list") == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4
    assert said[0].startswith("Board  r1  DAMAGED: ")
    assert "model.npz was changed after it was published" in said[0]
    assert "cannot be a recipe's name" in said[2]
    assert recipe(tmp_path, "list", "--json") == 1
    assert "was changed" in json.loads(capsys.readouterr().out)[0]["damaged"]


def test_list_of_nothing(tmp_path, capsys) -> None:
    assert recipe(tmp_path, "list") == 0
    assert "Teach one" in capsys.readouterr().out
    assert recipe(tmp_path, "list", "Board") == 1
    assert "no recipe 'Board'" in capsys.readouterr().err


def test_show_gives_everything(store, tmp_path, capsys) -> None:
    assert recipe(tmp_path, "show", "Board", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["evidence"] == EVIDENCE
    assert shown["golden"] == {"a.png": 1.25}
    assert shown["threshold"]["value"] == 7.5
    assert len(shown["claims"]) >= 2
    assert recipe(tmp_path, "show", "Board") == 0
    said = capsys.readouterr().out
    for words in (
        "Board, revision 2", "night shift's light", "provisional", *shown["claims"], "a.png: 1.25",
        "curve: 30 entries", "enough after: 40", "kept on purpose: (none)", "good images: 60",
        "40 × 30 pixels, from 2 right and 1 down",
    ):  # fmt: skip
        assert words in said
    assert recipe(tmp_path, "show", "Board", "--revision", 1) == 0
    assert "Evidence\n  (none)" in capsys.readouterr().out


def test_a_password_in_the_cameras_address_is_not_shown(store, tmp_path, capsys) -> None:
    camera = {"kind": "video", "address": "rtsp://admin:secret@10.0.0.7/main?pw=secret"}
    store.publish(replace(draft("Lid"), camera=camera), lambda path: path.write_bytes(b"PK"))
    for how in ([], ["--json"]):
        assert recipe(tmp_path, "show", "Lid", *how) == 0
        said = capsys.readouterr().out
        assert "rtsp://10.0.0.7" in said
        assert "secret" not in said
    assert recipe(tmp_path, "export", "Lid", tmp_path) == 0
    assert "keep it safe" in capsys.readouterr().out
    assert recipe(tmp_path, "export", "Plate", tmp_path) == 0
    assert "keep it safe" not in capsys.readouterr().out


def test_rollback_publishes_the_earlier_one_anew(store, tmp_path, capsys) -> None:
    assert recipe(tmp_path, "rollback", "Board", "--to", 1) == 0
    assert "revision 3: it judges as revision 1" in capsys.readouterr().out
    assert store.load("Board").threshold == store.load("Board", 1).threshold
    assert recipe(tmp_path, "rollback", "Board", "--to", 3) == 1
    assert "is the newest of 'Board'" in capsys.readouterr().err


def test_a_recipe_without_golden_pictures_is_no_recipe_elsewhere(store, tmp_path, capsys) -> None:
    file = tmp_path / "plate.patchlight"
    assert recipe(tmp_path, "export", "Plate", file) == 0
    assert recipe(tmp_path, "export", "Plate", file) == 1
    assert "use --force" in capsys.readouterr().err
    assert recipe(tmp_path, "export", "Plate", file, "--force") == 0
    assert recipe(tmp_path / "there", "import", file) == 1
    assert "plate.patchlight' was not imported: Recipe 'Plate'" in capsys.readouterr().err
    assert not list((tmp_path / "there").rglob("*.npz"))


@pytest.mark.parametrize("wrong", [["rollback", "Board"], ["show"], ["import"], ["list", "--to"]])
def test_wrong_use_is_2(wrong, tmp_path) -> None:
    with pytest.raises(SystemExit) as stopped:
        recipe(tmp_path, *wrong)
    assert stopped.value.code == 2
