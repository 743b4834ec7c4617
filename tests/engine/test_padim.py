"""PaDiM against the paper's formulas in plain float64."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine import padim
from engine.anomaly_map import lay_over
from engine.backbone import Backbone
from engine.errors import Cancelled, TeachError
from engine.gaussians import Moments, taught_bytes
from engine.network import Network
from engine.padim import Padim, PartReader
from engine.preprocessing import Preprocessing
from engine.runtimes.opening import REFERENCE, open_runtime
from engine.tiling import Tiling
from tests.engine.pictures import SMALL, bad_picture, good_picture

GOOD = [partial(good_picture, seed) for seed in range(20)]


@pytest.fixture(scope="module")
def taught() -> Padim:
    return padim.teach(GOOD, SMALL)


def reference_distances(taught: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Equations 1 and 2 as they stand: (N, P, d) good, (P, d) judged, float64."""
    distances = []
    for good, vector in zip(taught.astype(np.float64).transpose(1, 0, 2), vectors, strict=True):
        covariance = np.cov(good, rowvar=False) + 0.01 * np.eye(good.shape[1])
        off = vector.astype(np.float64) - good.mean(axis=0)
        distances.append(np.sqrt(off @ np.linalg.inv(covariance) @ off))
    return np.array(distances)


@pytest.mark.parametrize("pictures", [2, 5, 16, 17, 40])
def test_distances_are_those_of_the_paper_however_the_pictures_fall_into_blocks(pictures) -> None:
    random = np.random.default_rng(pictures)
    good = random.normal(3, 2, (pictures, 70, 12)).astype(np.float32)
    judged = random.normal(3, 4, (70, 12)).astype(np.float32)
    moments = Moments(70, 12)
    for vectors in good:
        moments.add(vectors)
    np.testing.assert_allclose(
        moments.gaussians().distances(judged), reference_distances(good, judged), rtol=2e-4
    )


def test_memory_is_as_stated_and_does_not_grow_with_pictures() -> None:
    moments = Moments(70, 12)
    held = sum(value.nbytes for value in vars(moments).values() if isinstance(value, np.ndarray))
    assert held == taught_bytes(70, 12)
    for _ in range(40):
        moments.add(np.zeros((70, 12), np.float32))
    after = sum(value.nbytes for value in vars(moments).values() if isinstance(value, np.ndarray))
    assert after == held


def test_score_and_map_are_those_of_the_paper(taught: Padim) -> None:
    picture = bad_picture(50)
    good = np.stack([taught.reader.read(read()) for read in GOOD])
    expected = reference_distances(good, taught.reader.read(picture))
    grid = expected.reshape(taught.reader.grid).astype(np.float32)
    score = taught.score(picture)
    expected_map = lay_over(grid, taught.preprocessing, picture.shape)
    np.testing.assert_allclose(score.anomaly_map, expected_map, rtol=1e-3)
    assert score.value == score.anomaly_map.max()


def test_bad_parts_score_above_good_ones(taught: Padim) -> None:
    good = [taught.score(good_picture(seed)).value for seed in range(100, 110)]
    bad = [taught.score(bad_picture(seed)).value for seed in range(100, 110)]
    assert min(bad) > max(good)


def test_the_map_has_the_pictures_size_and_peaks_on_the_defect(taught: Padim) -> None:
    anomaly_map = taught.score(bad_picture(100)).anomaly_map
    assert anomaly_map.shape == (96, 128)
    assert anomaly_map.dtype == np.float32
    row, column = np.unravel_index(anomaly_map.argmax(), anomaly_map.shape)
    assert abs(row - 48) < 12
    assert abs(column - 64) < 24


def test_teaching_repeats_to_the_bit_and_the_seed_draws_the_dimensions(taught: Padim) -> None:
    again = padim.teach(GOOD, SMALL)
    np.testing.assert_array_equal(again.gaussians.whitening, taught.gaussians.whitening)
    other = padim.draw_dimensions(152, None, seed=1)
    assert len(other) == len(taught.reader.dimensions) == 100
    assert set(other) != set(taught.reader.dimensions)


def test_the_papers_numbers_of_dimensions() -> None:
    assert len(padim.draw_dimensions(448, None, 0)) == 100
    assert len(padim.draw_dimensions(1792, None, 0)) == 550
    assert list(padim.draw_dimensions(40, None, 0)) == list(range(40))
    assert len(set(padim.draw_dimensions(40, 7, 0))) == 7


def test_the_runtime_may_be_chosen(taught: Padim) -> None:
    on_torch = padim.teach(GOOD, replace(SMALL, runtime=REFERENCE))
    assert on_torch.device == "torch on CPU"
    picture = bad_picture(50)
    assert on_torch.score(picture).value == pytest.approx(taught.score(picture).value, rel=1e-3)


def test_a_long_part_and_a_region_of_interest() -> None:
    size = (100, 252)
    images = [partial(good_picture, seed, size) for seed in range(4)]
    model = padim.teach(images, replace(SMALL, roi=(10, 20, 80, 220)), dimensions=10)
    height, width = model.preprocessing.input_size
    assert width > 2 * height
    anomaly_map = model.score(good_picture(9, size)).anomaly_map
    assert anomaly_map.shape == size
    assert anomaly_map[:10].max() == anomaly_map[:, 240:].max() == 0
    assert anomaly_map[10:90, 20:240].min() > 0


def test_of_a_part_in_tiles_each_patch_comes_from_the_tile_that_keeps_it() -> None:
    preprocessing = Preprocessing(Tiling((96, 192), (96, 96), 32), None)
    network = Network.build(Backbone(), (96, 96))
    runtime = open_runtime(REFERENCE, network)
    reader = PartReader(network, preprocessing, runtime, np.arange(5))
    picture = good_picture(3, (96, 192))
    whole = reader.read(picture).reshape(12, 24, 5)
    left = runtime.patches(picture[None, :, :96].copy())[0, :, :, :5]
    right = runtime.patches(picture[None, :, 96:].copy())[0, :, :, :5]
    np.testing.assert_allclose(whole[:, 0], left[:, 0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(whole[:, 23], right[:, 11], rtol=1e-4, atol=1e-4)
    model = Padim(reader, _gaussians(reader))
    bad = picture.copy()
    bad[40:56, 90:106] = 10
    row, column = np.unravel_index(model.score(bad).anomaly_map.argmax(), (96, 192))
    assert abs(row - 48) < 16
    assert abs(column - 98) < 16


def _gaussians(reader: PartReader):
    moments = Moments(12 * 24, len(reader.dimensions))
    for seed in range(12):
        moments.add(reader.read(good_picture(seed, (96, 192))))
    return moments.gaussians()


def test_too_few_pictures_and_too_much_memory_are_refused(monkeypatch) -> None:
    with pytest.raises(TeachError, match="20 or more"):
        padim.teach(GOOD[:1], SMALL)
    with pytest.raises(TeachError, match="1 or more"):
        padim.teach(GOOD[:3], SMALL, dimensions=0)
    monkeypatch.setattr(padim, "MEMORY_LIMIT", 100_000)
    with pytest.raises(TeachError, match="a Gaussian of 100 dimensions at each of 144 positions"):
        padim.teach(GOOD[:3], SMALL)


def test_progress_is_told_and_cancel_stops() -> None:
    seen: list[tuple[str, int, int]] = []
    padim.teach(GOOD[:3], SMALL, lambda *step: seen.append(step), dimensions=4)
    assert seen[:3] == [("features", done, 3) for done in (1, 2, 3)]
    assert seen[-1] == ("gaussians", 144, 144)
    with pytest.raises(Cancelled):
        padim.teach(GOOD[:3], SMALL, cancelled=lambda: len(seen) > 2)
