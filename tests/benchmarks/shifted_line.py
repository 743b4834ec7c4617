"""Boards shifted by up to ±40 px and turned by up to ±8°: what an anchor gives back.

    python -m tests.benchmarks.shifted_line 60 80 480

(boards taught, good and as many bad ones judged, height of the pictures) prints, a line of JSON
each, image AUROC of boards that stop straight, of loose ones with an anchor and without, and how
exactly boards are located. Boards that stop have a little play, which an anchor takes back as well:
what being loose costs is seen by the same recipe on both, with an anchor.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from engine.errors import NotInPlace
from engine.location import Anchor, locate
from engine.metrics import auroc
from engine.patchcore import PatchCore
from engine.region import outline
from engine.teach import TeachSettings, teach
from tests.engine.pictures import Picture
from tests.loose_line import LooseLine

ANCHOR = (150, 190, 180, 260)
"""(top, left, height, width) of the board's middle in the reference picture."""
AS_FINE = 552
"""Side at which a whole picture is looked at as finely as the region at the usual one."""
STEP = 29
"""Boards are taken so far apart: light and lots drift, and good and bad ones must share them."""
GOOD, BAD = 10_000, 10_014
"""Index of the first good and the first bad board that is judged."""


def main(taught: int = 60, judged: int = 80, height: int = 480) -> None:
    """Measure and print, a line of JSON each; height: of the pictures, 480 or a multiple."""
    size, finer = (height, height * 4 // 3), height // 480
    loose, straight = LooseLine(0, size=size), LooseLine(0, 0.0, 0, 0, size)
    top, left, *area = (finer * side for side in ANCHOR)
    anchor = Anchor.of(loose.board(0).pixels, (top, left, area[0], area[1]))
    plain = TeachSettings(roi=loose.roi)
    show("located", located(loose, anchor, judged))
    for name, on, judges, settings in (
        ("straight", straight, straight, plain),
        ("straight, with an anchor", straight, straight, replace(plain, anchor=anchor)),
        ("loose, with an anchor", loose, loose, replace(plain, anchor=anchor)),
        ("loose, without", loose, loose, replace(plain, roi=None, side=AS_FINE)),
        ("taught straight, judged loose", straight, loose, plain),
    ):
        show(name, run(on, judges, settings, taught, judged))


def show(name: str, found: dict[str, float]) -> None:
    """Print one line."""
    print(json.dumps({"name": name, **found}), flush=True)


def run(
    on: LooseLine, judges: LooseLine, settings: TeachSettings, taught: int, judged: int
) -> dict[str, float]:
    """Teach boards of one line and judge those of another."""
    model = teach([partial(good, on, 1 + STEP * index) for index in range(taught)], settings)
    faulty = LooseLine(judges._seed, 1.0, judges._shift_px, judges._turn_deg, judges._size)
    places = range(0, STEP * judged, STEP)
    scores = [score(model, good(judges, GOOD + place)) for place in places]
    scores += [score(model, good(faulty, BAD + place)) for place in places]
    value = auroc(scores, [False] * judged + [True] * judged)
    limit = float(np.max(scores[:judged]))
    return {
        "image_auroc": round(value, 4),
        "bad above every good": int(np.sum(np.array(scores[judged:]) > limit)),
        "not in place": int(np.isinf(scores).sum()),
    }


def good(line: LooseLine, index: int) -> Picture:
    """Render one board."""
    return line.board(index).pixels


def score(model: PatchCore, picture: Picture) -> float:
    """Score one board; one that is not in place is rejected."""
    try:
        return model.score(picture).value
    except NotInPlace:
        return np.inf


def located(line: LooseLine, anchor: Anchor, count: int) -> dict[str, float]:
    """Say how far off located boards' corners and angles are, and how long locating takes."""
    pixels, degrees, confidences, times = [], [], [], []
    for index in range(GOOD, GOOD + count):
        picture = line.board(index).pixels
        start = perf_counter()
        found = locate(picture, anchor)
        times.append(1000 * (perf_counter() - start))
        confidences.append(found.confidence)
        degrees.append(abs(found.turn_deg - line.moved(index)[2]))
        off = found.to_picture(outline(line.roi)) - truly(line, index)
        pixels.append(np.hypot(*off.T).max())
    return {
        **_spread("corner_px", pixels),
        **_spread("turn_deg", degrees),
        **_spread("ms", times),
        "least_confidence": round(min(confidences), 4),
    }


def truly(line: LooseLine, index: int) -> np.ndarray:
    """Return where the board's corners really are, float64 (4, 2)."""
    x, y, turn_deg = line.moved(index)
    turn, middle = np.deg2rad(turn_deg), np.array(line._size[::-1]) / 2
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (outline(line.roi) - middle) @ matrix.T + middle + [x, y]


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    return {
        f"{name}_median": round(float(np.median(values)), 3),
        f"{name}_largest": round(float(np.max(values)), 3),
    }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
