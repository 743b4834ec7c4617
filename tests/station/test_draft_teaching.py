"""A draft taught for real, on small pictures."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine import calibration
from engine.errors import Cancelled
from engine.images import load_image
from engine.usual import Problem
from station.drafts import DraftPicture, DraftSession, DraftStore, State
from station.drafts.pictures import decide
from station.drafts.publishing import publish_draft
from station.drafts.steps import STEPS, StepName, finished, furthest, resumed_at
from station.drafts.summary import summary_lines
from station.drafts.teaching import score_bad, teach_draft
from station.errors import StationError
from station.home import Home
from station.inspection.expected import Expected
from station.judging import open_recipe
from station.recipes import RecipeStore, evidence_of


def part(number, bad=False):
    random = np.random.default_rng(number)
    pixels = np.full((64, 96, 3), 120, np.uint8)
    cv2.circle(pixels, (48, 32), 20, (60, 140, 90), -1)
    if bad:
        cv2.rectangle(pixels, (40, 20), (56, 44), (250, 250, 20), -1)
    noise = random.integers(-6, 7, pixels.shape)
    return (pixels.astype(np.int16) + noise).clip(0, 255).astype(np.uint8)


def add(session, folder, numbers, bad=False):
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        cv2.imwrite(str(folder / f"{number:06d}.png"), part(number, bad))
    return tuple(DraftPicture(f"{number:06d}.png", "camera") for number in numbers)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    made = DraftStore(Home(tmp_path_factory.mktemp("home"))).begin()
    good = add(made, made.good_folder, range(12))
    bad = add(made, made.bad_folder, range(2), bad=True)
    made.change(name="board", camera={"kind": "folder", "path": "."}, good=good, bad=bad)
    made.change(suspects={"key": made.draft.teaching_key})
    return made


def test_teaching_is_cancelled_without_a_trace(session):
    before = session.draft
    with pytest.raises(StationError, match="Nothing was taught"):
        session.expected()
    with pytest.raises(Cancelled):
        teach_draft(session, cancelled=lambda: True)
    assert session.draft == before


def test_a_taught_draft_is_judged_again_after_it_was_reopened(session):
    assert furthest(session.draft) is StepName.TEACH
    teach_draft(session)
    again = DraftSession.open(session.folder)
    assert again.draft.is_taught
    assert furthest(again.draft) is StepName.THRESHOLD
    taught = again.draft.taught
    assert not set(taught.taught) & set(taught.held_out)
    assert len(taught.taught) + len(taught.held_out) == 12
    model = again.open_model()
    held_out = [cv2.imread(str(path))[:, :, ::-1] for path in again.held_out_paths()]
    assert [model.score(pixels).value for pixels in held_out] == pytest.approx(taught.scores)
    assert min(again.bad_scores()) > max(again.good_scores())
    expected = again.expected()
    assert (expected.product, expected.frame_size) == ("board", (64, 96))
    blurred = np.asarray(cv2.GaussianBlur(held_out[0], (0, 0), 4), np.uint8)
    assert expected.speaks_against(blurred).problem is Problem.BLURRED
    assert not any(expected.speaks_against(pixels) for pixels in held_out)
    assert not any(expected.is_foreign(model.score(pixels)) for pixels in held_out)


def test_bad_parts_that_come_later_are_scored_alone(session):
    known = dict(session.draft.bad_scores)
    more = add(session, session.bad_folder, range(2, 4), bad=True)
    session.update(lambda draft: replace(draft, bad=(*draft.bad, *more)))
    score_bad(session)
    assert len(session.bad_scores()) == 4
    assert {name: session.draft.bad_scores[name] for name in known} == known


def test_work_goes_on_where_it_stopped_unless_something_before_lacks(session):
    draft = session.draft
    assert resumed_at(replace(draft, step="where to look")) is StepName.LOOKING
    assert resumed_at(replace(draft, step="publish")) is StepName.THRESHOLD
    assert resumed_at(replace(draft, step="a page of long ago")) is StepName.PRODUCT
    thrown_out = tuple(replace(each, state=State.THROWN_OUT) for each in draft.good[:6])
    few = replace(draft, good=(*thrown_out, *draft.good[6:]), step="publish")
    assert resumed_at(few) is StepName.COLLECT
    done = replace(draft, threshold={"key": draft.teaching_key, "value": 1.0})
    assert furthest(done) is STEPS[-1]
    assert set(STEPS) - finished(done) == {StepName.DETECTION, StepName.TRIAL, StepName.PUBLISH}
    assert furthest(replace(done, name="a/b")) is StepName.PRODUCT


def test_nothing_is_published_while_a_step_is_open(session, tmp_path):
    store = RecipeStore(Home(tmp_path))
    with pytest.raises(StationError, match=r"Still missing: a threshold\. Nothing was published"):
        publish_draft(session, store, published_by="Ada", note="first")
    assert store.names() == []


def test_a_published_draft_judges_as_it_did_and_carries_its_evidence(session, tmp_path):
    store = RecipeStore(Home(tmp_path))
    threshold = calibration.mean_sigma(session.good_scores(), session.bad_scores())
    decide(session, session.draft.good[0].file, State.KEPT)
    chosen = {
        "key": session.draft.teaching_key,
        "value": threshold.value,
        "threshold": threshold.to_json(),
        "alternatives": [{"method": "cost"}],
    }
    session.change(threshold=chosen, description="top side")
    recipe = publish_draft(session, store, published_by="Ada", note="first")
    assert (recipe.revision, session.draft.revision) == (1, 1)
    assert (recipe.draft.published_by, recipe.draft.note) == ("Ada", "first")
    assert recipe.draft.frame_size == (64, 96)
    assert Expected.of(recipe.draft) == session.expected()
    opened = open_recipe(recipe).model
    held_out = session.held_out_paths()[0]
    scored = opened.score(load_image(held_out)).value
    assert scored == pytest.approx(session.good_scores()[0], rel=1e-4)
    kept = evidence_of(recipe)
    assert kept["pictures"] == {"good": {"kept": 12}, "bad": {"kept": 4}}
    assert kept["description"] == "top side"
    assert kept["threshold"]["alternatives"] == [{"method": "cost"}]
    assert kept["part_ms"] > 0


def test_the_summary_says_what_a_publisher_must_know(session):
    lines = {line.name: line for line in summary_lines(session.draft)}
    assert "12 good ones used, 0 thrown out, 0 refused; 4 of bad parts" in lines["Pictures"].text
    assert lines["Smallest defect"].text == "not measured"
    assert lines["Smallest defect"].weighty
    assert "mean + k·sigma" in lines["Threshold"].text
