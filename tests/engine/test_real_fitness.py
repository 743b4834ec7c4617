"""On real parts: no good picture is refused, no defective one either, spoilt ones are."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import fitness
from engine.fitness import Examined, Limits
from engine.images import load_image
from engine.usual import Problem
from tests.engine.test_picture_checks import blurred, moved, scaled

FOLDER = os.environ.get("PATCHLIGHT_REAL_DATA", "")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="PATCHLIGHT_REAL_DATA names no folder"),
    pytest.mark.timeout(3000),
]


def pictures(*parts: str) -> list[np.ndarray]:
    paths = sorted(Path(FOLDER).joinpath(*parts).rglob("*.*"))
    return [load_image(path) for path in paths]


@pytest.mark.parametrize(("name", "share"), [("bottle", 0.0), ("magnetic_tile", 0.02)])
def test_good_and_defective_parts_are_judged(name: str, share: float) -> None:
    """Of the tiles, whose sizes differ from picture to picture, 1 to 2 in a hundred are refused."""
    good = pictures(name, "train", "good")
    order = np.random.default_rng(0).permutation(len(good))
    taught = [good[index] for index in order[:100]]
    limits = Limits.of([Examined.of(each) for each in taught])
    untaught = [good[index] for index in order[100:]] + pictures(name, "test")
    assert not any(fitness.check(each, (0, 0), limits) for each in taught)
    refused = sum(fitness.check(each, (0, 0), limits) is not None for each in untaught)
    print(f"\n{name}: {refused} of {len(untaught)} untaught pictures refused")
    assert refused <= share * len(untaught)


def test_spoilt_bottles_are_refused_for_what_was_done_to_them() -> None:
    limits = Limits.of([Examined.of(each) for each in pictures("bottle", "train", "good")[:100]])
    for bottle in pictures("bottle", "test", "good"):
        half = bottle.copy()
        half[len(half) // 2 :] = 128
        shifted = bottle.copy()
        shifted[len(half) // 2 :] = np.roll(bottle, 30, axis=1)[len(half) // 2 :]
        for spoilt, problem in (
            (scaled(bottle, 0.4), Problem.DARK),
            (cv2.convertScaleAbs(bottle, alpha=3), Problem.BRIGHT),
            (blurred(bottle, 1), Problem.BLURRED),
            (moved(bottle, 0, 12), Problem.SMEARED),
            (half, Problem.TORN),
            (shifted, Problem.TORN),
        ):
            found = fitness.check(spoilt, (0, 0), limits)
            assert found is not None
            assert found.problem is problem
