"""Memory over many parts: a session with its threads, queue, ledger and heatmaps stays flat.

PATCHLIGHT_PARTS sets how many parts are judged; without it the accepted 10,000.
"""

import os
import threading
import time
from functools import partial
from pathlib import Path

from PIL import Image

from engine.teach import TeachSettings
from station.cameras.camera import Camera, Picture
from station.home import Home
from station.inspection.events import Event, Recorded, StateChanged
from station.inspection.session import Session
from station.inspection.triggers import FreeRun
from station.judging import AUTO
from station.judging_process import open_in_process
from station.ledger.reader import LedgerReader
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, teach
from tests.engine.pictures import bad_picture, good_picture

PARTS = int(os.environ.get("PATCHLIGHT_PARTS", "10000"))
SAMPLES = 20
GROWTH_MIB = 8.0
"""What the last half may grow over the median of the first: a leaked map of 64 KB a part would make
320 MB of 5,000 parts."""


class Line(Camera):
    """Twenty pictures over and over, one bad among them."""

    name = "memory test"
    settings: dict[str, str | float | bool] = {}  # noqa: RUF012 - the protocol's attribute

    def __init__(self) -> None:
        self._pictures = [good_picture(seed, (128, 128)) for seed in range(300, 319)]
        self._pictures.append(bad_picture(1, (128, 128)))
        self._number = 0

    def open(self) -> None:
        """Nothing to connect."""

    def grab(self) -> Picture:
        self._number += 1
        pixels = self._pictures[self._number % len(self._pictures)].copy()
        pixels.setflags(write=False)
        return Picture(pixels, f"{self._number}")

    def close(self) -> None:
        """Nothing to disconnect."""


def taught(home: Home, folder: Path) -> Recipe:
    folder.mkdir()
    for seed in range(30):
        Image.fromarray(good_picture(seed, (128, 128))).save(folder / f"{seed:02}.png")
    images = sorted(folder.glob("*.png"))
    request = TeachRequest("disc", images, {}, "bench", settings=TeachSettings(side=128))
    return teach(request, RecipeStore(home))


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_memory_is_flat_over_many_parts(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    recipe = taught(home, tmp_path / "good")
    seen: list[float] = []
    texts: list[str] = []
    recorded = 0

    def publish(event: Event) -> None:
        nonlocal recorded
        if isinstance(event, StateChanged):
            texts.append(event.text)
        if isinstance(event, Recorded):
            recorded += 1
            if recorded % (PARTS // SAMPLES) == 0:
                seen.append(resident_mib())

    session = Session(
        home,
        recipe,
        Line(),
        FreeRun(),
        operator="bench",
        load_engine=partial(open_in_process, runtime=AUTO, crash_log=tmp_path / "crash.log"),
        max_parts=PARTS,
    )
    threads = [
        threading.Thread(target=loop.run, args=(threading.Event(), publish))
        for loop in (session.acquire, session.inspect)
    ]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    with LedgerReader.open(home) as reader:
        assert reader.row(PARTS).sequence == PARTS, texts
    print(f"\n{PARTS} parts in {seconds:.0f} s; MiB resident every {PARTS // SAMPLES}:")
    print(" ".join(f"{mib:.1f}" for mib in seen))
    first = sorted(seen[1 : SAMPLES // 2])
    assert max(seen[SAMPLES // 2 :]) - first[len(first) // 2] < GROWTH_MIB
