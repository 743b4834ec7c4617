"""Pictures of parts with a little play are laid on one another."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import model_file
from engine.registration import CELL, FARTHEST, Registration
from engine.runtimes.opening import open_model
from engine.teach import TeachSettings, teach
from tests.engine.pictures import Picture

SIZE = (416, 832)
PLATE = slice(16, 400)
MIDDLES = (208 // CELL, 208 // CELL), (208 // CELL, 624 // CELL)
"""Cells in the middle of either plate."""


def part(left: tuple[float, float], right: tuple[float, float], noise: int = 0) -> Picture:
    """Two plates full of blobs, each shifted (x, y) by its own play, on a dark tray."""
    random = np.random.default_rng(11)
    seen = np.full((*SIZE, 3), 40, np.float32)
    for first, shift in ((16, left), (432, right)):
        plate = np.full((*SIZE, 3), 90, np.float32)
        for _ in range(220):
            centre = random.uniform((first, 16), (first + 384, 400))
            colour = random.uniform(30, 220, 3).tolist()
            cv2.circle(
                plate, centre.astype(int).tolist(), int(random.uniform(3, 9)), colour, -1, 16
            )
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
        moved = cv2.warpAffine(plate, move, SIZE[::-1], flags=cv2.INTER_CUBIC, borderMode=1)
        seen[PLATE, first : first + 384] = moved[PLATE, first : first + 384]
    grain = np.random.default_rng(noise).normal(0, 2, seen.shape)
    return np.clip(seen + grain, 0, 255).astype(np.uint8)


def play(number: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """How the plates of one part lie."""
    x, y, u, v = np.random.default_rng([3, number]).normal(0, 1.5, 4).clip(-4, 4)
    return (float(x), float(y)), (float(u), float(v))


def played(number: int) -> Picture:
    """One part with its play."""
    return part(*play(number), noise=number)


def apart(one: Picture, other: Picture) -> float:
    """Mean difference in grey levels, borders and the gap between the plates left out."""
    difference = cv2.absdiff(one, other).astype(float)
    return float((difference[64:352, 64:352].mean() + difference[64:352, 480:768].mean()) / 2)


@pytest.fixture(scope="module")
def still() -> Picture:
    """A part without any play."""
    return part((0, 0), (0, 0))


def test_plates_that_lie_apart_are_each_laid_on_the_reference(still: Picture) -> None:
    registration = Registration.on(still)
    moved = part((2.5, -1.25), (-3.0, 0.75), noise=1)
    field = registration.field(moved)
    assert field[MIDDLES[0]] == pytest.approx([2.5, -1.25], abs=0.15)
    assert field[MIDDLES[1]] == pytest.approx([-3.0, 0.75], abs=0.15)
    noise = apart(still, part((0, 0), (0, 0), noise=1))
    assert apart(still, moved) > 2.5 * noise
    assert apart(still, registration.brought(moved)) < 1.5 * noise


def test_light_does_not_move_a_part(still: Picture) -> None:
    assert np.abs(Registration.on(still).field(lit(still, 0.05, 0.15, 0.0))).max() < 0.25


def lit(picture: Picture, middle: float, right: float, down: float) -> Picture:
    """The same under a lamp that is so much brighter, and rises so much to two borders."""
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in picture.shape[:2])
    plane = middle + right * x[None, :, None] + down * y[:, None, None]
    colour = np.array([1.02, 1.0, 0.98], np.float32)
    return np.clip(np.round(picture * np.exp(plane) * colour), 0, 255).astype(np.uint8)


def test_the_lamp_is_taken_back(still: Picture) -> None:
    crooked = lit(still, -0.1, 0.05, -0.08)
    assert apart(still, crooked) > 8
    assert apart(still, Registration.on(still).brought(crooked)) < 1.2


def test_a_stain_is_not_taken_for_the_lamp(still: Picture) -> None:
    clean = part((0, 0), (0, 0), noise=5)
    stained = clean.copy()
    stained[100:260, 60:220] = (stained[100:260, 60:220] * 0.85).astype(np.uint8)
    brought = Registration.on(still).brought(stained)
    inside, outside = (slice(120, 240), slice(80, 200)), (slice(64, 352), slice(480, 768))
    darker = clean[inside].mean() - stained[inside].mean()
    assert clean[inside].mean() - brought[inside].mean() > 0.9 * darker
    assert brought[outside].mean() == pytest.approx(clean[outside].mean(), abs=0.5)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_does_not_become_a_part(still: Picture, level: int) -> None:
    empty = np.full((*SIZE, 3), level, np.uint8)
    assert apart(still, Registration.on(still).brought(empty)) > 10


def test_another_part_is_bent_no_farther_than_play_reaches(still: Picture) -> None:
    other = np.ascontiguousarray(still[::-1, ::-1])
    assert np.abs(Registration.on(still).field(other)).max() <= FARTHEST


def test_a_defect_is_not_undone(still: Picture) -> None:
    """A dark spot and a blob that moved stay as different as they were."""
    spoiled = still.copy()
    cv2.circle(spoiled, (120, 160), 6, (10, 10, 10), -1, cv2.LINE_AA)
    spoiled[200:224, 300:324] = still[200:224, 306:330]
    brought = Registration.on(still).brought(spoiled)
    for rows, columns in ((slice(150, 170), slice(110, 130)), (slice(200, 224), slice(300, 324))):
        before = cv2.absdiff(spoiled[rows, columns], still[rows, columns]).mean()
        after = cv2.absdiff(brought[rows, columns], still[rows, columns]).mean()
        assert after > 0.8 * before


def sharpness(registration: Registration) -> float:
    """How much detail a reference shows."""
    return float(cv2.Laplacian(registration.reference, cv2.CV_32F).std())


def test_the_reference_is_the_mean_of_good_parts() -> None:
    """Learned from parts with play it stands where they stand in the mean, and is as sharp."""
    registration = Registration.learn(played, 8)
    assert registration is not None
    mean = np.mean([play(number) for number in range(8)], axis=0)
    field = registration.field(part((0, 0), (0, 0), noise=99))
    assert field[MIDDLES[0]] == pytest.approx(-mean[0], abs=0.3)
    assert field[MIDDLES[1]] == pytest.approx(-mean[1], abs=0.3)
    blurred = np.mean([played(number) for number in range(8)], axis=0).astype(np.uint8)
    assert sharpness(registration) > 1.3 * sharpness(Registration.on(blurred))


def test_parts_without_a_common_shape_are_not_bent() -> None:
    def grains(number: int) -> Picture:
        noise = np.random.default_rng(number).normal(128, 60, SIZE).astype(np.float32)
        grey = np.clip(cv2.GaussianBlur(noise, (0, 0), 4) * 4 - 384, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)

    assert Registration.learn(grains, 8) is None


def test_learning_tells_how_far_it_is() -> None:
    told: list[tuple[str, int, int]] = []
    Registration.learn(played, 2, lambda *each: told.append(each))
    assert [done for _, done, _ in told] == list(range(1, told[0][2] + 1))
    assert {stage for stage, _, _ in told} == {"registration"}


def reads(count: int) -> list[Callable[[], Picture]]:
    """Calls that give good parts."""
    return [partial(played, number) for number in range(count)]


SETTINGS = TeachSettings(side=384, smallest_defect=12.0, by_position=True)


def test_by_position_play_raises_scores_less_once_it_is_taken_back(tmp_path: Path) -> None:
    """Good parts score lower registered than as they lie; saved and loaded they score the same."""
    model = teach(reads(12), SETTINGS)
    registration = model.preprocessing.registration
    assert registration is not None
    loose = [played(number) for number in range(50, 56)]
    scores = [model.score(picture).value for picture in loose]
    taken = replace(model.model, preprocessing=replace(model.preprocessing, registration=None))
    unregistered = open_model(taken, model.runtime)
    assert np.median(scores) < 0.95 * np.median([unregistered.score(p).value for p in loose])
    model_file.save(tmp_path / "model", model.model)
    again = open_model(model_file.load(tmp_path / "model"), model.runtime)
    assert [again.score(picture).value for picture in loose] == scores


def test_what_is_ignored_moves_nothing() -> None:
    """Whatever lies in an ignored region, the part is laid on the reference the same way."""
    ignored = (((150.0, 150.0), (250.0, 150.0), (250.0, 230.0), (150.0, 230.0)),)
    model = teach(reads(4), replace(SETTINGS, ignored=ignored))
    assert model.preprocessing.registration is not None
    clean = played(60)
    painted = clean.copy()
    painted[150:230, 150:250] = np.random.default_rng(0).integers(0, 256, (80, 100, 3))
    one, other = model.score(clean), model.score(painted)
    assert one.value == other.value
    np.testing.assert_array_equal(one.anomaly_map, other.anomaly_map)


def test_elsewhere_parts_are_taken_as_they_lie() -> None:
    assert teach(reads(4), TeachSettings(side=96)).preprocessing.registration is None
