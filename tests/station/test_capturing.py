"""A part that lies still is taken once; the loop takes, imports, decides, and tells."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from station.cameras.camera import Camera, Picture
from station.capturing import Changed, CollectLoop, How, StillPart, Told, sends_by_itself
from station.collecting import Pixels
from station.drafts import DraftSession, DraftStore, State
from station.errors import CameraError, EndOfImages, NothingYet
from station.home import Home
from station.inspection.latest import LatestSlot
from tests.engine.pictures import good_picture
from tests.station.test_collecting import squares

BELT = np.full((96, 128, 3), 40, np.uint8)


def frame(pixels: Pixels, seed: int, gain: float = 1.0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, 2, pixels.shape)
    return (gain * pixels + noise).clip(0, 255).astype(np.uint8)


def lying(number: int, frames: int, gain: float = 1.0) -> list[Pixels]:
    """One part under the camera, which sends it with other noise each time."""
    return [frame(good_picture(number), 100 * number + each, gain) for each in range(frames)]


def passing(number: int, frames: int) -> list[Pixels]:
    part = good_picture(number)
    return [frame(np.roll(part, 12 * each, axis=1), each) for each in range(1, frames + 1)]


def taken(frames: list[Pixels]) -> list[int]:
    still = StillPart()
    return [index for index, pixels in enumerate(frames) if still.feed(pixels)]


def test_a_part_is_taken_once_it_lies_still_and_only_once() -> None:
    assert taken([*passing(1, 6), *lying(1, 12)]) == [6 + 3]


def test_a_part_that_only_passes_is_not_taken() -> None:
    assert taken(passing(1, 9)) == []


def test_the_next_part_is_taken_too_and_a_flickering_lamp_is_no_part() -> None:
    frames = [*lying(1, 6), *lying(1, 6, gain=0.9), *passing(2, 3), *lying(2, 6)]
    assert taken(frames) == [3, 6 + 6 + 3 + 3]


def test_a_part_taken_by_key_is_not_taken_again() -> None:
    still = StillPart()
    frames = lying(1, 8)
    still.took(frames[0])
    assert not any(still.feed(pixels) for pixels in frames)


class Playing(Camera):
    """Plays pictures once; each grab may also do something: what happens meanwhile."""

    name = "playing"
    settings: ClassVar[dict[str, str | float | bool]] = {"kind": "usb"}

    def __init__(self, frames: list[Pixels], meanwhile: Callable[[int], None]) -> None:
        self._frames = frames
        self._meanwhile = meanwhile
        self._next = 0
        self.closed = False

    def open(self) -> None:
        self.closed = False

    def grab(self) -> Picture:
        self._meanwhile(self._next)
        if self._next >= len(self._frames):
            raise EndOfImages("No more.")
        self._next += 1
        return Picture(self._frames[self._next - 1], f"frame {self._next - 1}")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def session(tmp_path) -> DraftSession:
    return DraftStore(Home(tmp_path / "home")).begin()


@pytest.fixture
def loop(session) -> CollectLoop:
    return CollectLoop(session, LatestSlot(), squares)


def ran(loop: CollectLoop, until: Callable[[object], bool]) -> list[object]:
    """Run the loop here until an event says so."""
    stop, events = threading.Event(), []

    def publish(event: object) -> None:
        events.append(event)
        if until(event):
            stop.set()

    loop.run(stop, publish)
    return events


def is_told(text: str) -> Callable[[object], bool]:
    return lambda event: isinstance(event, Told) and text in event.text


def nothing(_grabbed: int) -> None:
    """Let the camera play on."""


def test_still_parts_of_a_live_camera_fill_the_draft(loop, session) -> None:
    camera = Playing([*lying(1, 6), *passing(2, 3), *lying(2, 6)], nothing)
    loop.take_by(How.STILL, 1.0)
    loop.collect(True)
    loop.watch(lambda: camera, live=True)
    ran(loop, is_told("no more pictures"))
    assert [each.source for each in session.draft.good] == ["frame 3", "frame 12"]
    assert camera.closed


def test_by_key_one_press_is_one_picture_and_nothing_else_is_taken(loop, session) -> None:
    def press(grabbed: int) -> None:
        if grabbed in (2, 5):
            loop.fire()

    loop.take_by(How.KEY, 1.0)
    loop.collect(True)
    loop.watch(lambda: Playing([*lying(1, 4), *lying(2, 6)], press), live=True)
    ran(loop, is_told("no more pictures"))
    assert len(session.draft.good) == 2


def test_at_intervals_a_camera_that_shows_the_next_part_is_asked_by_the_clock(session) -> None:
    now = [0.0]

    def later(_grabbed: int) -> None:
        now[0] += 1.0

    loop = CollectLoop(session, LatestSlot(), squares, clock=lambda: now[0])
    camera = Playing([good_picture(number) for number in range(5)], later)
    loop.take_by(How.INTERVAL, 1.0)
    loop.collect(True)
    loop.watch(lambda: camera, live=False)

    def tick(event: object) -> bool:
        now[0] += 1.0
        return is_told("no more pictures")(event)

    ran(loop, tick)
    assert [each.source for each in session.draft.good] == [f"frame {n}" for n in range(5)]


def test_while_nothing_is_to_be_taken_such_a_camera_is_left_alone(loop, session) -> None:
    grabbed: list[int] = []
    loop.watch(lambda: Playing([good_picture(1)], grabbed.append), live=False)
    loop.import_folder(Path("nowhere"))
    ran(loop, is_told("no file or folder"))
    assert not grabbed


def test_a_camera_that_fails_is_told_and_tried_again(loop, session, monkeypatch) -> None:
    monkeypatch.setattr("station.capturing.RETRY_S", 0.0)
    tries: list[int] = []

    def build() -> Camera:
        tries.append(1)
        if len(tries) < 3:
            raise CameraError("Camera 'top' is not there. Plug it in.")
        return Playing(lying(1, 6), nothing)

    loop.take_by(How.STILL, 1.0)
    loop.collect(True)
    loop.watch(build, live=True)
    events = ran(loop, is_told("no more pictures"))
    assert sum(map(is_told("Plug it in"), events)) == 2
    assert len(session.draft.good) == 1


def test_a_camera_that_waits_for_its_input_is_kept_open_until_the_part_comes(loop, session) -> None:
    opened: list[Camera] = []

    class Waiting(Playing):
        def open(self) -> None:
            opened.append(self)

    def wait(grabbed: int) -> None:
        waits.append(grabbed)
        if len(waits) < 4:
            raise NothingYet("Not triggered yet.")

    waits: list[int] = []
    loop.take_by(How.KEY, 1.0)
    loop.watch(lambda: Waiting([good_picture(1)], wait), live=False)
    loop.fire()
    loop.fire()
    events = ran(loop, is_told("no more pictures"))
    assert [each.source for each in session.draft.good] == ["frame 0"]
    assert len(opened) == 1
    assert not any(isinstance(event, Told) and event.trouble for event in events)


def test_on_trigger_every_part_is_taken_once_until_collecting_stops(loop, session) -> None:
    def happen(grabbed: int) -> None:
        happened.append(grabbed)
        if len(happened) % 2:
            raise NothingYet("Not triggered yet.")
        if grabbed == 2:
            loop.collect(False)
            loop.import_folder(Path("nowhere"))

    def stopped(event: object) -> bool:
        return is_told("no file or folder")(event) and camera.closed

    happened: list[int] = []
    camera = Playing([good_picture(number) for number in range(5)], happen)
    loop.take_by(How.TRIGGER, 60.0)
    loop.collect(True)
    loop.watch(lambda: camera, live=False)
    ran(loop, stopped)
    assert [each.source for each in session.draft.good] == ["frame 0", "frame 1", "frame 2"]


@pytest.mark.parametrize(
    ("camera", "shows"),
    [
        ({"kind": "usb", "index": 0}, True),
        ({"kind": "video", "address": "rtsp://camera"}, True),
        ({"kind": "genicam", "id": "red", "trigger": "software"}, True),
        ({"kind": "genicam", "id": "red", "trigger": "hardware"}, False),
        ({"kind": "virtual line"}, False),
    ],
)
def test_which_cameras_show_a_part_for_as_long_as_it_lies_there(camera, shows) -> None:
    assert sends_by_itself(camera) == shows


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "parts"
    place.mkdir()
    for number in range(4):
        cv2.imwrite(str(place / f"part {number}.png"), good_picture(number))
    (place / "part 4.png").write_bytes(b"nothing")
    return place


def test_a_folder_is_imported_and_a_person_decides(loop, session, folder) -> None:
    loop.import_folder(folder)
    loop.decide("000002.png", State.THROWN_OUT, bad=False)
    counted: list[object] = []

    def settled(event: object) -> bool:
        counted.append(event)
        left = [each.state for each in session.draft.good].count(State.THROWN_OUT)
        covered = session.draft.coverage.get("pictures")
        return isinstance(event, Changed) and left == 1 and covered == 3

    events = ran(loop, settled)
    assert any(map(is_told("part 4.png"), events))
    assert any(map(is_told("1 file(s) could not be read"), events))
    assert len(session.draft.kept) == 3


def test_a_halted_import_keeps_what_was_copied(loop, session, folder) -> None:
    loop.import_folder(folder)

    def halt_after_two(event: object) -> bool:
        if len(session.draft.good) == 2:
            loop.halt()
        return is_told("What was copied stays")(event)

    ran(loop, halt_after_two)
    assert len(session.draft.good) == 2
