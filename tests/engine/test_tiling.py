"""Cutting parts into tiles: geometry, the choice of tiles, and maps without seams."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.errors import TeachError
from engine.features import taught_every
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.resolution import NEEDED, PATCHES, choose, defect_in_pixels, margin
from engine.runtimes.opening import open_model
from engine.teach import TeachSettings, teach
from engine.tiling import Tiling
from tests.engine.pictures import SMALL, Picture, good_picture

STRIDES = (8, 16)
RAGGED = [(500, 1260), (3000, 4000), (900, 900), (1024, 200), (200, 12_000), (777, 3333)]


@pytest.mark.parametrize("region", RAGGED)
@pytest.mark.parametrize("strides", [(8, 16), (4, 8), (8, 16, 32)])
@pytest.mark.parametrize("defect", [3.0, 12.0, 17.0, 60.0])
def test_every_patch_is_kept_once_and_away_from_the_tiles_borders(
    region: tuple[int, int], strides: tuple[int, ...], defect: float
) -> None:
    tiling = choose(region, 384, strides, defect).tiling
    stride = min(strides)
    seen = np.zeros(tiling.grid(stride), int)
    for (top, left), place in zip(tiling.corners, tiling.kept(stride), strict=True):
        seen[place.whole] += 1
        for axis, corner in enumerate((top, left)):
            inside, whole = place.inside[axis], place.whole[axis]
            assert whole.start - inside.start == corner // stride
            assert inside.stop - inside.start == whole.stop - whole.start
            if corner > 0:
                assert inside.start * stride >= margin(strides)
            if corner + tiling.tile[axis] < tiling.size[axis]:
                assert tiling.tile[axis] - inside.stop * stride >= margin(strides)
    assert (seen == 1).all()


@pytest.mark.parametrize("region", RAGGED)
def test_tiles_are_as_large_as_memory_allows_and_of_whole_strides(region: tuple[int, int]) -> None:
    tiling = choose(region, 384, STRIDES, 12).tiling
    assert not np.any(np.mod([*tiling.size, *tiling.tile], 32))
    assert tiling.tile[0] * tiling.tile[1] <= PATCHES * 64
    spent = len(tiling.corners) * tiling.tile[0] * tiling.tile[1]
    assert spent < 1.8 * tiling.size[0] * tiling.size[1]


def test_the_working_size_follows_the_smallest_defect() -> None:
    fine, coarse = choose((3000, 4000), 384, STRIDES, 12), choose((3000, 4000), 384, STRIDES, 24)
    assert fine.tiling.size == (3008, 4000)
    assert coarse.tiling.size == (1504, 1984)
    assert coarse.tiles < fine.tiles
    assert coarse.defect_seen == pytest.approx(NEEDED, rel=0.01)


def test_the_pictures_own_scale_is_never_exceeded() -> None:
    chosen = choose((3000, 4000), 384, STRIDES, 3)
    assert chosen.tiling.size == (3008, 4000)
    assert "16000 × 12000" in chosen.shortfall


def test_a_large_defect_needs_no_more_than_the_usual_input() -> None:
    usual = choose((500, 1260), 384, STRIDES, None)
    assert choose((500, 1260), 384, STRIDES, 300).tiling == usual.tiling
    assert usual.tiles == 1
    assert usual.defect_seen is None
    assert choose((500, 1260), 384, STRIDES, 300).shortfall == ""


def test_a_line_scan_part_keeps_its_shape() -> None:
    chosen = choose((500, 1260), 384, STRIDES, 12)
    height, width = chosen.tiling.size
    assert width / height == pytest.approx(1260 / 500, rel=0.05)
    assert chosen.tiles == 2


def test_a_defect_below_one_pixel_says_what_camera_it_takes() -> None:
    with pytest.raises(TeachError, match="shows this region on 240000 × 180000 pixels"):
        choose((3000, 4000), 384, STRIDES, defect_in_pixels(0.01, 0.05))


@pytest.mark.parametrize(("defect", "scale"), [(0.6, 0), (0.6, -1), (0, 0.05), (0.6, np.nan)])
def test_impossible_millimetres_are_explained(defect: float, scale: float) -> None:
    with pytest.raises(TeachError, match="Measure something of known length"):
        defect_in_pixels(defect, scale)


@pytest.mark.parametrize("defect", [0.0, -3.0, np.inf])
def test_an_impossible_defect_is_refused(defect: float) -> None:
    with pytest.raises(TeachError, match="smallest defect"):
        choose((100, 100), 384, STRIDES, defect)


SIZE = (384, 960)
WIDE = Tiling(SIZE, SIZE)
CUT = Tiling(SIZE, (384, 480), 192)
"""Three tiles; seams at columns 384 and 576 or near."""


def plate(seed: int, spot: tuple[int, int] | None = None) -> Picture:
    """A textured part of 384 × 960 pixels, with a dark spot of 16 pixels if wanted."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    grey = 120 + 40 * np.sin(rows / 17) * np.sin(columns / 23) + random.normal(0, 4, SIZE)
    if spot is not None:
        grey[spot[0] - 8 : spot[0] + 8, spot[1] - 8 : spot[1] + 8] = 20
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def whole() -> PatchCore:
    """Taught on parts that go through the network in one piece."""
    settings = TeachSettings(
        backbone=Backbone(strides=(4, 8, 16)),
        side=round((SIZE[0] * SIZE[1]) ** 0.5),
        size=CoresetSize(cap=500),
    )
    model = teach([partial(plate, seed) for seed in range(4)], settings)
    assert model.preprocessing.tiling == WIDE
    return model


@pytest.fixture(scope="module")
def cut(whole: PatchCore) -> PatchCore:
    """The same bank, judging the same parts in tiles."""
    taught = whole.model.network
    network = Network.build(taught.backbone, CUT.tile, taught.projection)
    model = Model(network, Preprocessing(CUT, None), whole.bank)
    return open_model(model, "openvino")


def test_tiled_and_untiled_maps_agree(whole: PatchCore, cut: PatchCore) -> None:
    """Within 5 % of the map's peak at most, and within 1 % on average: what `MARGINS` leaves."""
    for seed, spot in ((50, None), (51, (190, 130)), (52, (190, 480)), (53, (60, 700))):
        one, other = whole.score(plate(seed, spot)), cut.score(plate(seed, spot))
        difference = np.abs(one.anomaly_map - other.anomaly_map) / one.anomaly_map.max()
        assert difference.max() < 0.05
        assert difference.mean() < 0.01
        assert other.value == pytest.approx(one.value, rel=0.02)


def test_a_defect_on_a_seam_scores_as_one_away_from_it(cut: PatchCore) -> None:
    seam = next(iter(CUT.kept(8))).whole[1].stop * 8
    period = round(23 * 2 * np.pi)
    on, away = (cut.score(plate(60, (190, column))) for column in (seam, seam - period))
    assert on.value == pytest.approx(away.value, rel=0.1)
    assert abs(int(on.anomaly_map.max(axis=0).argmax()) - seam) < 12


def test_a_tiled_part_is_taught_once_a_patch_and_knows_its_places() -> None:
    settings = replace(SMALL, smallest_defect=12)
    model = teach([partial(plate, seed) for seed in range(2)], settings)
    tiling = model.preprocessing.tiling
    assert tiling.size == SIZE
    image, row, column = model.bank.origins.T
    assert image.max() == 1
    assert row.max() < 48
    assert 96 <= column.max() < 120
    assert len(np.unique(model.bank.origins, axis=0)) == len(model.bank.origins)


def test_beyond_the_limit_every_nth_patch_is_taught_whatever_the_seed() -> None:
    few = replace(SMALL, most_vectors=500)
    images = [partial(good_picture, seed) for seed in range(5)]
    assert taught_every(5, 144, few.most_vectors) == 2
    model, again = teach(images, few), teach(images, few)
    assert len(model.bank.vectors) == few.size.of(5 * 72)
    np.testing.assert_array_equal(model.bank.vectors, again.bank.vectors)
    other = teach(images, replace(few, seed=1))
    assert not np.array_equal(other.bank.origins, model.bank.origins)


def test_line_scan_parts_are_taught_and_judged_in_tiles() -> None:
    size = (500, 1260)
    settings = TeachSettings(smallest_defect=12, size=CoresetSize(cap=200))
    model = teach([partial(good_picture, seed, size) for seed in range(2)], settings)
    assert len(model.preprocessing(good_picture(5, size))) == 2
    assert model.score(good_picture(5, size)).anomaly_map.shape == size
