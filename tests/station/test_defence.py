"""What defends a revision, in lines: also where its evidence has gaps."""

from dataclasses import replace

import pytest
from ledger_parts import draft, pixels

from station.home import Home
from station.recipes.defence import NOT_MEASURED, Line, defence
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore


@pytest.fixture
def recipe(tmp_path) -> Recipe:
    golden = replace(draft(), golden={"a.png": 1.25}, note="new supplier")
    store = RecipeStore(Home(tmp_path))
    return store.publish(golden, lambda path: path.write_bytes(b"model"), {"a.png": pixels(1)})


def named(lines: list[Line], name: str) -> list[str]:
    return [line.text for line in lines if line.name == name]


def test_a_revision_without_evidence_still_says_who_why_and_its_threshold(recipe: Recipe) -> None:
    lines = defence(recipe, {})
    assert named(lines, "Because") == ["new supplier"]
    assert recipe.draft.published_by in named(lines, "Published")[0]
    assert recipe.threshold.method in named(lines, "Threshold")[0]
    assert named(lines, "Smallest defect") == [NOT_MEASURED]
    assert not named(lines, "Pictures") + named(lines, "Judged on") + named(lines, "From")


def test_its_evidence_is_summed_up(recipe: Recipe) -> None:
    evidence = {
        "pictures": {"good": {"kept": 60, "refused": 2, "thrown out": 1}, "bad": {"kept": 5}},
        "coverage": {"sentence": "Enough."},
        "detection": {"sentence": "a90 is 30 px."},
        "device": "OpenVINO",
        "part_ms": 140.2,
    }
    lines = defence(recipe, evidence)
    assert named(lines, "Pictures") == ["60 of good parts, 3 left out; 5 of bad parts"]
    assert named(lines, "Coverage") == ["Enough."]
    assert named(lines, "Smallest defect") == ["a90 is 30 px."]
    assert named(lines, "Judged on") == ["OpenVINO, 140 ms a part"]


def test_calibrated_anew_no_pace_is_claimed_any_more(recipe: Recipe) -> None:
    assert named(defence(recipe, {"device": "OpenVINO"}), "Judged on") == ["OpenVINO"]
