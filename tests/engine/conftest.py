"""A small taught model for the engine's tests."""

from functools import partial

import pytest

from engine.patchcore import PatchCore
from engine.teach import teach
from tests.engine.pictures import SMALL, good_picture


@pytest.fixture(scope="session")
def model() -> PatchCore:
    """PatchCore on 12 good pictures, default backbone, small input."""
    return teach([partial(good_picture, seed) for seed in range(12)], SMALL)
