"""Fast mode for a recipe: measured beside exact mode, published only where it proves itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from engine import calibration, fast, metrics, model_file, resemblance
from engine.errors import EngineError
from engine.model import Model
from engine.network import EXACT
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.runtimes.opening import available, open_model
from engine.threshold import Threshold
from station import golden
from station.calibrating import check_evidence, lasting_evidence
from station.errors import StationError
from station.inspection.expected import Expected
from station.judging import open_recipe
from station.pictures import load_fit
from station.recipes.recipe import Recipe
from station.recipes.store import RecipeStore, golden_pictures
from station.teaching import ChooseThreshold
from station.timing import Timer

SPEEDUP = 1.2
"""What a mode must gain over the one before it; less is not worth a threshold of its own."""
AUROC_LOSS = 0.003
REJECTS = 0.01
"""Share of the good parts that may be rejected in fast mode only; one part always may."""
RANK = 0.8
"""Rank correlation of the scores in both modes: below it, another thing is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One mode on the evidence: float64 scores, its own threshold, ms a part one by one.

    unlike: `engine.resemblance.reached` from which a part is another product, in this mode.
    """

    model: PatchCore
    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    elapsed_ms: NDArray[np.float64]
    threshold: Threshold
    unlike: float = 0.0

    @property
    def scores(self) -> NDArray[np.float64]:
        """Of the good parts, then of the bad ones."""
        return np.concatenate([self.good, self.bad])

    @property
    def image_auroc(self) -> float:
        """nan where no bad part was shown."""
        return metrics.auroc(self.scores, np.arange(len(self.scores)) >= len(self.good))

    def speedup_over(self, other: "Side") -> float:
        """Median over the parts of the other's time over this one's; taken in turns."""
        return float(np.median(other.elapsed_ms / self.elapsed_ms))


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A fast mode beside exact mode. objections: why it is not offered, one sentence each."""

    side: Side
    speedup: float
    rank: float
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Quickened:
    """What was measured, and the revision that came of it; None where no mode proved itself."""

    exact: Side
    proofs: Sequence[Proof]
    recipe: Recipe | None

    def as_text(self) -> str:
        """The table for people, and below it why a mode is not offered."""
        lines = [
            f"{'mode':10} {'ms a part':>9} {'speed-up':>8} {'AUROC':>7} {'rejected':>11} "
            f"{'missed':>11} {'rank':>6}",
            _line(self.exact, "", ""),
        ]
        lines += [_line(p.side, f"{p.speedup:.2f}", f"{p.rank:.3f}") for p in self.proofs]
        for proof in self.proofs:
            mode = proof.side.model.model.mode
            lines += [f"Not offered: {mode} mode. {reason}" for reason in proof.objections]
        return "\n".join(lines)


def quicken(
    recipe: Recipe,
    store: RecipeStore,
    good: Sequence[Path],
    bad: Sequence[Path],
    *,
    published_by: str,
    timer: Timer,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Quickened:
    """Measure the fast modes on the evidence and publish the fastest that proves itself.

    Each mode, exact too, gets its threshold from the same pictures by the recipe's own method.

    Args:
        good, bad: pictures that were not taught; `bad` may be empty.

    Raises:
        StationError, EngineError: what is wrong and what to do; nothing was published.
    """
    check_evidence(recipe, [*good, *bad], progress, cancelled)
    exact = open_recipe(recipe).model
    models = [exact, *fast_forms(exact.model, _good_golden(recipe), progress, cancelled)]
    sides = _measure(
        models,
        good,
        bad,
        Expected.of(recipe.draft),
        choose=_again(recipe.threshold),
        timer=timer,
        progress=progress,
        cancelled=cancelled,
    )
    proofs = prove(sides)
    offered = [proof for proof in proofs if not proof.objections]
    if not offered:
        return Quickened(sides[0], proofs, None)
    chosen = max(offered, key=lambda proof: proof.speedup)
    return Quickened(sides[0], proofs, _publish(recipe, store, chosen, published_by))


def fast_forms(
    model: Model,
    pictures: Sequence[NDArray[np.uint8]],
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> list[PatchCore]:
    """Return `model` projected, and projected with 8-bit convolutions, ready to judge.

    Args:
        pictures: uint8 (H, W, 3) RGB of good parts, for the range of the 8-bit numbers.

    Raises:
        EngineError: in fast mode already, or no runtime here runs fast mode. Cancelled.
    """
    if model.mode != EXACT:
        raise StationError(
            f"This revision is in {model.mode} mode already. Name an exact one with --revision N."
        )
    projected = fast.projected(model)
    in_int8 = fast.in_int8(projected, pictures, progress, cancelled)
    return [_opened(form) for form in (projected, in_int8)]


def prove(sides: Sequence[Side]) -> list[Proof]:
    """Hold each mode against exact mode, which comes first, and each against the one before."""
    exact = sides[0]
    return [
        Proof(
            side,
            side.speedup_over(exact),
            _rank(exact, side),
            tuple(_objections(exact, side, side.speedup_over(before))),
        )
        for before, side in pairwise(sides)
    ]


def _objections(exact: Side, side: Side, gain: float) -> list[str]:
    """Every bound that `side` breaks, as a sentence. gain: speed-up over the mode before."""
    found = []
    if gain < SPEEDUP:
        found.append(f"It is {gain:.2f} × as fast as the mode before it; {SPEEDUP} is worth it.")
    if exact.image_auroc - side.image_auroc > AUROC_LOSS:
        found.append(
            f"Image AUROC {side.image_auroc:.4f} is more than {AUROC_LOSS} below exact mode's "
            f"{exact.image_auroc:.4f}."
        )
    if escaped := int((_ng(exact, exact.bad) & ~_ng(side, side.bad)).sum()):
        found.append(f"{escaped} bad part(s) that exact mode catches escape; none may.")
    rejected = int((~_ng(exact, exact.good) & _ng(side, side.good)).sum())
    if rejected > max(1, REJECTS * len(side.good)):
        found.append(
            f"{rejected} of {len(side.good)} good parts are rejected that exact mode accepts; "
            f"{REJECTS:.0%}, or one, is allowed."
        )
    if not (rank := _rank(exact, side)) >= RANK:
        found.append(f"Its scores rank the parts otherwise ({rank:.3f}, {RANK} is the least).")
    return found


def _ng(side: Side, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    return scores >= side.threshold.value


def _rank(exact: Side, side: Side) -> float:
    return float(spearmanr(exact.scores, side.scores).statistic)


def _measure(
    models: Sequence[PatchCore],
    good: Sequence[Path],
    bad: Sequence[Path],
    expected: Expected,
    *,
    choose: ChooseThreshold,
    timer: Timer,
    progress: Progress,
    cancelled: IsCancelled,
) -> list[Side]:
    """Score every part in every mode, the modes taking turns."""
    paths = [*good, *bad]
    reached = np.empty((len(models), len(good)))
    scores = np.empty((len(models), len(paths)))
    elapsed_ms = np.empty_like(scores)
    for part, path in enumerate(paths):
        raise_if(cancelled)
        pixels = load_fit(path)
        for mode, model in enumerate(models):
            start = timer()
            score = model.score(pixels)
            elapsed_ms[mode, part] = (timer() - start) * 1000
            scores[mode, part] = score.value
            if part < len(good):
                reached[mode, part] = expected.reached(score)
        progress("comparing", part + 1, len(paths))
    parted = [(row[: len(good)], row[len(good) :]) for row in scores]
    return [
        Side(
            model,
            *parts,
            elapsed,
            choose(parts[0].tolist(), parts[1].tolist()),
            resemblance.limit(seen.tolist(), parts[0].tolist()),
        )
        for model, parts, elapsed, seen in zip(models, parted, elapsed_ms, reached, strict=True)
    ]


def _again(threshold: Threshold) -> ChooseThreshold:
    """Return the method that set `threshold`, with its parameters."""
    asked = threshold.parameters
    if threshold.method == "escape limit":
        return partial(calibration.escape_limit, limit=asked["limit"])
    if threshold.method == "quantile":
        return partial(calibration.quantile, share=asked["share"])
    return partial(calibration.mean_sigma, k=asked["k"])


def _opened(model: Model) -> PatchCore:
    reasons = []
    for name in available():
        try:
            return open_model(model, name)
        except EngineError as error:
            reasons.append(str(error))
    raise EngineError(f"No runtime here runs fast mode. {' '.join(reasons)}".strip())


def _good_golden(recipe: Recipe) -> list[NDArray[np.uint8]]:
    """Held-out good pictures that travel in the recipe: no part of the evidence."""
    pictures = golden_pictures(recipe)
    return [load_fit(path) for name, path in pictures.items() if name != golden.BAD]


def _publish(recipe: Recipe, store: RecipeStore, proof: Proof, published_by: str) -> Recipe:
    side, threshold = proof.side, proof.side.threshold
    witnesses = golden.in_fast_mode(recipe, side.model, threshold.value)
    draft = replace(
        recipe.draft,
        threshold=threshold,
        unlike=side.unlike,
        teaching=recipe.draft.teaching
        | {
            "mode": side.model.model.mode,
            "dimensions": side.model.bank.vectors.shape[1],
            "speedup": round(proof.speedup, 2),
            "device": side.model.device,
        },
        golden={each.name: each.reference for each in witnesses},
        published_by=published_by,
        note=f"{side.model.model.mode} mode of revision {recipe.revision}",
    )
    pictures = {each.name: each.pixels for each in witnesses}
    return store.publish(
        draft,
        lambda path: model_file.save(path, side.model.model),
        pictures,
        evidence=lasting_evidence(recipe),
    )


def _line(side: Side, speedup: str, rank: str) -> str:
    auroc = "–" if isnan(side.image_auroc) else f"{side.image_auroc:.4f}"
    lost, rejects = side.threshold.escapes, side.threshold.false_rejects
    return (
        f"{side.model.model.mode:10} {np.median(side.elapsed_ms):9.1f} {speedup:>8} {auroc:>7} "
        f"{f'{rejects.count} of {rejects.total}':>11} {f'{lost.count} of {lost.total}':>11} "
        f"{rank:>6}"
    )
