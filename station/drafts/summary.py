"""A draft in a few lines, for the person who is about to publish it."""

from collections.abc import Iterator

from engine.threshold import Threshold
from station.detection import still_true
from station.drafts.draft import ProductDraft, State
from station.drafts.trying import Tally
from station.recipes.defence import NOT_MEASURED, Line, threshold_lines


def summary_lines(draft: ProductDraft) -> list[Line]:
    """Sum up pictures, coverage, threshold, detection, trial and device."""
    chosen = draft.threshold.get("threshold")
    threshold = threshold_lines(Threshold.from_json(chosen)) if chosen else ()
    return [*_pictures(draft), *threshold, *_found(draft)]


def _pictures(draft: ProductDraft) -> Iterator[Line]:
    out = [each for each in draft.good if each.state is State.THROWN_OUT]
    refused = [each for each in draft.good if each.state is State.REFUSED]
    against = [each for each in draft.kept if each.findings]
    text = (
        f"{len(draft.kept)} good ones used, {len(out)} thrown out, {len(refused)} refused; "
        f"{len([each for each in draft.bad if each.state is State.KEPT])} of bad parts"
    )
    if against:
        text += f"; {len(against)} were kept although a check spoke against them"
    yield Line("Pictures", text)
    if sentence := draft.coverage.get("sentence"):
        yield Line("Coverage", str(sentence), weighty=not draft.coverage.get("enough", True))


def _found(draft: ProductDraft) -> Iterator[Line]:
    value = float(draft.threshold.get("value", "nan"))
    measured = still_true(draft.detection, draft.teaching_key, value)
    sentence = draft.detection.get("sentence") if measured else None
    yield Line("Smallest defect", str(sentence or NOT_MEASURED), weighty=not sentence)
    tally = Tally.of(draft)
    yield Line("Tried", tally.sentence, weighty=bool(tally.escapes + tally.false_rejects))
    if draft.taught is not None:
        yield Line("Judged on", f"{draft.taught.device}, {draft.taught.part_ms:.0f} ms a part here")
    if draft.taught is not None and (scores := draft.taught.golden.values()):
        yield Line(
            "Golden scores",
            f"{len(scores)}, from {min(scores):.4g} to {max(scores):.4g}: every machine must give "
            "them before it judges",
        )
