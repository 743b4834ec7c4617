"""Which contender is recommended, and what is said of the certainty."""

import numpy as np

from engine.metrics import auroc
from station.comparison.recommendation import Candidate, recommend

BAD = tuple(n < 40 for n in range(80))


def candidate(name: str, wrong: int, ms: float, bad: tuple[bool, ...] = BAD) -> Candidate:
    """A contender that puts `wrong` bad parts below every good one, and all others above."""
    scores = [1.0 if is_bad else 0.0 for is_bad in bad]
    for n in range(wrong):
        scores[n] = -1.0
    return Candidate(name, auroc(scores, bad), ms, tuple(scores))


def test_the_highest_auroc_wins_and_is_told_apart() -> None:
    choice, *certainty = recommend([candidate("slow", 0, 90), candidate("weak", 20, 5)], BAD)
    assert choice.startswith("Recommended: slow. Its image AUROC, 1.0000, is the highest")
    (sentence,) = certainty
    assert "higher than that of weak (+0.5000, 95 % interval +0.3" in sentence


def test_of_those_alike_the_fastest_wins() -> None:
    bad = tuple(n < 400 for n in range(800))
    best, fast = candidate("best", 0, 90, bad), candidate("fast", 2, 5, bad)
    assert np.isclose(best.image_auroc - fast.image_auroc, 0.005)
    choice, *_ = recommend([best, fast, candidate("weak", 100, 1, bad)], bad)
    assert choice.startswith("Recommended: fast (image AUROC 0.9950). Of those within 0.005")
    choice, *_ = recommend([best, candidate("fast", 3, 5, bad)], bad)
    assert choice.startswith("Recommended: best.")


def test_a_small_difference_on_few_pictures_is_called_so() -> None:
    _, sentence = recommend([candidate("one", 0, 90), candidate("other", 1, 5)], BAD)
    assert sentence.startswith("Not told apart from other (+0.0250, 95 % interval -0.0")
    assert "40 good and 40 bad test pictures are too few" in sentence


def test_below_ten_pictures_of_a_kind_nothing_is_told_apart() -> None:
    bad = tuple(n < 9 for n in range(50))
    choice, sentence = recommend([candidate("one", 0, 90, bad), candidate("other", 9, 5, bad)], bad)
    assert choice.startswith("Recommended: one.")
    assert sentence.startswith("Not certain: 41 good and 9 bad test pictures are too few")


def test_two_perfect_contenders_need_harder_pictures() -> None:
    choice, sentence = recommend([candidate("a", 0, 9), candidate("b", 0, 5)], BAD)
    assert choice.startswith("Recommended: b (image AUROC 1.0000)")
    assert "both put every bad part above every good one" in sentence


def test_no_recommendation_without_both_kinds_or_without_judges() -> None:
    only_good = (False,) * 20
    (sentence,) = recommend([candidate("a", 0, 9, only_good)], only_good)
    assert "takes good and bad test pictures" in sentence
    assert recommend([], BAD) == ["No recommendation: no contender judged the test pictures."]


def test_one_contender_is_named_as_the_only_one() -> None:
    (sentence,) = recommend([candidate("a", 0, 9)], BAD)
    assert "the only one that judged" in sentence
    assert np.isclose(candidate("a", 4, 9).image_auroc, 0.9)
