import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from ledger_parts import pixels, recipe, ticking

from engine.images import load_image
from station.drafts import (
    DraftPicture,
    DraftSession,
    DraftStore,
    Looking,
    ProductDraft,
    State,
    Taught,
)
from station.drafts.pictures import decide, keep_picture
from station.errors import StationError
from station.home import Home

LOOKING = Looking(
    roi=(10, 20, 300, 400),
    ignored=(((30.5, 40.0), (60.0, 40.0), (45.0, 80.25)),),
    anchor=(50, 60, 32, 32),
    reference="000001.png",
    mm_per_px=0.05,
    smallest_defect=12.0,
    by_position=True,
)
GOOD = tuple(DraftPicture(f"{n:06d}.png", f"part {n}.jpg") for n in range(4))
TAUGHT = Taught(
    "k", ("000000.png",), ("000001.png",), (1.25,), (48, 64), "torch", "torch on CPU", {"n": 2}
)


@pytest.fixture
def store(tmp_path):
    return DraftStore(Home(tmp_path / "home"), ticking())


def full():
    return ProductDraft(
        name="Gehäuse 2",
        description="top side",
        step="threshold",
        camera={"kind": "folder", "path": "parts", "loop": True},
        looking=LOOKING,
        good=(*GOOD, DraftPicture("9.png", "9", State.REFUSED, ("It is blurred.",), True)),
        bad=(DraftPicture("000000.png"),),
        taught=TAUGHT,
        bad_scores={"000000.png": 3.5},
        threshold={"value": 2.5, "alternatives": [{"method": "cost"}]},
    )


def test_a_draft_comes_back_as_it_was(store):
    session = store.begin()
    session.update(lambda _: full())
    assert DraftSession.open(session.folder).draft == full()


def test_each_change_is_on_the_disk_at_once(store):
    session = store.begin()
    session.change(name="board")
    session.change(good=GOOD)
    again = DraftSession.open(session.folder).draft
    assert (again.name, again.good) == ("board", GOOD)


def test_only_kept_pictures_are_taught(store):
    session = store.begin()
    out = replace(GOOD[1], state=State.THROWN_OUT, on_purpose=True)
    session.change(good=(GOOD[0], out, GOOD[2]))
    assert [path.name for path in session.kept_good()] == ["000000.png", "000002.png"]


def test_a_model_is_stale_once_pictures_or_regions_change(store):
    session = store.begin()
    session.change(good=GOOD)
    session.change(taught=replace(TAUGHT, key=session.draft.teaching_key))
    assert session.draft.is_taught
    session.change(description="another word changes nothing")
    assert session.draft.is_taught
    session.change(looking=LOOKING)
    assert not session.draft.is_taught
    session.change(looking=Looking(), good=GOOD[:3])
    assert not session.draft.is_taught


def test_scores_go_with_their_pictures(store):
    session = store.begin()
    bad = (DraftPicture("a.png"), DraftPicture("b.png"), DraftPicture("c.png"))
    session.change(taught=TAUGHT, bad=bad, bad_scores={"c.png": 7.0, "a.png": 5.0})
    assert session.good_scores() == [1.25]
    assert session.bad_scores() == [5.0, 7.0]
    assert session.held_out_paths() == [session.good_folder / "000001.png"]


def test_without_a_model_there_is_a_sentence(store):
    with pytest.raises(StationError, match="Nothing was taught yet"):
        store.begin().open_model()


def test_unfinished_drafts_are_found_again_the_newest_first(store):
    first, second, published = store.begin(), store.begin(), store.begin()
    first.change(name="first")
    second.change(name="second")
    published.change(name="third", revision=2)
    os.utime(first.folder / "draft.json", ns=(10**18, 10**18))
    os.utime(second.folder / "draft.json", ns=(10**18 + 1, 10**18 + 1))
    assert [each.draft.name for each in store.unfinished()] == ["second", "first"]


def test_a_damaged_draft_is_told_and_hides_no_other(store):
    damaged, sound = store.begin(), store.begin()
    damaged.change(name="damaged")
    sound.change(name="sound")
    (damaged.folder / "draft.json").write_text('{"kind": "patchlight draft", "format": 1}')
    assert [each.draft.name for each in store.unfinished()] == ["sound"]
    assert "is damaged" in store.damaged()[0]


def test_a_newer_draft_is_left_alone(store):
    session = store.begin()
    session.change(name="board")
    path = session.folder / "draft.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 3}))
    with pytest.raises(StationError, match="newer"):
        DraftSession.open(session.folder)


def test_teaching_a_known_product_again_goes_on_with_its_pictures(store):
    known = store.begin()
    known.change(name="board", good=GOOD, revision=1)
    assert store.of_recipe(recipe("board")).folder == known.folder
    other = store.of_recipe(recipe("casing")).draft
    assert (other.name, other.looking.roi, other.good) == ("casing", (1, 2, 30, 40), ())


def test_a_discarded_draft_is_gone(store):
    session = store.begin()
    session.change(name="board")
    store.discard(session)
    assert not session.folder.exists()
    assert store.unfinished() == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_kill_between_changes_loses_nothing_that_was_saved(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "draft")], stdout=subprocess.PIPE, text=True
    )
    told = [int(child.stdout.readline()) for _ in range(20)][-1]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert int(DraftSession.open(tmp_path / "draft").draft.description) >= told


CHILD = """
import sys
from pathlib import Path
from station.drafts import DraftSession, ProductDraft
session = DraftSession(Path(sys.argv[1]), ProductDraft())
number = 0
while True:
    number += 1
    session.change(description=str(number))
    print(number, flush=True)
"""


def test_a_kept_picture_is_on_the_disk_and_in_the_draft(store):
    session = store.begin()
    first = keep_picture(session, pixels(1), "board 17")
    second = keep_picture(session, pixels(2), "board 18", state=State.REFUSED, findings=("Dark.",))
    lost = keep_picture(session, pixels(3), "board 19", bad=True)
    again = DraftSession.open(session.folder)
    assert (again.draft.good, again.draft.bad) == ((first, second), (lost,))
    assert [path.name for path in again.kept_good()] == [first.file]
    np.testing.assert_array_equal(load_image(again.kept_good()[0]), pixels(1))
    np.testing.assert_array_equal(load_image(again.bad_paths()[0]), pixels(3))


def test_a_person_decides_and_can_decide_again(store):
    session = store.begin()
    picture = keep_picture(session, pixels(1), "board 17", findings=("Dark.",))
    decide(session, picture.file, State.THROWN_OUT)
    assert session.kept_good() == []
    decide(session, picture.file, State.KEPT)
    assert session.draft.good == (replace(picture, on_purpose=True),)
    assert session.kept_good()[0].exists()


def test_a_file_that_the_draft_never_named_is_not_overwritten_by_its_neighbour(store):
    session = store.begin()
    files = [keep_picture(session, pixels(n), "camera").file for n in range(3)]
    decide(session, files[2], State.THROWN_OUT)
    assert keep_picture(session, pixels(9), "camera").file not in files
