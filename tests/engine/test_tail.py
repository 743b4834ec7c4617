"""The extreme-value threshold against simulated scores whose tail is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from engine.calibration import remarks
from engine.errors import CalibrationError
from engine.thresholds.tail import parts_for, tail

TAILS = {
    "exponential": stats.expon(),
    "gumbel": stats.gumbel_r(),
    "bounded": stats.beta(3, 3),
    "heavy": stats.genpareto(0.25),
}
RUNS = 100
FEWER = 40


@pytest.fixture(scope="module")
def fits() -> Callable[[str, int, float, int], np.ndarray[Any, Any]]:
    """(runs, 3): low, threshold and high of as many simulated calibrations."""

    def simulate(name: str, parts: int, rate: float, runs: int) -> np.ndarray[Any, Any]:
        random = np.random.default_rng(7)
        found = [tail(TAILS[name].rvs(parts, random_state=random), rate=rate) for _ in range(runs)]
        return np.array([(t.parameters["low"], t.value, t.parameters["high"]) for t in found])

    return simulate


@pytest.mark.parametrize("name", TAILS)
def test_the_interval_holds_the_truth_as_often_as_it_says(name: str, fits: Any) -> None:
    """A true coverage of 95 % gives 89 or fewer of 100 with a chance of 1.1 %."""
    low, _, high = fits(name, 100, 0.001, RUNS).T
    truth = TAILS[name].isf(0.001)
    assert ((low <= truth) & (truth <= high)).sum() >= 90


@pytest.mark.parametrize("name", TAILS)
def test_inside_what_was_seen_it_rejects_what_was_asked(name: str, fits: Any) -> None:
    values = fits(name, 200, 0.01, FEWER)[:, 1]
    rates = TAILS[name].sf(values)
    assert 0.005 < np.median(rates) < 0.015
    assert np.mean(rates) == pytest.approx(0.01, rel=0.5)


@pytest.mark.parametrize("name", TAILS)
def test_many_parts_find_the_true_threshold(name: str, fits: Any) -> None:
    values, truth = fits(name, 1000, 0.001, FEWER)[:, 1], TAILS[name].isf(0.001)
    spread = truth - TAILS[name].mean()
    assert abs(np.median(values) - truth) < 0.12 * spread
    assert np.median(np.abs(values - truth)) < 0.25 * spread


def test_it_agrees_with_the_parts_counted_in_a_very_large_sample() -> None:
    random = np.random.default_rng(3)
    value = tail(random.gumbel(5.0, 0.5, 20_000), rate=0.002).value
    again = random.gumbel(5.0, 0.5, 200_000)
    assert np.mean(again >= value) == pytest.approx(0.002, rel=0.25)


def test_unit_and_origin_of_the_score_change_nothing() -> None:
    scores = np.random.default_rng(1).gumbel(size=80)
    one, other = tail(scores), tail(scores * 250 + 40)
    assert other.value == pytest.approx(one.value * 250 + 40)
    assert other.parameters["high"] == pytest.approx(one.parameters["high"] * 250 + 40)


@pytest.mark.parametrize(
    ("parts", "rate", "text"),
    [
        (30, 0.001, "Show 30 more"),
        (60, 0.0001, "It takes 500 good parts; or ask for 0.08%"),
        (60, 0.3, "Use the quantile 0.7"),
        (60, 0.0, "not between 0 and 1"),
        (3, 0.001, "too few"),
    ],
)
def test_what_cannot_be_backed_is_refused(parts: int, rate: float, text: str) -> None:
    with pytest.raises(CalibrationError, match=text):
        tail(np.random.default_rng(0).random(parts), rate=rate)


def test_copies_have_no_tail() -> None:
    with pytest.raises(CalibrationError, match="alike"):
        tail([1.0] * 40 + [2.0] * 40)


def test_the_parts_it_asks_for_are_enough() -> None:
    for rate in (0.0001, 0.0007, 0.001, 0.01):
        parts = parts_for(rate)
        tail(np.random.default_rng(0).random(parts), rate=rate)


def test_it_says_that_it_extrapolates() -> None:
    scores = np.random.default_rng(1).gumbel(size=80)
    (said,) = remarks(tail(scores, rate=0.001))
    assert "Extrapolated beyond any part seen, from the 20 highest of 80" in said
    assert "1 good part in 1,000" in said
    assert "Smoothed" in remarks(tail(scores, rate=0.05))[0]
