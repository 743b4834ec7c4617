"""How one board differs honestly from the next: all of it drawn from (seed, board index)."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Stream(IntEnum):
    """Independent sources of chance, so that one never shifts another."""

    PRODUCT = 0
    DRIFT = 1
    POSE = 2
    LIGHT = 3
    ASSEMBLY = 4
    NOISE = 5
    DEFECT = 6
    FIXTURE = 7
    POCKET = 8


def chance(seed: int, stream: Stream, index: int = 0) -> np.random.Generator:
    """Return the generator of one stream for one board."""
    return np.random.default_rng([seed, int(stream), index])


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the board lies under the camera: shift in millimetres, turn, and the belt under it."""

    x: float
    y: float
    angle_deg: float
    belt_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """gain: overall. slope_x, slope_y: relative rise from the middle to the picture's edge.

    balance: float32 (3,), red green blue. blur_mm: the lens's own, standard deviation.
    """

    gain: float
    slope_x: float
    slope_y: float
    balance: NDArray[np.float32]
    blur_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """What pick-and-place and reflow leave to chance, one entry a part or a joint.

    shifts: float64 (parts, 2), millimetres. angles_deg, tones: float64 (parts,).
    joints: int64 (joints,), which of the solder shapes. lot: the chips' production lot.
    laser: strength of the chips' marking.
    """

    shifts: NDArray[np.float64]
    angles_deg: NDArray[np.float64]
    tones: NDArray[np.float64]
    joints: NDArray[np.int64]
    lot: str
    laser: float


def pose_of(seed: int, index: int) -> Pose:
    """Return how the conveyor stopped the board."""
    rng = chance(seed, Stream.POSE, index)
    x, y = np.clip(rng.normal(0, 0.17, 2), -0.4, 0.4)
    angle = np.clip(rng.normal(0, 0.38), -1, 1)
    return Pose(float(x), float(y), float(angle), int(rng.integers(0, 4096)))


def fixture_pose_of(seed: int, index: int) -> Pose:
    """Return how panel `index`'s fixture stopped: against pins, closer than a board on the belt."""
    rng = chance(seed, Stream.FIXTURE, index)
    x, y = np.clip(rng.normal(0, 0.12, 2), -0.3, 0.3)
    return Pose(float(x), float(y), float(np.clip(rng.normal(0, 0.04), -0.1, 0.1)), 0)


def pocket_pose_of(seed: int, serial: int) -> Pose:
    """Return how one board of a panel lies in its pocket, which leaves it little play."""
    rng = chance(seed, Stream.POCKET, serial)
    x, y = np.clip(rng.normal(0, 0.06, 2), -0.15, 0.15)
    return Pose(float(x), float(y), float(np.clip(rng.normal(0, 0.12), -0.3, 0.3)), 0)


def light_of(seed: int, index: int) -> Light:
    """Return the lamp's state: it drifts over hundreds of boards and flickers."""
    slow = _drift(seed, index)
    rng = chance(seed, Stream.LIGHT, index)
    quick = rng.normal(0, [0.010, 0.008, 0.008, 0.004, 0.003])
    warmth = 0.012 * slow[3] + quick[3]
    balance = np.array([1 + warmth, 1 + quick[4], 1 - warmth], np.float32)
    return Light(
        gain=float(1.06 + 0.032 * slow[0] + quick[0]),
        slope_x=float(0.028 * slow[1] + quick[1]),
        slope_y=float(0.022 * slow[2] + quick[2]),
        balance=balance,
        blur_mm=float(rng.uniform(0.058, 0.07)),
    )


def _drift(seed: int, index: int) -> NDArray[np.float64]:
    """Return four slow waves of the board index, each within -1..1."""
    rng = chance(seed, Stream.DRIFT)
    periods = rng.uniform(250, 900, (2, 4)) * np.array([[1.0], [0.37]])
    phases = rng.uniform(0, 2 * np.pi, (2, 4))
    waves = np.sin(2 * np.pi * index / periods + phases)
    return np.asarray(waves[0] * 0.7 + waves[1] * 0.3, np.float64)


def assembly_of(seed: int, index: int, parts: int, joints: int, shapes: int) -> Assembly:
    """Return one board's placement tolerances, solder shapes and lot."""
    rng = chance(seed, Stream.ASSEMBLY, index)
    return Assembly(
        shifts=np.clip(rng.normal(0, 0.025, (parts, 2)), -0.06, 0.06),
        angles_deg=np.clip(rng.normal(0, 0.45, parts), -1.2, 1.2),
        tones=np.clip(rng.normal(1, 0.02, parts), 0.94, 1.06),
        joints=rng.integers(0, shapes, joints),
        lot=_lot_of(seed, index),
        laser=float(rng.uniform(0.62, 0.86)),
    )


_BOARDS_A_LOT = 40


def _lot_of(seed: int, index: int) -> str:
    """Return the lot code lasered on this board's chips; a reel lasts for some boards."""
    rng = chance(seed, Stream.PRODUCT, 1 + index // _BOARDS_A_LOT)
    letter = "ABCDEFGHKLMN"[rng.integers(12)]
    return f"24{rng.integers(30, 53)}{letter}{rng.integers(10, 99)}"
