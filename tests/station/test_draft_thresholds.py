"""A draft's threshold: chosen, kept, and found again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CalibrationError
from engine.threshold import BY_HAND, COST, MEAN_SIGMA, QUANTILE, TAIL, Threshold
from engine.thresholds.cost import Prices
from station.drafts import DraftPicture, DraftSession, ProductDraft, Taught
from station.drafts.thresholds import USUAL_PRICES, Choosing, histogram_range

GOOD = tuple(float(score) for score in np.random.default_rng(0).gumbel(1.2, 0.1, 40))
BAD = (1.9, 2.4, 2.6, 3.1, 3.3, 4.0)


def session(folder: Path, bad: tuple[float, ...] = ()) -> DraftSession:
    """A draft that was taught, with these scores."""
    files = [f"{number}.png" for number in range(len(bad))]
    draft = ProductDraft(
        name="board",
        bad=tuple(DraftPicture(file) for file in files),
        bad_scores=dict(zip(files, bad, strict=True)),
    )
    names = tuple(f"g{number}.png" for number in range(len(GOOD)))
    taught = Taught(
        draft.teaching_key, (), names, GOOD, frame_size=(48, 64), runtime="torch", device="",
        summary={},
    )  # fmt: skip
    made = DraftSession(folder, draft)
    made.change(taught=taught)
    return made


def test_unasked_it_is_mean_and_sigma_with_the_usual_prices(tmp_path: Path) -> None:
    chosen = Choosing.of(session(tmp_path))
    assert chosen.method == MEAN_SIGMA
    assert chosen.prices == USUAL_PRICES
    assert chosen.cost.expected is None


def test_what_was_chosen_is_found_again_on_the_disk(tmp_path: Path) -> None:
    draft = session(tmp_path, BAD)
    Choosing.of(draft).asked(Prices(9, 2, 0.01, 77), 0.005).by(COST).save(draft)
    again = Choosing.of(DraftSession.open(tmp_path))
    assert again.method == COST
    assert again.prices == Prices(9, 2, 0.01, 77)
    assert again.threshold == Choosing.of(draft).threshold
    kept = DraftSession.open(tmp_path).draft.threshold
    assert kept["value"] == again.threshold.value
    assert Threshold.from_json(kept["threshold"]) == again.threshold
    assert kept["key"] == draft.draft.teaching_key
    assert "refusal" in kept["alternatives"]["methods"][TAIL]
    json.dumps(kept, allow_nan=False)


def test_a_threshold_by_hand_is_found_again(tmp_path: Path) -> None:
    draft = session(tmp_path)
    Choosing.of(draft).at(1.75).save(draft)
    again = Choosing.of(DraftSession.open(tmp_path))
    assert (again.method, again.threshold.value) == (BY_HAND, 1.75)


def test_a_refused_method_cannot_be_chosen(tmp_path: Path) -> None:
    chosen = Choosing.of(session(tmp_path))
    with pytest.raises(CalibrationError, match="Show 20 more"):
        chosen.by(TAIL)
    with pytest.raises(CalibrationError, match="at least 5 bad parts"):
        chosen.by(COST)


def test_a_choice_that_lost_its_backing_is_made_anew(tmp_path: Path) -> None:
    draft = session(tmp_path, BAD)
    Choosing.of(draft).by(COST).save(draft)
    draft.change(bad=(), bad_scores={})
    assert Choosing.of(draft).method == MEAN_SIGMA
    chosen = Choosing.of(session(tmp_path, BAD)).by(COST)
    assert chosen.asked(Prices(0, 1), 0.005).method == MEAN_SIGMA


def test_scores_that_back_nothing_are_said(tmp_path: Path) -> None:
    draft = session(tmp_path)
    assert draft.draft.taught is not None
    draft.change(taught=replace(draft.draft.taught, scores=GOOD[:3], held_out=("a", "b", "c")))
    with pytest.raises(CalibrationError, match="too few"):
        Choosing.of(draft)


def test_dragging_does_not_weigh_the_methods_again(tmp_path: Path) -> None:
    chosen = Choosing.of(session(tmp_path))
    assert chosen.at(2.0).at(2.1).table is chosen.table
    assert chosen.by(QUANTILE).table is chosen.table


def test_the_picture_shows_good_parts_even_beside_far_bad_ones() -> None:
    low, high = histogram_range([1.0, 2.0], [1000.0])
    assert low < 1.0
    assert 3 < high < 12
    assert histogram_range([1.0, 2.0], [3.0])[1] > 3
    assert histogram_range([5.0], [])[1] > 5


def test_the_picture_shows_where_the_methods_put_the_threshold() -> None:
    low, high = histogram_range([1.0, 2.0], [], [0.5, 4.0])
    assert low < 0.5
    assert 4.0 < high < 5
    low, high = histogram_range([1.0, 2.0], [], [-1000.0, 1000.0])
    assert low > -3
    assert high < 12
