"""Exact neighbours by bounds along leading axes: nothing but the exact answer, on any bank."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from engine.backbone import Backbone
from engine.leading import Leading
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.runtimes.opening import open_model, open_runtime
from engine.runtimes.openvino_runtime import OpenVinoLeadingMatcher, OpenVinoMatcher
from engine.tiling import Tiling
from tests.engine.pictures import bad_picture, good_picture

SIZE = (96, 128)


@cache
def turned() -> np.ndarray:
    """A seeded rotation, float64 (600, 600)."""
    return np.linalg.qr(np.random.default_rng(0).standard_normal((600, 600)))[0]


def falling(count: int, seed: int, offset: float = 0.0, power: float = 1.0) -> np.ndarray:
    """float32 (count, 600); the n-th direction's standard deviation is 30 / n ** power."""
    scale = 30 / np.arange(1, 601) ** power
    drawn = np.random.default_rng(seed).standard_normal((count, 600)) * scale
    return (drawn @ turned() + offset).astype(np.float32)


def exact(queries: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Squared distances in float64, (Q, M)."""
    q, m = queries.astype(np.float64), bank.astype(np.float64)
    return (q**2).sum(1)[:, None] + (m**2).sum(1) - 2 * q @ m.T


def resolved(leading: Leading, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the graph does, in NumPy and float32."""
    centred = queries - leading.middle
    lengths = np.square(centred).sum(axis=1)
    along = centred @ leading.axes.T
    rest = np.sqrt(np.maximum(lengths - np.square(along).sum(axis=1), 0))
    short = np.concatenate([along, rest[:, None]], axis=1)
    bounds = leading.lengths - 2 * short @ leading.short.T
    return leading.resolve(queries, bounds, bounds.argmin(axis=1), lengths, rest)


@pytest.mark.parametrize("offset", [0.0, 300.0])
@pytest.mark.parametrize("spread", [0.0, 1e-3, 1.0])
def test_the_nearest_is_found_however_close_or_far_the_queries(
    offset: float, spread: float
) -> None:
    bank = falling(1500, 1, offset)
    leading = Leading.choose(bank)
    assert leading is not None
    queries = bank[::7] + spread * falling(len(bank[::7]), 2)
    queries = queries.astype(np.float32)
    distances, indices = resolved(leading, queries)
    truth = exact(queries, bank)
    rows = np.arange(len(queries))
    tolerance = 1e-9 * np.square(queries.astype(np.float64)).sum(axis=1)
    assert (truth[rows, indices] <= truth.min(axis=1) + tolerance).all()
    away = np.linalg.norm(queries.astype(np.float64) - bank[indices], axis=1)
    np.testing.assert_allclose(distances, away, rtol=1e-5, atol=1e-6)


def test_bounds_that_leave_everything_still_give_the_nearest() -> None:
    """A bank without leading axes: worthless bounds, and no other answer."""
    bank = falling(300, 1, power=0)
    leading = Leading._along(bank, np.eye(600, dtype=np.float32)[:64])
    queries = falling(40, 2, power=0)
    distances, indices = resolved(leading, queries)
    truth = exact(queries, bank)
    np.testing.assert_array_equal(indices, truth.argmin(axis=1))
    np.testing.assert_allclose(distances, np.sqrt(truth.min(axis=1)), rtol=1e-5)


def test_only_banks_that_it_serves_are_taken() -> None:
    assert Leading.choose(falling(1500, 1)) is not None
    assert Leading.choose(falling(1500, 1, power=0)) is None
    assert Leading.choose(np.ascontiguousarray(falling(1500, 1)[:, :250])) is None
    assert Leading.choose(falling(50, 1)) is None


@pytest.fixture(scope="module")
def long() -> PatchCore:
    """A model of 560 dimensions: all channels of lite0, and some of them twice."""
    network = Network.build(Backbone(), SIZE)
    twice = np.eye(560, 496, dtype=np.float32)
    twice[496:, :64] = np.eye(64)
    network = Network.build(Backbone(), SIZE, twice)
    runtime = open_runtime("openvino", network)
    found = [runtime.patches(good_picture(seed)[None]).reshape(-1, 560) for seed in range(8)]
    vectors = np.concatenate([one.copy() for one in found])
    bank = MemoryBank.build(vectors, np.zeros((len(vectors), 3), np.int32))
    return open_model(Model(network, Preprocessing(Tiling(SIZE, SIZE), None), bank), "openvino")


def test_a_model_of_long_vectors_scores_as_without(long: PatchCore) -> None:
    assert isinstance(long.matcher, OpenVinoLeadingMatcher)
    whole = replace(long, matcher=OpenVinoMatcher(long.model.network, long.bank))
    for picture in (good_picture(0), good_picture(50), bad_picture(51)):
        one, other = long.score(picture), whole.score(picture)
        assert one.value == pytest.approx(other.value, rel=1e-5, abs=1e-3)
        np.testing.assert_allclose(one.anomaly_map, other.anomaly_map, rtol=1e-3, atol=0.05)
