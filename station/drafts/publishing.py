"""From a draft to a published revision, with everything that was found out about it as evidence."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from engine import parity
from engine.parity import Golden
from engine.patchcore import PatchCore
from engine.threshold import Threshold
from station import golden
from station.drafts.draft import DraftPicture, ProductDraft, State
from station.drafts.session import DraftSession
from station.drafts.steps import gates
from station.errors import StationError
from station.recipes.recipe import Draft, Recipe
from station.recipes.store import RecipeStore
from station.teaching import copy_model, pictures_of, scores_of


def publish_draft(
    session: DraftSession,
    store: RecipeStore,
    *,
    published_by: str,
    note: str,
) -> Recipe:
    """Publish the draft's model with its threshold; the draft stays, for the next revision.

    Raises:
        StationError: a step is not finished, or the runtime no longer reproduces the reference.
        EngineError: the model does not open; nothing was published.
    """
    draft = session.draft
    if lacking := [gate.lacking for gate in gates(draft) if gate.lacking]:
        raise StationError(f"{lacking[0]} Nothing was published.")
    assert draft.taught is not None
    threshold = Threshold.from_json(draft.threshold["threshold"])
    model = session.open_model()
    witnesses = _witnesses(session, model, threshold.value)
    released = Draft(
        name=draft.name,
        threshold=threshold,
        roi=draft.looking.roi,
        frame_size=draft.taught.frame_size,
        camera=dict(draft.camera),
        teaching=draft.taught.summary,
        golden=scores_of(witnesses),
        published_by=published_by,
        note=note,
        ignored=draft.looking.ignored,
        anchor=draft.looking.anchor,
        mm_per_px=draft.looking.mm_per_px,
        limits=draft.taught.limits,
        unlike=draft.taught.unlike,
    )
    recipe = store.publish(
        released,
        partial(copy_model, session.model_path),
        pictures_of(witnesses),
        evidence=evidence(draft),
    )
    session.change(revision=recipe.revision)
    return recipe


def evidence(draft: ProductDraft) -> dict[str, Any]:
    """Everything that was found out, as it travels in the revision."""
    assert draft.taught is not None
    return {
        "description": draft.description,
        "pictures": {"good": tally(draft.good), "bad": tally(draft.bad)},
        "spoken_against": [
            {"source": each.source, "state": each.state.value, "findings": list(each.findings)}
            for each in draft.good
            if each.findings or each.state is not State.KEPT
        ],
        "looking": asdict(draft.looking),
        "coverage": dict(draft.coverage),
        "suspects": dict(draft.suspects),
        "threshold": dict(draft.threshold),
        "detection": dict(draft.detection),
        "trial": dict(draft.trial),
        "device": draft.taught.device,
        "part_ms": draft.taught.part_ms,
    }


def tally(pictures: Sequence[DraftPicture]) -> dict[str, int]:
    """How many pictures are in which state."""
    return dict(Counter(each.state.value for each in pictures))


def _witnesses(session: DraftSession, model: PatchCore, threshold: float) -> list[Golden]:
    scores = session.good_scores()
    witnesses = golden.from_held_out(model.model, session.held_out_paths(), scores, threshold)
    if refusal := parity.check(model, witnesses, threshold).refusal:
        raise StationError(f"{refusal} Nothing was published. Teach again.")
    return witnesses
