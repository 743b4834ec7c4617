"""Metrics against scikit-learn and against cases worked by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from engine import metrics
from engine.rates import Rate


def test_auroc_against_scikit_learn_with_ties() -> None:
    random = np.random.default_rng(0)
    bad = random.random(500) < 0.3
    scores = (random.random(500) + bad * 0.4).round(2)
    assert metrics.auroc(scores, bad) == pytest.approx(roc_auc_score(bad, scores), abs=1e-12)


def test_auroc_by_hand() -> None:
    assert metrics.auroc([1, 2, 3], [False, False, True]) == 1
    assert metrics.auroc([1, 1], [False, True]) == 0.5
    assert np.isnan(metrics.auroc([1, 2], [True, True]))


def test_pixel_auroc_takes_pictures_of_different_sizes() -> None:
    maps = [np.random.default_rng(i).random((4 + i, 6), np.float32) for i in range(3)]
    masks = [anomaly_map > 0.8 for anomaly_map in maps]
    masks[0][0, 0] = True
    flat = [np.concatenate([a.ravel() for a in each]) for each in (masks, maps)]
    assert metrics.pixel_auroc(maps, masks) == pytest.approx(roc_auc_score(*flat))


def test_aupro_of_a_perfect_and_of_a_blind_map() -> None:
    mask = np.zeros((20, 20), bool)
    mask[3:6, 3:6] = True
    assert metrics.aupro([mask.astype(np.float32)], [mask]) == pytest.approx(1)
    assert metrics.aupro([(~mask).astype(np.float32)], [mask]) == pytest.approx(0)


def test_aupro_by_hand_weighs_regions_not_pixels() -> None:
    """One region of 1 pixel found first, one of 9 found only after 20 % of the good pixels."""
    anomaly_map = np.zeros((10, 11), np.float32)
    mask = np.zeros((10, 11), bool)
    mask[0, 0] = True
    mask[5:8, 5:8] = True
    anomaly_map[0, 0] = 3
    anomaly_map[5:8, 5:8] = 1
    good = np.flatnonzero(~mask)
    anomaly_map.ravel()[good[:20]] = 2
    area_before = 0.2 * 0.5
    after = 0.3 - 0.2
    area_after = after * (1.0 + 1.0) / 2
    expected = (area_before + area_after) / 0.3
    assert metrics.aupro([anomaly_map], [mask]) == pytest.approx(expected)


def test_aupro_with_ties_against_a_walk_over_thresholds() -> None:
    random = np.random.default_rng(1)
    anomaly_map = random.integers(0, 12, (30, 30)).astype(np.float32)
    mask = np.zeros((30, 30), bool)
    mask[2:5, 2:9] = mask[20:22, 10:12] = True
    anomaly_map[mask] += 4
    regions = [mask & (np.arange(30)[:, None] < 10), mask & (np.arange(30)[:, None] >= 10)]
    points = [(0.0, 0.0)]
    for threshold in np.unique(anomaly_map)[::-1]:
        above = anomaly_map >= threshold
        overlap = np.mean([above[region].mean() for region in regions])
        points.append((above[~mask].mean(), overlap))
    x, y = np.array(points).T
    grid = np.linspace(0, 0.3, 200_001)
    expected = np.trapezoid(np.interp(grid, x, y), grid) / 0.3
    assert metrics.aupro([anomaly_map], [mask]) == pytest.approx(expected, abs=1e-4)


def test_aupro_without_a_defect_is_not_a_number() -> None:
    assert np.isnan(metrics.aupro([np.ones((3, 3), np.float32)], [np.zeros((3, 3), bool)]))


def test_ng_is_at_or_above_the_threshold() -> None:
    assert metrics.false_rejects([1, 2, 3], 2) == Rate(2, 3)
    assert metrics.escapes([1, 2, 3], 2) == Rate(1, 3)


@pytest.mark.parametrize(("count", "total"), [(0, 20), (3, 20), (20, 20), (1, 1000)])
def test_bounds_are_clopper_pearson(count: int, total: int) -> None:
    rate = Rate(count, total)
    two_sided = binomtest(count, total).proportion_ci(0.95, "exact")
    one_sided = binomtest(count, total, alternative="less").proportion_ci(0.95, "exact")
    assert (rate.low, rate.high) == pytest.approx((two_sided.low, two_sided.high))
    assert rate.upper_bound == pytest.approx(one_sided.high)


def test_a_rate_of_nothing_claims_nothing() -> None:
    rate = Rate(0, 0)
    assert np.isnan(rate.value)
    assert (rate.low, rate.high, rate.upper_bound) == (0, 1, 1)
    with pytest.raises(ValueError, match="proportion"):
        Rate(3, 2)
