"""PatchCore against the paper and against itself."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from engine.coreset import CoresetSize
from engine.errors import Cancelled, ImageError, TeachError
from engine.patchcore import PatchCore
from engine.patches import patch_vectors
from engine.runtimes.opening import REFERENCE, open_runtime
from engine.teach import teach
from tests.engine.pictures import SMALL, Picture, bad_picture, good_picture


def test_bad_parts_score_above_good_ones(model: PatchCore) -> None:
    good = [model.score(good_picture(seed)).value for seed in range(100, 110)]
    bad = [model.score(bad_picture(seed)).value for seed in range(100, 110)]
    assert min(bad) > max(good)


def test_the_map_has_the_pictures_size_and_peaks_on_the_defect(model: PatchCore) -> None:
    anomaly_map = model.score(bad_picture(100)).anomaly_map
    assert anomaly_map.shape == (96, 128)
    assert anomaly_map.dtype == np.float32
    row, column = np.unravel_index(anomaly_map.argmax(), anomaly_map.shape)
    assert abs(row - 48) < 10
    assert abs(column - 64) < 22


def test_teaching_repeats_to_the_bit(model: PatchCore) -> None:
    again = teach([partial(good_picture, seed) for seed in range(12)], SMALL)
    np.testing.assert_array_equal(again.bank.vectors, model.bank.vectors)
    np.testing.assert_array_equal(again.bank.origins, model.bank.origins)


def test_another_seed_picks_another_coreset(model: PatchCore) -> None:
    images = [partial(good_picture, seed) for seed in range(12)]
    other = teach(images, replace(SMALL, seed=1))
    assert not np.array_equal(other.bank.origins, model.bank.origins)


def test_each_bank_vector_knows_its_image_and_position(model: PatchCore) -> None:
    for vector, (image, row, column) in zip(
        model.bank.vectors[:5], model.bank.origins[:5], strict=True
    ):
        found = model.matcher.nearest(model.preprocessing(good_picture(int(image))))
        np.testing.assert_array_equal(found.take(0, row, column), vector)


def test_ratio_and_cap_both_bound_the_bank() -> None:
    images = [partial(good_picture, seed) for seed in range(4)]
    capped = teach(images, replace(SMALL, size=CoresetSize(ratio=1.0, cap=50)))
    assert len(capped.bank.vectors) == 50
    assert CoresetSize(ratio=0.1, cap=50).of(200) == 20


def test_image_score_is_reweighted_as_in_the_paper(model: PatchCore) -> None:
    picture = bad_picture(3)
    runtime = open_runtime(REFERENCE, model.model.network)
    grid = runtime.patches(model.preprocessing(picture))[0]
    queries = grid.reshape(-1, grid.shape[-1]).astype(np.float64)
    bank = model.bank.vectors.astype(np.float64)
    distances = np.sqrt(((queries[:, None] - bank[None]) ** 2).sum(axis=2))
    star = distances.min(axis=1).argmax()
    nearest = distances[star].argmin()
    around = np.argsort(np.linalg.norm(bank - bank[nearest], axis=1), kind="stable")[:9]
    exponentials = np.exp(distances[star, around])
    weight = 1 - np.exp(distances[star, nearest]) / exponentials.sum()
    assert model.score(picture).value == pytest.approx(weight * distances[star].min(), rel=1e-4)


def test_patches_are_pooled_upsampled_and_concatenated() -> None:
    shallow = torch.arange(16.0).reshape(1, 1, 4, 4)
    deep = torch.full((1, 2, 2, 2), 9.0)
    patches = patch_vectors([shallow, deep])
    assert patches.shape == (1, 4, 4, 3)
    inner = np.arange(16.0).reshape(4, 4)[0:3, 0:3].mean()
    assert patches[0, 1, 1, 0].item() == pytest.approx(inner)
    corner_of_deep = 9.0 * 4 / 9
    assert patches[0, 0, 0, 1].item() == pytest.approx(corner_of_deep)


def test_outside_the_region_of_interest_nothing_is_scored() -> None:
    settings = replace(SMALL, roi=(16, 32, 64, 64))
    model = teach([partial(good_picture, seed) for seed in range(6)], settings)
    picture = good_picture(50)
    outside = picture.copy()
    outside[:, :16] = 0
    assert model.score(outside).value == model.score(picture).value
    anomaly_map = model.score(picture).anomaly_map
    assert anomaly_map.shape == (96, 128)
    assert anomaly_map[:16].max() == anomaly_map[:, 96:].max() == 0
    assert anomaly_map[16:80, 32:96].min() > 0


def test_a_region_that_sticks_out_is_refused() -> None:
    with pytest.raises(ImageError, match="sticks out"):
        teach([partial(good_picture, 0)] * 2, replace(SMALL, roi=(0, 0, 500, 20)))


def test_a_long_part_gets_a_long_input() -> None:
    size = (100, 252)
    model = teach([partial(good_picture, seed, size) for seed in range(3)], SMALL)
    height, width = model.preprocessing.input_size
    assert width > 2 * height
    assert model.score(good_picture(9, size)).anomaly_map.shape == size


def test_one_picture_is_too_few() -> None:
    with pytest.raises(TeachError, match="20 or more"):
        teach([partial(good_picture, 0)], SMALL)


def test_progress_is_told_and_cancel_stops() -> None:
    seen: list[tuple[str, int, int]] = []
    with pytest.raises(Cancelled):
        teach(
            [partial(good_picture, seed) for seed in range(5)],
            SMALL,
            progress=lambda *step: seen.append(step),
            cancelled=lambda: len(seen) == 7,
        )
    assert seen[4:] == [("projection", 5, 5), ("features", 1, 5), ("features", 2, 5)]


def test_pictures_of_different_sizes_keep_shape_and_scale() -> None:
    sizes = [(64, 128), (96, 96), (96, 96), (128, 64), (96, 96)]
    images = [partial(good_picture, seed, size) for seed, size in enumerate(sizes)]
    model = teach(images, SMALL)
    assert model.preprocessing.input_size == (128, 128)
    for size, filled in (((64, 128), (64, 128)), ((96, 96), (96, 96)), ((400, 200), (128, 64))):
        assert model.preprocessing.filled(size) == filled
        assert model.score(good_picture(9, size)).anomaly_map.shape == size


def test_what_lies_beside_a_smaller_picture_is_neither_taught_nor_scored() -> None:
    sizes = [(96, 96), (96, 160)] * 3
    images = [partial(good_picture, seed, size) for seed, size in enumerate(sizes)]
    model = teach(images, replace(SMALL, side=256))
    small = model.bank.origins[model.bank.origins[:, 0] % 2 == 0]
    assert small[:, 2].max() < 96 // 8
    seen = model.preprocessing.seen((96, 96, 3), 8)
    assert seen == (12, 12)
    again = replace(model.preprocessing, scale=None)
    assert again.seen((96, 96, 3), 8) == (12, 20)


def dimmed(seed: int, gain: float) -> Picture:
    return (good_picture(seed) * gain).astype(np.uint8)


def test_a_dimmer_lamp_is_no_defect_where_the_good_pictures_differ_in_light() -> None:
    gains = np.linspace(0.6, 1.2, 12)
    model = teach([partial(dimmed, seed, gain) for seed, gain in enumerate(gains)], SMALL)
    assert model.preprocessing.brightness is not None
    usual, dim = model.score(good_picture(30)).value, model.score(dimmed(30, 0.45)).value
    assert dim == pytest.approx(usual, rel=0.25)
    assert model.score(bad_picture(30)).value > 1.5 * usual


def test_pictures_are_taken_as_they_come_where_the_light_is_steady(model: PatchCore) -> None:
    assert model.preprocessing.brightness is None
    images = [partial(good_picture, seed) for seed in range(3)]
    assert teach(images, replace(SMALL, level_light=True)).preprocessing.brightness is not None


def test_the_network_reduces_patch_vectors_to_their_principal_components() -> None:
    images = [partial(good_picture, seed) for seed in range(6)]
    reduced, whole = (teach(images, replace(SMALL, dimensions=d)) for d in (64, 0))
    matrix = reduced.model.network.projection
    assert matrix is not None
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(64), atol=1e-5)
    pictures = whole.preprocessing(bad_picture(1))
    vectors = open_runtime(REFERENCE, whole.model.network).patches(pictures)
    for name in ("torch", "openvino", "onnxruntime"):
        found = open_runtime(name, reduced.model.network).patches(pictures)
        np.testing.assert_allclose(found, vectors @ matrix.T, atol=2e-4)
