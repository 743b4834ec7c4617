"""`patchlight suspects`, what teaching says and records of it, and bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from station.cli import main
from station.errors import StationError
from station.home import Home
from station.recipes.store import RecipeStore, evidence_of
from station.suspects import find_suspects, scale_of
from tests.engine.pictures import SMALL, bad_picture, good_picture


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 good ones, and bad-1.png and bad-2.png among them."""
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(18):
        Image.fromarray(good_picture(seed)).save(folder / f"good-{seed:02}.png")
    for seed in (1, 2):
        Image.fromarray(bad_picture(seed + 100)).save(folder / f"bad-{seed}.png")
    return folder


def test_the_command_lists_the_bad_ones_first_and_writes_them(pictures, tmp_path, capsys) -> None:
    out = tmp_path / "list.json"
    assert main(["suspects", str(pictures), "--side", "96", "--json", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 22
    assert all("STANDS OUT" in line and "bad-" in line for line in lines[:2])
    written = json.loads(out.read_text())
    assert {each["file"] for each in written["pictures"][:2]} == {"bad-1.png", "bad-2.png"}
    assert written["pictures"][1]["stands_out"]
    assert not written["pictures"][-1]["stands_out"]


def test_teaching_names_them_records_them_and_throws_none_out(pictures, tmp_path, capsys) -> None:
    home = tmp_path / "home"
    given = ["teach", str(pictures), "--recipe", "disc", "--side", "96", "--home", str(home)]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert "good pictures stand out from all the others: bad-" in said
    recipe = RecipeStore(Home(home)).load("disc")
    assert recipe.draft.teaching["good_images"] == 20
    assert len(evidence_of(recipe)["suspects"]["pictures"]) == 20


def test_too_few_pictures_are_refused(pictures: Path) -> None:
    with pytest.raises(StationError, match="4 different good picture"):
        find_suspects(sorted(pictures.iterdir())[:4], SMALL)


def test_nothing_is_painted_on_a_usual_picture(pictures: Path) -> None:
    found = find_suspects(sorted(pictures.iterdir())[:9], SMALL)
    scale = scale_of(found.usual)
    usual = [each for each in found.ranked if not each.stands_out]
    assert usual
    assert all(each.anomaly_map.max(initial=0) < scale.value for each in usual)
    assert scale.value < scale.heatmap_high
    assert np.isfinite(scale.heatmap_high)
