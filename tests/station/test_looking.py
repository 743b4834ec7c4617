"""Where to look, from the command line to a recipe's verdicts."""

import json
from dataclasses import replace

import cv2
import pytest
from ledger_parts import draft

from engine.location import Anchor, locate
from engine.teach import TeachSettings
from station.cli import main
from station.drafts import DraftPicture, DraftStore, Looking
from station.drafts.teaching import settings_of, teach_draft
from station.errors import StationError
from station.home import Home
from station.locating import locate_all, refuse_lost
from station.recipes import RecipeStore, recipe_file
from tests.engine.pictures import ANCHORED, ON_BELT, on_belt

PLACES = [(0, 0, 0), (20, -12, 5), (-25, 9, -6), (6, 14, 3), (-9, -9, -2), (15, 4, 8), (3, -20, 1)]
IGNORED = ((300.0, 220.0), (350.0, 220.0), (350.0, 265.0), (300.0, 265.0))


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Eight loose parts; the last one lies where nobody finds it."""
    folder = tmp_path_factory.mktemp("parts")
    for number, place in enumerate(PLACES):
        save(folder / f"{number}.png", on_belt(*place, noise=number))
    save(folder.parent / "away.png", on_belt(0, 0, 60))
    return folder


def save(path, pixels):
    cv2.imwrite(str(path), pixels[:, :, ::-1])


@pytest.fixture
def settings():
    return TeachSettings(roi=ON_BELT, ignored=(IGNORED,), anchor=Anchor.of(on_belt(), ANCHORED))


def test_pictures_are_located_and_the_worst_is_named(parts, settings):
    paths = [*sorted(parts.glob("*.png")), parts.parent / "away.png"]
    located = locate_all(paths, settings)
    assert located.to_json()["located"] == 7
    assert located.to_json()["lost"] == ["away.png"]
    assert located.worst.path.name == "away.png"
    assert located.sentence.startswith("7 of 8 parts located")
    with pytest.raises(StationError, match=r"away\.png"):
        refuse_lost(located)
    refuse_lost(locate_all(paths[:-1], settings))


def test_taught_from_the_command_line_and_judged(parts, tmp_path, capsys):
    home = ["--home", str(tmp_path / "home")]
    corners = [f"{x:g},{y:g}" for x, y in IGNORED]
    regions = ["--roi", *ON_BELT, "--anchor", *ANCHORED, "--ignore", *corners]
    given = [str(each) for each in (*regions, "--mm-per-px", 0.05, "--side", 96)]
    given.append("--keep-all")
    away = parts.parent / "away.png"
    assert main(["teach", str(parts), str(away), "--recipe", "plate", *given, *home]) == 1
    assert "away.png" in capsys.readouterr().err
    assert main(["teach", str(parts), "--recipe", "plate", *given, *home]) == 0
    published = RecipeStore(Home(tmp_path / "home")).load("plate")
    recipe = published.draft
    assert (recipe.roi, recipe.anchor, recipe.mm_per_px) == (ON_BELT, ANCHORED, 0.05)
    assert recipe.ignored == (IGNORED,)
    assert recipe.teaching["located"] == 7
    assert recipe.teaching["least_confidence"] > 0.9
    verdicts = tmp_path / "verdicts.json"
    told = ["--json", str(verdicts), *home]
    assert main(["inspect", str(away), str(parts / "0.png"), "--recipe", "plate", *told]) == 1
    lost, found = json.loads(verdicts.read_text())
    assert (lost["verdict"], found["verdict"]) == ("FAULT", "OK")
    assert "not in place" in lost["fault"]
    again = settings_of(DraftStore(Home(tmp_path / "other")).of_recipe(published))
    assert (again.roi, again.ignored) == (ON_BELT, (IGNORED,))
    assert locate(on_belt(20, -12, 5), again.anchor).shift == pytest.approx((20, -12), abs=0.3)


def test_an_anchor_without_a_region_is_refused_from_the_command_line(parts, tmp_path, capsys):
    given = ["--recipe", "plate", "--home", str(tmp_path), "--anchor", *map(str, ANCHORED)]
    assert main(["teach", str(parts), *given]) == 1
    assert "region of interest must be drawn" in capsys.readouterr().err


def test_a_draft_teaches_with_what_was_drawn(parts, tmp_path):
    session = DraftStore(Home(tmp_path)).begin()
    session.good_folder.mkdir(parents=True)
    save(session.good_folder / "000001.png", on_belt())
    looking = Looking(ON_BELT, (IGNORED,), ANCHORED, "000001.png")
    session.change(looking=looking, good=(DraftPicture("000001.png"),))
    settings = settings_of(session)
    assert settings.ignored == (IGNORED,)
    assert settings.anchor.rectangle == ANCHORED
    session.bad_folder.mkdir()
    save(session.bad_folder / "away.png", on_belt(0, 0, 60))
    session.change(bad=(DraftPicture("away.png"),))
    with pytest.raises(StationError, match=r"away\.png"):
        teach_draft(session)
    session.change(looking=replace(looking, anchor=None))
    assert settings_of(session).anchor is None


def test_a_recipe_from_before_has_no_ignored_regions():
    data = recipe_file.draft_to_json(replace(draft(), ignored=(IGNORED,), anchor=ANCHORED))
    again = recipe_file.draft_from_json(json.loads(json.dumps(data)))
    assert (again.ignored, again.anchor) == ((IGNORED,), ANCHORED)
    old = {name: data[name] for name in data if name not in {"ignored", "anchor", "mm_per_px"}}
    assert recipe_file.draft_from_json(old) == draft()
