"""A recipe is judged only by a runtime that reproduces its golden scores here."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
import torch
from PIL import Image

from engine import model_file, parity
from engine.errors import EngineError
from engine.model import Model
from engine.network import Network
from engine.runtimes.opening import REFERENCE, available, open_model
from engine.threshold import BY_HAND, QUANTILE
from engine.thresholds.table import Wanted
from station.calibrating import calibrate
from station.errors import StationError
from station.home import Home
from station.judging import open_recipe, trials
from station.pictures import load_fit
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore, evidence_of, golden_pictures
from station.teaching import TeachRequest, teach
from tests.engine import bf16
from tests.engine.pictures import SMALL, bad_picture, good_picture


def save(folder: Path, pictures: dict[str, np.ndarray]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return sorted(folder.glob("*.png"))


@pytest.fixture(scope="module")
def request_(tmp_path_factory) -> TeachRequest:
    folder = tmp_path_factory.mktemp("good")
    images = save(folder, {f"{seed:02}": good_picture(seed) for seed in range(18)})
    return TeachRequest("disc", images, {}, "tester", settings=SMALL)


@pytest.fixture(scope="module")
def taught(request_, tmp_path_factory) -> Recipe:
    return teach(request_, RecipeStore(Home(tmp_path_factory.mktemp("taught"))))


@pytest.fixture
def store(tmp_path) -> RecipeStore:
    return RecipeStore(Home(tmp_path / "home"))


def published(store: RecipeStore, recipe: Recipe, model: Model | None = None, **changes) -> Recipe:
    """The recipe in another store, with parts of its draft or its model replaced."""
    draft = replace(recipe.draft, **changes)
    kept = model or model_file.load(recipe.model_path)
    pictures = {
        name: load_fit(path)
        for name, path in golden_pictures(recipe).items()
        if name in draft.golden
    }
    return store.publish(draft, partial(model_file.save, model=kept), pictures)


@pytest.fixture
def rounded(store, taught) -> Recipe:
    """Its ONNX is in bf16 arithmetic; the reference runtime takes the weights file instead."""
    model = model_file.load(taught.model_path)
    return published(store, taught, replace(model, network=bf16.rounded(model.network)))


def test_golden_scores_are_the_references(taught) -> None:
    reference = open_model(model_file.load(taught.model_path), REFERENCE)
    scores = {
        name: reference.score(load_fit(path)).value
        for name, path in golden_pictures(taught).items()
    }
    assert len(scores) == 5
    assert scores == taught.draft.golden


def test_the_fastest_that_passes_judges(taught) -> None:
    opened = open_recipe(taught)
    assert opened.refused == ()
    assert opened.model.device == open_recipe(taught, available()[0]).model.device


def test_a_runtime_can_be_forced(taught) -> None:
    assert open_recipe(taught, "onnxruntime").model.device == "ONNX Runtime on CPU"


def test_what_does_not_reproduce_the_scores_is_refused_and_the_next_one_judges(rounded) -> None:
    opened = open_recipe(rounded)
    assert opened.model.device.startswith("torch on")
    refused = [sentence for sentence in opened.refused if "golden-" in sentence]
    assert len(refused) == 2
    assert refused[0].startswith("OpenVINO f32 on CPU is refused on this machine: 'golden-")
    assert "% apart, 0.01% is allowed. torch on" in refused[0]
    assert refused[1].endswith("judges instead.")


def test_a_forced_runtime_that_is_refused_judges_nothing(rounded) -> None:
    with pytest.raises(StationError, match=r"refused on this machine.*another runtime than"):
        open_recipe(rounded, "openvino")
    with pytest.raises(StationError, match="No runtime 'vulkan'"):
        open_recipe(rounded, "vulkan")


def test_scores_that_nobody_reproduces_refuse_the_recipe(store, taught) -> None:
    wrong = {name: score * 1.01 for name, score in taught.draft.golden.items()}
    with pytest.raises(StationError, match="Teach it again on this machine") as refused:
        open_recipe(published(store, taught, golden=wrong))
    assert str(refused.value).count("is refused on this machine") >= 3
    assert "'disc' revision 1 is not judged on this machine" in str(refused.value)


def test_a_threshold_between_both_scores_refuses_the_runtime(store, taught) -> None:
    model = model_file.load(taught.model_path)
    runtime = next(trial for trial in trials(taught) if trial.largest > 0)
    name, path = next(iter(golden_pictures(taught).items()))
    other = open_model(model, runtime.runtime).score(load_fit(path)).value
    reference = math.nextafter(other, math.inf)
    flipping = replace(taught.threshold, value=reference)
    recipe = published(store, taught, golden={name: reference}, threshold=flipping)
    with pytest.raises(StationError, match="the verdict flips"):
        open_recipe(recipe, runtime.runtime)


def test_without_golden_pictures_nothing_is_judged(store, taught) -> None:
    with pytest.raises(StationError, match="no golden pictures"):
        open_recipe(published(store, taught, golden={}))


def test_without_the_weights_the_other_runtimes_still_judge(store, taught) -> None:
    model = model_file.load(taught.model_path)
    backbone = replace(model.network.backbone, weights_file="/nowhere/weights.pth")
    network = replace(model.network, backbone=backbone)
    recipe = published(store, taught, replace(model, network=network))
    assert open_recipe(recipe).refused == ()
    (torch_,) = trials(recipe, REFERENCE)
    assert "no weights file '/nowhere/weights.pth'" in torch_.refusal


class TestCalibrating:
    @pytest.fixture
    def good(self, tmp_path) -> list[Path]:
        return save(tmp_path / "good", {f"{s}": good_picture(s) for s in range(200, 208)})

    @pytest.fixture
    def bad(self, tmp_path) -> list[Path]:
        return save(tmp_path / "bad", {f"{s}": bad_picture(s) for s in range(200, 203)})

    def calibrated(self, recipe, store, good, bad, value=None) -> Recipe:
        wanted = Wanted(share=1.0, value=value)
        method = QUANTILE if value is None else BY_HAND
        return calibrate(
            recipe, store, good, bad, wanted=wanted, method=method, published_by="tester"
        )

    def test_what_still_holds_of_the_evidence_stays(self, store, taught, good, bad) -> None:
        found = {"suspects": [1], "detection": {"a90": 3}, "threshold": {"value": 1}}
        copy = partial(copyfile, taught.model_path)
        pictures = {name: load_fit(path) for name, path in golden_pictures(taught).items()}
        recipe = store.publish(taught.draft, copy, pictures, evidence=found)
        kept = evidence_of(self.calibrated(recipe, store, good, bad))
        assert kept["suspects"] == [1]
        assert "detection" not in kept
        assert kept["threshold"] != found["threshold"]

    def test_the_bad_part_nearest_to_being_missed_joins(self, store, taught, good, bad) -> None:
        first = self.calibrated(published(store, taught), store, good, bad)
        again = self.calibrated(first, store, good, bad)
        expected = {*taught.draft.golden, "golden-bad.png"}
        assert set(first.draft.golden) == set(again.draft.golden) == expected
        reference = open_model(model_file.load(taught.model_path), REFERENCE)
        nearest = min(reference.score(load_fit(path)).value for path in bad)
        assert first.draft.golden["golden-bad.png"] == nearest >= first.threshold.value
        assert open_recipe(first).refused == ()

    def test_a_golden_picture_on_the_threshold_is_left_out(self, store, taught, good) -> None:
        score = max(taught.draft.golden.values())
        recipe = self.calibrated(published(store, taught), store, good, [], score)
        assert len(recipe.draft.golden) == 4
        assert all(parity.is_witness(s, score) for s in recipe.draft.golden.values())


def test_teaching_falls_back_to_the_reference(store, request_, monkeypatch) -> None:
    """As on a machine whose fast library rounds: only what torch computed is published."""
    build = Network.build
    monkeypatch.setattr(Network, "build", lambda *given: bf16.rounded(build(*given)))
    recipe = teach(request_, store)
    assert str(recipe.draft.teaching["device"]).startswith("torch on")
    forced = replace(request_, settings=replace(SMALL, runtime="onnxruntime"))
    with pytest.raises(StationError, match=r"Nothing was published. Teach with --runtime torch"):
        teach(forced, store)


@pytest.mark.skipif(torch.cuda.is_available(), reason="wants a machine without CUDA")
def test_a_runtime_that_does_not_start_is_a_refusal(taught) -> None:
    (trial,) = trials(taught, "cuda")
    assert trial.model is None
    assert "torch sees no CUDA device" in trial.refusal
    with pytest.raises(EngineError):
        open_model(model_file.load(taught.model_path), "cuda")
