import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from ledger_parts import START, draft, pixels, ticking
from PIL import Image

from engine.rates import Rate
from engine.threshold import Threshold
from station.errors import RecipeError
from station.home import Home
from station.recipes import RecipeStore, golden_pictures

GOLDEN = {"board 000.png": 1.25, "board (1).png": 1.5}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def store(home):
    return RecipeStore(home, ticking())


def write_model(path):
    path.write_bytes(b"PK model" * 100)


def publish(store, name="board", **changes):
    return store.publish(replace(draft(name), **changes), write_model)


def folder(home, name="board", revision=1):
    return home.recipes / name / f"r{revision:04d}"


def spoil(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def test_what_is_published_loads_as_it_was(store):
    wanted = replace(draft("Gehäuse 2.0_b-side"), golden=GOLDEN, threshold=odd_threshold())
    images = {name: pixels(n) for n, name in enumerate(GOLDEN)}
    published = store.publish(wanted, write_model, images)
    assert published == store.load(wanted.name)
    assert published.draft == wanted
    assert (published.revision, published.published_at) == (1, START)
    assert published.model_path.read_bytes() == b"PK model" * 100
    for name, path in golden_pictures(published).items():
        np.testing.assert_array_equal(np.asarray(Image.open(path)), images[name])


def odd_threshold():
    third = np.float32(1) / 3
    return Threshold(
        np.nextafter(0.1, 1), "mean + k·sigma", {"k": 3.0}, Rate(1, 9), Rate(0, 0), third, 7.0
    )


def test_no_region_of_interest_stays_none(store):
    assert publish(store, roi=None).draft.roi is None


def test_revisions_count_up_and_the_newest_is_the_default(store):
    notes = [publish(store, note=note).draft.note for note in ("one", "two", "three")]
    publish(store, name="Plate")
    assert store.names() == ["Plate", "board"]
    assert store.revisions("board") == [1, 2, 3]
    assert store.load("board").draft.note == "three"
    assert [store.load("board", n).draft.note for n in (1, 2, 3)] == notes


def test_every_file_is_read_only_and_listed(store, home):
    recipe = store.publish(
        replace(draft(), golden={"a.png": 1.0}), write_model, {"a.png": pixels(1)}
    )
    files = [path for path in folder(home).rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"recipe.json", "model.npz", "checksums.json", "a.png"}
    assert all(path.stat().st_mode & 0o222 == 0 for path in files)
    listed = json.loads((folder(home) / "checksums.json").read_text())["files"]
    assert listed["model.npz"]["sha256"] == recipe.model_sha256


def test_temporary_and_empty_folders_are_no_recipes(store, home):
    publish(store)
    (home.recipes / "board" / ".publishing-1").mkdir()
    (home.recipes / "board" / "notes").mkdir()
    (home.recipes / "never finished" / ".publishing-2").mkdir(parents=True)
    assert store.names() == ["board"]
    assert store.revisions("board") == [1]
    assert store.revisions("never finished") == []


@pytest.mark.parametrize(
    "name", ["", "../board", "a/b", "a\\b", ".hidden", " board", "board.", "a\0b", "x" * 65, "NUL"]
)
def test_names_that_are_no_names(store, home, name):
    with pytest.raises(RecipeError, match=r"cannot be a recipe's name|keeps for itself"):
        publish(store, name=name)
    with pytest.raises(RecipeError):
        store.load(name)
    assert not home.recipes.exists()


def test_what_a_killed_publisher_left_goes_after_a_day(store, home):
    publish(store)
    old, young = (home.recipes / f".publishing-{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "model.npz").write_bytes(b"half")
    os.utime(old, (0, 0))
    publish(store)
    assert not old.exists()
    assert young.exists()


def test_one_product_one_spelling(store):
    publish(store, name="Board")
    with pytest.raises(RecipeError, match="There is a recipe 'Board' already"):
        publish(store, name="board")


def test_what_fails_while_publishing_leaves_nothing(store):
    publish(store)
    with pytest.raises(ZeroDivisionError):
        store.publish(draft(), lambda path: path.write_bytes(b"x" * (1 // 0)))
    with pytest.raises(RecipeError, match="it has no model"):
        store.publish(draft(), lambda path: None)
    assert store.revisions("board") == [1]
    assert [path.name for path in store.load("board").model_path.parent.parent.iterdir()] == [
        "r0001"
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_not_published(store, number):
    bad = replace(draft().threshold, value=number)
    with pytest.raises(RecipeError, match="cannot be published"):
        publish(store, threshold=bad)
    assert store.names() == []


def test_golden_pictures_and_scores_go_together(store):
    with pytest.raises(RecipeError, match=r"golden score its picture: a\.png"):
        publish(store, golden={"a.png": 1.0})
    for name in ("../a.png", "a.jpg", ".a.png"):
        with pytest.raises(RecipeError, match="plain file name"):
            store.publish(replace(draft(), golden={name: 1.0}), write_model, {name: pixels(1)})


def test_unknown_names_and_revisions_say_what_there_is(store):
    with pytest.raises(RecipeError, match=r"no recipe 'board'\. Teach it first"):
        store.load("board")
    publish(store)
    with pytest.raises(RecipeError, match=r"no recipe 'bord'\. Choose one of 'board'"):
        store.load("bord")
    with pytest.raises(RecipeError, match=r"no revision 7\. Published: 1\."):
        store.load("board", 7)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    return bytes(data)


@pytest.mark.parametrize("file", ["recipe.json", "model.npz", "golden/a.png"])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (flip, "was changed after it was published"),
        (lambda path: path.read_bytes()[:-1], r"is cut short \(.* bytes\)"),
        (lambda path: b"", r"is cut short \(0 of"),
    ],
)
def test_a_damaged_file_is_named_with_the_way_out(store, home, file, damage, sentence):
    golden = replace(draft(), golden={"a.png": 1.0})
    for _ in range(3):
        store.publish(golden, write_model, {"a.png": pixels(1)})
    spoil(folder(home, revision=3) / file, damage(folder(home, revision=3) / file))
    with pytest.raises(RecipeError, match=f"r0003/{file} {sentence}.*Load revision 2 instead"):
        store.load("board", 3)
    assert store.load("board", 2).revision == 2
    assert store.load("board").revision == 2


@pytest.mark.parametrize("file", ["recipe.json", "model.npz", "checksums.json"])
def test_a_missing_file(store, home, file):
    publish(store)
    (folder(home) / file).unlink()
    with pytest.raises(RecipeError, match=f"{file} is missing.*Restore its folder from a backup"):
        store.load("board")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{}", "damaged or not a recipe's"),
        (b"[1, 2", "damaged or not a recipe's"),
        (b'{"kind": "patchlight recipe", "format": 4}', r"newer Patchlight \(format 4"),
        (b'{"kind": "patchlight recipe", "format": 1, "x": NaN}', "NaN is no number"),
        (b'{"kind": "patchlight recipe", "format": 1, "files": []}', "damaged"),
        (b'{"kind": "patchlight recipe", "format": 1, "files": {}}', "does not list model.npz"),
        (b"\xff\xfe\x00", "damaged or not a recipe's"),
    ],
)
def test_foreign_and_newer_files(store, home, content, sentence):
    publish(store)
    spoil(folder(home) / "checksums.json", content)
    with pytest.raises(
        RecipeError, match=f"revision 1 cannot be used: .*checksums.json.*{sentence}"
    ):
        store.load("board")


def test_a_copied_revision_does_not_pass_for_another(store, home):
    publish(store)
    folder(home).rename(folder(home, revision=5))
    with pytest.raises(RecipeError, match="holds revision 1 of 'board' under another name"):
        store.load("board", 5)


def test_publishers_at_once_all_get_a_number(home):
    stores = [RecipeStore(home) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        recipes = list(pool.map(publish, stores))
    assert sorted(recipe.revision for recipe in recipes) == [1, 2, 3, 4, 5, 6]
    assert stores[0].revisions("board") == [1, 2, 3, 4, 5, 6]
    assert all(stores[0].load("board", n) for n in range(1, 7))


def test_a_number_taken_in_between_is_skipped(home):
    asked = []

    def clock():
        asked.append(1)
        if len(asked) == 1:
            publish(RecipeStore(home))
        return START

    recipe = publish(RecipeStore(home, clock))
    assert (recipe.revision, len(asked)) == (2, 2)
    assert recipe == RecipeStore(home).load("board", 2)


def test_a_folder_in_the_way_is_a_sentence(home, store):
    home.root.mkdir()
    home.recipes.write_text("in the way")
    with pytest.raises(RecipeError, match=f"could not be written.*{os.strerror(17)}"):
        publish(store)
