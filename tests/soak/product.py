"""What the soak's line makes: small boards, so that judging keeps up with four times the rate."""

import tempfile
from pathlib import Path

from engine.coreset import CoresetSize
from engine.progress import never_cancelled, no_progress
from engine.teach import TeachSettings
from station.cameras.virtual_line import VirtualLine
from station.demo import BOARDS_A_MINUTE, STEP
from station.home import Home
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.settings import LaneSettings, LineSettings, Settings, StorageSettings, save
from station.teaching import TeachRequest, collect, teach

TIMES = 4
PERIOD_S = 60 / (TIMES * BOARDS_A_MINUTE)
"""From one board to the next."""

RECIPE = "soak board"
TAKT_S = 1.0
"""From trigger to verdict."""

SIZE = (192, 256)
"""(H, W) of the pictures."""

DEFECT_RATE = 0.05
FIRST_JUDGED = 100_000
SETTINGS = TeachSettings(side=222, size=CoresetSize(cap=2_000))


def judged_line(seed: int) -> VirtualLine:
    """The line whose boards are judged; none of them was taught."""
    return VirtualLine(seed, DEFECT_RATE, SIZE, first_board=FIRST_JUDGED)


def taught(home: Home, seed: int, boards: int, camera: dict[str, str | float | bool]) -> Recipe:
    """Teach the recipe on so many good boards and publish it in this home."""
    with (
        tempfile.TemporaryDirectory() as folder,
        VirtualLine(seed, 0, SIZE, step=STEP) as line,
    ):
        images = collect(line, Path(folder), boards, no_progress, never_cancelled)
        request = TeachRequest(RECIPE, images, camera, "soak", settings=SETTINGS)
        return teach(request, RecipeStore(home))


def set_up(home: Home, plc_port: int) -> None:
    """Write the settings of a station that a PLC triggers, on a small disk."""
    lane = LaneSettings(recipe=RECIPE, trigger="line", takt_s=TAKT_S)
    line = LineSettings("modbus", "127.0.0.1", plc_port)
    save(
        home, Settings((lane,), line, StorageSettings(backups=4, keep_free_mib=64, ballast_mib=16))
    )
