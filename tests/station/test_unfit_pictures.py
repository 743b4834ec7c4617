"""From teaching to the line: unfit pictures are faults with a reason, another product is NG."""

import json
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scripted_station import Loaded, Station

from station.cameras.folder import FolderCamera
from station.cli import main
from station.errors import StationError
from station.home import Home
from station.inspection.expected import Expected
from station.inspection.inspector import Inspector
from station.inspection.triggers import FreeRun
from station.judging import open_recipe
from station.parts import Faulted, FaultReason, Frame, Judged, NgReason, Verdict
from station.recipes import Recipe, RecipeStore
from station.teaching import TeachRequest, teach
from tests.engine.pictures import SMALL, bad_picture, good_picture
from tests.station.test_freshness import NOW
from tests.station.test_judging import save

SIZE = (96, 128)


def other_product(seed: int) -> np.ndarray:
    """A board of stripes, lit like the plate and as sharp."""
    random = np.random.default_rng(seed)
    columns = np.arange(SIZE[1])[None, :] // 9 % 2
    rows = np.arange(SIZE[0])[:, None] // 13 % 2
    grey = np.where(rows ^ columns, 165, 70) + random.normal(0, 3, SIZE)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RecipeStore:
    return RecipeStore(Home(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def recipe(store, tmp_path_factory) -> Recipe:
    pictures = {f"{seed:02}": good_picture(seed) for seed in range(18)}
    images = save(tmp_path_factory.mktemp("good"), pictures)
    return teach(TeachRequest("disc", images, {}, "tester", settings=SMALL), store)


@pytest.fixture(scope="module")
def inspector(recipe) -> Inspector:
    return Inspector.of(recipe, open_recipe(recipe).model)


def inspect(inspector: Inspector, pixels: np.ndarray):
    return inspector.inspect(Frame(pixels, NOW, 7, "a part", "P7"), time.monotonic())


def half(pixels: np.ndarray, level: int) -> np.ndarray:
    cut = pixels.copy()
    cut[60:] = level
    return cut


UNFIT = {
    FaultReason.BLACK: lambda it: (it * 0.2).astype(np.uint8),
    FaultReason.OVEREXPOSED: lambda it: cv2.convertScaleAbs(it, alpha=2.4),
    FaultReason.BLURRED: lambda it: cv2.GaussianBlur(it, (0, 0), 4),
    FaultReason.TORN: lambda it: half(it, 0),
    FaultReason.WRONG_SIZE: lambda it: it[:-2],
    FaultReason.UNFIT: lambda it: np.full_like(it, 120),
}


@pytest.mark.parametrize("reason", UNFIT)
def test_an_unfit_picture_is_a_fault_with_its_reason(inspector, reason) -> None:
    fault = inspect(inspector, UNFIT[reason](good_picture(70)))
    assert isinstance(fault, Faulted)
    assert fault.reason is reason
    assert (fault.part_id, fault.sequence) == ("P7", 7)
    assert fault.text.endswith(".")


def test_good_and_bad_parts_are_judged_as_ever(inspector) -> None:
    for seed in range(50, 70):
        good, bad = inspect(inspector, good_picture(seed)), inspect(inspector, bad_picture(seed))
        assert isinstance(good, Judged)
        assert isinstance(bad, Judged)
        assert (good.reason, good.text) == ("", "")
        assert (bad.verdict, bad.reason, bad.text) == (Verdict.NG, "", "")


def test_another_product_is_ng_and_says_so(inspector) -> None:
    for seed in range(4):
        judged = inspect(inspector, other_product(seed))
        assert isinstance(judged, Judged)
        assert (judged.verdict, judged.reason) == (Verdict.NG, NgReason.WRONG_PRODUCT.value)
        assert judged.text.startswith("The part does not look like 'disc'. Check ")


def test_where_pictures_have_no_layout_in_common_a_fault_says_what_else_it_may_be(
    inspector,
) -> None:
    dim = (good_picture(70) * 0.2).astype(np.uint8)
    assert "another product" not in inspect(inspector, dim).text
    anyhow = replace(inspector.expected.limits, alike=-0.5)
    unsure = replace(inspector, expected=replace(inspector.expected, limits=anyhow))
    assert inspect(unsure, dim).text.endswith("Or is it another product?")
    assert "another product" not in inspect(unsure, half(good_picture(70), 0)).text


def test_another_product_in_other_light_is_no_dark_picture(inspector) -> None:
    """What is unusual in it is that it is another product: the score decides."""
    judged = inspect(inspector, (other_product(1) * 0.45).astype(np.uint8))
    assert isinstance(judged, Judged)
    assert judged.reason == NgReason.WRONG_PRODUCT.value


def test_ng_needs_the_score_even_for_another_product(inspector) -> None:
    expected = replace(inspector.expected, limits=None)
    lenient = replace(inspector, threshold=1e6, expected=expected)
    judged = inspect(lenient, other_product(1))
    assert (judged.verdict, judged.reason) == (Verdict.OK, "")


def test_a_recipe_of_before_has_only_the_limits_that_hold_for_all(recipe, inspector) -> None:
    """As format 2 is read: without limits."""
    draft = replace(recipe.draft, limits=None, unlike=None)
    older = replace(inspector, expected=Expected.of(draft))
    assert isinstance(inspect(older, (good_picture(70) * 0.2).astype(np.uint8)), Judged)
    assert inspect(older, other_product(1)).reason == ""
    assert inspect(older, half(good_picture(70), 128)).reason is FaultReason.TORN
    assert inspect(older, np.zeros((*SIZE, 3), np.uint8)).reason is FaultReason.BLACK


def test_format_2_is_still_read(recipe, tmp_path) -> None:
    from station.recipes import recipe_file

    data = json.loads(recipe_file.dump({"draft": recipe_file.draft_to_json(recipe.draft)}))
    assert recipe_file.draft_from_json(data["draft"]) == recipe.draft
    for field in ("limits", "unlike"):
        del data["draft"][field]
    older = recipe_file.parse(json.dumps({**data, "format": 2}).encode())
    assert recipe_file.draft_from_json(older["draft"]).limits is None


def test_changed_limits_are_noticed(recipe, store) -> None:
    path = recipe.model_path.with_name("recipe.json")
    before = path.read_bytes()
    path.chmod(0o644)
    try:
        path.write_bytes(before.replace(b'"unlike": ', b'"unlike": 9'))
        with pytest.raises(StationError, match="was changed after it was published"):
            store.load("disc")
    finally:
        path.write_bytes(before)


def test_a_calibrated_or_rolled_back_revision_keeps_its_limits(recipe, store) -> None:
    store.publish(
        replace(recipe.draft, note="another threshold", golden={}),
        lambda path: path.write_bytes(recipe.model_path.read_bytes()),
    )
    again = store.rollback("disc", recipe.revision, "Ada")
    assert again.draft.limits == recipe.draft.limits is not None
    assert again.draft.unlike == recipe.draft.unlike > 0


def test_on_the_line_each_becomes_a_row_with_its_reason(recipe, tmp_path, monkeypatch) -> None:
    """A real folder of pictures, a real run, a real ledger."""
    shown = {
        "1 good": (good_picture(60), "OK", ""),
        "2 bad": (bad_picture(61), "NG", ""),
        "3 other": (other_product(5), "NG", NgReason.WRONG_PRODUCT.value),
        **{
            f"{number} {reason.name}": (spoil(good_picture(62)), "FAULT", reason.value)
            for number, (reason, spoil) in enumerate(UNFIT.items(), start=4)
        },
    }
    parts = save(tmp_path / "parts", {name: pixels for name, (pixels, _, _) in shown.items()})
    monkeypatch.setattr("scripted_station.recipe", lambda _size: recipe)
    station = Station(
        Home(tmp_path / "station"),
        FolderCamera(parts[0].parent),
        FreeRun(),
        load_engine=lambda *_: Loaded(open_recipe(recipe).model),
    ).start()
    station.finish_by_itself()
    rows = station.rows()
    assert [(row.verdict.value, row.reason) for row in rows] == [
        (verdict, reason) for _, verdict, reason in shown.values()
    ]
    assert [bool(row.text) for row in rows] == [False, False] + [True] * (len(rows) - 2)
    assert [row.score is None for row in rows] == [False] * 3 + [True] * len(UNFIT)


def test_inspect_names_reason_and_product(recipe, store, tmp_path, capsys) -> None:
    parts = save(
        tmp_path / "parts",
        {"1": other_product(1), "2": cv2.GaussianBlur(good_picture(70), (0, 0), 4)},
    )
    home = recipe.model_path.parents[3]
    out = tmp_path / "out.json"
    command = ["inspect", str(parts[0].parent), "--recipe", "disc", "--json", str(out)]
    assert main([*command, "--home", str(home), "--dry-run"]) == 1
    said = capsys.readouterr().out
    assert "does not look like 'disc'" in said
    assert "Blurred: " in said
    reasons = [each["reason"] for each in json.loads(out.read_text())]
    assert reasons == ["wrong product", "picture blurred"]
