"""A part is found where it lies, to parts of a pixel, or it is not in place."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.anomaly_map import lay_over
from engine.errors import ImageError, NotInPlace
from engine.location import Anchor, locate
from engine.preprocessing import Preprocessing
from engine.region import look, outline
from engine.tiling import Tiling
from tests.engine.pictures import ANCHORED, BELT, ON_BELT, Picture, on_belt

ANCHOR = Anchor.of(on_belt(), ANCHORED, max_shift=90)


@pytest.mark.parametrize(
    ("x", "y", "turn_deg"),
    [(0, 0, 0), (40, -40, 8), (-40, 40, -8), (13.4, 7.7, 3.3), (-60.5, 30.2, -13.5), (0, 0, 14)],
)
def test_shift_and_turn_are_found(x: float, y: float, turn_deg: float) -> None:
    found = locate(on_belt(x, y, turn_deg, noise=3), ANCHOR)
    assert found.shift == pytest.approx((x, y), abs=0.1)
    assert found.turn_deg == pytest.approx(turn_deg, abs=0.1)
    assert found.confidence > 0.95


@pytest.mark.parametrize("gain", [0.5, 1.4])
def test_a_dimmer_or_brighter_lamp_changes_nothing(gain: float) -> None:
    lit = np.clip(on_belt(10, 5, 4) * gain, 0, 255).astype(np.uint8)
    assert locate(lit, ANCHOR).shift == pytest.approx((10, 5), abs=0.15)


def test_a_large_anchor_is_found_on_shrunken_pictures() -> None:
    large = [cv2.resize(p, None, fx=4, fy=4) for p in (on_belt(), on_belt(20, -12.5, -6))]
    anchor = Anchor.of(large[0], tuple(4 * side for side in ANCHORED))
    found = locate(large[1], anchor)
    assert found.shift == pytest.approx((80, -50), abs=0.4)
    assert found.turn_deg == pytest.approx(-6, abs=0.05)


def test_the_part_is_brought_to_the_references_place() -> None:
    reference, moved = on_belt(), on_belt(21.3, -9.6, 7)
    placed = look(moved, ON_BELT, (), ANCHOR).pixels.astype(float)
    wanted = look(reference, ON_BELT, (), None).pixels.astype(float)
    assert np.abs(placed - wanted)[4:-4, 4:-4].mean() < 6
    shifted = look(moved, ON_BELT, (), None).pixels.astype(float)
    assert np.abs(shifted - wanted)[4:-4, 4:-4].mean() > 20


@pytest.mark.parametrize("picture", [np.full((*BELT, 3), 20, np.uint8), on_belt()[::-1].copy()])
def test_no_part_or_another_one_is_not_in_place(picture: Picture) -> None:
    with pytest.raises(NotInPlace, match="80% is needed"):
        locate(picture, ANCHOR)


def test_a_part_beyond_reach_is_not_in_place() -> None:
    with pytest.raises(NotInPlace):
        locate(on_belt(0, 0, 40), ANCHOR)
    with pytest.raises(NotInPlace):
        locate(on_belt(80, 0), replace(ANCHOR, max_shift=20))


def test_a_part_partly_outside_the_picture_is_not_in_place() -> None:
    locate(on_belt(-85, 0), ANCHOR)
    look(on_belt(-85, 0), ON_BELT, (), ANCHOR)
    with pytest.raises(NotInPlace, match="partly outside the picture"):
        look(on_belt(-85, 0), (90, 80, 180, 240), (), ANCHOR)


def test_the_map_goes_back_to_where_the_camera_saw_the_part() -> None:
    triangle = ((300.0, 200.0), (340.0, 200.0), (340.0, 250.0))
    tiling = Tiling((192, 256), (192, 256))
    preprocessing = Preprocessing(tiling, ON_BELT, ignored=(triangle,), anchor=ANCHOR)
    picture = on_belt(20, -15, 8)
    found = preprocessing.look(picture)
    scores = np.full((24, 32), 0.1, np.float32)
    scores[6, 8] = 9
    anomaly_map = lay_over(scores, preprocessing, picture.shape, found)
    assert found.location is not None
    assert anomaly_map.shape == BELT
    peak = found.location.to_picture(np.array([[120 + 8.5 * 240 / 32, 90 + 6.5 * 180 / 24]]))[0]
    row, column = np.unravel_index(anomaly_map.argmax(), anomaly_map.shape)
    assert np.hypot(column + 0.5 - peak[0], row + 0.5 - peak[1]) < 2.5
    corners = found.location.to_picture(outline(ON_BELT)).astype(np.int32)
    inside = cv2.fillPoly(np.zeros(BELT, np.uint8), [corners], (1,))
    assert not anomaly_map[cv2.dilate(inside, np.ones((5, 5))) == 0].any()
    x, y = found.location.to_picture(np.array(triangle).mean(axis=0, keepdims=True))[0]
    assert anomaly_map[int(y), int(x)] == 0


@pytest.mark.parametrize(
    ("rectangle", "says"),
    [
        ((110, 150, 90, 400), "sticks out"),
        ((110, 150, 8, 90), "too small"),
        ((10, 10, 40, 40), "nothing to hold on to"),
    ],
)
def test_anchors_that_cannot_hold_are_refused(
    rectangle: tuple[int, int, int, int], says: str
) -> None:
    with pytest.raises(ImageError, match=says):
        Anchor.of(on_belt(), rectangle)
