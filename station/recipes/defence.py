"""What defends a revision, in a few lines for people: who, why, and from what its threshold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calibration import claims, remarks
from engine.threshold import Threshold
from station.recipes.recipe import Recipe

NOT_MEASURED = "not measured"
ASKED = ("k", "share", "rate", "limit")
"""Those of a threshold's parameters that a person chose."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. weighty: it deserves a second look."""

    name: str
    text: str
    weighty: bool = False


def defence(recipe: Recipe, evidence: Mapping[str, Any]) -> list[Line]:
    """Sum up a published revision. evidence: `station.recipes.store.evidence_of` it."""
    draft = recipe.draft
    return [
        Line("Published", f"{when(recipe.published_at)} by {draft.published_by}"),
        Line("Because", draft.note or "(no note)", weighty=not draft.note),
        *([Line("From", origin_text(recipe))] if recipe.origin else []),
        *_pictures(evidence),
        *threshold_lines(recipe.threshold),
        *(Line("", remark) for remark in remarks(recipe.threshold)),
        *_measured(evidence),
    ]


def threshold_lines(threshold: Threshold) -> Iterator[Line]:
    """Say where it is, by which method, and what may be claimed of it."""
    standing = "provisional, " if threshold.provisional else ""
    given = threshold.parameters
    asked = ", ".join(f"{name} {given[name]:g}" for name in ASKED if name in given)
    method = f"{threshold.method} ({asked})" if asked else threshold.method
    yield Line("Threshold", f"{threshold.value:.4g}, {standing}by {method}")
    good, bad = claims(threshold)
    yield Line("", good, weighty=bool(threshold.false_rejects.count))
    yield Line("", bad, weighty=threshold.provisional or bool(threshold.escapes.count))


def origin_text(recipe: Recipe) -> str:
    """Say where a revision of another station comes from; empty for one published here."""
    if (origin := recipe.origin) is None:
        return ""
    return (
        f"revision {origin.revision} of station {origin.station}, published there "
        f"{when(origin.published_at)}; imported {when(origin.imported_at)} by {origin.imported_by}"
    )


def when(moment: datetime) -> str:
    """Return the time on the wall."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _pictures(evidence: Mapping[str, Any]) -> Iterator[Line]:
    counted = evidence.get("pictures", {})
    if good := counted.get("good"):
        left_out = sum(good.values()) - good.get("kept", 0)
        text = f"{good.get('kept', 0)} of good parts, {left_out} left out"
        bad = counted.get("bad", {}).get("kept", 0)
        yield Line("Pictures", f"{text}; {bad} of bad parts" if bad else text)
    if sentence := evidence.get("coverage", {}).get("sentence"):
        yield Line("Coverage", str(sentence))


def _measured(evidence: Mapping[str, Any]) -> Iterator[Line]:
    sentence = evidence.get("detection", {}).get("sentence")
    yield Line("Smallest defect", str(sentence or NOT_MEASURED), weighty=not sentence)
    if device := evidence.get("device"):
        pace = f", {evidence['part_ms']:.0f} ms a part" if "part_ms" in evidence else ""
        yield Line("Judged on", f"{device}{pace}")
