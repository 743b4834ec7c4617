"""The cheapest threshold against every threshold tried one by one."""

import numpy as np
import pytest

from engine.calibration import mean_sigma
from engine.errors import CalibrationError
from engine.rates import Rate
from engine.thresholds.cost import Prices, least_cost, observed_cost, smoothed_cost

PRICES = Prices(escape=400, false_reject=3, defect_rate=0.002, parts_per_shift=5000)


def brute_force(good, bad, prices: Prices, value: float) -> float:
    """Money a shift at that threshold, part by part."""
    bad_parts = prices.parts_per_shift * prices.defect_rate
    good_parts = prices.parts_per_shift - bad_parts
    rejected = sum(1 for score in good if score >= value) / len(good)
    escaped = sum(1 for score in bad if score < value) / len(bad)
    return good_parts * rejected * prices.false_reject + bad_parts * escaped * prices.escape


@pytest.mark.parametrize("seed", range(12))
def test_no_threshold_is_cheaper(seed: int) -> None:
    random = np.random.default_rng(seed)
    good, bad = random.normal(10, 1, 60).round(1), random.normal(12.5, 1.2, 25).round(1)
    prices = Prices(random.uniform(20, 2000), random.uniform(0.5, 10), 0.01, 2000)
    found = least_cost(good, bad, prices)
    every = np.unique(np.concatenate([good, bad]))
    tried = [*every, *((every[1:] + every[:-1]) / 2), every[0] - 1, every[-1] + 1]
    cheapest = min(brute_force(good, bad, prices, value) for value in tried)
    cost = prices.per_shift(found.false_rejects, found.escapes)
    assert brute_force(good, bad, prices, found.value) == pytest.approx(cheapest)
    assert cost.expected == pytest.approx(cheapest)


def test_the_cost_of_many_thresholds_at_once_is_that_of_each() -> None:
    random = np.random.default_rng(1)
    good, bad = np.sort(random.random(40)), np.sort(random.random(9) + 0.5)
    values = np.concatenate([good, bad, [-1.0, 0.7, 9.0]])
    expected = [brute_force(good, bad, PRICES, value) for value in values]
    assert observed_cost(values, good, bad, PRICES) == pytest.approx(expected)


def test_in_a_gap_the_smoothed_scores_decide() -> None:
    random = np.random.default_rng(2)
    good, bad = np.sort(random.normal(10, 0.5, 40)), np.sort(random.normal(20, 2, 12))
    found = least_cost(good, bad, PRICES)
    assert (found.false_rejects, found.escapes) == (Rate(0, 40), Rate(0, 12))
    low, high = found.parameters["low"], found.parameters["high"]
    assert (low, high) == (good[-1], bad[0])
    tried = np.linspace(low, high, 5000)[1:-1]
    cheapest = tried[np.argmin(smoothed_cost(tried, good, bad, PRICES))]
    assert found.value == pytest.approx(cheapest, abs=(high - low) / 200)


def test_dearer_escapes_pull_the_threshold_to_the_good_parts() -> None:
    random = np.random.default_rng(2)
    good, bad = random.normal(10, 0.5, 40), random.normal(16, 2, 12)
    values = [least_cost(good, bad, Prices(price, 3)).value for price in (1, 100, 10_000)]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


def test_the_bounds_of_the_cost_hold_the_true_cost() -> None:
    """Though the threshold is picked on the very parts that bound it."""
    random, held = np.random.default_rng(5), 0
    more_good, more_bad = random.normal(10, 1, 100_000), random.normal(13, 1.5, 100_000)
    for _ in range(200):
        found = least_cost(random.normal(10, 1, 50), random.normal(13, 1.5, 12), PRICES)
        cost = PRICES.per_shift(found.false_rejects, found.escapes)
        of_good, of_bad = PRICES.weights
        true = of_good * np.mean(more_good >= found.value) + of_bad * np.mean(
            more_bad < found.value
        )
        held += cost.low <= true <= cost.high
    assert held >= 188


def test_few_bad_parts_leave_the_cost_wide_open() -> None:
    none_missed = PRICES.per_shift(Rate(0, 50), Rate(0, 5))
    assert none_missed.expected == 0
    assert none_missed.high > PRICES.weights[1] * 0.4
    more = PRICES.per_shift(Rate(0, 50), Rate(0, 500))
    assert more.high < none_missed.high


def test_without_bad_parts_escapes_cost_an_unknown_sum() -> None:
    cost = PRICES.per_shift(Rate(1, 50), Rate(0, 0))
    assert cost.expected is None
    assert cost.false_rejects == pytest.approx(4990 * 3 / 50)
    assert cost.high >= PRICES.weights[1]


@pytest.mark.parametrize("bad", [[], [9.0] * 4])
def test_too_few_bad_parts_are_refused(bad: list[float]) -> None:
    with pytest.raises(CalibrationError, match="at least 5 bad parts"):
        least_cost(np.arange(10.0), bad, PRICES)


def test_a_threshold_that_judges_nothing_is_refused() -> None:
    good, bad = np.arange(10.0), np.arange(5.0) + 3
    with pytest.raises(CalibrationError, match="let every part pass"):
        least_cost(good, bad, Prices(0, 3))
    with pytest.raises(CalibrationError, match="reject all"):
        least_cost(good, bad, Prices(3, 0))


@pytest.mark.parametrize(
    ("prices", "text"),
    [
        ((-1, 3), "0 or more"),
        ((0, 0), "0 or more"),
        ((1, float("nan")), "0 or more"),
        ((1, 1, 0.0), "defect rate"),
        ((1, 1, 0.1, 0), "parts are judged"),
    ],
)
def test_prices_that_say_nothing(prices: tuple[float, ...], text: str) -> None:
    with pytest.raises(CalibrationError, match=text):
        Prices(*prices)


def test_any_threshold_has_its_cost() -> None:
    good, bad = [1.0, 2, 3, 4, 5], [4.0, 9, 9, 9]
    threshold = mean_sigma(good, bad, k=1)
    cost = PRICES.per_shift(threshold.false_rejects, threshold.escapes)
    assert cost.expected == pytest.approx(brute_force(good, bad, PRICES, threshold.value))
    assert cost.low <= cost.expected <= cost.high
