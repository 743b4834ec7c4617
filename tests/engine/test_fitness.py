"""Unfit pictures of a taught product are refused, each for its reason; good ones never are."""

import json

import cv2
import numpy as np
import pytest

from engine import fitness
from engine.errors import ImageError
from engine.fitness import Examined, Limits
from engine.tears import filled_rows, flat_rows, step
from engine.usual import Finding, Problem
from station.cameras.virtual_line import VirtualLine
from tests.engine.pictures import Picture, good_picture
from tests.engine.test_picture_checks import blurred, moved, noisy, scaled

SIZE = (240, 320)


@pytest.fixture(scope="module")
def boards() -> list[Picture]:
    line = VirtualLine(3, 0.0, SIZE)
    return [line.board(29 * index).pixels for index in range(24)]


@pytest.fixture(scope="module")
def limits(boards) -> Limits:
    learned = Limits.of([Examined.of(board) for board in boards[:16]])
    assert learned is not None
    return learned


def found(pixels: Picture, limits: Limits | None) -> Finding | None:
    return fitness.check(pixels, SIZE, limits)


def cut(pixels: Picture, rest: int | Picture) -> Picture:
    """The upper half, and below it one level or another picture."""
    half = pixels.copy()
    half[len(half) // 2 :] = rest if isinstance(rest, int) else rest[len(half) // 2 :]
    return half


def test_no_good_board_is_refused_taught_or_not(boards, limits) -> None:
    assert [found(board, limits) for board in boards] == [None] * len(boards)


def test_limits_hold_for_what_they_were_learned_from_however_much_it_differs(boards) -> None:
    odd = [*boards[:6], scaled(boards[6], 0.3), blurred(boards[7], 3), scaled(boards[8], 2.5)]
    limits = Limits.of([Examined.of(each) for each in odd])
    assert [found(each, limits) for each in odd] == [None] * len(odd)


def test_a_product_that_is_dark_all_over_is_no_dark_picture(boards) -> None:
    dark = [scaled(board, 0.1) for board in boards[:8]]
    assert max(each.mean() for each in dark) < 12
    limits = Limits.of([Examined.of(each) for each in dark])
    assert [found(each, limits) for each in dark] == [None] * len(dark)


UNFIT = {
    "black": (lambda a, b: noisy(np.full_like(a, 4), 2.5), Problem.DARK),
    "lens cap": (lambda a, b: np.zeros_like(a), Problem.DARK),
    "dim": (lambda a, b: scaled(a, 0.4), Problem.DARK),
    "overexposed": (lambda a, b: scaled(a, 3), Problem.BRIGHT),
    "white": (lambda a, b: np.full_like(a, 255), Problem.BRIGHT),
    "blurred": (lambda a, b: blurred(a, 1.5), Problem.BLURRED),
    "out of focus": (lambda a, b: blurred(a, 6), Problem.BLURRED),
    "moved": (lambda a, b: moved(a, 0), Problem.SMEARED),
    "rest black": (lambda a, b: cut(a, 0), Problem.TORN),
    "rest grey": (lambda a, b: cut(a, 128), Problem.TORN),
    "small": (lambda a, b: a[::2, ::2], Problem.WRONG_SIZE),
    "grey levels only": (lambda a, b: a[..., 0], Problem.NO_PICTURE),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_picture_is_refused_for_what_it_is(name, boards, limits) -> None:
    spoil, problem = UNFIT[name]
    for board, other in zip(boards[16:20], boards[20:], strict=True):
        finding = found(spoil(board, other), limits)
        assert finding is not None
        assert finding.problem is problem
        assert finding.sentence.endswith(".")


def sheet(seed: int) -> Picture:
    """A sheet of cloudy material, everywhere another."""
    grain = np.random.default_rng(seed).normal(0, 1, (200, 300)).astype(np.float32)
    clouds = cv2.GaussianBlur(grain, (0, 0), 4)
    levels = 120 + 40 * clouds / clouds.std() + grain
    return np.repeat(levels.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def test_two_frames_in_one_picture_are_torn() -> None:
    sheets = [sheet(seed) for seed in range(12)]
    limits = Limits.of([Examined.of(each) for each in sheets[:8]])
    assert [fitness.check(each, (0, 0), limits) for each in sheets] == [None] * 12
    for below in (np.roll(sheets[8], 25, axis=1), sheets[9]):
        finding = fitness.check(cut(sheets[8], below), (0, 0), limits)
        assert finding is not None
        assert finding.problem is Problem.TORN


def test_without_limits_only_what_no_product_can_look_like_is_refused(boards) -> None:
    assert found(scaled(boards[0], 0.1), None) is None
    assert found(blurred(boards[0], 6), None) is None
    assert found(cut(boards[0], 0), None) is None
    assert found(cut(boards[0], 128), None).problem is Problem.TORN
    assert found(np.full((*SIZE, 3), 3, np.uint8), None).problem is Problem.DARK
    assert found(boards[0][::2], None).problem is Problem.WRONG_SIZE


def test_a_defect_with_a_hard_edge_is_no_tear(boards, limits) -> None:
    scratched = boards[17].copy()
    scratched[100:104, 40:160] = 255
    assert found(scratched, limits) is None


def test_light_and_focus_count_inside_the_region_of_interest_only(boards) -> None:
    roi = (0, 0, 240, 160)
    limits = Limits.of([Examined.of(board, roi) for board in boards[:16]])
    beside, inside = boards[17].copy(), boards[17].copy()
    beside[:, 160:] = blurred(beside, 4)[:, 160:]
    inside[:, :160] = blurred(inside, 4)[:, :160]
    assert fitness.check(beside, SIZE, limits, roi) is None
    assert fitness.check(inside, SIZE, limits, roi).problem is Problem.BLURRED
    with pytest.raises(ImageError, match="sticks out"):
        fitness.check(boards[0], (0, 0), limits, (0, 0, 999, 999))


def test_too_few_pictures_give_no_limits(boards) -> None:
    assert Limits.of([Examined.of(board) for board in boards[:4]]) is None


def test_limits_come_back_from_json_as_they_were(limits) -> None:
    assert Limits.from_json(json.loads(json.dumps(limits.to_json()))) == limits


@pytest.mark.parametrize(
    "change",
    [
        {"layout": [1, 2, 3]},
        {"usual": {}},
        {"flat": "wide"},
        {"alike": None},
    ],
    ids=str,
)
def test_foreign_limits_are_refused(limits, change) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Limits.from_json({**limits.to_json(), **change})


def test_a_reach_of_nothing_is_refused(limits) -> None:
    data = json.loads(json.dumps(limits.to_json()))
    data["usual"]["sharpness"]["reach"] = 0
    with pytest.raises(ValueError, match="reach"):
        Limits.from_json(data)


def test_another_product_looks_foreign_an_unfit_picture_does_not(boards, limits) -> None:
    other = cv2.resize(good_picture(1), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    assert limits.is_foreign(other)
    ours = boards[18]
    for spoilt in (ours, scaled(ours, 0.4), blurred(ours, 4), moved(ours, 0), scaled(ours, 1.8)):
        assert not limits.is_foreign(spoilt)
    for nothing in (np.zeros_like(ours), noisy(np.full_like(ours, 100), 3), scaled(other, 0.02)):
        assert not limits.is_foreign(nothing)


def test_rows_count_as_empty_at_the_levels_that_nothing_leaves() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (100, 64)).astype(np.uint8)
    assert flat_rows(grey) == 0
    for level, share in ((0, 0.3), (128, 0.3), (255, 0.0), (60, 0.0)):
        part = grey.copy()
        part[10:40] = level
        assert flat_rows(part) == pytest.approx(share)
    assert flat_rows(np.zeros((4, 1), np.uint8)) == 0


def test_a_step_counts_where_half_the_width_shows_it() -> None:
    ramp = np.repeat(np.arange(100, dtype=np.uint8)[:, None], 160, axis=1)
    assert step(ramp) == 0
    for width, jumps in ((160, True), (100, True), (60, False)):
        torn = ramp.copy()
        torn[50:, :width] += 40
        assert (step(torn) > 20) is jumps
    assert step(np.zeros((3, 160), np.uint8)) == 0
    assert step(np.zeros((50, 8), np.uint8)) == 0


def test_only_a_decoders_grey_up_to_the_bottom_is_a_missing_rest() -> None:
    pixels = np.full((100, 40, 3), 90, np.uint8)
    pixels[20:30] = 128
    assert filled_rows(pixels) == 0
    pixels[60:] = 128
    assert filled_rows(pixels) == pytest.approx(0.4)
    pixels[80, 3, 1] = 129
    assert filled_rows(pixels) == pytest.approx(0.19)
