"""The virtual board's design data and the rules its drawing keeps."""

from itertools import pairwise

import numpy as np
import pytest

from station.cameras.virtual_line import layout
from station.cameras.virtual_line.design import PRODUCT
from station.cameras.virtual_line.footprints import PACKAGES
from station.cameras.virtual_line.lettering import text_strokes
from station.cameras.virtual_line.light import lit, shade
from station.cameras.virtual_line.relief import Pen, Relief
from station.cameras.virtual_line.sprite import cover, lay, posed
from station.cameras.virtual_line.tracks import TRACKS, VIAS
from station.cameras.virtual_line.variation import light_of, pose_of


def test_tracks_bend_by_45_or_90_degrees_only() -> None:
    for _, line in TRACKS:
        for (x0, y0), (x1, y1) in pairwise(line):
            dx, dy = abs(x1 - x0), abs(y1 - y0)
            assert min(dx, dy, abs(dx - dy)) < 1e-6


def test_all_copper_lies_on_the_board() -> None:
    points = np.array([point for _, line in TRACKS for point in line] + list(VIAS))
    assert points.min() > 0.5
    assert (points < [layout.BOARD_WIDTH - 0.5, layout.BOARD_HEIGHT - 0.5]).all()


def test_parts_have_their_own_names_and_places() -> None:
    assert len({part.name for part in layout.PARTS}) == len(layout.PARTS)
    boxes = []
    for part in layout.PARTS:
        width, height = PACKAGES[part.package].body
        boxes.append((part.x, part.y, *((height, width) if part.turns % 2 else (width, height))))
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[number + 1 :]:
            apart_x = abs(x - other_x) >= (width + other_width) / 2
            assert apart_x or abs(y - other_y) >= (height + other_height) / 2


def test_breaks_are_placed_on_tracks_away_from_parts() -> None:
    places = PRODUCT.track_places(0.75)
    assert len(places) > 50
    assert np.allclose(np.hypot(places[:, 2], places[:, 3]), 1)
    assert PRODUCT.in_the_open(places[:, :2], 0.7).all()


def test_turning_points_agrees_with_turning_pictures() -> None:
    pen = Pen((80, 80), 10.0)
    upright = pen.text("F", 3.0, 0.3)
    for turns in range(4):
        drawn = pen.text("F", 3.0, 0.3, turns=turns)
        assert np.abs(drawn - np.rot90(upright, turns)).sum() < 0.15 * upright.sum()


def test_every_text_on_the_board_can_be_lettered() -> None:
    texts = [text for part in layout.PARTS for text in (part.name, part.marking) if text]
    assert all(text_strokes(text, 1.0) for text in [*texts, *(t for t, *_ in layout.LEGENDS)])
    with pytest.raises(KeyError):
        text_strokes("é", 1.0)


def test_slopes_towards_the_lamp_are_brighter() -> None:
    relief = Relief((60, 60))
    relief.paint(np.ones((60, 60), np.float32), (120, 120, 120), gloss=0.5)
    x = np.mgrid[0:60, 0:60][1].astype(np.float32)
    relief.height = np.abs(x - 30) * np.float32(-0.05)
    picture = shade(relief, 10.0)
    assert picture[30, 10].mean() > picture[30, 50].mean() + 0.1


def test_a_laid_sprite_changes_only_where_it_is() -> None:
    relief = Relief((40, 40))
    relief.paint(Pen((40, 40), 10.0).rect(1.0, 1.0), (200, 40, 40))
    sprite = lit(relief, 10.0, 1, casts_shadow=False)
    canvas = np.full((50, 60, 3), 90, np.uint8)
    body = np.zeros((50, 60), np.float32)
    for at in ((30.0, 20.0), (59.0, 49.0)):
        laid = posed(sprite, at)
        lay(canvas, laid)
        cover(body, laid)
    assert body[15:25, 25:35].min() > 0.9
    assert (canvas[body == 0] == 90).all()
    assert canvas[20, 30, 0] > 150
    assert canvas[49, 59, 0] > 150


def test_the_pose_stays_within_the_conveyor_s_tolerance() -> None:
    poses = [pose_of(1, index) for index in range(500)]
    assert max(max(abs(pose.x), abs(pose.y)) for pose in poses) <= 0.4
    assert 0.5 < max(abs(pose.angle_deg) for pose in poses) <= 1


def test_the_light_drifts_slowly_and_flickers_little() -> None:
    gains = np.array([light_of(1, index).gain for index in range(1500)])
    smooth = np.convolve(gains, np.ones(50) / 50, "valid")
    assert np.ptp(smooth) > 0.03
    assert np.abs(np.diff(smooth)).max() < 0.003
    assert 0.9 < gains.min() < gains.max() < 1.2
