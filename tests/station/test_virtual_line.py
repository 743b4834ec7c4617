"""The virtual line as a camera and as a source of ground truth."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from station.cameras.camera import Camera
from station.cameras.virtual_line import Board, DefectKind, VirtualLine
from station.errors import CameraError

SIZE = (240, 320)
SMALL = (96, 128)
SEED = 7
INDICES = range(40)


@pytest.fixture(scope="module")
def good_line() -> VirtualLine:
    return VirtualLine(SEED, 0.0, SIZE)


@pytest.fixture(scope="module")
def bad_line() -> VirtualLine:
    return VirtualLine(SEED, 1.0, SIZE)


@pytest.fixture(scope="module")
def pairs(good_line: VirtualLine, bad_line: VirtualLine) -> list[tuple[Board, Board]]:
    """Defective boards, each with its good twin."""
    return [(bad_line.board(i), good_line.board(i)) for i in INDICES]


def same(one: Board, other: Board) -> bool:
    return (
        one.defect is other.defect
        and np.array_equal(one.pixels, other.pixels)
        and np.array_equal(one.mask, other.mask)
    )


def change(bad: Board, good: Board) -> np.ndarray:
    """How far two boards differ, at each pixel in its strongest channel."""
    return np.abs(bad.pixels.astype(int) - good.pixels).max(axis=2)


def test_equal_arguments_give_equal_bytes_in_any_order() -> None:
    one, other = VirtualLine(SEED, 1.0, SMALL), VirtualLine(SEED, 1.0, SMALL)
    backwards = {index: other.board(index) for index in reversed(range(8))}
    assert all(same(one.board(index), backwards[index]) for index in range(8))


def test_another_seed_gives_other_boards_of_the_same_product() -> None:
    one, other = (VirtualLine(seed, 0.0, SMALL).board(0).pixels for seed in (1, 2))
    assert not np.array_equal(one, other)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.6


def test_good_boards_have_no_mask(pairs: list[tuple[Board, Board]]) -> None:
    assert all(good.defect is None and not good.mask.any() for _, good in pairs)


def test_defective_boards_say_what_and_where(pairs: list[tuple[Board, Board]]) -> None:
    assert {bad.defect for bad, _ in pairs} == set(DefectKind)
    assert all(bad.mask.any() and bad.mask.mean() < 0.1 for bad, _ in pairs)


def test_a_defect_changes_its_mask_and_nothing_else(pairs: list[tuple[Board, Board]]) -> None:
    # Blur and shadows carry a defect a little beyond its own pixels.
    reach = np.ones((13, 13), np.uint8)
    for bad, good in pairs:
        near = cv2.dilate(bad.mask.astype(np.uint8), reach) > 0
        changed = change(bad, good)
        assert changed[bad.mask].mean() > 15, bad.defect
        assert (changed[~near] <= 12).mean() > 0.995, bad.defect


def test_most_of_what_a_defect_changes_is_masked(pairs: list[tuple[Board, Board]]) -> None:
    strong = [change(bad, good) > 60 for bad, good in pairs]
    hit = sum((s & bad.mask).sum() for s, (bad, _) in zip(strong, pairs, strict=True))
    assert hit > 0.93 * sum(s.sum() for s in strong)


def test_a_higher_rate_only_adds_defects(pairs: list[tuple[Board, Board]]) -> None:
    some = VirtualLine(SEED, 0.4, SIZE)
    boards = [some.board(i) for i in range(12)]
    kept = [same(board, pairs[i][0 if board.defect else 1]) for i, board in enumerate(boards)]
    assert all(kept)
    assert 0 < sum(board.defect is not None for board in boards) < 12
    more = VirtualLine(SEED, 0.6, SIZE)
    assert all(more.defect(i) == some.defect(i) for i in range(500) if some.defect(i))


def test_the_defect_is_known_without_rendering(pairs: list[tuple[Board, Board]]) -> None:
    line = VirtualLine(SEED, 1.0, SIZE)
    assert [line.defect(i) for i in INDICES] == [bad.defect for bad, _ in pairs]


def test_the_rate_is_kept_and_kinds_are_equally_likely() -> None:
    line = VirtualLine(SEED, 0.1, SIZE)
    kinds = [kind for kind in map(line.defect, range(6000)) if kind]
    assert 500 < len(kinds) < 700  # 600 expected, sigma 23
    assert min(kinds.count(kind) for kind in DefectKind) > 60  # 100 expected, sigma 10


def test_good_boards_vary_but_stay_the_same_product(pairs: list[tuple[Board, Board]]) -> None:
    pictures = np.array([good.pixels for _, good in pairs], np.float32)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    mean = pictures.mean(axis=0)
    likeness = [np.corrcoef(mean.ravel(), picture.ravel())[0, 1] for picture in pictures]
    assert min(likeness) > 0.8


def test_boards_are_green_in_rgb(good_line: VirtualLine) -> None:
    red, green, blue = np.median(good_line.board(0).pixels.reshape(-1, 3), axis=0)
    assert green > red + 20
    assert green > blue + 20


@pytest.mark.parametrize("size", [SMALL, (130, 130), (100, 300)])
def test_size_is_respected(size: tuple[int, int]) -> None:
    board = VirtualLine(SEED, 1.0, size).board(0)
    assert board.pixels.shape == (*size, 3)
    assert board.pixels.dtype == np.uint8
    assert board.mask.shape == size
    assert board.mask.any()


def test_boards_are_read_only(good_line: VirtualLine) -> None:
    board = good_line.board(0)
    assert not board.pixels.flags.writeable
    assert not board.mask.flags.writeable


def grabbed(camera: Camera, count: int) -> Iterator[tuple[str, bytes]]:
    with camera:
        for _ in range(count):
            picture = camera.grab()
            yield picture.source, picture.pixels.tobytes()


def test_it_is_a_camera_that_starts_anew_when_opened() -> None:
    line = VirtualLine(SEED, 0.0, SMALL, first_board=3)
    first = list(grabbed(line, 2))
    assert [source for source, _ in first] == ["board 000003", "board 000004"]
    assert first[0][1] == line.board(3).pixels.tobytes()
    assert list(grabbed(line, 2)) == first


def test_every_step_th_board_is_given() -> None:
    line = VirtualLine(SEED, 0.0, SMALL, first_board=2, step=5)
    assert [source for source, _ in grabbed(line, 2)] == ["board 000002", "board 000007"]


def test_its_settings_say_all_that_is_needed_to_build_it_again() -> None:
    line = VirtualLine(5, 0.25, (96, 128), first_board=9, step=4)
    assert line.settings == {
        "kind": "virtual line",
        "seed": 5,
        "defect_rate": 0.25,
        "height": 96,
        "width": 128,
        "first_board": 9,
        "step": 4,
    }


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        ((-1, 0.1, SIZE, 0), "seed"),
        ((0, 1.5, SIZE, 0), "defect rate is 1.5"),
        ((0, float("nan"), SIZE, 0), "defect rate is nan"),
        ((0, 0.1, (10, 10), 0), "at least 128 × 96"),
        ((0, 0.1, SIZE, -4), "first board"),
    ],
)
def test_impossible_lines_are_refused(
    arguments: tuple[int, float, tuple[int, int], int], about: str
) -> None:
    with pytest.raises(CameraError, match=about):
        VirtualLine(*arguments)
