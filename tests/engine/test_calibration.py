"""Thresholds and what may be claimed of them."""

import json

import numpy as np
import pytest

from engine import calibration
from engine.errors import CalibrationError
from engine.metrics import escapes
from engine.rates import Rate
from engine.threshold import Threshold

GOOD = np.linspace(1.0, 2.0, 50)


def test_mean_and_sigma_by_hand() -> None:
    threshold = calibration.mean_sigma([1, 2, 3, 4, 5], k=2)
    assert threshold.value == pytest.approx(3 + 2 * np.sqrt(2.5))
    assert threshold.false_rejects == Rate(0, 5)
    assert threshold.provisional


def test_quantile_lets_exactly_that_share_pass() -> None:
    threshold = calibration.quantile(GOOD, share=0.9)
    assert threshold.false_rejects == Rate(5, 50)
    assert threshold.parameters["low"] <= GOOD[44] <= threshold.parameters["high"]


def test_a_quantile_without_enough_scores_has_no_upper_bound() -> None:
    assert "high" not in calibration.quantile(GOOD[:10], share=0.98).parameters


def test_quantile_interval_covers_the_true_quantile() -> None:
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        interval = calibration.quantile(random.random(300), share=0.9).parameters
        hits += interval["low"] <= 0.9 <= interval["high"]
    assert hits / 400 > 0.92


def test_escape_limit_takes_the_lowest_false_reject_rate() -> None:
    bad = np.linspace(1.9, 4, 100)
    threshold = calibration.escape_limit(GOOD, bad, limit=0.05)
    assert threshold.escapes.upper_bound <= 0.05
    higher = escapes(bad, float(np.sort(bad)[threshold.escapes.count]) + 1e-9)
    assert higher.upper_bound > 0.05


def test_escape_limit_sits_in_the_middle_of_a_gap() -> None:
    threshold = calibration.escape_limit([1, 1, 1, 1, 2], np.full(60, 4.0), limit=0.05)
    assert threshold.value == pytest.approx(3.0)
    assert threshold.escapes == Rate(0, 60)


def test_an_escape_limit_that_cannot_be_backed_is_said_not_bent() -> None:
    with pytest.raises(CalibrationError, match="598 bad parts"):
        calibration.escape_limit(GOOD, np.full(63, 9.0), limit=0.005)


def test_scores_at_the_threshold_are_ng() -> None:
    threshold = calibration.escape_limit([1, 1, 1, 1, 4], np.full(60, 4.0), limit=0.05)
    assert threshold.value <= 4.0
    assert threshold.escapes.count == 0


@pytest.mark.parametrize(
    ("good", "text"),
    [([], "too few"), ([1, 2], "too few"), ([1, 2, 3, 4, np.nan], "finite"), ([2] * 6, "copies")],
)
def test_scores_that_carry_no_threshold(good, text) -> None:
    with pytest.raises(CalibrationError, match=text):
        calibration.mean_sigma(good)


def test_claims_are_the_binomial_ones() -> None:
    assert calibration.parts_needed(0.005) == 598
    assert calibration.parts_needed(0.003) == 998
    assert calibration.parts_needed(0.02) == 149
    assert Rate(0, 30).upper_bound == pytest.approx(0.095, abs=5e-4)
    good, bad = calibration.claims(calibration.mean_sigma(GOOD[:30], k=9))
    assert "up to 9.5%" in good
    assert "119 more good parts" in good
    assert "provisional" in bad


def test_no_promise_of_fewer_parts_once_one_failed() -> None:
    threshold = calibration.quantile(GOOD, share=0.9)
    assert "more good parts" not in calibration.claims(threshold)[0]


def test_evidence_survives_json() -> None:
    threshold = calibration.quantile(GOOD, GOOD[:20] + 2, share=0.95)
    assert Threshold.from_json(json.loads(json.dumps(threshold.to_json()))) == threshold


def test_colour_starts_at_the_threshold() -> None:
    threshold = calibration.mean_sigma(GOOD)
    assert threshold.heatmap_high > threshold.value
