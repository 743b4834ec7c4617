"""Trying a draft: judged as the station judges, corrected where it is wrong."""

import threading
from types import MappingProxyType

import numpy as np
import pytest

from engine.rates import Rate
from engine.score import Score
from engine.threshold import Threshold
from station.cameras.camera import Camera, Picture
from station.clock import utc_now
from station.drafts import DraftStore, Taught
from station.drafts.pictures import keep_picture
from station.drafts.steps import StepName, furthest
from station.drafts.trying import Tally, mark_wrong
from station.errors import CameraError, EndOfImages
from station.home import Home
from station.inspection.expected import Expected
from station.parts import Verdict
from station.trial import TrialLoop

THRESHOLD = Threshold(2.0, "by hand", {}, Rate(0, 30), Rate(0, 0), 1.0, 4.0)


class Bright:
    """Scores the mean of a picture: 50 grey levels are 1."""

    device = "brightness"

    def score(self, image, /):
        value = float(image.mean()) / 50
        return Score(value, np.full(image.shape[:2], value, np.float32))


class Played(Camera):
    """Gives each of these once: a grey level, or an error."""

    name = "played"
    settings = MappingProxyType({"kind": "folder", "path": "."})

    def __init__(self, *given):
        self._given = list(given)
        self.opened = 0

    def open(self):
        self.opened += 1

    def close(self):
        self.opened -= 1

    def grab(self):
        if not self._given:
            raise EndOfImages("No pictures are left.")
        given = self._given.pop(0)
        if isinstance(given, Exception):
            raise given
        pixels = np.full((32, 48, 3), given, np.uint8)
        pixels[16:] += 10
        return Picture(pixels, f"grey {given}")


def run(camera, asks=0, endless=False):
    """Run the loop until its camera is empty or it was asked so often; return what it tried."""
    loop = TrialLoop(camera, Bright, THRESHOLD, Expected(), utc_now)
    stop = threading.Event()
    told = []

    def publish(number):
        told.append(number)
        if len(told) > asks and not endless:
            stop.set()
        else:
            loop.ask()

    if endless:
        loop.endless.set()
        with pytest.raises(EndOfImages):
            loop.run(stop, publish)
    else:
        loop.run(stop, publish)
    assert camera.opened == 0
    return told, list(loop.tried)


def test_one_press_judges_one_part():
    told, tried = run(Played(40, 200, 40), asks=2)
    assert told == [0, 1, 2]
    assert [(each.verdict, each.source) for each in tried] == [
        (Verdict.OK, "grey 40"),
        (Verdict.NG, "grey 200"),
    ]
    assert tried[1].view.heat[..., 3].any()
    assert not tried[0].view.heat[..., 3].any()


def test_parts_are_judged_one_after_the_other_until_the_camera_has_none():
    told, tried = run(Played(40, 60, 200), endless=True)
    assert [each.verdict for each in tried] == [Verdict.OK, Verdict.OK, Verdict.NG]
    assert told == [0, 1, 2, 3]


def test_a_picture_that_does_not_come_is_a_fault_and_the_next_is_judged():
    _, tried = run(Played(CameraError("The camera sent nothing."), 40), asks=2)
    assert [each.verdict for each in tried] == [Verdict.FAULT, Verdict.OK]
    assert tried[0].text == "The camera sent nothing."
    assert np.isnan(tried[0].score)


@pytest.fixture
def session(tmp_path):
    made = DraftStore(Home(tmp_path / "home")).begin()
    made.change(name="board", camera={"kind": "folder", "path": "."}, suspects={"key": ""})
    good = [tried_one(40 + n).pixels for n in range(7)]

    for number, pixels in enumerate(good):
        keep_picture(made, pixels, f"part {number}")
    key = made.draft.teaching_key
    made.change(
        taught=Taught(key, ("000001.png",), ("000002.png",), (1.0,), (32, 48), "t", "t", {}),
        threshold={"key": key, "value": 2.0, "threshold": THRESHOLD.to_json()},
    )
    assert furthest(made.draft) is StepName.PUBLISH
    return made


def tried_one(grey):
    return run(Played(grey), asks=1)[1][0]


def test_a_good_part_judged_ng_joins_the_good_ones_and_teaching_is_open_again(session):
    said = mark_wrong(session, tried_one(200))
    assert "Teach again" in said
    assert [each.source for each in session.draft.good][-1] == "grey 200"
    assert furthest(session.draft) is StepName.TEACH


def test_a_bad_part_judged_ok_joins_the_bad_ones_and_the_threshold_is_open_again(session):
    tried = tried_one(40)
    assert "Threshold" in mark_wrong(session, tried)
    assert session.bad_scores() == [tried.score]
    assert session.draft.is_taught
    assert furthest(session.draft) is StepName.THRESHOLD


def test_the_count_belongs_to_one_model(session):
    tally = Tally().with_one(Verdict.OK).with_one(Verdict.NG).with_wrong(Verdict.NG)
    session.change(trial=tally.to_json(session.draft.teaching_key))
    assert Tally.of(session.draft) == tally
    assert tally.sentence == "2 tried: 1 OK, 1 NG, 0 FAULT. Judged wrongly: 1 good, 0 bad."
    mark_wrong(session, tried_one(200))
    assert Tally.of(session.draft) == Tally()
