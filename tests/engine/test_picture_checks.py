"""Each check refuses what it is for, on boards of the virtual line, and lets good ones be."""

import cv2
import numpy as np
import pytest

from engine.errors import ImageError
from engine.picture_checks import PictureSet, located
from engine.picture_measures import measure, same_detail, unlikeness
from engine.usual import Problem
from station.cameras.virtual_line import VirtualLine
from tests.engine.pictures import Picture

BOARDS = 12


@pytest.fixture(scope="module")
def boards() -> list[Picture]:
    line = VirtualLine(3, 0.0, (240, 320))
    return [line.board(29 * index).pixels for index in range(BOARDS)]


@pytest.fixture
def known(boards) -> PictureSet:
    pictures = PictureSet()
    for index, board in enumerate(boards[:-1]):
        pictures.add(f"{index}.png", measure(board))
    return pictures


def noisy(pixels: Picture, level: float = 1.0) -> Picture:
    noise = np.random.default_rng(0).normal(0, level, pixels.shape)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def moved(pixels: Picture, degrees: float, length: int = 7) -> Picture:
    kernel = np.zeros((31, 31), np.float32)
    for step in np.linspace(-length / 2, length / 2, 99):
        x, y = step * np.cos(np.radians(degrees)), step * np.sin(np.radians(degrees))
        kernel[round(15 + y), round(15 + x)] += 1 / 99
    return noisy(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REPLICATE))


def blurred(pixels: Picture, deviation: float) -> Picture:
    return noisy(cv2.GaussianBlur(pixels, (0, 0), deviation))


def scaled(pixels: Picture, gain: float) -> Picture:
    return cv2.convertScaleAbs(pixels, alpha=gain)


def problems(known: PictureSet, pixels: Picture) -> list[Problem]:
    known.add("new.png", measure(pixels))
    return [finding.problem for finding in known.findings("new.png")]


def test_nothing_speaks_against_good_boards(known, boards) -> None:
    known.add("new.png", measure(boards[-1]))
    names = [f"{index}.png" for index in range(BOARDS - 1)]
    assert all(not known.findings(name) for name in [*names, "new.png"])


@pytest.mark.parametrize("deviation", [1.2, 2, 5])
def test_a_blurred_picture(known, boards, deviation) -> None:
    assert problems(known, blurred(boards[-1], deviation)) == [Problem.BLURRED]


@pytest.mark.parametrize("degrees", [0, 45, 67, 90])
def test_a_part_that_moved(known, boards, degrees) -> None:
    assert problems(known, moved(boards[-1], degrees)) == [Problem.SMEARED]


@pytest.mark.parametrize(("gain", "problem"), [(0.5, Problem.DARK), (2.2, Problem.BRIGHT)])
def test_other_light_than_usual(known, boards, gain, problem) -> None:
    assert problem in problems(known, scaled(boards[-1], gain))


@pytest.mark.parametrize("gain", [0.75, 1.2])
def test_the_night_shifts_light_is_wanted(known, boards, gain) -> None:
    assert problems(known, scaled(boards[-1], gain)) == []


def test_burnt_out_pixels(known, boards) -> None:
    pixels = boards[-1].copy()
    pixels[:80, :160] = 255
    assert problems(known, pixels) == [Problem.CLIPPED]


def test_the_same_part_once_more_under_a_flickering_lamp(known, boards) -> None:
    assert problems(known, noisy(scaled(boards[4], 1.05), 4)) == [Problem.COPY]
    assert "'4.png'" in known.findings("new.png")[0].sentence


def test_two_sheets_of_one_material_are_no_copies() -> None:
    thumbs = []
    for seed in (0, 1):
        grain = np.random.default_rng(seed).normal(0, 6, (240, 320, 1)).repeat(3, axis=2)
        thumbs.append(measure((120 + cv2.GaussianBlur(grain, (0, 0), 2)).astype(np.uint8)).thumb)
    assert unlikeness(*thumbs) < 1.25
    assert same_detail(*thumbs) < 0.3


def test_few_pictures_are_not_compared_but_black_ones_are_refused(boards) -> None:
    few = PictureSet()
    few.add("a.png", measure(boards[0]))
    assert problems(few, blurred(boards[1], 3)) == []
    assert problems(few, scaled(boards[2], 0.02)) == [Problem.DARK]


def test_an_early_blurred_picture_is_found_once_others_are_there(boards) -> None:
    late = PictureSet()
    late.add("early.png", measure(blurred(boards[0], 2)))
    for index, board in enumerate(boards[1:6]):
        late.add(f"{index}.png", measure(board))
    assert [each.problem for each in late.findings("early.png")] == [Problem.BLURRED]


def test_only_the_region_counts(boards) -> None:
    pixels = boards[0].copy()
    pixels[:, :60] = 255
    assert measure(pixels).white > 0.15
    assert measure(pixels, (0, 64, 240, 200)).white < 0.05
    with pytest.raises(ImageError, match="sticks out"):
        measure(pixels, (0, 200, 240, 200))


def test_a_part_that_cannot_be_located(boards) -> None:
    def nowhere(_pixels: Picture) -> float:
        raise ImageError("the anchor was found with 0.2 only. Lay it under the camera.")

    finding = located(boards[0], nowhere)
    assert finding is not None
    assert finding.problem is Problem.NOT_IN_PLACE
    assert "0.2" in finding.sentence
    assert located(boards[0], lambda _pixels: 0.9) is None
    assert located(boards[0], None) is None


def test_findings_say_figure_bound_and_cure_and_become_json(known, boards) -> None:
    known.add("new.png", measure(blurred(boards[-1], 2)))
    found = known.findings("new.png")[0].to_json()
    assert found["problem"] == "blurred"
    assert found["value"] < found["bound"]
    assert "%" in str(found["sentence"])
    assert "Focus" in str(found["sentence"])
