"""Another product is far from everything taught over most of the picture, a defect is not."""

import numpy as np
import pytest

from engine import resemblance
from engine.resemblance import FACTOR, OF_SCORE


def maps(level: float, share: float, size=(80, 120)) -> np.ndarray:
    """A map at 1, and at `level` over a share of it."""
    flat = np.ones(size[0] * size[1], np.float32)
    flat[: round(share * flat.size)] = level
    return flat.reshape(size)


@pytest.mark.parametrize(("share", "reached"), [(0.5, 1.0), (0.7, 1.0), (0.8, 9.0), (1.0, 9.0)])
def test_three_quarters_of_the_area_must_be_beyond(share: float, reached: float) -> None:
    assert resemblance.reached(maps(9.0, share), 80 * 120) == reached


def test_what_lies_outside_the_area_counts_neither_way() -> None:
    seen = np.zeros((80, 120), np.float32)
    seen[20:60, 40:80] = 5.0
    assert resemblance.reached(seen, 40 * 40) == 5.0
    assert resemblance.reached(seen, 80 * 120) == 0.0


def test_the_area_is_the_region_of_interest_less_what_is_ignored() -> None:
    square = ((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0))
    assert resemblance.area((80, 120), None, ()) == 80 * 120
    assert resemblance.area((80, 120), (5, 5, 40, 50), ()) == 40 * 50
    assert resemblance.area((80, 120), (5, 5, 40, 50), (square,)) == pytest.approx(1800, abs=40)
    assert resemblance.area((80, 120), (30, 40, 40, 50), (square,)) == 40 * 50


def test_the_limit_is_beyond_every_good_part() -> None:
    assert resemblance.limit([2.0, 3.0, 1.0], [4.0, 5.0, 3.0]) == FACTOR * 3
    assert resemblance.limit([0.0, 0.1], [4.0, 8.0]) == OF_SCORE * 8, "compared by position"
