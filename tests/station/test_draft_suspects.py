"""The list of unlike pictures in a draft: kept, decided on, and stale when pictures change."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled
from station.drafts import suspects
from station.drafts.draft import Looking, ProductDraft, State
from station.drafts.pictures import keep_picture
from station.drafts.session import DraftSession
from station.drafts.steps import StepName, furthest
from tests.engine.pictures import bad_picture, good_picture

BAD = "000004.png"


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a draft with 11 good pictures and a bad one, the fourth, looked at."""
    folder = tmp_path_factory.mktemp("draft")
    session = DraftSession(folder, ProductDraft(name="disc", camera={"kind": "folder"}))
    for seed in range(12):
        keep_picture(session, bad_picture(seed) if seed == 3 else good_picture(seed), f"{seed}")
    suspects.look(session)
    return folder


@pytest.fixture
def session(looked: Path) -> DraftSession:
    """That draft; changes are kept in memory alone."""
    opened = DraftSession.open(looked)
    opened._save = lambda draft: None  # type: ignore[method-assign]
    return opened


def test_the_list_is_read_back_with_its_maps(session: DraftSession) -> None:
    pictures = suspects.listed(session.draft)
    assert len(pictures) == 12
    assert pictures[0].file == BAD
    assert pictures[0].open
    assert pictures[0].times > 1.5
    view = suspects.view_of(session, pictures[0], suspects.load_maps(session), 128)
    rows, columns = np.nonzero(view.heat[..., 3])
    assert abs(rows.mean() - 48) < 14
    assert abs(columns.mean() - 64) < 24


def test_nothing_is_painted_on_a_usual_picture(session: DraftSession) -> None:
    usual = suspects.listed(session.draft)[-1]
    assert not usual.stands_out
    view = suspects.view_of(session, usual, suspects.load_maps(session), 128)
    assert not view.heat.any()


def test_every_picture_that_stands_out_must_be_decided_on(session: DraftSession) -> None:
    assert "Still to decide" in suspects.lacking(session.draft)
    assert furthest(session.draft) is StepName.SUSPECTS
    for one in suspects.listed(session.draft):
        if one.open:
            suspects.decide(session, one.file, State.THROWN_OUT)
    assert suspects.lacking(session.draft) == ""
    assert furthest(session.draft) is StepName.TEACH
    assert BAD not in [path.name for path in session.kept_good()]
    assert (session.good_folder / BAD).exists()


def test_throwing_out_of_the_list_does_not_make_it_stale(session: DraftSession) -> None:
    assert not suspects.is_stale(session.draft)
    suspects.decide(session, BAD, State.THROWN_OUT)
    assert not suspects.is_stale(session.draft)
    assert [each.file for each in suspects.thrown_out(session.draft)] == [BAD]


def test_new_pictures_and_other_regions_make_it_stale(session: DraftSession) -> None:
    draft = session.draft
    more = replace(draft, good=(*draft.good, replace(draft.good[0], file="000013.png")))
    assert suspects.is_stale(more)
    assert suspects.is_stale(replace(draft, looking=Looking(roi=(0, 0, 50, 50))))
    assert suspects.is_stale(replace(draft, suspects={}))


def test_a_decision_is_taken_back_whole(session: DraftSession) -> None:
    before = session.draft
    first = suspects.decide(session, BAD, State.THROWN_OUT)
    second = suspects.decide(session, BAD, State.KEPT)
    assert not suspects.listed(session.draft)[0].open
    suspects.restore(session, second)
    assert [each.file for each in suspects.thrown_out(session.draft)] == [BAD]
    suspects.restore(session, first)
    assert session.draft.good == before.good
    assert suspects.listed(session.draft)[0].open


def test_cancelled_it_leaves_the_draft_as_it_was(session: DraftSession) -> None:
    before = session.draft
    with pytest.raises(Cancelled):
        suspects.look(session, cancelled=lambda: True)
    assert session.draft == before


def test_lost_maps_are_no_error(session: DraftSession, tmp_path: Path) -> None:
    assert suspects.load_maps(DraftSession(tmp_path, session.draft)) == {}
