"""The parity gate: a runtime judges parts only after it has reproduced a recipe's golden scores.

Golden pictures travel with the scores that the reference runtime gave them. A machine whose
library rounds, fuses or mistakes something shows it on these pictures before it judges a part.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.network import FAST_INT8
from engine.score import Score

TOLERANCE = 1e-4
"""How far a score may be from the reference's, as a share of it.

Relative, because a score is a distance in feature space: its size depends on backbone, strides and
bank, and so does the rounding of the sums behind it. In f32 the runtimes differ by 1e-6 or less;
in bf16 by 1e-2.
"""
TOLERANCE_INT8 = 2e-2
"""The same where the network runs in 8 bits: a rounding step that falls the other way is large."""


class Scorer(Protocol):
    """A model on one runtime."""

    @property
    def device(self) -> str:
        """What judges, for people."""

    def score(self, image: NDArray[np.uint8], /) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB."""


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """A picture, uint8 (H, W, 3) RGB, and the score that the reference runtime gave it."""

    name: str
    pixels: NDArray[np.uint8]
    reference: float


@dataclass(frozen=True, slots=True)
class Parity:
    """What the gate found.

    largest: greatest difference to a reference score, as a share of that score.
    refusal: a sentence that says why this runtime may not judge; empty where it may.
    """

    largest: float
    refusal: str

    @property
    def passed(self) -> bool:
        """True where the runtime may judge parts."""
        return not self.refusal


def tolerance(mode: str) -> float:
    """How far a score may be from its reference in a model of `mode`, as a share of it."""
    return TOLERANCE_INT8 if mode == FAST_INT8 else TOLERANCE


def check(
    scorer: Scorer, golden: Sequence[Golden], threshold: float, allowed: float = TOLERANCE
) -> Parity:
    """Score every golden picture; refuse on the first that is off by more or judged otherwise.

    allowed: `tolerance` of the model's mode.

    Raises:
        ValueError: no golden picture, so nothing can be shown.
    """
    if not golden:
        raise ValueError("A parity check takes golden pictures.")
    largest = 0.0
    for each in golden:
        found = scorer.score(each.pixels).value
        largest = max(largest, difference(found, each.reference))
        if reason := _reason(each, found, threshold, allowed):
            return Parity(largest, f"{scorer.device} is refused on this machine: {reason}")
    return Parity(largest, "")


def is_witness(score: float, threshold: float, allowed: float = TOLERANCE) -> bool:
    """False for a score so near the threshold that rounding within the tolerance may flip it."""
    return difference(threshold, score) > allowed


def difference(found: float, reference: float) -> float:
    """|found − reference| / reference; infinite where either is no finite number."""
    if not (math.isfinite(found) and math.isfinite(reference)):
        return math.inf
    if found == reference:
        return 0.0
    return abs(found - reference) / abs(reference) if reference else math.inf


def _reason(golden: Golden, found: float, threshold: float, allowed: float) -> str:
    apart = difference(found, golden.reference)
    scores = f"'{golden.name}' scores {found:.6g}, the reference is {golden.reference:.6g}"
    if apart > allowed:
        return f"{scores}: {apart:.2%} apart, {allowed:.2%} is allowed."
    if (found >= threshold) != (golden.reference >= threshold):
        return f"{scores}: the threshold {threshold:.6g} lies between them, the verdict flips."
    return ""
