"""DeLong's interval against its definition, written out."""

import numpy as np
import pytest

from engine.delong import auroc_difference
from engine.metrics import auroc


def kernel(bad: np.ndarray, good: np.ndarray) -> np.ndarray:
    """ψ(X, Y) of DeLong et al.: 1, a half or 0 for every pair."""
    return (bad[:, None] > good[None]) + 0.5 * (bad[:, None] == good[None])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_interval_is_delongs(seed) -> None:
    random = np.random.default_rng(seed)
    labels = np.arange(50) < 20
    one = np.round(random.normal(labels * 1.5, 1), 1)
    other = np.round(one + random.normal(0, 0.7, 50), 1)
    pairs = kernel(one[labels], one[~labels]) - kernel(other[labels], other[~labels])
    variance = pairs.mean(axis=1).var(ddof=1) / 20 + pairs.mean(axis=0).var(ddof=1) / 30
    found = auroc_difference(one, other, labels)
    assert found.value == pytest.approx(auroc(one, labels) - auroc(other, labels))
    assert found.high - found.low == pytest.approx(2 * 1.959964 * variance**0.5, rel=1e-6)
    assert found.low + found.high == pytest.approx(2 * found.value)


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(120) < 60
    held = 0
    for _ in range(400):
        shared = random.normal(labels * 1.0, 1)
        one, other = (shared + random.normal(0, 1, 120) for _ in range(2))
        found = auroc_difference(one, other, labels)
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_a_method_is_not_told_apart_from_itself_but_from_chance() -> None:
    labels = np.arange(60) < 30
    perfect = labels * 1.0
    noise = np.random.default_rng(0).normal(size=60)
    assert not auroc_difference(perfect, perfect, labels).told_apart
    found = auroc_difference(perfect, noise, labels)
    assert found.told_apart
    assert found.low > 0.3


def test_one_of_a_kind_has_no_interval() -> None:
    found = auroc_difference([1, 2, 3], [3, 2, 1], [True, False, False])
    assert np.isnan([found.value, found.low, found.high]).all()
    assert not found.told_apart
