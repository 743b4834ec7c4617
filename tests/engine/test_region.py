"""Ignored regions take no part in anything, to the bit; what lies just outside does."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine import model_file, padim
from engine.detector import Detector
from engine.errors import TeachError
from engine.location import Anchor
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.region import Look, Polygon, check_settings, drawn
from engine.resolution import usual_backbone
from engine.teach import choose_preprocessing, teach, tile_patches
from engine.tiling import Tiling
from tests.engine.pictures import ANCHORED, ON_BELT, SMALL, Picture, good_picture, on_belt

CORNER: Polygon = ((70.0, 6.0), (122.0, 6.0), (122.0, 44.0), (88.0, 44.0))
"""A region with a slanted edge, in pictures of 96 × 128."""
SETTINGS = {
    "patchcore": replace(SMALL, level_light=True),
    "roi": replace(SMALL, roi=(4, 20, 88, 104)),
    "by position": replace(SMALL, backbone=usual_backbone(3, True), by_position=True),
    "padim": SMALL,
}


@pytest.fixture(scope="module", params=SETTINGS)
def taught(request: pytest.FixtureRequest) -> Detector:
    """Taught with an ignored corner that shows something else in every picture."""
    settings = replace(SETTINGS[request.param], ignored=(CORNER,))
    images = [partial(scribbled, seed, seed) for seed in range(5)]
    return (padim.teach if request.param == "padim" else teach)(images, settings)


def scribbled(seed: int, scribble: int) -> Picture:
    """A good picture whose ignored corner holds noise of another seed, to its very edge."""
    picture = good_picture(seed)
    noise = np.random.default_rng(scribble).integers(0, 256, picture.shape, np.uint8)
    inside = drawn((CORNER,), picture.shape) > 0
    picture[inside] = noise[inside]
    return picture


def test_a_defect_inside_changes_neither_score_nor_map(taught: Detector) -> None:
    one, other = (taught.score(scribbled(30, scribble)) for scribble in (1, 2))
    assert other.value == one.value
    np.testing.assert_array_equal(other.anomaly_map, one.anomaly_map)


def test_the_map_is_zero_inside_and_not_beside_it(taught: Detector) -> None:
    anomaly_map = taught.score(scribbled(30, 1)).anomaly_map
    inside = drawn((CORNER,), anomaly_map.shape) > 0
    assert anomaly_map.shape == (96, 128)
    assert not anomaly_map[inside].any()
    assert anomaly_map[46:60, 70:110].min() > 0


def test_a_defect_just_outside_is_seen(taught: Detector) -> None:
    good, bad = scribbled(30, 1), scribbled(30, 1)
    bad[48:56, 90:104] = 255
    before, after = taught.score(good), taught.score(bad)
    assert after.value > 1.3 * before.value
    row, column = np.unravel_index(after.anomaly_map.argmax(), after.anomaly_map.shape)
    assert 40 <= row <= 64
    assert 82 <= column <= 112


def test_ignored_patches_are_not_taught() -> None:
    preprocessing = Preprocessing(Tiling((96, 128), (96, 128)), None, ignored=(CORNER,))
    look = preprocessing.look(good_picture(0))
    (kept,) = preprocessing.kept(look, 8)
    assert kept.open is not None
    rows, columns = np.nonzero(~kept.open)
    assert len(rows) > 10
    assert (rows * 8 + 4 <= 45).all()
    assert (columns * 8 + 4 >= 70).all()
    vectors = np.zeros((12, 16, 5), np.float32)
    assert len(kept.vectors(vectors)) == 12 * 16 - len(rows)


class Counting:
    """A runtime whose patch vectors say nothing."""

    device, batch = "none", 2

    def patches(self, pictures: Picture) -> np.ndarray:
        return np.zeros((len(pictures), pictures.shape[1] // 8, pictures.shape[2] // 8, 3))


def test_tiles_know_which_of_their_patches_are_ignored() -> None:
    ignored = (((200.0, 100.0), (300.0, 100.0), (300.0, 200.0), (200.0, 200.0)),)
    cut = Preprocessing(Tiling((384, 960), (384, 480), 192), None, ignored=ignored)
    one = Preprocessing(Tiling((384, 960), (384, 960)), None, ignored=ignored)
    picture = np.zeros((384, 960, 3), np.uint8)
    counts = []
    for preprocessing in (cut, one):
        whole = np.zeros((48, 120), bool)
        for place, _ in tile_patches(preprocessing, Counting(), picture):
            assert place.open is not None
            whole[place.whole] = place.open
        counts.append(whole)
    np.testing.assert_array_equal(counts[0], counts[1])
    assert (~counts[0]).sum() == 13**2


def test_light_is_levelled_by_what_is_looked_at() -> None:
    picture = np.full((96, 128, 3), 100, np.uint8)
    picture[drawn((CORNER,), picture.shape) > 0] = 255
    preprocessing = Preprocessing(Tiling((96, 128), (96, 128)), None, 50.0, ignored=(CORNER,))
    assert preprocessing.look(picture).brightness() == 100
    assert preprocessing(picture)[0, 80, 10, 0] == 50


def test_where_to_look_comes_back_with_the_model(model: PatchCore, tmp_path) -> None:
    anchor = Anchor.of(good_picture(0), (20, 36, 56, 56), max_turn=5, least=0.6)
    looking = replace(model.preprocessing, roi=(8, 8, 80, 112), ignored=(CORNER,), anchor=anchor)
    model_file.save(tmp_path / "model.npz", replace(model.model, preprocessing=looking))
    again = model_file.load(tmp_path / "model.npz").preprocessing
    assert again.ignored == (CORNER,)
    assert again.anchor is not None
    assert again.anchor.rectangle == (20, 36, 56, 56)
    assert (again.anchor.max_shift, again.anchor.max_turn, again.anchor.least) == (24, 5, 0.6)
    np.testing.assert_array_equal(again.anchor.template, anchor.template)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_a_model_from_before_is_still_read(
    model: PatchCore, tmp_path, monkeypatch, version: int
) -> None:
    path = tmp_path / "model.npz"
    monkeypatch.setattr(model_file, "VERSION", version)
    model_file.save(path, model.model)
    unknown = ("template", "usual", "reference", "light")[version - 3 :]
    with np.load(path) as file:
        arrays = {name: file[name] for name in file if name not in unknown}
    np.savez(path, **arrays)
    monkeypatch.undo()
    again = model_file.load(path).preprocessing
    assert (again.ignored, again.anchor, again.registration) == ((), None, None)


def test_pictures_of_different_sizes_need_a_region_of_interest() -> None:
    images = [partial(good_picture, seed, (96, 128 + 32 * seed)) for seed in range(3)]
    with pytest.raises(TeachError, match="differ in size"):
        choose_preprocessing(images, replace(SMALL, ignored=(CORNER,)))
    chosen = choose_preprocessing(images, replace(SMALL, ignored=(CORNER,), roi=(0, 0, 96, 128)))
    assert chosen.scale is None


@pytest.mark.parametrize(
    ("ignored", "says"),
    [
        ((((0.0, 0.0), (9.0, 9.0)),), "three corners"),
        ((((0.0, 0.0), (9.0, 9.0), (float("nan"), 3.0)),), "no place"),
        ((((-1.0, -1.0), (200.0, -1.0), (200.0, 200.0), (-1.0, 200.0)),), "nothing to look at"),
    ],
)
def test_regions_that_are_none_are_refused(ignored: tuple[Polygon, ...], says: str) -> None:
    with pytest.raises(TeachError, match=says):
        check_settings((96, 128, 3), None, ignored, None)


def test_an_anchor_under_an_ignored_region_is_refused() -> None:
    anchor = Anchor.of(good_picture(0), (20, 44, 56, 56))
    with pytest.raises(TeachError, match="under an ignored region"):
        check_settings((96, 128, 3), (8, 8, 80, 112), (CORNER,), anchor.rectangle)


def test_an_anchor_needs_a_region_of_interest() -> None:
    anchor = Anchor.of(good_picture(0), (20, 36, 56, 56))
    with pytest.raises(TeachError, match="region of interest must be drawn"):
        choose_preprocessing([partial(good_picture, 0)] * 2, replace(SMALL, anchor=anchor))


def test_nothing_ignored_costs_no_mask() -> None:
    preprocessing = Preprocessing(Tiling((96, 128), (96, 128)), None)
    look = preprocessing.look(good_picture(0))
    assert isinstance(look, Look)
    assert look.ignored is None
    assert all(place.open is None for place in preprocessing.kept(look, 8))


def test_a_defect_inside_a_located_region_never_reaches_the_network() -> None:
    ignored = (((290.0, 215.0), (352.0, 222.0), (330.0, 262.0)),)
    anchor = Anchor.of(on_belt(), ANCHORED)
    tiling = Tiling((192, 256), (192, 256))
    preprocessing = Preprocessing(tiling, ON_BELT, 90.0, ignored=ignored, anchor=anchor)
    picture = on_belt(17.3, -11.8, 6.5)
    found = preprocessing.look(picture)
    assert found.location is not None
    corners = found.location.to_picture(np.array(ignored[0]))
    inside = drawn([tuple(map(tuple, corners.tolist()))], picture.shape) > 0
    painted, beside = picture.copy(), picture.copy()
    painted[inside] = 255 - painted[inside]
    np.testing.assert_array_equal(preprocessing(painted), preprocessing(picture))
    edge = np.roll(inside, 12, axis=0) & ~np.roll(inside, 4, axis=0) & ~inside
    beside[edge] = 255
    assert np.any(preprocessing(beside) != preprocessing(picture))
