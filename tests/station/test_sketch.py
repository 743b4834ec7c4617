"""Drawing regions: nothing leaves the picture, nothing is lost."""

import pytest

from station.sketch import ANCHOR, ROI, History, Sketch

EMPTY = Sketch((480, 640))
TRIANGLE = ((10.0, 10.0), (60.0, 12.0), (30.0, 50.0))


def test_a_rectangle_is_drawn_from_any_corner_and_stays_inside():
    assert EMPTY.with_rectangle(ROI, (300, 200), (100.4, 49.6)).roi == (50, 100, 150, 200)
    assert EMPTY.with_rectangle(ANCHOR, (-20, 400), (900, 900)).anchor == (400, 0, 80, 640)
    assert EMPTY.with_rectangle(ANCHOR, (639, 2), (640, 3)).anchor == (2, 624, 16, 16)


def test_two_corners_are_no_region():
    assert EMPTY.with_ignored(TRIANGLE[:2]) == EMPTY
    assert EMPTY.with_ignored([*TRIANGLE[:2], (900, -5)]).ignored[0][2] == (640, 0)


def test_shapes_are_nudged_as_far_as_the_picture_goes():
    drawn = EMPTY.with_rectangle(ROI, (10, 20), (100, 90)).with_ignored(TRIANGLE)
    assert drawn.moved(ROI, 3, -2).roi == (18, 13, 70, 90)
    assert drawn.moved(ROI, -50, 1000).roi == (410, 0, 70, 90)
    assert drawn.moved(0, -50, 0).ignored[0] == ((0.0, 10.0), (50.0, 12.0), (20.0, 50.0))


def test_a_corner_is_dragged_and_the_opposite_one_stays():
    drawn = EMPTY.with_rectangle(ROI, (10, 20), (100, 90)).with_ignored(TRIANGLE)
    assert drawn.with_corner(ROI, 0, (50, 60)).roi == (60, 50, 30, 50)
    assert drawn.with_corner(0, 1, (70, 5)).ignored[0][1] == (70, 5)


@pytest.mark.parametrize(("point", "which"), [((30, 20), 0), ((95, 80), ROI), ((300, 300), None)])
def test_what_lies_on_top_is_hit(point, which):
    drawn = EMPTY.with_rectangle(ROI, (0, 0), (100, 90)).with_ignored(TRIANGLE)
    assert drawn.at(point) == which


def test_deleting_undoing_redoing():
    history = History(EMPTY)
    assert history.do(EMPTY.with_rectangle(ROI, (0, 0), (100, 90)))
    assert history.do(history.present.with_ignored(TRIANGLE))
    assert history.do(history.present.without(ROI))
    assert not history.do(history.present)
    assert history.undo()
    assert history.present.roi is not None
    assert history.undo()
    assert history.present.ignored == ()
    assert history.redo()
    assert history.present.ignored == (TRIANGLE,)
    assert history.do(history.present.without(0))
    assert not history.can_redo
    assert not history.redo()
    assert history.can_undo
