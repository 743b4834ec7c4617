"""The virtual line of panels: large pictures with small defects and their ground truth."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from station.cameras.catalogue import build_camera
from station.cameras.virtual_line import Board, VirtualLine, VirtualPanel
from station.cameras.virtual_line.design import PRODUCT
from station.cameras.virtual_line.footprints import PACKAGES
from station.errors import CameraError

SIZE = (480, 1280)
SEED = 5
INDICES = range(12)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Board, Board]]:
    """Defective panels of two boards, each with its good twin."""
    bad, good = VirtualPanel(SEED, 1.0, SIZE), VirtualPanel(SEED, 0.0, SIZE)
    return [(bad.board(index), good.board(index)) for index in INDICES]


def longer_side(mask: NDArray[np.bool_]) -> float:
    """The longer side of the closest box around a mask, in pixels."""
    return float(max(cv2.minAreaRect(np.argwhere(mask).astype(np.float32))[1]) + 1)


def test_twelve_megapixels_with_one_defect_of_twelve_pixels() -> None:
    panel = VirtualPanel(SEED, 1.0).board(3)
    assert panel.pixels.shape == (3000, 4000, 3)
    assert panel.mask.shape == (3000, 4000)
    assert 10 <= longer_side(panel.mask) <= 14


def test_equal_arguments_give_equal_bytes_in_any_order(pairs: list[tuple[Board, Board]]) -> None:
    again = VirtualPanel(SEED, 1.0, SIZE).board(7)
    assert np.array_equal(again.pixels, pairs[7][0].pixels)
    assert np.array_equal(again.mask, pairs[7][0].mask)


def test_good_panels_vary_and_have_no_mask(pairs: list[tuple[Board, Board]]) -> None:
    good = [good for _, good in pairs]
    assert all(panel.defect is None and not panel.mask.any() for panel in good)
    assert len({panel.pixels.tobytes() for panel in good}) == len(good)
    first, second = (panel.pixels.astype(float) for panel in good[:2])
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.8
    assert np.abs(first - second).mean() > 3


def test_the_boards_of_a_panel_vary_on_their_own() -> None:
    panel = VirtualPanel(SEED, 0.0, (480, 1920)).board(0).pixels
    left, right = panel[:, :640].astype(int), panel[:, 1280:].astype(int)
    assert np.abs(left - right).mean() > 3


def test_defects_are_as_long_as_wanted_and_clearly_seen(pairs: list[tuple[Board, Board]]) -> None:
    assert {bad.defect for bad, _ in pairs} == set(VirtualPanel.KINDS)
    for bad, good in pairs:
        soft = [cv2.GaussianBlur(panel.pixels, (0, 0), 1.5) for panel in (bad, good)]
        assert 10 <= longer_side(bad.mask) <= 14
        assert cv2.absdiff(*soft).max(axis=2)[bad.mask].max() > 45, bad.defect


def test_a_defect_changes_nothing_far_from_its_mask(pairs: list[tuple[Board, Board]]) -> None:
    for bad, good in pairs:
        near = cv2.dilate(bad.mask.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0
        assert np.array_equal(bad.pixels[~near], good.pixels[~near])


def test_larger_defects_can_be_asked_for() -> None:
    line = VirtualPanel(SEED, 1.0, SIZE, defect_px=18)
    assert all(15 <= longer_side(line.board(index).mask) <= 21 for index in range(4))


def test_its_settings_build_it_again() -> None:
    line = VirtualPanel(3, 0.25, SIZE, defect_px=14, first_board=9, step=4)
    again = build_camera(line.settings)
    assert isinstance(again, VirtualPanel)
    assert again.settings == line.settings
    assert type(build_camera({"kind": "virtual line", "seed": 1})) is VirtualLine


@pytest.mark.parametrize(
    ("settings", "about"),
    [
        ({"defect_px": 3}, "Defects of 3 pixels"),
        ({"defect_px": 60}, "Choose 10 to 20"),
        ({"defect_px": "small"}, "cannot be set up"),
        ({"defect_px": 12, "height": 479}, "at least 640 × 480"),
        ({"defect_px": 12, "defect_rate": 2.0}, "defect rate is 2.0"),
    ],
)
def test_impossible_panels_are_refused(settings: dict[str, str | float], about: str) -> None:
    with pytest.raises(CameraError, match=about):
        build_camera({"kind": "virtual line", "seed": 1, **settings})


@pytest.mark.parametrize(("right", "down"), [(True, False), (False, True), (True, True)])
def test_a_mirrored_design_has_its_pads_mirrored(right: bool, down: bool) -> None:
    mirrored = PRODUCT.mirrored(right, down)
    for part, original in zip(mirrored.parts, PRODUCT.parts, strict=True):
        expected = {
            (58 - pad.x if right else pad.x, 42 - pad.y if down else pad.y, pad.width, pad.height)
            for pad in original.pads
        }
        pads = {(pad.x, pad.y, pad.width, pad.height) for pad in part.pads}
        assert np.allclose(sorted(pads), sorted(expected)), (part.name, PACKAGES[part.package])


def test_the_line_s_own_pictures_stay_as_they_are() -> None:
    picture = VirtualLine(7).board(0).pixels
    seen = cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA).mean(axis=2)
    assert np.abs(seen - KNOWN).max() < 1
    assert np.abs(picture[108:124:2, 260:292:4, 1].astype(int) - DETAIL).max() <= 3


KNOWN = np.array(
    [
        [48.3, 62.3, 61.3, 73.0, 74.0, 63.7, 68.7, 48.3],
        [62.7, 91.0, 98.7, 115.7, 104.3, 89.0, 87.0, 53.7],
        [54.3, 86.0, 102.7, 89.3, 93.3, 94.0, 109.0, 82.3],
        [54.3, 80.7, 92.3, 83.3, 90.0, 80.3, 99.3, 74.0],
        [57.7, 86.3, 101.3, 134.3, 100.0, 81.7, 79.7, 58.0],
        [47.7, 62.3, 57.7, 71.3, 67.3, 55.7, 68.0, 44.7],
    ]
)
"""Mean grey of VirtualLine(7).board(0), in a grid of 6 × 8."""

DETAIL = np.array(
    [
        [146, 152, 195, 213, 212, 149, 54, 40],
        [216, 215, 215, 215, 201, 126, 55, 41],
        [214, 217, 218, 213, 171, 72, 53, 40],
        [218, 215, 215, 197, 131, 54, 52, 42],
        [213, 214, 203, 156, 72, 55, 47, 55],
        [214, 198, 161, 108, 53, 51, 36, 65],
        [175, 148, 113, 50, 53, 45, 58, 73],
        [120, 86, 55, 57, 50, 34, 63, 78],
    ]
)
"""Some of its green pixels, where parts and solder meet."""
