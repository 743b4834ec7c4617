"""Which contender to use, by rules that are said with the answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.delong import auroc_difference

ALIKE = 0.005
"""Image AUROCs within this of the highest count as alike; the fastest of them is recommended."""
ROUNDING = 1e-9
FEW = 10
"""With fewer good or fewer bad test pictures no difference is called real."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the rules look at. scores: of each test picture, higher is worse."""

    name: str
    image_auroc: float
    score_ms: float
    scores: tuple[float, ...]


def recommend(candidates: Sequence[Candidate], bad: Sequence[bool]) -> list[str]:
    """Choose, and say how sure the choice is.

    The highest image AUROC wins; of those within 0.005 of it the fastest. Whether the test
    pictures can tell two apart is said by the 95 % interval of their AUROCs' difference (DeLong).

    Args:
        bad: of each test picture, in the order of the scores.
    """
    good_count, bad_count = len(bad) - sum(bad), sum(bad)
    if not good_count or not bad_count:
        return ["No recommendation: it takes good and bad test pictures to tell contenders apart."]
    judged = [candidate for candidate in candidates if math.isfinite(candidate.image_auroc)]
    if not judged:
        return ["No recommendation: no contender judged the test pictures."]
    best = max(judged, key=lambda candidate: candidate.image_auroc)
    alike = [c for c in judged if best.image_auroc - c.image_auroc <= ALIKE + ROUNDING]
    chosen = min(alike, key=lambda candidate: candidate.score_ms)
    return [_choice(chosen, best, alike, judged), *_certainty(chosen, judged, bad)]


def _choice(
    chosen: Candidate,
    best: Candidate,
    alike: Sequence[Candidate],
    judged: Sequence[Candidate],
) -> str:
    if len(judged) == 1:
        return f"Recommended: {chosen.name}, the only one that judged (image AUROC {_au(chosen)})."
    if len(alike) == 1:
        return (
            f"Recommended: {chosen.name}. Its image AUROC, {_au(chosen)}, is the highest, by more "
            f"than {ALIKE}."
        )
    if chosen is best:
        return (
            f"Recommended: {chosen.name}. Its image AUROC, {_au(chosen)}, is the highest, and of "
            f"those within {ALIKE} of it none is faster ({chosen.score_ms:.1f} ms a part)."
        )
    return (
        f"Recommended: {chosen.name} (image AUROC {_au(chosen)}). Of those within {ALIKE} of the "
        f"highest ({best.name}, {_au(best)}) it is the fastest: {chosen.score_ms:.1f} ms a part."
    )


def _certainty(chosen: Candidate, judged: Sequence[Candidate], bad: Sequence[bool]) -> list[str]:
    others = [candidate for candidate in judged if candidate is not chosen]
    if not others:
        return []
    good_count, bad_count = len(bad) - sum(bad), sum(bad)
    if min(good_count, bad_count) < FEW:
        return [
            f"Not certain: {good_count} good and {bad_count} bad test pictures are too few to tell "
            f"any two apart. Test with at least {FEW} of each, better 50."
        ]
    return [_against(chosen, other, bad) for other in others]


def _against(chosen: Candidate, other: Candidate, bad: Sequence[bool]) -> str:
    difference = auroc_difference(chosen.scores, other.scores, bad)
    figures = (
        f"{difference.value:+.4f}, 95 % interval {difference.low:+.4f} to {difference.high:+.4f}"
    )
    if difference.told_apart:
        better = "higher" if difference.value > 0 else "lower"
        return f"Its image AUROC is {better} than that of {other.name} ({figures})."
    if chosen.image_auroc == other.image_auroc == 1:
        return (
            f"Not told apart from {other.name}: both put every bad part above every good one. "
            "Harder test pictures would tell."
        )
    return (
        f"Not told apart from {other.name} ({figures}): {len(bad) - sum(bad)} good and {sum(bad)} "
        "bad test pictures are too few for a difference this small."
    )


def _au(candidate: Candidate) -> str:
    return f"{candidate.image_auroc:.4f}"
