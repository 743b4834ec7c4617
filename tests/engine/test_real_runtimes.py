"""Every runtime gives the reference's scores on real parts, and nobody's verdict flips."""

import os
from functools import partial
from pathlib import Path

import pytest

from engine.calibration import mean_sigma
from engine.images import load_image
from engine.parity import TOLERANCE, difference
from engine.runtimes.opening import REFERENCE, available, open_model
from engine.teach import TeachSettings, teach

FOLDER = os.environ.get("PATCHLIGHT_REAL_DATA", "")
TAUGHT, HELD_OUT = 60, 20

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="PATCHLIGHT_REAL_DATA names no folder"),
    pytest.mark.timeout(3000),
]


@pytest.mark.parametrize("product", ["bottle", "magnetic_tile"])
def test_scores_and_verdicts_are_the_same_on_every_runtime(product: str) -> None:
    root = Path(FOLDER) / product
    good = sorted((root / "train" / "good").glob("*.*"))[: TAUGHT + HELD_OUT]
    tested = sorted((root / "test").glob("*/*.*"))
    taught = teach([partial(load_image, path) for path in good[:TAUGHT]], TeachSettings())
    models = {name: open_model(taught.model, name) for name in available()}
    reference = models.pop(REFERENCE)
    threshold = mean_sigma([reference.score(load_image(path)).value for path in good[TAUGHT:]])
    largest, flips = dict.fromkeys(models, 0.0), dict.fromkeys(models, 0)
    for path in tested:
        pixels = load_image(path)
        expected = reference.score(pixels).value
        for name, model in models.items():
            found = model.score(pixels).value
            largest[name] = max(largest[name], difference(found, expected))
            flips[name] += (found >= threshold.value) != (expected >= threshold.value)
    print(f"\n{product}, {len(tested)} parts: largest difference {largest}, flips {flips}")
    assert max(largest.values()) <= TOLERANCE
    assert not any(flips.values())
