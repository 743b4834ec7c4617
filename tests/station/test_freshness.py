"""A frozen camera is told from a live one, and from a folder that plays its pictures again."""

from datetime import datetime, timezone

import numpy as np
import pytest
from scripted_station import BAD, GOOD, Camera, Station, count, picture

from station.home import Home
from station.inspection.freshness import Freshness
from station.inspection.triggers import FreeRun
from station.parts import NO_FRAME_ID, FaultReason, Frame

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
LIVE = [
    {"kind": "usb", "index": 0},
    {"kind": "video", "address": "rtsp://10.0.0.7/line"},
    {"kind": "basler", "serial": "1"},
    {"kind": "genicam"},
    {"kind": "aravis"},
]
PLAYED = [{"kind": "folder"}, {"kind": "virtual line"}, {"kind": "video", "address": "a.mp4"}]


def frame(pixels: np.ndarray, frame_id: int = NO_FRAME_ID) -> Frame:
    return Frame(pixels, NOW, 1, "a picture", frame_id=frame_id)


@pytest.mark.parametrize("camera", LIVE, ids=str)
def test_a_live_camera_that_gives_the_same_pixels_again_is_frozen(camera: dict) -> None:
    freshness = Freshness(camera)
    seen = [freshness.check(frame(pixels)) for pixels in (GOOD, BAD, BAD, BAD.copy(), GOOD)]
    assert [each is not None for each in seen] == [False, False, True, True, False]
    assert "frozen" in seen[2]
    assert "reconnect it" in seen[2]


@pytest.mark.parametrize("camera", PLAYED, ids=str)
def test_pictures_that_are_played_may_be_alike(camera: dict) -> None:
    freshness = Freshness(camera)
    assert [freshness.check(frame(GOOD)) for _ in range(3)] == [None] * 3


@pytest.mark.parametrize("camera", [*LIVE[:1], *PLAYED[:1]], ids=str)
def test_a_number_that_comes_twice_is_a_frozen_picture_of_any_camera(camera: dict) -> None:
    freshness = Freshness(camera)
    given = zip((10, 20, 30, 40), (7, 8, 8, 9), strict=True)
    seen = [freshness.check(frame(picture(value), number)) for value, number in given]
    assert [each is not None for each in seen] == [False, False, True, False]
    assert "picture 8 twice" in seen[2]


def test_one_other_pixel_is_another_picture() -> None:
    freshness = Freshness({"kind": "usb", "index": 0})
    assert freshness.check(frame(GOOD)) is None
    assert freshness.check(frame(picture(11))) is None
    assert freshness.check(frame(GOOD.reshape(32, 24, 3))) is None


class NumberedCamera(Camera):
    """A live camera that keeps giving what it gave."""

    @property
    def settings(self) -> dict:
        return {"kind": "genicam"}


def test_a_frozen_picture_is_a_fault_row_and_is_not_judged(tmp_path) -> None:
    camera = NumberedCamera([GOOD, BAD, BAD, picture(30)])
    station = Station(Home(tmp_path), camera, FreeRun()).start()
    station.finish_by_itself()
    assert count(station, FaultReason.FROZEN) == 1
    assert [row.verdict.value for row in station.rows()] == ["OK", "NG", "FAULT", "OK"]
