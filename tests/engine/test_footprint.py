"""The memory said before teaching is the memory it takes at most."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine import footprint
from engine.resolution import choose
from engine.teach import TeachSettings

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "request_",
    [
        ("1000", "96", "96", "96", "0", "50000", "0"),
        ("6", "600", "1100", "384", "12", "20000", "0"),
        ("30", "600", "1100", "384", "12", "120000", "1"),
    ],
    ids=["1000 pictures", "tiles", "by position"],
)
def test_teaching_stays_inside_the_memory_said(request_: tuple[str, ...]) -> None:
    child = [sys.executable, "-m", "tests.engine.footprint_child", *request_]
    out = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    taken, said = map(int, out.split())
    assert 0 < taken <= said
    assert said < 4 * taken + 100 * 2**20


def test_memory_does_not_grow_with_pictures_beyond_the_limit() -> None:
    settings = TeachSettings(smallest_defect=12)
    chosen = choose((3000, 4000), 384, (8, 16), 12)
    few, many = (
        footprint.predict(count, (3000, 4000), chosen, 152, settings) for count in (20, 2000)
    )
    assert many.memory_bytes <= 1.05 * few.memory_bytes
    assert many.disk_bytes <= 4 * 152 * 2_100_000
    assert (few.every, many.every) == (2, 188)
    assert "every 188th patch taught" in many.sentence
