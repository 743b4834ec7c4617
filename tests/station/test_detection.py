"""The smallest defect, from the command line and in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import DetectionError
from engine.findings import ALL_KINDS, BlindMap, Detection, DetectionSettings, Outcome, conclude
from engine.patchcore import PatchCore
from engine.rates import Rate
from engine.synthetic.shapes import Kind
from station.cli import main
from station.detection import detect, evidence, examples, from_evidence, plan
from station.detection_words import (
    SYNTHETIC,
    as_text,
    blindness,
    headline,
    length,
    rejects,
    sentence,
)
from station.home import Home
from station.judging import open_recipe
from station.recipes.store import RecipeStore, evidence_of
from tests.engine.pictures import good_picture

FEW = DetectionSettings((Kind.SPOT, Kind.SCRATCH), (60.0,), trials=20, cells=4)


def save(folder: Path, seeds: range) -> Path:
    folder.mkdir()
    for seed in seeds:
        Image.fromarray(good_picture(seed)).save(folder / f"{seed:03}.png")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with recipe 'disc', taught with its smallest defect measured."""
    root = tmp_path_factory.mktemp("taught")
    good = save(root / "good", range(20))
    asked = ["--recipe", "disc", "--side", "96", "--mm-per-px", "0.2", "--detection"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("station.detection.SMALLER", (FEW,))
        assert main(["teach", str(good), *asked, "--home", str(root / "home")]) == 0
    return root / "home"


@pytest.fixture(scope="module")
def model(home: Path) -> PatchCore:
    return open_recipe(RecipeStore(Home(home)).load("disc")).model


@pytest.fixture
def held_out(tmp_path: Path) -> list[Path]:
    return sorted(save(tmp_path / "held-out", range(200, 206)).glob("*.png"))


def finding(truth: str, trials: int = 60):
    """Findings of trials with a clear answer."""
    sizes = np.geomspace(2, 80, trials)
    hits = {
        "measured": sizes + 4 * np.sin(np.arange(trials) * 2.7) > 20,
        "none": sizes < 0,
        "all": sizes > 0,
        "seldom": np.arange(trials) % 4 == 0,
    }[truth]
    return conclude("spot", 60.0, list(sizes), list(hits), (2.0, 80.0))


def test_the_command_prints_the_table_and_that_synthetic_is_not_real(
    home, tmp_path, capsys
) -> None:
    fresh = save(tmp_path / "fresh", range(300, 305))
    out = tmp_path / "found.json"
    asked = ["--kinds", "spot", "scratch", "--contrasts", "60", "--trials", "24"]
    where = ["--recipe", "disc", "--good", str(fresh), "--mm-per-px", "0.1", "--json", str(out)]
    assert main(["detection", *where, *asked, "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert SYNTHETIC in said
    assert "Spots (strong, 60 grey levels)" in said
    assert "mm (" in said
    found = from_evidence(json.loads(out.read_text()))
    assert found is not None
    assert found.mm_per_px == 0.1
    assert [each.kind for each in found.findings] == ["spot", "scratch", ALL_KINDS]
    assert main(["detection", *where, "--kinds", "spot", "--home", str(tmp_path / "none")]) == 1


def test_teach_measures_on_demand_and_publishes_it_as_evidence(home) -> None:
    recipe = RecipeStore(Home(home)).load("disc")
    found = from_evidence(evidence_of(recipe)["detection"])
    assert found is not None
    assert found.settings == FEW
    assert found.threshold == recipe.threshold.value
    assert found.mm_per_px == 0.2


def test_pictures_of_another_size_are_refused(home, tmp_path, capsys) -> None:
    (tmp_path / "other").mkdir()
    Image.fromarray(good_picture(0, (64, 64))).save(tmp_path / "other" / "a.png")
    where = ["--recipe", "disc", "--good", str(tmp_path / "other"), "--home", str(home)]
    assert main(["detection", *where]) == 1
    assert "taught on pictures of 128 × 96" in capsys.readouterr().err


def test_a_slow_machine_measures_less_and_says_how_long(model, held_out) -> None:
    def ticking(seconds: float):
        times = iter(np.arange(0, 1000 * seconds, seconds))
        return lambda: float(next(times))

    fast, slow = plan(model, held_out, ticking(0.05)), plan(model, held_out, ticking(2.0))
    assert fast.settings == DetectionSettings()
    assert fast.seconds < 60
    assert "s" in fast.duration
    assert slow.settings.trials < fast.settings.trials
    assert slow.settings.contrasts == (60.0,)
    assert "min" in slow.duration


def test_without_held_out_pictures_it_says_what_to_do(model) -> None:
    with pytest.raises(DetectionError, match="kept aside"):
        detect(model, 1.0, [])


def test_without_a_threshold_nothing_is_judged(model, held_out) -> None:
    with pytest.raises(DetectionError, match="no threshold yet"):
        detect(model, float("nan"), held_out)


def test_evidence_comes_back_and_foreign_data_does_not(model, held_out) -> None:
    settings = DetectionSettings((Kind.SPOT,), (60.0,), trials=24, cells=4, trials_a_cell=2)
    threshold = 1.15 * max(model.score(good_picture(seed)).value for seed in range(200, 206))
    found = detect(model, threshold, held_out, settings=settings, mm_per_px=0.02)
    kept = json.loads(json.dumps(evidence(found, "key"), allow_nan=False))
    assert kept["key"] == "key"
    assert "spot" in kept["sentence"].lower()
    assert from_evidence(kept) == found
    assert from_evidence({}) is None
    assert from_evidence({"found": {"settings": 3}}) is None
    shown = examples(model, found, found.findings[0], held_out, 3)
    assert [each.kind for each in shown] == [Kind.SPOT] * 3
    assert all((each.picture != good_picture(0)).any() for each in shown)
    np.testing.assert_array_equal(
        shown[0].picture, examples(model, found, found.findings[0], held_out, 1)[0].picture
    )


def test_sizes_are_said_in_mm_where_that_is_known() -> None:
    assert length(12.34, None) == "12.3 px"
    assert length(12.34, 0.05) == "0.62 mm (12.3 px)"


def test_each_outcome_has_its_sentence() -> None:
    measured = sentence(finding("measured"), 0.05)
    assert measured.startswith("Spots (strong, 60 grey levels): 90 % of those of")
    assert "(a90/95)" in measured
    assert "none of 60 was found" in sentence(finding("none"), None)
    assert "seem to be found" in sentence(finding("all"), None)
    assert "19 trials are too few" in sentence(finding("all", 19), None)
    unbounded = replace(finding("measured"), outcome=Outcome.UNBOUNDED, a90_95=None)
    assert "do not back that" in sentence(unbounded, None)
    weak = replace(finding("measured"), contrast=20.0)
    assert "weak, 20 grey levels" in sentence(weak, None)
    assert finding("seldom").outcome in {Outcome.NOT_REACHED, Outcome.NO_RISE}
    assert sentence(replace(finding("none"), outcome=Outcome.NO_RISE), None).endswith("stated.")


def test_the_whole_in_words_hides_neither_contrast_nor_false_rejects() -> None:
    cells = BlindMap(("spot",), 60, 9, (96, 128), (0, 0, 96, 128), ((4, 0),), ((4, 8),))
    strong, weak = finding("measured"), replace(finding("none"), contrast=20.0)
    found = Detection(
        DetectionSettings(),
        3.5,
        Rate(2, 30),
        tuple(replace(f, kind=ALL_KINDS) for f in (strong, weak)),
        cells,
    )
    assert "60 grey levels" in headline(found)
    assert "20 grey levels" in headline(found)
    assert "threshold 3.5" in headline(found)
    assert rejects(found).startswith("2 of 30 held-out good parts are NG without any defect")
    assert "1 of 2 squares" in blindness(cells, None)
    text = as_text(found)
    assert "0/8*" in text
    assert text.endswith(SYNTHETIC)
