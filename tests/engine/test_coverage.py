"""The coverage meter: what pictures add, and when the newest have added nothing."""

import numpy as np
import pytest

from engine import coverage
from engine.coverage import SKIPPED, WINDOW, Coverage, PatchDescriber, judge
from tests.engine.pictures import good_picture


def falling(count: int, slope: float, sigma: float, seed: int = 0) -> list[float]:
    """Additions that fall as a power of the number of pictures, with log-normal noise."""
    noise = np.random.default_rng(seed).normal(0, sigma, count)
    places = np.maximum(np.arange(count), 1)
    return [float("nan"), *(20 * places**-slope * np.exp(noise))[1:]]


def enough_after(added: list[float]) -> int | None:
    counts = range(SKIPPED + WINDOW, len(added) + 1)
    return next((count for count in counts if judge(added[:count]).enough), None)


def parts(count: int, kinds: int, seed: int) -> list[np.ndarray]:
    """Patch vectors of parts that draw 40 patches each from `kinds` kinds, with noise."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (kinds, 16))
    return [
        (centres[random.integers(kinds, size=40)] + random.normal(0, 0.05, (40, 16))).astype(
            np.float32
        )
        for _ in range(count)
    ]


def curve(pictures: list[np.ndarray]) -> Coverage:
    covered = Coverage(lambda pixels: pixels)
    for patches in pictures:
        covered.add_patches(patches)
    return covered


def test_too_few_pictures_say_how_many_more() -> None:
    verdict = judge(falling(SKIPPED + WINDOW - 3, 0.2, 0.05))
    assert not verdict.enough
    assert "3 more" in verdict.sentence


@pytest.mark.parametrize("seed", range(5))
def test_it_is_enough_where_the_law_says_so(seed) -> None:
    """15 pictures ago lies 1.355 sigma higher at n = 15 / (1 - exp(-1.355 · 0.075 / 0.25)) = 45."""
    assert enough_after(falling(160, 0.25, 0.075, seed)) == pytest.approx(45, rel=0.25)


def test_steeper_curves_need_more_and_noisier_parts_fewer() -> None:
    usual = enough_after(falling(300, 0.25, 0.05))
    assert enough_after(falling(300, 0.4, 0.05)) > usual > enough_after(falling(300, 0.25, 0.1))


def test_what_is_said_to_lack_is_about_what_lacks() -> None:
    added = falling(160, 0.25, 0.05)
    assert 30 + judge(added[:30]).lacking == pytest.approx(enough_after(added), rel=0.3)


def test_parts_that_do_not_vary_are_enough_as_soon_as_it_can_be_said() -> None:
    assert enough_after([float("nan"), *[3.0] * 30]) == SKIPPED + WINDOW
    assert judge([float("nan"), *[0.0] * 30]).enough


def test_another_batch_makes_it_go_on() -> None:
    added = falling(80, 0.25, 0.05)
    assert judge(added).enough
    more = [*added, *(value * 1.5 for value in added[-8:])]
    assert not judge(more).enough
    assert "something that the others do not" in judge(more).sentence


def test_a_part_seen_before_adds_nothing_and_a_new_kind_does() -> None:
    covered = curve(parts(30, 8, 1))
    usual = max(covered.added[-10:])
    assert covered.add_patches(parts(1, 8, 2)[0]) < 2 * usual
    assert covered.add_patches(parts(1, 8, 3)[0] + 3) > 5 * usual


def test_the_same_pictures_give_the_same_curve_also_when_resumed() -> None:
    pictures = parts(24, 20, 4)
    assert curve(pictures).added[1:] == curve(pictures).added[1:]
    assert curve(pictures[:12]).added[1:] == curve(pictures).added[1:12]


def test_the_bank_stays_bounded_and_covers_on(monkeypatch) -> None:
    monkeypatch.setattr(coverage, "MOST", 40)
    covered = curve(parts(60, 8, 5))
    assert covered._bank is not None
    assert covered._bank._index.ntotal <= 40
    assert max(covered.added[-10:]) < 0.5 * max(covered.added[1:5])


def test_json_carries_curve_and_verdict() -> None:
    found = curve(parts(25, 20, 6)).to_json()
    assert found["pictures"] == 25
    assert found["added"][0] is None
    assert isinstance(found["enough"], bool)
    assert str(found["sentence"])


def test_when_it_was_enough_for_the_first_time_is_remembered() -> None:
    covered = curve(parts(60, 8, 7))
    assert covered.enough_after == enough_after(covered.added) is not None
    assert covered.to_json()["enough_after"] == covered.enough_after


def test_real_pictures_through_the_backbone() -> None:
    covered = Coverage(PatchDescriber())
    for seed in range(4):
        covered.add(good_picture(seed))
    assert np.isnan(covered.added[0])
    odd = 255 - good_picture(9)
    assert covered.add(odd) > 1.5 * covered.added[-2]
    before = covered.added[-1]
    assert covered.add(odd) < 0.6 * before
