"""Probability of detection: simulated curves of known truth, separation, and what bounds mean."""

import numpy as np
import pytest
from scipy.optimize import minimize

from engine.findings import Outcome, conclude
from engine.pod import Curve, fit, separated, size_bound
from engine.size_search import HOPELESS, SAME, decided, next_size

LOW, HIGH = 2.0, 100.0
TRUTH = Curve(-4.0 * np.log(10.0), 4.0)
"""Half of those of 10 px are found, 90 % of those of 17.3 px."""


def simulate(truth: Curve, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return random.random(len(sizes)) < truth.probability(sizes)


def searched(truth: Curve, trials: int, seed: int) -> tuple[list[float], list[bool]]:
    """Draw sizes as the measurement does."""
    random = np.random.default_rng(seed)
    sizes: list[float] = []
    hits: list[bool] = []
    while len(sizes) < trials and not decided(sizes, hits, LOW):
        size = next_size(sizes, hits, LOW, HIGH, random)
        sizes.append(size)
        hits.append(bool(random.random() < float(truth.probability(size))))
    return sizes, hits


def test_a_curve_gives_back_its_own_sizes() -> None:
    assert TRUTH.size(0.9) == pytest.approx(10 * 9 ** (1 / 4))
    assert float(TRUTH.probability(TRUTH.size(0.37))) == pytest.approx(0.37)


def test_the_fit_maximises_the_penalised_likelihood() -> None:
    random = np.random.default_rng(1)
    sizes = np.exp(random.uniform(0.7, 4.5, 80))
    hits = simulate(TRUTH, sizes, random)

    def loss(beta: np.ndarray) -> float:
        design = np.stack([np.ones(80), np.log(sizes)], axis=1)
        p = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (p * (1 - p))[:, None])
        likelihood = np.log(np.where(hits, p, 1 - p)).sum()
        return float(-likelihood - 0.5 * np.linalg.slogdet(information)[1])

    best = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    curve = fit(sizes, hits)
    assert [curve.intercept, curve.slope] == pytest.approx(best.x, rel=1e-4)


def test_the_bound_is_where_the_likelihood_ratio_says() -> None:
    random = np.random.default_rng(2)
    sizes = np.exp(random.uniform(1.0, 4.0, 100))
    hits = simulate(TRUTH, sizes, random)
    curve = fit(sizes, hits)
    bound = size_bound(sizes, hits, curve, 0.9)
    slopes = curve.slope * np.exp(np.linspace(-3, 1, 4001))

    def height(intercept: np.ndarray, slope: np.ndarray) -> np.ndarray:
        line = intercept[:, None] + slope[:, None] * np.log(sizes)
        p = 1 / (1 + np.exp(-line))
        weight = p * (1 - p)
        x = np.log(sizes)
        s, t, u = weight.sum(1), (weight * x).sum(1), (weight * x * x).sum(1)
        return np.log(np.where(hits, p, 1 - p)).sum(1) + 0.5 * np.log(s * u - t * t)

    best = height(np.array([curve.intercept]), np.array([curve.slope]))[0]
    through = height(np.log(9.0) - slopes * np.log(bound), slopes).max()
    assert 2 * (best - through) == pytest.approx(1.6448536**2, abs=1e-3)


def test_a90_95_covers_the_truth_in_95_percent_and_a90_is_not_biased() -> None:
    covered, errors = [], []
    true = TRUTH.size(0.9)
    for seed in range(150):
        random = np.random.default_rng(seed)
        sizes = np.exp(random.uniform(np.log(3), np.log(60), 60))
        hits = simulate(TRUTH, sizes, random)
        curve = fit(sizes, hits)
        covered.append(size_bound(sizes, hits, curve, 0.9) >= true)
        errors.append(np.log(curve.size(0.9) / true))
    assert 0.91 <= np.mean(covered) <= 0.985
    assert abs(np.mean(errors)) < 0.05


def test_sizes_chosen_by_what_was_found_bound_as_honestly() -> None:
    covered, errors, true = [], [], TRUTH.size(0.9)
    for seed in range(50):
        sizes, hits = searched(TRUTH, 45, seed)
        curve = fit(sizes, hits)
        covered.append(size_bound(sizes, hits, curve, 0.9) >= true)
        errors.append(np.log(curve.size(0.9) / true))
    assert np.mean(covered) >= 0.88
    assert abs(np.mean(errors)) < 0.08


def test_hits_and_misses_that_do_not_overlap_still_have_a_curve() -> None:
    sizes = np.array([2.0, 3, 4, 5, 6, 8, 9, 10, 12, 20] * 3)
    hits = sizes > 7
    assert separated(sizes, hits)
    curve = fit(sizes, hits)
    assert np.isfinite([curve.intercept, curve.slope]).all()
    assert 6 < curve.size(0.5) < 8
    assert curve.size(0.9) < size_bound(sizes, hits, curve, 0.9) < 20
    assert not separated(sizes, np.random.default_rng(0).random(30) < 0.5)


def test_hits_that_do_not_depend_on_size_bound_nothing() -> None:
    sizes = np.geomspace(2, 100, 40)
    hits = np.arange(40) % 2 == 0
    curve = fit(sizes, hits)
    assert size_bound(sizes, hits, curve, 0.9) == np.inf
    assert conclude("spot", 60, sizes, ~hits[::-1], (LOW, HIGH)).a90_95 is None


def test_one_size_makes_no_curve() -> None:
    with pytest.raises(ValueError, match="two different sizes"):
        fit([5.0, 5.0, 5.0], [True, False, True])


@pytest.mark.parametrize(
    ("truth", "outcome"),
    [
        (TRUTH, Outcome.MEASURED),
        (Curve(60.0, 1.0), Outcome.BELOW),
        (Curve(-60.0, 1.0), Outcome.NONE_FOUND),
        (Curve(-2.0 * np.log(90.0), 2.0), Outcome.NOT_REACHED),
    ],
)
def test_no_more_is_said_than_the_trials_allow(truth: Curve, outcome: Outcome) -> None:
    sizes, hits = searched(truth, 60, 5)
    found = conclude("spot", 60, sizes, hits, (LOW, HIGH))
    assert found.outcome is outcome
    assert (found.a90 is not None) == (outcome is Outcome.MEASURED)
    assert found.found.total == len(sizes) <= 60


def test_too_few_trials_are_refused() -> None:
    sizes, hits = searched(TRUTH, 19, 0)
    found = conclude("spot", 60, sizes, hits, (LOW, HIGH))
    assert (found.outcome, found.curve, found.a90) == (Outcome.TOO_FEW, None, None)


def test_29_of_29_of_the_smallest_back_90_percent_without_a_curve() -> None:
    sizes, hits = searched(Curve(60.0, 1.0), 60, 0)
    assert sum(size <= LOW for size in sizes) == SAME
    assert conclude("spot", 60, sizes, hits, (LOW, HIGH)).a90_95 == LOW
    fewer = conclude("spot", 60, sizes[:-1], hits[:-1], (LOW, HIGH))
    assert (fewer.outcome, fewer.a90_95) == (Outcome.BELOW, None)


def test_a_hopeless_search_ends_early_at_the_large_end() -> None:
    sizes, hits = searched(Curve(-60.0, 1.0), 60, 0)
    assert len(hits) == HOPELESS
    assert min(sizes[6:]) > 20


def test_the_search_draws_where_hits_turn_into_misses() -> None:
    sizes, _ = searched(TRUTH, 60, 3)
    assert sizes[0] == HIGH
    assert sizes[5] == pytest.approx(LOW)
    assert np.mean([5 < size < 30 for size in sizes[6:]]) > 0.8


def test_the_band_holds_a90_between_its_bounds() -> None:
    sizes, hits = searched(TRUTH, 60, 4)
    found = conclude("spot", 60, sizes, hits, (LOW, HIGH))
    (at,) = [each for each in found.band if each.probability == 0.9]
    assert (at.size, at.high) == pytest.approx((found.a90, found.a90_95))
    assert all(each.low < each.size < (each.high or np.inf) for each in found.band)
