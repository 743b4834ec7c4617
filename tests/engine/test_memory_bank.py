"""Exact nearest neighbours."""

import numpy as np
import pytest

from engine import memory_bank
from engine.memory_bank import MemoryBank


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((300, 20), np.float32)


def test_nearest_against_brute_force_in_chunks(vectors, monkeypatch) -> None:
    monkeypatch.setattr(memory_bank, "CHUNK", 7)
    bank = MemoryBank.build(vectors, np.zeros((300, 3), np.int32))
    queries = np.random.default_rng(1).standard_normal((50, 20), np.float32)
    distances, found = bank.nearest(queries)
    brute = np.linalg.norm(queries[:, None].astype(np.float64) - vectors[None], axis=2)
    np.testing.assert_array_equal(found, brute.argmin(axis=1))
    np.testing.assert_allclose(distances, brute.min(axis=1), rtol=1e-5)


def test_neighbours_start_with_the_vector_itself(vectors) -> None:
    vectors[1] = vectors[0]
    bank = MemoryBank.build(vectors, np.zeros((300, 3), np.int32))
    assert bank.neighbours.shape == (300, 9)
    np.testing.assert_array_equal(bank.neighbours[:, 0], np.arange(300))
    assert bank.neighbours[0, 1] == 1
    assert all(len(set(row)) == 9 for row in bank.neighbours.tolist())


def test_a_tiny_bank_has_fewer_neighbours() -> None:
    bank = MemoryBank.build(np.eye(3, dtype=np.float32), np.zeros((3, 3), np.int32))
    assert bank.neighbours.shape == (3, 3)
