"""Teach a folder of pictures with our defaults, publish it, and print where the time went, as JSON.

Usage: teach_patchlight.py PICTURES HOME
"""

import json
import sys
import time
from pathlib import Path

from engine.teach import TeachSettings
from station.home import Home
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, teach


def main(pictures: Path, home: Path) -> None:
    """Stages end with their last progress call; "publishing" is what follows the last stage."""
    start = time.perf_counter()
    ends: dict[str, float] = {}

    def note(stage: str, done: int, total: int) -> None:
        ends[stage] = time.perf_counter()

    request = TeachRequest(
        "bench", sorted(pictures.iterdir()), {}, "benchmark", settings=TeachSettings()
    )
    recipe = teach(request, RecipeStore(Home(home)), note)
    ends["publishing"] = time.perf_counter()
    stages = {}
    for stage, end in ends.items():
        stages[stage], start = end - start, end
    print(json.dumps({"stages": stages, "teaching": recipe.draft.teaching}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
