"""What flipped, turned and recoloured copies do to teaching; run by hand.

    python -m tests.benchmarks.altered_pictures 60 200

(boards taught, good and as many bad ones judged) prints, a line of JSON each, the image AUROC of
the virtual line taught from its boards alone, and from its boards and an altered copy of each.
"""

import json
import sys
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from engine.metrics import auroc
from engine.teach import TeachSettings, teach
from tests.benchmarks.shifted_line import BAD, GOOD, STEP, good
from tests.engine.pictures import Picture
from tests.loose_line import LooseLine

TURN_DEG = 8.0
LIGHT = 0.2
"""Largest share by which brightness and each colour are changed."""

Alter = Callable[[Picture, np.random.Generator], Picture]


def main(taught: int = 60, judged: int = 200) -> None:
    """Measure and print, a line of JSON each."""
    line, faulty = LooseLine(0, 0.0, 0, 0), LooseLine(0, 1.0, 0, 0)
    settings = TeachSettings(roi=line.roi)
    reads = [partial(good, line, 1 + STEP * index) for index in range(taught)]
    places = range(0, STEP * judged, STEP)
    parts = [good(line, GOOD + place) for place in places]
    parts += [good(faulty, BAD + place) for place in places]
    for name, alter in (("boards alone", None), *ALTERED.items()):
        copies = [] if alter is None else [partial(_copy, read, alter) for read in reads]
        model = teach([*reads, *copies], settings)
        scores = [model.score(part).value for part in parts]
        value = auroc(scores, [False] * judged + [True] * judged)
        print(json.dumps({"taught": name, "image_auroc": round(value, 4)}), flush=True)


def _copy(read: Callable[[], Picture], alter: Alter) -> Picture:
    pixels = read()
    return alter(pixels, np.random.default_rng(int(pixels.sum())))


def _flipped(pixels: Picture, _random: np.random.Generator) -> Picture:
    return np.ascontiguousarray(pixels[:, ::-1])


def _turned(pixels: Picture, random: np.random.Generator) -> Picture:
    height, width = pixels.shape[:2]
    turn = random.uniform(-TURN_DEG, TURN_DEG)
    move = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    turned = cv2.warpAffine(pixels, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, np.uint8)


def _recoloured(pixels: Picture, random: np.random.Generator) -> Picture:
    gain = 1 + random.uniform(-LIGHT, LIGHT) + random.uniform(-LIGHT, LIGHT, 3)
    return (pixels * gain).clip(0, 255).astype(np.uint8)


ALTERED: dict[str, Alter] = {
    "and flipped": _flipped,
    "and turned": _turned,
    "and recoloured": _recoloured,
}

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
