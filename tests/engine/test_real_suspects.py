"""Five bad bottles hidden among 100 good ones are in the first eight of the list."""

import os
from pathlib import Path

import pytest

from tests.benchmarks.hidden_defects import draw

FOLDER = os.environ.get("PATCHLIGHT_REAL_DATA", "")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="PATCHLIGHT_REAL_DATA names no folder"),
    pytest.mark.timeout(3000),
]


@pytest.mark.parametrize("number", [0, 1, 3, 5])
def test_all_five_bottles_are_in_the_first_eight(number: int) -> None:
    """Draw 0 hides mixed defects; 1, 3 and 5 five of the same defect each."""
    found = draw(Path(FOLDER) / "bottle", number)
    print(f"\n{found.line()}")
    assert found.all_in(8)


def test_on_tiles_about_half_are_in_the_first_eight() -> None:
    """Tiles differ so much from one another that not all can be: reported, and not got worse."""
    found = [draw(Path(FOLDER) / "magnetic_tile", number) for number in (0, 2)]
    print("".join(f"\n{each.line()}" for each in found))
    assert sum(rank <= 8 for each in found for rank in each.ranks) >= 3
