"""Known bad parts brought into a draft that was taught for real, on small pictures."""

import shutil
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import model_file
from engine.runtimes.opening import REFERENCE
from engine.teach import TeachSettings
from engine.teach import teach as fit
from station.drafts import DraftSession, DraftStore, Taught
from station.drafts.bad_parts import add_bad_parts, unscored
from station.drafts.pictures import keep_picture
from station.drafts.thresholds import Choosing
from station.errors import StationError
from station.home import Home
from tests.station.test_draft_teaching import part


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft with a real model of six good parts and the scores of six others."""
    made = DraftStore(Home(tmp_path_factory.mktemp("home"))).begin()
    pictures = [np.ascontiguousarray(part(number)) for number in range(12)]
    settings = TeachSettings(side=64, runtime=REFERENCE)
    model = fit([partial(np.copy, pixels) for pixels in pictures[:6]], settings)
    model_file.save(made.model_path, model.model)
    scores = tuple(model.score(pixels).value for pixels in pictures[6:])
    names = tuple(f"{number}.png" for number in range(6, 12))
    made.change(name="board")
    key = made.draft.teaching_key
    made.change(taught=Taught(key, (), names, scores, (64, 96), REFERENCE, "cpu", {}))
    return made.folder


@pytest.fixture
def session(taught: Path, tmp_path: Path) -> DraftSession:
    return DraftSession.open(Path(shutil.copytree(taught, tmp_path / "draft")))


def write(folder: Path, numbers: range, size: tuple[int, int] = (64, 96)) -> Path:
    folder.mkdir()
    for number in numbers:
        picture = cv2.resize(part(number, bad=True), size[::-1])
        cv2.imwrite(str(folder / f"bad {number}.png"), picture)
    return folder


def test_they_come_in_once_scored_and_end_the_provisional_threshold(
    session: DraftSession, tmp_path: Path
) -> None:
    assert Choosing.of(session).threshold.provisional
    assert add_bad_parts(session, write(tmp_path / "first", range(3))) == 3
    assert add_bad_parts(session, write(tmp_path / "more", range(5))) == 2
    again = DraftSession.open(session.folder)
    assert [each.source for each in again.draft.bad] == [f"bad {n}.png" for n in range(5)]
    assert min(again.bad_scores()) > max(again.good_scores())
    threshold = Choosing.of(again).threshold
    assert threshold.escapes.total == 5
    assert not threshold.provisional


def test_what_came_after_teaching_is_counted_until_it_is_scored(
    session: DraftSession, tmp_path: Path
) -> None:
    keep_picture(session, np.ascontiguousarray(part(77, bad=True)), "line", bad=True)
    assert unscored(session) == 1
    add_bad_parts(session, write(tmp_path / "bad", range(1)))
    assert unscored(session) == 0
    assert len(session.bad_scores()) == 2


def test_pictures_of_another_camera_are_refused(session: DraftSession, tmp_path: Path) -> None:
    with pytest.raises(StationError, match="have 96 × 64 pixels; these differ"):
        add_bad_parts(session, write(tmp_path / "other", range(2), size=(32, 48)))
    assert session.draft.bad == ()


def test_before_teaching_there_is_nothing_to_score_on(tmp_path: Path) -> None:
    fresh = DraftStore(Home(tmp_path / "home")).begin()
    with pytest.raises(StationError, match="Teach first"):
        add_bad_parts(fresh, write(tmp_path / "bad", range(2)))
