"""Focus peaks where the lens is right, clipping is said in figures, the pace is what it is."""

import cv2
import numpy as np
import pytest

from engine.meters import FocusTrace, exposure, pace, sharpness
from station.cameras.virtual_line import VirtualLine


@pytest.fixture(scope="module")
def board() -> np.ndarray:
    return VirtualLine(0, 0.0).board(0).pixels


def blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(pixels, (0, 0), sigma) if sigma else pixels


def test_sharpness_has_one_peak_as_the_lens_is_turned(board) -> None:
    turned = [5, 3, 2, 1.2, 0.7, 0.4, 0, 0.4, 0.7, 1.2, 2, 3, 5]
    values = [sharpness(blurred(board, sigma)) for sigma in turned]
    assert int(np.argmax(values)) == 6
    assert values[:7] == sorted(values[:7])
    assert values[6:] == sorted(values[6:], reverse=True)
    assert values[6] > 1.5 * values[3]


def test_a_brighter_lamp_is_not_sharper(board) -> None:
    bright = np.clip(board * 1.3, 0, 255).astype(np.uint8)
    assert sharpness(bright) == pytest.approx(sharpness(board), rel=0.1)


def test_noise_does_not_hide_a_blur(board) -> None:
    noise = np.random.default_rng(0).normal(0, 6, board.shape)
    noisy = np.clip(blurred(board, 2) + noise, 0, 255).astype(np.uint8)
    assert sharpness(noisy) < 0.8 * sharpness(board)


def test_a_black_picture_has_no_sharpness() -> None:
    assert sharpness(np.zeros((48, 64, 3), np.uint8)) == 0


def test_the_middle_of_a_large_picture_is_measured_at_full_size() -> None:
    large = np.full((3000, 2500, 3), 128, np.uint8)
    large[:600], large[:, :400] = 0, 255
    assert sharpness(large) == 0
    large[1500, 1250] = 255
    assert sharpness(large) > 0


def test_clipping_is_the_exact_share() -> None:
    pixels = np.full((100, 100, 3), 120, np.uint8)
    pixels[:2, :, 0] = 255
    pixels[2:5] = 0
    pixels[5, :, 1] = 0
    found = exposure(pixels)
    assert (found.white, found.black) == (0.02, 0.03)
    assert found.histogram.sum() == 10_000
    assert found.histogram[0] == 300
    assert "2.0% is pure white" in found.sentence
    assert found.to_json()["white"] == 0.02


@pytest.mark.parametrize(
    ("level", "words"),
    [(0, "pure black"), (20, "is dark"), (128, "Good."), (230, "very bright"), (255, "pure white")],
)
def test_exposure_in_words(level, words) -> None:
    found = exposure(np.full((50, 50, 3), level, np.uint8))
    assert words in found.sentence
    assert found.is_good == (level == 128)


def test_a_black_ground_behind_a_lit_part_is_no_fault(board) -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[20:80, 20:80] = 180
    assert exposure(pixels).is_good


def test_large_pictures_are_sampled() -> None:
    found = exposure(np.full((2400, 2000, 3), 90, np.uint8))
    assert found.histogram[90] == 1200 * 1000


def test_pace() -> None:
    found = pace([0.0, 0.033, 0.066, 0.266, 0.299])
    assert found.median_ms == pytest.approx(33)
    assert found.worst_ms == pytest.approx(200)
    assert np.isnan(pace([1.0]).median_ms)


def test_the_best_stays_marked_after_it_has_left_the_graph() -> None:
    trace = FocusTrace()
    assert trace.sentence == "No picture yet."
    assert np.isnan(trace.share)
    for second, value in enumerate([1.0, 4.0, 2.0] + [3.0] * 40):
        trace.add(float(second), value)
    assert trace.best == (1.0, 4.0)
    assert trace.points[0][0] == 12
    assert trace.share == 0.75
    assert "Turn the lens back" in trace.sentence
    trace.add(43.0, 3.9)
    assert "to be sure" in trace.sentence
