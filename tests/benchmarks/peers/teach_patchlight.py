"""Teach a folder of pictures with our defaults, publish it, and print where the time went, as JSON.

Usage: teach_patchlight.py PICTURES HOME
"""

import json
import sys
import threading
import time
from pathlib import Path

from engine.teach import TeachSettings
from station.home import Home
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, teach

SAMPLED_S = 0.02


def own_memory() -> int:
    """Bytes this process holds for itself: pages the system keeps of files do not count."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


class Watch:
    """Samples `own_memory` until left; `most` is the largest seen above what was held at first."""

    def __init__(self) -> None:
        self._first = own_memory()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.most = 0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLED_S):
            self.most = max(self.most, own_memory() - self._first)


def main(pictures: Path, home: Path) -> None:
    """Stages end with their last progress call; "publishing" is what follows the last stage."""
    start = time.perf_counter()
    ends: dict[str, float] = {}

    def note(stage: str, done: int, total: int) -> None:
        ends[stage] = time.perf_counter()

    request = TeachRequest(
        "bench", sorted(pictures.iterdir()), {}, "benchmark", settings=TeachSettings()
    )
    with Watch() as watch:
        recipe = teach(request, RecipeStore(Home(home)), note)
    ends["publishing"] = time.perf_counter()
    stages = {}
    for stage, end in ends.items():
        stages[stage], start = end - start, end
    found = {"stages": stages, "memory_bytes": watch.most, "teaching": recipe.draft.teaching}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
