"""The heatmap: nothing on a good part, something on every bad one, one scale for all."""

import numpy as np
import pytest

from engine.rates import Rate
from engine.threshold import Threshold
from station.heatmap import render_plain, render_thumbnail, render_view
from station.inspection.events import View

SCALE = Threshold(10.0, "quantile", {}, Rate(0, 20), Rate(0, 0), 8.0, 20.0)
GREY = np.full((60, 80, 3), 90, np.uint8)


def spots(*peaks: tuple[int, int, float], size: tuple[int, int] = (60, 80)) -> np.ndarray:
    rows, columns = np.mgrid[: size[0], : size[1]]
    scores = np.full(size, 1.0)
    for row, column, peak in peaks:
        scores += (peak - 1) * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 50)
    return scores.astype(np.float32)


def view(score: float, anomaly_map: np.ndarray, pixels: np.ndarray = GREY) -> View:
    return render_view(pixels, anomaly_map, score, SCALE, 7)


def test_a_good_part_stays_bare_however_close_to_the_threshold() -> None:
    drawn = view(np.nextafter(10.0, 0.0), spots((20, 30, 9.0)))
    assert drawn.sequence == 7
    assert not drawn.heat.any()
    assert not drawn.contour.any()
    assert np.array_equal(render_thumbnail(drawn), GREY)


@pytest.mark.parametrize("score", [10.0, 10.000001, 12.3456789, 1e6])
@pytest.mark.parametrize("peak", [1e-3, 3.0, 9.99, 500.0])
def test_a_bad_part_always_shows_a_place(score: float, peak: float) -> None:
    drawn = view(score, spots((20, 30, 1.0)) * np.float32(peak))
    assert drawn.heat[..., 3].any()
    assert drawn.contour[..., 3].any()


def test_rounding_never_hides_a_part_that_is_exactly_at_the_threshold() -> None:
    pixels, rng = np.zeros((2, 2, 3), np.uint8), np.random.default_rng(0)
    for value, peak in zip(rng.uniform(0.1, 60, 300), rng.uniform(0.1, 60, 300), strict=True):
        scale = Threshold(value, "quantile", {}, Rate(0, 20), Rate(0, 0), 0.0, 2 * value)
        drawn = render_view(pixels, np.full((2, 2), peak, np.float32), value, scale, 1)
        assert drawn.heat[..., 3].all(), (value, peak)


def test_a_single_pixel_survives_scaling_down() -> None:
    anomaly_map = np.full((2000, 3000), 0.1, np.float32)
    anomaly_map[700, 900] = 12.0
    drawn = view(12.0, anomaly_map, np.zeros((2000, 3000, 3), np.uint8))
    assert drawn.base.shape == (853, 1280, 3)
    assert drawn.heat.shape == drawn.contour.shape == (853, 1280, 4)
    row, column = np.argwhere(drawn.heat[..., 3]).mean(axis=0)
    assert (row, column) == pytest.approx((700 * 853 / 2000, 900 * 1280 / 3000), abs=2)


def test_only_what_reaches_the_threshold_is_painted() -> None:
    anomaly_map = spots((20, 20, 15.0), (40, 60, 9.5))
    drawn = view(float(anomaly_map.max()), anomaly_map)
    assert np.array_equal(drawn.heat[..., 3] > 0, anomaly_map >= 10.0)
    assert drawn.heat[20, 20, 3] > 0
    assert drawn.heat[40, 60, 3] == 0


def test_the_colour_depends_on_the_score_alone_not_on_the_picture() -> None:
    one = spots((30, 40, 15.0))
    two = spots((30, 40, 15.0), (10, 10, 30.0))
    alone = view(float(one.max()), one).heat[30, 40]
    beside_a_worse_one = view(float(two.max()), two).heat[30, 40]
    assert alone == pytest.approx(beside_a_worse_one, abs=2)


def test_the_scale_runs_from_faint_yellow_to_strong_magenta_and_stops_there() -> None:
    ramp = np.linspace(0, 30, 80, dtype=np.float32)[None].repeat(60, axis=0)
    heat = view(30.0, ramp).heat[0].astype(int)
    painted = heat[ramp[0] >= 10.0]
    alpha = painted[:, 3]
    assert (np.diff(alpha) >= 0).all()
    assert alpha[0] < 140
    assert 220 < alpha[-1] < 255
    lightness = painted[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(lightness) <= 2).all(), "one order for every kind of colour vision"
    yellow, magenta = painted[0], painted[-1]
    assert (yellow[:3] > [200, 200, 0]).all()
    assert (magenta[:3] > [150, 0, 100]).all()
    assert yellow[2] < 100
    assert magenta[1] < 80
    assert (heat[ramp[0] >= 20.0] == heat[-1]).all()


def test_the_map_is_scaled_until_its_peak_is_the_score() -> None:
    smooth = spots((30, 40, 6.0))
    drawn = view(20.0, smooth)
    assert np.array_equal(drawn.heat[..., 3] > 0, smooth * np.float32(20 / smooth.max()) >= 10.0)


def test_the_contour_runs_around_the_painted_area_and_has_both_a_bright_and_a_dark_line() -> None:
    anomaly_map = spots((30, 40, 18.0))
    drawn = view(18.0, anomaly_map)
    outline = drawn.contour[..., 3] > 0
    assert not outline[30, 40], "the place itself stays visible"
    assert not outline[0].any()
    lightness = drawn.contour[outline][:, :3].mean(axis=1)
    assert lightness.max() > 240
    assert lightness.min() < 40


def test_a_place_at_the_very_edge_is_outlined() -> None:
    drawn = view(18.0, spots((0, 0, 18.0)))
    assert drawn.contour[..., 3].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 2), (1281, 1280)])
def test_every_shape_can_be_drawn(size: tuple[int, int]) -> None:
    drawn = view(15.0, np.ones(size, np.float32), np.zeros((*size, 3), np.uint8))
    assert max(drawn.base.shape) <= 1280
    assert drawn.heat.shape[:2] == drawn.contour.shape[:2] == drawn.base.shape[:2]
    thumbnail = render_thumbnail(drawn)
    assert thumbnail.shape[1] <= 160
    assert thumbnail.shape[2] == 3


def test_a_map_of_nothing_and_a_scale_without_width_paint_without_failing() -> None:
    assert not view(15.0, np.zeros((60, 80), np.float32)).heat.any()
    flat = Threshold(10.0, "quantile", {}, Rate(0, 20), Rate(0, 0), 8.0, 10.0)
    drawn = render_view(GREY, spots((30, 40, 15.0)), 15.0, flat, 1)
    assert drawn.heat[30, 40, 3] > 200


def test_a_picture_without_a_score_is_shown_bare() -> None:
    big = np.full((2000, 1000, 3), 50, np.uint8)
    drawn = render_plain(big, 3)
    assert (drawn.sequence, drawn.base.shape) == (3, (1280, 640, 3))
    assert not drawn.heat.any()
    assert render_thumbnail(drawn).shape == (320, 160, 3)


def test_a_thumbnail_is_at_most_160_wide_and_shows_the_place() -> None:
    pixels = np.full((600, 800, 3), 90, np.uint8)
    anomaly_map = spots((30, 40, 30.0)).repeat(10, axis=0).repeat(10, axis=1)
    thumbnail = render_thumbnail(view(30.0, anomaly_map, pixels))
    assert thumbnail.shape == (120, 160, 3)
    assert thumbnail.dtype == np.uint8
    red, green, _ = thumbnail[60, 80].astype(int)
    assert red > green + 60
    assert thumbnail[5, 5].tolist() == [90, 90, 90]


def test_the_given_pictures_are_left_as_they_are() -> None:
    pixels, anomaly_map = GREY.copy(), spots((30, 40, 18.0))
    pixels.setflags(write=False)
    anomaly_map.setflags(write=False)
    before = anomaly_map.copy()
    render_thumbnail(view(18.0, anomaly_map, pixels))
    assert np.array_equal(anomaly_map, before)
