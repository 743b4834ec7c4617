"""Boards that lie loosely are brought to one place; tests.benchmarks.shifted_line says what for."""

import numpy as np
import pytest

from engine.location import Anchor, locate
from engine.region import look
from tests.loose_line import LooseLine

ANCHOR = (150, 190, 180, 260)
BOARDS = (3, 11, 1007)


class StillLine(LooseLine):
    """The same boards, in the same light, all straight."""

    def moved(self, index):
        return 0.0, 0.0, 0.0


@pytest.fixture(scope="module")
def loose():
    return LooseLine(0, 1.0)


@pytest.fixture(scope="module")
def still():
    return StillLine(0, 1.0)


@pytest.fixture(scope="module")
def anchor():
    return Anchor.of(LooseLine(0).board(0).pixels, ANCHOR)


@pytest.mark.parametrize("index", BOARDS)
def test_a_loose_board_is_located_to_a_part_of_a_pixel(loose, anchor, index):
    found, (x, y, turn_deg) = locate(loose.board(index).pixels, anchor), loose.moved(index)
    middle = found.to_picture(np.array([[320.0, 240.0]]))[0]
    assert middle == pytest.approx((320 + x, 240 + y), abs=0.3)
    assert found.turn_deg == pytest.approx(turn_deg, abs=0.1)


@pytest.mark.parametrize("index", BOARDS)
def test_a_located_board_looks_like_its_straight_twin(loose, still, anchor, index):
    one = look(loose.board(index).pixels, loose.roi, (), anchor).pixels.astype(float)
    twin = look(still.board(index).pixels, still.roi, (), None).pixels.astype(float)
    as_it_lies = look(loose.board(index).pixels, loose.roi, (), None).pixels.astype(float)
    assert np.abs(one - twin).mean() < 6
    assert np.abs(as_it_lies - twin).mean() > 4 * np.abs(one - twin).mean()
