"""Comparing by position: geometry of places, what a place is taught, and defects only it finds."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from engine import fast, model_file
from engine.coreset import CoresetSize
from engine.errors import EngineError
from engine.patchcore import PatchCore
from engine.placed_bank import kept_at_place
from engine.places import PlacedPoints, Places
from engine.resolution import choose, usual_backbone
from engine.runtimes.opening import open_model
from engine.teach import TeachSettings, teach
from engine.tiling import Tiling
from tests.engine.pictures import Picture

SIZE = (128, 192)
JOINTS = ((40, 40), (40, 120), (96, 80))
SETTINGS = TeachSettings(
    backbone=usual_backbone(12.0, by_position=True), smallest_defect=12.0, by_position=True
)


def board(seed: int, extra: tuple[int, int] | None = None) -> Picture:
    """A plate with bright joints where they belong, all moved a little, and one too many."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    grey = 90 + random.normal(0, 3, SIZE)
    down, across = random.uniform(-1.5, 1.5, 2)
    for row, column in JOINTS if extra is None else (*JOINTS, extra):
        grey[np.hypot(rows - row - down, columns - column - across) < 7] = 190
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def placed() -> PatchCore:
    return teach([partial(board, seed) for seed in range(12)], SETTINGS)


def test_a_joint_where_none_belongs_is_found_only_by_position(placed: PatchCore) -> None:
    everywhere = teach(
        [partial(board, seed) for seed in range(12)], replace(SETTINGS, by_position=False)
    )
    apart = {}
    for name, model in (("placed", placed), ("everywhere", everywhere)):
        good = [model.score(board(seed)).value for seed in range(100, 108)]
        bad = [model.score(board(seed, (96, 150))).value for seed in range(100, 108)]
        apart[name] = min(bad) / max(good)
    assert apart["placed"] > 1.5
    assert apart["everywhere"] < apart["placed"] / 1.3


def test_the_map_peaks_where_the_joint_does_not_belong(placed: PatchCore) -> None:
    anomaly_map = placed.score(board(100, (96, 150))).anomaly_map
    row, column = np.unravel_index(anomaly_map.argmax(), anomaly_map.shape)
    assert np.hypot(row - 96, column - 150) < 16


def test_each_patch_is_compared_with_all_of_its_place_and_nothing_else(placed: PatchCore) -> None:
    """Against a plain loop over patches, place by place."""
    bank, places, stride = placed.bank, placed.bank.places, placed.model.network.stride
    assert places is not None
    assert stride == 4
    tiles = placed.preprocessing(board(50, (70, 150)))
    found = placed.matcher.nearest(tiles)
    height, width = placed.model.network.grid
    vectors = bank.vectors.reshape(places.count, bank.compared, -1)
    for row, column in ((0, 0), (13, 30), (17, 37), (height - 1, width - 1)):
        number = row // 8 * places.columns + column // 8
        query = found.take(0, row, column)
        distances = np.linalg.norm(vectors[number].astype(np.float64) - query, axis=1)
        assert found.indices[0, row, column] == number * bank.compared + distances.argmin()
        assert found.distances[0, row, column] == pytest.approx(distances.min(), rel=1e-3)


def test_what_is_usual_follows_how_much_good_parts_differ_at_a_place(placed: PatchCore) -> None:
    usual = placed.bank.usual
    assert usual is not None
    assert usual.shape == placed.preprocessing.tiling.grid(4)
    assert (usual > 0).all()
    held_out = np.mean([distances(placed, board(seed)) for seed in range(200, 212)], axis=0)
    assert np.median(usual) == pytest.approx(np.median(held_out), rel=0.25)
    rims, plate = np.s_[8:12, 8:12], np.s_[2:6, 14:18]
    assert (usual[rims].mean() > usual[plate].mean()) == (
        held_out[rims].mean() > held_out[plate].mean()
    )


def test_the_score_is_what_a_place_is_above_its_usual(placed: PatchCore) -> None:
    usual = placed.bank.usual
    assert usual is not None
    picture = board(100, (96, 150))
    above = np.maximum(distances(placed, picture) - usual, 0)
    smooth = gaussian_filter(above, 0.5, mode="mirror", truncate=4)
    assert placed.score(picture).value == pytest.approx(smooth.max(), rel=0.02)
    deaf = replace(placed.bank, usual=usual + 1000)
    assert replace(placed, model=replace(placed.model, bank=deaf)).score(picture).value == 0


def test_an_ignored_region_takes_no_part_by_position(placed: PatchCore) -> None:
    around = ((130.0, 80.0), (170.0, 80.0), (170.0, 112.0), (130.0, 112.0))
    deaf = replace(placed, model=replace(placed.model, preprocessing=replace(
        placed.preprocessing, ignored=(around,))))  # fmt: skip
    good, bad = (deaf.score(board(100, extra)) for extra in (None, (96, 150)))
    assert bad.value == pytest.approx(good.value, rel=1e-6)
    np.testing.assert_allclose(bad.anomaly_map, good.anomaly_map, atol=1e-5)
    assert placed.score(board(100, (96, 150))).value > 2 * good.value


def distances(model: PatchCore, picture: Picture) -> NDArray[np.float32]:
    """Patch distances of a part in one tile."""
    return model.matcher.nearest(model.preprocessing(picture)).distances[0].copy()


def test_bank_vectors_are_the_patches_they_were_taught_from(placed: PatchCore) -> None:
    bank, places = placed.bank, placed.bank.places
    assert places is not None
    _, rows, columns = bank.origins.T // places.side
    at_home = rows * places.columns + columns == np.arange(len(bank.vectors)) // bank.compared
    for index in np.flatnonzero(at_home)[[0, 100, -1]]:
        image, row, column = bank.origins[index]
        found = placed.matcher.nearest(placed.preprocessing(board(int(image))))
        np.testing.assert_allclose(
            found.take(0, row, column), bank.vectors[index], rtol=1e-4, atol=1e-3
        )


@pytest.mark.parametrize("name", ["onnxruntime", "torch"])
def test_runtimes_agree(placed: PatchCore, name: str) -> None:
    other = open_model(placed.model, name)
    for picture in (board(60), board(61, (96, 150))):
        one, two = placed.score(picture), other.score(picture)
        assert two.value == pytest.approx(one.value, rel=1e-4)
        np.testing.assert_allclose(two.anomaly_map, one.anomaly_map, rtol=1e-3, atol=1e-3)


def test_a_part_cut_into_tiles_is_scored_as_in_one_piece(placed: PatchCore) -> None:
    """Exactly so far from the seams; a tile's own border is never kept."""
    model, preprocessing = placed.model, placed.preprocessing
    cut = Tiling(preprocessing.tiling.size, (128, 128), 64)
    network = type(model.network).build(model.network.backbone, cut.tile, model.network.projection)
    tiled = open_model(
        replace(model, network=network, preprocessing=replace(preprocessing, tiling=cut)),
        "openvino",
    )
    for picture in (board(70), board(71, (96, 150))):
        one, other = placed.score(picture), tiled.score(picture)
        assert len(tiled.preprocessing(picture)) == 2
        assert other.value == pytest.approx(one.value, rel=1e-3)
        np.testing.assert_allclose(other.anomaly_map, one.anomaly_map, rtol=0.02, atol=0.02)


def test_it_survives_saving(placed: PatchCore, tmp_path: Path) -> None:
    model_file.save(tmp_path / "model.npz", placed.model)
    again = open_model(model_file.load(tmp_path / "model.npz"), "openvino")
    assert again.bank.places == placed.bank.places
    assert again.score(board(80)).value == placed.score(board(80)).value


def test_fast_mode_says_that_it_is_not_for_these(placed: PatchCore) -> None:
    with pytest.raises(EngineError, match="by position"):
        fast.projected(placed.model)


def test_a_place_is_taught_itself_and_what_is_within_reach() -> None:
    places = Places.of(Tiling((96, 128), (96, 128)), 4)
    assert (places.rows, places.columns, places.side, places.reach) == (3, 4, 8, 1)
    origins = np.stack(np.meshgrid([0, 1], range(24), range(32), indexing="ij"), axis=-1)
    origins = origins.reshape(-1, 3).astype(np.int32)
    placed = PlacedPoints(places, np.zeros((len(origins), 1), np.float32), origins)
    for number in (0, 5, 11):
        row, column = divmod(number, 4)
        near = [
            max(row * 8 - 1, 0) <= r < row * 8 + 9 and max(column * 8 - 1, 0) <= c < column * 8 + 9
            for _, r, c in origins
        ]
        np.testing.assert_array_equal(placed.at(number), np.flatnonzero(near))
        own = (origins[:, 1] // 8 == row) & (origins[:, 2] // 8 == column)
        np.testing.assert_array_equal(placed.own(number), np.flatnonzero(own))


@pytest.mark.parametrize("region", [(500, 1260), (3000, 4000), (777, 3333)])
@pytest.mark.parametrize("stride", [4, 8])
def test_tiles_keep_whole_places(region: tuple[int, int], stride: int) -> None:
    tiling = choose(region, 384, (1, 4), 12).tiling
    places = Places.of(tiling, stride)
    seen = np.zeros(places.count, int)
    for kept in tiling.kept(stride):
        for numbers, rows in places.strips(kept):
            seen[numbers] += 1
            assert rows.stop - rows.start == places.side
    assert (seen == 1).all()


def test_a_place_keeps_a_share_of_what_it_was_taught_up_to_a_limit() -> None:
    places = Places(3, 4, 8)
    assert kept_at_place(CoresetSize(0.1, 10_000), 12 * 640, places) == 64
    assert kept_at_place(CoresetSize(0.1, 10_000), 12 * 64_000, places) == 512
    assert kept_at_place(CoresetSize(0.1, 10), 12 * 64_000, places) == 10
