"""The wizard's steps in their order, and how far a draft has come."""

from dataclasses import dataclass
from enum import Enum

from station.drafts import suspects
from station.drafts.draft import Looking, ProductDraft
from station.errors import RecipeError
from station.recipes.names import checked_name
from station.teaching import MIN_PICTURES


class StepName(str, Enum):
    """What the pages are called, in the draft's file too."""

    PRODUCT = "product"
    LOOKING = "where to look"
    COLLECT = "good parts"
    SUSPECTS = "is one bad"
    TEACH = "teach"
    THRESHOLD = "threshold"
    DETECTION = "smallest defect"
    TRIAL = "try it"
    PUBLISH = "publish"


STEPS = tuple(StepName)


@dataclass(frozen=True, slots=True)
class Gate:
    """A step that must be finished before those behind it open. lacking: why it is not; else ""."""

    step: StepName
    lacking: str


def gates(draft: ProductDraft) -> list[Gate]:
    """Say of each step that others wait for what it lacks."""
    return [
        Gate(StepName.PRODUCT, _unnamed(draft)),
        Gate(StepName.COLLECT, _few(draft)),
        Gate(StepName.SUSPECTS, suspects.lacking(draft)),
        Gate(StepName.TEACH, "" if draft.is_taught else "Still missing: teaching."),
        Gate(StepName.THRESHOLD, _open_threshold(draft)),
    ]


def furthest(draft: ProductDraft) -> StepName:
    """The last step that may be gone to: the first one that lacks something, or the last of all."""
    return next((gate.step for gate in gates(draft) if gate.lacking), STEPS[-1])


def finished(draft: ProductDraft) -> set[StepName]:
    """The steps that have left something behind; optional ones that were passed over are not."""
    closed = {gate.step for gate in gates(draft) if not gate.lacking}
    optional = {
        StepName.LOOKING: draft.is_taught or draft.looking != Looking(),
        StepName.DETECTION: draft.detection.get("key") == draft.teaching_key,
        StepName.TRIAL: draft.trial.get("key") == draft.teaching_key,
        StepName.PUBLISH: draft.revision > 0,
    }
    return closed | {step for step, done in optional.items() if done}


def resumed_at(draft: ProductDraft) -> StepName:
    """The step at which work goes on: where it stopped, unless an earlier one lacks something."""
    last = furthest(draft)
    try:
        shown = StepName(draft.step)
    except ValueError:
        shown = StepName.PRODUCT
    return min(shown, last, key=STEPS.index)


def _unnamed(draft: ProductDraft) -> str:
    if not draft.name:
        return "Still missing: a name for the product."
    try:
        checked_name(draft.name)
    except RecipeError as error:
        return str(error)
    return "" if draft.camera else "Still missing: a camera."


def _few(draft: ProductDraft) -> str:
    lacking = MIN_PICTURES - len(draft.kept)
    return f"Still missing: {lacking} more pictures of good parts." if lacking > 0 else ""


def _open_threshold(draft: ProductDraft) -> str:
    if not draft.threshold or draft.threshold.get("key") != draft.teaching_key:
        return "Still missing: a threshold."
    return ""
