"""A revision as one file: whole, unchanged, and judging as taught, or not here at all."""

import io
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from ledger_parts import START, draft, pixels, ticking

from engine import model_file
from engine.runtimes.opening import available, open_model
from station.cli import main
from station.errors import RecipeError
from station.home import Home
from station.judging import open_recipe
from station.pictures import load_fit
from station.recipes import Recipe, RecipeStore, evidence_of, golden_pictures, package, recipe_file
from station.recipes.exchange import Imported, export_recipe, import_recipe
from station.recipes.store import RecipeStore as Store
from station.teaching import TeachRequest, teach
from tests.engine.pictures import SMALL, good_picture
from tests.station.test_judging import published, save

CHILD = Path(__file__).with_name("exchange_child.py")
EVIDENCE = {"coverage": {"curve": [3.0, 2.0, 1.5]}, "device": "OpenVINO f32 on CPU"}


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Recipe:
    images = save(
        tmp_path_factory.mktemp("good"), {f"{seed:02}": good_picture(seed) for seed in range(14)}
    )
    request = TeachRequest("disc", images, {}, "Ada", "first", settings=SMALL)
    return teach(request, RecipeStore(Home(tmp_path_factory.mktemp("taught"))))


@pytest.fixture
def store(tmp_path) -> Store:
    """Of another station than the one the file comes from."""
    return RecipeStore(Home(tmp_path / "there"))


@pytest.fixture
def small(tmp_path) -> Recipe:
    """A revision with a model that nobody opens: small enough to try every byte of its file."""
    ours = RecipeStore(Home(tmp_path / "here"), ticking())
    golden = replace(draft(), golden={"a (1).png": 1.25})
    return ours.publish(
        golden, lambda path: path.write_bytes(b"PK model"), {"a (1).png": pixels(1)}, EVIDENCE
    )


@pytest.fixture
def file(small, tmp_path) -> Path:
    return export_recipe(small, tmp_path / "board.patchlight", station="line 1")


def believe(recipe: Recipe) -> None:
    """A machine on which everything judges as it was taught."""


def bring(file: Path, store: Store, prove: Callable[[Recipe], object] = believe) -> Imported:
    return import_recipe(file, store, by="Bo", prove=prove, clock=lambda: START)


def everything_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def golden_scores(recipe: Recipe) -> dict[str, float]:
    model = open_model(model_file.load(recipe.model_path), available()[0])
    return {
        name: model.score(load_fit(path)).value for name, path in golden_pictures(recipe).items()
    }


def test_an_imported_recipe_scores_to_the_bit_as_where_it_was_taught(
    taught, store, tmp_path
) -> None:
    file = export_recipe(taught, tmp_path / "disc.patchlight", station="line 1")
    done = bring(file, store, open_recipe)
    assert done.new
    assert golden_scores(done.recipe) == golden_scores(taught)
    assert done.recipe.draft == taught.draft
    assert done.recipe.model_sha256 == taught.model_sha256
    assert open_recipe(store.load("disc")).refused == ()


def test_over_the_command_line(taught, store, tmp_path, capsys) -> None:
    here, file = taught.model_path.parents[3], tmp_path / "disc.patchlight"
    assert main(["recipe", "export", "disc", str(file), "--home", str(here)]) == 0
    assert main(["recipe", "import", str(file), "--home", str(tmp_path / "there")]) == 0
    said = capsys.readouterr().out
    assert "gives the golden scores on this machine." in said
    assert "Imported 'disc' as revision 1" in said
    assert "Ada" in said
    assert main(["recipe", "import", str(file), "--home", str(tmp_path / "there")]) == 0
    assert "here already, as revision 1" in capsys.readouterr().out
    assert store.revisions("disc") == [1]


def test_a_recipe_that_does_not_judge_here_as_taught_is_refused(taught, store, tmp_path) -> None:
    wrong = {name: score * 1.01 for name, score in taught.draft.golden.items()}
    other = published(RecipeStore(Home(tmp_path / "other")), taught, golden=wrong)
    file = export_recipe(other, tmp_path / "disc.patchlight")
    with pytest.raises(
        RecipeError, match=r"was not imported.*is refused on this machine: 'golden-"
    ):
        bring(file, store, open_recipe)
    assert store.names() == []
    assert everything_in(tmp_path / "there") == []


def test_who_when_and_why_come_along(small, file, store) -> None:
    store.publish(draft(), lambda path: path.write_bytes(b"ours"))
    done = bring(file, store).recipe
    assert done.revision == 2
    assert (done.draft.published_by, done.draft.note) == ("Ada", "first try")
    assert done.origin is not None
    assert (done.origin.station, done.origin.revision) == ("line 1", 1)
    assert done.origin.published_at == small.published_at
    assert (done.origin.imported_by, done.origin.imported_at) == ("Bo", START)
    assert evidence_of(done) == EVIDENCE
    assert store.load("board") == done


def test_the_same_revision_is_recognised_wherever_it_comes_from(
    small, file, store, tmp_path
) -> None:
    first = bring(file, store)
    again = bring(file, store)
    assert (again.new, again.recipe) == (False, first.recipe)
    onwards = export_recipe(first.recipe, tmp_path / "onwards.patchlight", station="line 2")
    here = RecipeStore(Home(tmp_path / "here"))
    assert bring(onwards, here) == Imported(here.load("board", 1), False)
    third = bring(onwards, RecipeStore(Home(tmp_path / "third"))).recipe
    assert third.origin is not None
    assert (third.origin.station, third.origin.sha256) == ("line 1", first.recipe.origin.sha256)
    assert store.revisions("board") == [1]


def test_a_damaged_revision_can_be_imported_again(file, store) -> None:
    first = bring(file, store).recipe
    first.model_path.chmod(0o644)
    first.model_path.write_bytes(b"PK modem")
    assert bring(file, store).recipe.revision == 2
    assert evidence_of(store.load("board")) == EVIDENCE


def test_the_same_revision_gives_the_same_file(small, file, tmp_path) -> None:
    again = export_recipe(small, tmp_path, station="line 1")
    assert again.name == "board-r0001.patchlight"
    assert again.read_bytes() == file.read_bytes()


def test_a_file_that_is_there_stays(small, file, tmp_path) -> None:
    file.write_bytes(b"precious")
    with pytest.raises(RecipeError, match="is there already"):
        export_recipe(small, file)
    assert file.read_bytes() == b"precious"
    export_recipe(small, file, force=True)
    assert package.read(file).content["revision"] == 1
    with pytest.raises(RecipeError, match=r"does not end in \.patchlight"):
        export_recipe(small, tmp_path / "board.zip")
    with pytest.raises(RecipeError, match="cannot be written"):
        export_recipe(small, file / "x.patchlight")


def test_a_flipped_byte_is_found_wherever_it_is(file, store, tmp_path) -> None:
    sound = file.read_bytes()
    places = {*range(150), *range(0, len(sound), 29), *range(len(sound) - 650, len(sound))}
    for place in sorted(places):
        data = bytearray(sound)
        data[place] ^= 1 << place % 8
        file.write_bytes(data)
        with pytest.raises(RecipeError, match="was not imported"):
            bring(file, store)
    assert everything_in(tmp_path / "there") == []
    file.write_bytes(sound)
    assert bring(file, store).new


@pytest.mark.parametrize("length", [0, 1, 100, -65, -1])
def test_a_file_that_is_cut_short_is_refused(file, store, length) -> None:
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(RecipeError, match="no exported recipe, or its end is missing"):
        bring(file, store)


def test_something_behind_the_end_is_refused(file, store) -> None:
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(RecipeError, match="no exported recipe"):
        bring(file, store)


def test_a_file_that_is_not_there(store, tmp_path) -> None:
    with pytest.raises(RecipeError, match="cannot be read: No such file"):
        bring(tmp_path / "none.patchlight", store)


def forge(file: Path, change: Callable[[zipfile.ZipFile, dict[str, bytes]], None]) -> None:
    """Write it anew with a right seal, as somebody would who means harm."""
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        change(archive, held)
        for name, content in held.items():
            archive.writestr(name, content)
        archive.comment = b"patchlight package 1 " + b"0" * 64
    file.write_bytes(data.getvalue())
    with file.open("r+b") as opened:
        digest = package._digest(opened)
        opened.seek(-64, os.SEEK_END)
        opened.write(digest)


def listed_too(name: str, content: bytes, held: dict[str, bytes]) -> None:
    """Add a file to the archive and to its checksums."""
    held[name] = content
    relist(held)


def relist(held: dict[str, bytes]) -> None:
    from hashlib import sha256

    named = {k: v for k, v in held.items() if k not in ("package.json", "checksums.json")}
    files = {k: {"bytes": len(v), "sha256": sha256(v).hexdigest()} for k, v in named.items()}
    held["checksums.json"] = recipe_file.dump({"files": files})


def edit(held: dict[str, bytes], **changes: object) -> None:
    """Change recipe.json, and the list to fit."""
    content = recipe_file.parse(held["recipe.json"])
    content["draft"] = {**content["draft"], **changes.pop("draft", {})}
    held["recipe.json"] = recipe_file.dump({**content, **changes})
    relist(held)


FORGERIES = {
    "escapes upwards": (lambda a, h: listed_too("../../evil.txt", b"x", h), "with the name"),
    "absolute": (lambda a, h: listed_too("/tmp/evil.txt", b"x", h), "with the name"),
    "backwards": (lambda a, h: listed_too("golden\\..\\evil.txt", b"x", h), "with the name"),
    "elsewhere": (lambda a, h: listed_too("other/evil.txt", b"x", h), "with the name"),
    "hidden": (lambda a, h: listed_too(".evil", b"x", h), "with the name"),
    "a device": (lambda a, h: listed_too("NUL.txt", b"x", h), "with the name"),
    "a folder": (lambda a, h: a.writestr("golden/", b""), "with the name"),
    "not listed": (lambda a, h: a.writestr("evil.txt", b"x"), "does not hold the files"),
    "twice": (lambda a, h: a.writestr("MODEL.npz", b"x"), "a file twice"),
    "a bomb": (
        lambda a, h: a.writestr("evil.txt", bytes(1 << 20), zipfile.ZIP_DEFLATED),
        "compressed or encrypted",
    ),
    "no model": (lambda a, h: (h.pop("model.npz"), relist(h)), "no recipe.json or no model.npz"),
    "another model": (lambda a, h: h.update({"model.npz": b"PK modem"}), "was changed after"),
    "another length": (lambda a, h: h.update({"model.npz": b"PK"}), "is cut short"),
    "a name that is a path": (
        lambda a, h: edit(h, draft={"name": "../evil"}), "cannot be a recipe's name"
    ),
    "no name": (lambda a, h: edit(h, draft={"name": None}), "has the name None"),
    "no draft": (lambda a, h: edit(h, draft={"threshold": 1}), "was not imported"),
    "a golden path": (
        lambda a, h: edit(h, draft={"golden": {"../../a.png": 1.0}}), "golden score"
    ),
    "newer": (
        lambda a, h: h.update(
            {"recipe.json": h["recipe.json"].replace(b'"format": 3', b'"format": 4')}
        ),
        "of a newer Patchlight",
    ),
    "no number": (lambda a, h: edit(h, revision="one"), "was not imported"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_file_with_a_right_seal_is_not_believed_either(file, store, forgery, tmp_path) -> None:
    change, sentence = FORGERIES[forgery]
    before = everything_in(tmp_path)
    forge(file, change)
    with pytest.raises(RecipeError, match=sentence):
        bring(file, store)
    assert everything_in(tmp_path) == before
    assert store.names() == []


def test_a_newer_kind_of_file_says_so(file, store) -> None:
    data = file.read_bytes()
    file.write_bytes(data.replace(b"patchlight package 1 ", b"patchlight package 2 "))
    with pytest.raises(RecipeError, match=r"newer Patchlight \(format 2.*Update this program"):
        bring(file, store)


def test_files_that_share_their_bytes_are_refused(file, store) -> None:
    """As bombs do that need no compression: every entry is said to be the whole archive."""
    data = bytearray(file.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = (len(data) - 400).to_bytes(4, "little") * 2
    file.write_bytes(data)
    with file.open("r+b") as opened:
        digest = package._digest(opened)
        opened.seek(-64, os.SEEK_END)
        opened.write(digest)
    with pytest.raises(RecipeError, match=r"said to be longer|is damaged"):
        bring(file, store)


def start(work: str, home: Path, path: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(CHILD), work, str(home), str(path)]
    environment = {**os.environ, "PYTHONPATH": str(CHILD.parents[2])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


posix = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is the POSIX way to die")


@posix
def test_killed_while_importing_nothing_is_visible(file, store, tmp_path) -> None:
    with start("import", tmp_path / "there", file) as child:
        unpacked = Path(child.stdout.readline().decode().strip())
        child.send_signal(signal.SIGKILL)
    assert (unpacked / "model.npz").is_file()
    assert store.names() == []
    assert store.revisions("board") == []
    assert bring(file, store).recipe.revision == 1


@posix
def test_killed_while_exporting_no_half_file_has_a_name(tmp_path) -> None:
    ours = RecipeStore(Home(tmp_path / "here"))
    ours.publish(draft(), lambda path: path.write_bytes(os.urandom(8 << 20)))
    out = tmp_path / "out"
    with start("export", tmp_path / "here", out) as child:
        said = [int(child.stdout.readline()) for _ in range(3)]
        child.send_signal(signal.SIGKILL)
        rest = re.findall(rb"(\d+)\n", child.stdout.read())
    visible = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert {f"{number}.patchlight" for number in (*said, *map(int, rest))} <= visible
    for name in visible:
        assert package.read(out / name).content["revision"] == 1


class TestRollback:
    @pytest.fixture
    def two(self, small, tmp_path) -> Store:
        ours = RecipeStore(Home(tmp_path / "here"), ticking())
        ours.publish(draft(threshold=7.0), lambda path: path.write_bytes(b"second"))
        return ours

    def test_the_earlier_content_is_the_newest(self, two, small) -> None:
        done = two.rollback("board", 1, "Bo")
        assert two.load("board") == done
        assert (done.revision, done.draft.published_by) == (3, "Bo")
        assert done.draft.note == "rolled back to revision 1: first try"
        assert done.threshold == small.threshold
        assert done.model_sha256 == small.model_sha256
        assert evidence_of(done) == EVIDENCE
        (golden,) = golden_pictures(done).values()
        (first,) = golden_pictures(small).values()
        assert golden.read_bytes() == first.read_bytes()
        assert two.load("board", 1) == small

    def test_to_the_newest_there_is_nothing_to_do(self, two) -> None:
        with pytest.raises(RecipeError, match="Revision 2 is the newest of 'board'"):
            two.rollback("board", 2, "Bo")
        with pytest.raises(RecipeError, match="no revision 9"):
            two.rollback("board", 9, "Bo")
        assert two.revisions("board") == [1, 2]

    def test_away_from_a_damaged_one(self, two, small) -> None:
        model = two.load("board", 2).model_path
        model.chmod(0o644)
        model.write_bytes(b"first!")
        assert two.rollback("board", 1, "Bo").revision == 3


class TestEvidence:
    def test_it_comes_back_as_it_went_in(self, small) -> None:
        assert evidence_of(small) == EVIDENCE

    def test_a_revision_without_any(self, store) -> None:
        made = store.publish(draft(), lambda path: path.write_bytes(b"PK"))
        assert evidence_of(made) == {}
        assert not (made.model_path.parent / "evidence.json").exists()

    def test_evidence_that_was_changed_or_put_there_is_not_believed(self, small, store) -> None:
        path = small.model_path.parent / "evidence.json"
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"1.5", b"0.5"))
        with pytest.raises(RecipeError, match=r"evidence\.json was changed after"):
            evidence_of(small)
        bare = store.publish(draft(), lambda path: path.write_bytes(b"PK"))
        (bare.model_path.parent / "evidence.json").write_bytes(path.read_bytes())
        assert evidence_of(bare) == {}

    def test_what_is_no_number_is_not_published(self, store) -> None:
        write = partial(Path.write_bytes, data=b"PK")
        with pytest.raises(RecipeError, match="cannot be published"):
            store.publish(draft(), write, evidence={"auroc": float("nan")})
        assert store.names() == []
