"""Exact binomial bounds against scipy."""

import pytest
from scipy.stats import beta, binomtest

from engine import calibration
from engine.rates import Rate

TOTALS = (1, 2, 5, 13, 30, 149, 598, 5000)
GRID = [
    (count, total)
    for total in TOTALS
    for count in sorted({0, 1, total // 7, total // 2, total - 1, total})
]


@pytest.mark.parametrize("confidence", [0.95, 0.975, 0.99])
def test_two_sided_bounds_are_scipys(confidence: float) -> None:
    for count, total in GRID:
        exact = binomtest(count, total).proportion_ci(confidence, method="exact")
        assert Rate(count, total).interval(confidence) == pytest.approx(tuple(exact), abs=1e-9)


def test_the_usual_interval_is_that_of_95_percent() -> None:
    rate = Rate(3, 30)
    assert (rate.low, rate.high) == rate.interval(0.95)


def test_the_upper_bound_is_one_sided() -> None:
    for count, total in GRID:
        exact = binomtest(count, total, alternative="less").proportion_ci(0.95, method="exact")
        assert Rate(count, total).upper_bound == pytest.approx(exact.high, abs=1e-9)
        if count < total:
            by_beta = beta.ppf(0.95, count + 1, total - count)
            assert Rate(count, total).upper_bound == pytest.approx(by_beta, abs=1e-9)


def test_nothing_shown_bounds_nothing() -> None:
    assert Rate(0, 0).interval() == (0.0, 1.0)
    assert Rate(0, 0).upper_bound == 1.0


@pytest.mark.parametrize("limit", [0.003, 0.005, 0.02, 0.05, 0.2])
def test_parts_needed_are_the_fewest_that_back_the_limit(limit: float) -> None:
    needed = calibration.parts_needed(limit)
    assert Rate(0, needed).upper_bound <= limit < Rate(0, needed - 1).upper_bound
