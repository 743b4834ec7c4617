"""All methods side by side."""

import json

import numpy as np
import pytest

from engine.calibration import by_hand
from engine.errors import CalibrationError
from engine.rates import Rate
from engine.threshold import METHODS, Threshold
from engine.thresholds.cost import Prices
from engine.thresholds.table import Alternative, Refused, Wanted, alternatives, evidence

RANDOM = np.random.default_rng(0)
GOOD = RANDOM.gumbel(10, 0.5, 80)
BAD = RANDOM.normal(20, 2, 60)
WANTED = Wanted(escape_limit=0.06, prices=Prices(400, 3), value=13.0)


def test_every_method_has_a_row() -> None:
    table = alternatives(GOOD, BAD, WANTED)
    assert tuple(row.method for row in table) == METHODS
    for row in table:
        assert isinstance(row, Alternative)
        assert row.threshold.method == row.method
        assert row.cost is not None
        assert row.cost.expected is not None


def test_with_good_parts_only_what_needs_bad_ones_is_refused() -> None:
    refused = {row.method for row in alternatives(GOOD, [], WANTED) if isinstance(row, Refused)}
    assert refused == {"escape limit", "cost"}


def test_what_was_not_asked_for_has_no_row() -> None:
    methods = [row.method for row in alternatives(GOOD, BAD)]
    assert "cost" not in methods
    assert "by hand" not in methods
    with pytest.raises(CalibrationError, match="not asked for"):
        alternatives(GOOD, BAD).of("cost")


def test_a_refused_method_cannot_be_had() -> None:
    with pytest.raises(CalibrationError, match="Show 50 more"):
        alternatives(GOOD[:10], [], WANTED).of("extreme-value tail")


def test_by_hand_carries_the_same_evidence() -> None:
    threshold = by_hand(GOOD, BAD, 13.0)
    assert threshold.escapes == Rate(int((BAD < 13).sum()), 60)
    with pytest.raises(CalibrationError, match="no number"):
        by_hand(GOOD, BAD, float("inf"))


def test_evidence_is_plain_json_and_holds_all_that_was_weighed() -> None:
    threshold = alternatives(GOOD, BAD, WANTED).of("cost").threshold
    text = json.dumps(evidence(threshold, list(GOOD), list(BAD), WANTED), allow_nan=False)
    read = json.loads(text)
    assert Threshold.from_json(read["threshold"]) == threshold
    assert list(read["alternatives"]["methods"]) == list(METHODS[:5])
    assert read["good_scores"] == list(GOOD)
    assert not read["provisional"]
    assert read["cost"]["low"] <= read["cost"]["expected"] <= read["cost"]["high"]


def test_evidence_without_bad_parts_is_provisional() -> None:
    threshold = alternatives(GOOD, [], WANTED).of("quantile").threshold
    found = json.loads(json.dumps(evidence(threshold, list(GOOD), [], WANTED), allow_nan=False))
    assert found["provisional"]
    assert found["cost"]["expected"] is None


def test_the_table_for_a_terminal_says_why_in_the_refused_line() -> None:
    lines = alternatives(GOOD[:20], BAD[:10], WANTED).as_text().splitlines()
    assert len(lines) == 7
    assert "refused" in next(line for line in lines if line.startswith("extreme-value tail"))
    assert "0 of 10" in next(line for line in lines if line.startswith("cost"))
