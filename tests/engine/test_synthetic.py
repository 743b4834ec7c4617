"""Synthetic defects: as large as they say, as strong as they say, and only where they may be."""

import cv2
import numpy as np
import pytest
from scipy.spatial.distance import pdist

from engine.synthetic.drawing import Defect, Drawn, draw
from engine.synthetic.noise import fractal, perlin
from engine.synthetic.placing import free_centres, largest_size, pick_centre
from engine.synthetic.shapes import Kind, coverage, outline
from tests.engine.pictures import Picture, good_picture

SIZE = (240, 320)
DRAWN = [kind for kind in Kind if kind is not Kind.PATCH]


@pytest.fixture(scope="module")
def part() -> Picture:
    return good_picture(0, SIZE)


@pytest.fixture(scope="module")
def allowed() -> np.ndarray:
    """A region with an ignored disc in it."""
    mask = np.zeros(SIZE, np.uint8)
    mask[20:220, 30:300] = 1
    cv2.circle(mask, (200, 120), 30, 0, -1)
    return mask.astype(bool)


def put(part: Picture, allowed: np.ndarray, defect: Defect, seed: int) -> Drawn:
    random = np.random.default_rng(seed)
    centre = pick_centre(free_centres(allowed, defect.size), random)
    return draw(part, defect, centre, allowed, random)


def longest(mask: np.ndarray) -> float:
    """Longest extent in pixels, the pixels' own width included."""
    places = np.argwhere(mask)
    corners = np.concatenate([places + half for half in ((0, 0), (0, 1), (1, 0), (1, 1))])
    return float(
        pdist(corners[cv2.convexHull(corners.astype(np.int32), returnPoints=False)[:, 0]]).max()
    )


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("size", [2.0, 3.5, 8.0, 20.0, 48.0])
def test_the_mask_is_as_long_as_the_stated_size(part, allowed, kind, size) -> None:
    measured = [longest(put(part, allowed, Defect(kind, size, 60), seed).mask) for seed in range(8)]
    assert np.abs(np.array(measured) - size).max() <= max(2.6, 0.08 * size)
    assert np.mean(measured) == pytest.approx(size, abs=max(1.2, 0.05 * size))


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_drawn_outside_what_is_allowed(part, allowed, kind) -> None:
    for seed in range(12):
        drawn = put(part, allowed, Defect(kind, 24, 60), seed)
        changed = (drawn.picture != part).any(axis=2)
        assert changed.any()
        assert not changed[~allowed].any()
        assert not drawn.mask[~allowed].any()


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_seed_draws_the_same_and_leaves_the_original(part, allowed, kind) -> None:
    before = part.copy()
    one, other, another = (put(part, allowed, Defect(kind, 16, 40), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.picture, other.picture)
    np.testing.assert_array_equal(one.mask, other.mask)
    assert not np.array_equal(one.picture, another.picture)
    np.testing.assert_array_equal(part, before)


@pytest.mark.parametrize("kind", [Kind.SCRATCH, Kind.SPOT, Kind.TEXTURE])
@pytest.mark.parametrize("contrast", [20.0, 60.0])
def test_the_strongest_difference_is_the_contrast(part, allowed, kind, contrast) -> None:
    for seed in range(6):
        drawn = put(part, allowed, Defect(kind, 20, contrast), seed)
        differs = np.abs(drawn.picture.astype(int) - part).max()
        assert differs == pytest.approx(contrast, abs=1)


def test_a_stain_has_a_colour_and_its_mean_is_the_contrast(part, allowed) -> None:
    drawn = put(part, allowed, Defect(Kind.STAIN, 30, 40), 1)
    levels = (drawn.picture.astype(int) - part)[drawn.mask]
    strongest = levels[np.abs(levels.sum(axis=1)).argmax()]
    assert abs(strongest.mean()) == pytest.approx(40, abs=1)
    assert len(set(strongest)) > 1


@pytest.mark.parametrize("kind", DRAWN)
def test_edges_are_soft(part, allowed, kind) -> None:
    points = outline(kind, 30, np.random.default_rng(0))
    alpha = coverage(points, 0.6)
    assert alpha.max() == 1
    assert alpha[0].max() == alpha[-1].max() == alpha[:, 0].max() == 0
    assert np.abs(np.diff(alpha, axis=1)).max() < 0.85


def test_a_patch_comes_from_elsewhere_in_the_picture(allowed) -> None:
    ramp = np.repeat(
        (np.arange(SIZE[1]) // 2 + 40).astype(np.uint8)[None, :, None], SIZE[0], axis=0
    )
    picture = np.repeat(ramp, 3, axis=2)
    drawn = put(picture, allowed, Defect(Kind.PATCH, 20, 0), 2)
    inside = cv2.erode(drawn.mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    shift = (drawn.picture.astype(int) - picture)[inside]
    assert shift.std() < 1
    assert abs(shift.mean()) > 9


def test_lighter_on_dark_and_darker_on_light(allowed) -> None:
    for level, sign in ((10, 1), (245, -1)):
        flat = np.full((*SIZE, 3), level, np.uint8)
        drawn = put(flat, allowed, Defect(Kind.SPOT, 12, 60), 0)
        assert (drawn.picture.astype(int) - level)[drawn.mask].mean() * sign > 40


def test_what_does_not_fit_is_refused(part, allowed) -> None:
    assert not free_centres(allowed, 240).any()
    with pytest.raises(ValueError, match="does not fit"):
        draw(part, Defect(Kind.SPOT, 20, 60), (3, 3), allowed, np.random.default_rng(0))
    with pytest.raises(ValueError, match="No place"):
        pick_centre(np.zeros(SIZE, bool), np.random.default_rng(0))


def test_the_largest_size_fits_and_no_much_larger_one(allowed) -> None:
    narrow = np.zeros(SIZE, bool)
    narrow[100:130] = True
    size = largest_size(narrow)
    assert free_centres(narrow, size).any()
    assert not free_centres(narrow, size * 1.1).any()
    assert largest_size(allowed) == pytest.approx(0.25 * allowed.sum() ** 0.5)
    assert largest_size(np.zeros(SIZE, bool)) == 0


def test_perlin_noise_is_smooth_and_zero_at_its_lattice() -> None:
    noise = perlin((64, 96), 16, np.random.default_rng(0))
    assert noise.shape == (64, 96)
    assert 0.2 < np.abs(noise).max() <= 0.75
    assert np.abs(np.diff(noise, axis=1)).max() < 0.15
    assert np.abs(noise[15:17, 15:17]).max() < 0.1
    assert np.abs(fractal((40, 40), 10, np.random.default_rng(0))).max() == pytest.approx(1)


def test_a_defect_at_the_regions_edge_is_cut_off_there(part, allowed) -> None:
    for kind in Kind:
        drawn = draw(part, Defect(kind, 30, 60), (100, 32), allowed, np.random.default_rng(0))
        changed = (drawn.picture != part).any(axis=2)
        assert changed[:, 30:].any()
        assert not changed[~allowed].any()
