"""The command line as scripts use it: results, exit codes, and bad input."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from engine.runtimes.opening import available
from station.cli import main
from station.home import Home
from station.ledger import Ledger
from station.ledger.check import check
from station.ledger.reader import LedgerReader
from station.recipes.store import RecipeStore, evidence_of
from station.settings import settings_path
from tests.engine.pictures import bad_picture, good_picture

SMALL = ("--side", "96")


def save(folder: Path, pictures: dict[str, np.ndarray]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A home with recipe 'disc' taught on 20 good pictures."""
    root = tmp_path_factory.mktemp("taught")
    good = save(root / "good", {f"{i:03}": good_picture(i) for i in range(20)})
    assert run(root / "home", "teach", good, "--recipe", "disc", *SMALL) == 0
    return root / "home"


@pytest.fixture
def home(taught: Path, tmp_path: Path) -> Path:
    """A copy of that home, to be spoilt at will."""
    return Path(shutil.copytree(taught, tmp_path / "home"))


def run(home: Path, command: str, *args: object) -> int:
    return main([command, *map(str, args), "--home", str(home)])


def model_of(home: Path) -> Path:
    (path,) = home.glob("recipes/disc/*/model.npz")
    path.chmod(0o644)
    return path


def test_teach_refuses_pictures_loudly_and_says_what_the_others_cover(tmp_path, capsys) -> None:
    pictures = {f"{i:03}": good_picture(300 + i) for i in range(12)}
    pictures["999"] = (good_picture(400) * 0.4).astype(np.uint8)
    good = save(tmp_path / "good", pictures)
    assert run(tmp_path / "home", "teach", good, "--recipe", "disc", *SMALL) == 0
    said = capsys.readouterr().out
    assert "Refused, left out: " in said
    assert "999.png': Too dark: mean grey level" in said
    assert "12 of 13 pictures are used" in said
    recipe = RecipeStore(Home(tmp_path / "home")).load("disc")
    found = evidence_of(recipe)
    assert [each["source"] for each in found["spoken_against"]] == ["999.png"]
    assert found["pictures"] == {"good": {"kept": 12, "refused": 1}}
    assert found["coverage"]["pictures"] == 12
    assert found["threshold"]["alternatives"]
    assert "Keep going" in found["coverage"]["sentence"]
    assert recipe.draft.teaching["good_images"] == 12


def test_inspect_writes_what_it_says_and_keeps_rows(home, tmp_path, capsys) -> None:
    parts = save(tmp_path / "parts", {"1-good": good_picture(90), "2-bad": bad_picture(91)})
    out = tmp_path / "out.json"
    assert run(home, "inspect", parts, "--recipe", "disc", "--json", out) == 0
    good, bad = json.loads(out.read_text())
    assert set(good) == {"path", "verdict", "score", "threshold", "fault", "reason"}
    assert (good["verdict"], bad["verdict"]) == ("OK", "NG")
    assert good["score"] < good["threshold"] == bad["threshold"] <= bad["score"]
    assert "2-bad.png: score" in capsys.readouterr().out
    with LedgerReader.open(Home(home)) as reader:
        assert [reader.row(n).verdict.value for n in (1, 2)] == ["OK", "NG"]
        assert reader.row(2).score == bad["score"]
    assert check(Home(home)) == []


def test_a_dry_run_leaves_no_row(home, tmp_path) -> None:
    parts = save(tmp_path / "parts", {"a": good_picture(90)})
    assert run(home, "inspect", parts, "--recipe", "disc", "--dry-run") == 0
    assert not Home(home).ledger.exists()


def test_a_forced_runtime_judges_and_its_device_is_in_the_run(home, tmp_path) -> None:
    parts = save(tmp_path / "parts", {"a": good_picture(90)})
    assert run(home, "inspect", parts, "--recipe", "disc", "--runtime", "onnxruntime") == 0
    assert run(home, "inspect", parts, "--recipe", "disc") == 0
    with LedgerReader.open(Home(home)) as reader:
        forced, chosen = reader.row(1), reader.row(2)
    assert forced.device == "ONNX Runtime on CPU"
    assert chosen.device != forced.device
    assert chosen.score == pytest.approx(forced.score, rel=1e-4)


def test_calibrate_publishes_a_revision_with_the_same_model(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(12)})
    bad = save(tmp_path / "bad", {f"{i}": bad_picture(200 + i) for i in range(6)})
    before = model_of(home).read_bytes()
    assert run(home, "calibrate", "--recipe", "disc", "--good", good, "--bad", bad) == 0
    said = capsys.readouterr().out
    assert "revision 2" in said
    assert "0 of 6 bad parts missed: the true escape rate may be up to 39.3%" in said
    assert [p.read_bytes() for p in sorted(home.glob("recipes/disc/*/model.npz"))] == [before] * 2


def test_an_escape_limit_that_cannot_be_met_is_said(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(6)})
    bad = save(tmp_path / "bad", {"a": bad_picture(200)})
    code = run(
        home, "calibrate", "--recipe", "disc", "--good", good, "--bad", bad,
        "--escape-limit", 0.005,
    )  # fmt: skip
    assert code == 1
    assert "It takes 598 bad parts" in capsys.readouterr().err
    assert len(list(home.glob("recipes/disc/*/model.npz"))) == 1


def test_calibrate_compares_all_methods_and_publishes_nothing(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(8)})
    bad = save(tmp_path / "bad", {f"{i}": bad_picture(200 + i) for i in range(6)})
    out = tmp_path / "table.json"
    code = run(
        home, "calibrate", "--recipe", "disc", "--good", good, "--bad", bad, "--compare",
        "--cost", 400, 3, "--defect-rate", 0.001, "--parts-per-shift", 5000, "--json", out,
    )  # fmt: skip
    assert code == 0
    said = capsys.readouterr().out
    assert "extreme-value tail  refused: 8 held-out good parts" in said
    methods = json.loads(out.read_text())["methods"]
    assert methods["cost"]["cost"]["expected"] == 0
    assert methods["mean + k·sigma"]["threshold"]["false_rejects"]["total"] == 8
    assert "refusal" in methods["escape limit"]
    assert len(list(home.glob("recipes/disc/*/model.npz"))) == 1


def test_the_chosen_method_is_published_with_all_the_others(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(8)})
    bad = save(tmp_path / "bad", {f"{i}": bad_picture(200 + i) for i in range(6)})
    code = run(
        home, "calibrate", "--recipe", "disc", "--good", good, "--bad", bad,
        "--cost", 400, 3, "--defect-rate", 0.001, "--parts-per-shift", 5000,
    )  # fmt: skip
    assert code == 0
    assert "picked on those very parts" in capsys.readouterr().out
    recipe = RecipeStore(Home(home)).load("disc")
    assert recipe.threshold.method == "cost"
    found = evidence_of(recipe)["threshold"]
    assert found["threshold"] == recipe.threshold.to_json()
    assert "refusal" in found["alternatives"]["methods"]["extreme-value tail"]
    assert len(found["good_scores"]) == 8


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["--tail", 0.001], "Show 54 more"),
        (["--cost", 400, 3], "give --defect-rate"),
        (["--defect-rate", 0.1], "take --cost"),
        (["--escape-limit", 0.1], "name them with --bad"),
        (
            ["--cost", 400, 3, "--defect-rate", 0.001, "--parts-per-shift", 10],
            "A threshold by cost needs bad pictures",
        ),
        (["--value", "nan"], "is no number"),
    ],
)
def test_what_calibrate_cannot_back_is_said(home, tmp_path, capsys, given, text) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(6)})
    assert run(home, "calibrate", "--recipe", "disc", "--good", good, *given) == 1
    assert text in capsys.readouterr().err
    assert len(list(home.glob("recipes/disc/*/model.npz"))) == 1


def test_a_threshold_by_hand(home, tmp_path, capsys) -> None:
    good = save(tmp_path / "good", {f"{i}": good_picture(200 + i) for i in range(6)})
    assert run(home, "calibrate", "--recipe", "disc", "--good", good, "--value", 1e-6) == 0
    said = capsys.readouterr().out
    assert "6 of 6 held-out good parts rejected" in said
    assert "Set by hand" in said


def test_evaluate_writes_every_figure(tmp_path) -> None:
    root = tmp_path / "set"
    save(root / "train" / "good", {f"{i:03}": good_picture(i) for i in range(16)})
    save(root / "test" / "good", {f"{i}": good_picture(300 + i) for i in range(6)})
    save(root / "test" / "scratch", {f"{i}": bad_picture(300 + i) for i in range(5)})
    mask = np.zeros((96, 128), np.uint8)
    mask[45:51, 50:78] = 255
    save(root / "ground_truth" / "scratch", {f"{i}_mask": mask for i in range(5)})
    out = tmp_path / "figures.json"
    assert run(tmp_path / "home", "evaluate", root, "--json", out, *SMALL) == 0
    figures = json.loads(out.read_text())
    assert figures["image_auroc"] == 1
    assert figures["pixel_auroc"] > 0.9
    assert figures["aupro"] > 0.6
    for name in ("false_reject_rate", "escape_rate"):
        assert figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"]
    assert {
        "threshold", "teach_seconds", "score_ms_median", "bank_vectors", "backbone", "device",
    } <= set(figures)  # fmt: skip
    assert figures["by_kind"] == {"scratch": {"escapes": 0, "parts": 5}}


def test_report_in_both_formats(home, tmp_path) -> None:
    parts = save(tmp_path / "parts", {"good": good_picture(90), "zbad": bad_picture(91)})
    run(home, "inspect", parts, "--recipe", "disc")
    times = ("--from", "2000-01-01", "--to", "2100-01-01")
    assert run(home, "report", *times, "--out", tmp_path / "shift.csv") == 0
    assert len((tmp_path / "shift.csv").read_text().splitlines()) == 3
    assert run(home, "report", *times, "--out", tmp_path / "shift.pdf") == 0
    assert (tmp_path / "shift.pdf").read_bytes().startswith(b"%PDF")


def test_a_report_of_a_shift_is_asked_for_by_its_name(home, tmp_path, capsys) -> None:
    parts = save(tmp_path / "parts", {"good": good_picture(90), "zbad": bad_picture(91)})
    run(home, "inspect", parts, "--recipe", "disc")
    out = ("--out", tmp_path / "shift.csv")
    assert run(home, "report", "--shift", "all", *out) == 1
    assert "has no shifts. Name them in" in capsys.readouterr().err
    zone = '[shifts]\nzone = "Europe/Berlin"\n'
    settings_path(Home(home)).write_text(zone + 'starts = { all = "00:00" }\n')
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    assert run(home, "report", "--shift", "all", "--day", today, *out) == 0
    assert f"Shift all, {today:%A, %d %B %Y}, 00:00 to 00:00" in capsys.readouterr().out
    assert len((tmp_path / "shift.csv").read_text().splitlines()) == 3
    assert run(home, "report", "--shift", "all", *out) == 0  # Yesterday's: it is over.
    assert len((tmp_path / "shift.csv").read_text().splitlines()) == 1
    assert run(home, "report", "--shift", "all", "--out", tmp_path / "shift.pdf") == 0
    assert (tmp_path / "shift.pdf").read_bytes().startswith(b"%PDF")
    for wrong, says in (
        (("--shift", "noon"), "There is no shift 'noon'. The station's shifts are 'all'."),
        (("--shift", "all", "--from", "2026-01-01"), "Name a shift, or --from and --to, not both."),
        (("--day", "2026-10-24"), "Say what to export: --from and --to, or --shift"),
        (("--from", "2026-01-01"), "Say what to export: --from and --to, or --shift"),
    ):
        assert run(home, "report", *wrong, *out) == 1
        assert says in capsys.readouterr().err


def test_doctor_times_the_journey(home, capsys) -> None:
    assert run(home, "doctor") == 0
    said = capsys.readouterr().out
    for stage in ("preprocessing", "network and patches", "nearest neighbours", "ledger row"):
        assert stage in said
    assert "Recipe 'disc' revision 1 verifies" in said
    for name in available():
        (line,) = (line for line in said.splitlines() if f"Runtime {name}:" in line)
        assert "reproduces the golden scores of 'disc' revision 1 (largest difference" in line
    assert "GFLOP/s in float32" in said
    stages = {
        line[4:].strip().split("  ")[0]: line for line in said.splitlines() if " ms   (" in line
    }
    for name in ("network and patches", "nearest neighbours"):
        assert "GFLOP)" in stages[name]
    assert "MB)" in stages["preprocessing"]
    assert "waits for the disk" in stages["ledger row without its picture"]
    assert not Home(home).ledger.exists()


def spoil_unknown_runtime(home: Path, place: Path) -> list[object]:
    parts = save(place, {"a": good_picture(1)})
    return ["inspect", parts, "--recipe", "disc", "--runtime", "vulkan"]


def spoil_truncated_jpeg(home: Path, place: Path) -> list[object]:
    Image.fromarray(good_picture(1)).save(place / "a.jpg")
    (place / "a.jpg").write_bytes((place / "a.jpg").read_bytes()[:900])
    return ["inspect", place / "a.jpg", "--recipe", "disc"]


def spoil_16_bit_png(home: Path, place: Path) -> list[object]:
    Image.fromarray(good_picture(1)[:, :, 0].astype(np.uint16) * 200).save(place / "a.png")
    return ["inspect", place / "a.png", "--recipe", "disc"]


def spoil_alpha(home: Path, place: Path) -> list[object]:
    Image.fromarray(good_picture(1)).convert("RGBA").save(place / "a.png")
    return ["inspect", place / "a.png", "--recipe", "disc"]


def spoil_missing_file(home: Path, place: Path) -> list[object]:
    return ["inspect", place / "nothing.png", "--recipe", "disc"]


def spoil_black_picture(home: Path, place: Path) -> list[object]:
    save(place, {"a": np.zeros((96, 128, 3), np.uint8)})
    return ["inspect", place / "a.png", "--recipe", "disc"]


def spoil_other_size(home: Path, place: Path) -> list[object]:
    save(place, {"a": good_picture(1, (100, 100))})
    return ["inspect", place / "a.png", "--recipe", "disc"]


def spoil_empty_folder(home: Path, place: Path) -> list[object]:
    return ["teach", place, "--recipe", "new", *SMALL]


def spoil_one_image(home: Path, place: Path) -> list[object]:
    save(place, {"a": good_picture(1)})
    return ["teach", place, "--recipe", "new", *SMALL]


def spoil_copies_of_one_image(home: Path, place: Path) -> list[object]:
    save(place, {f"{i}": good_picture(1) for i in range(30)})
    return ["teach", place, "--recipe", "new", *SMALL]


def spoil_unfit_among_good(home: Path, place: Path) -> list[object]:
    save(place, {f"{i}": good_picture(i) for i in range(9)})
    (place / "x.png").write_bytes(b"")
    return ["teach", place, "--recipe", "new", *SMALL]


def spoil_unknown_recipe(home: Path, place: Path) -> list[object]:
    return ["inspect", save(place, {"a": good_picture(1)}), "--recipe", "disk"]


def spoil_tampered_model(home: Path, place: Path) -> list[object]:
    content = bytearray(model_of(home).read_bytes())
    content[len(content) // 2] ^= 1
    model_of(home).write_bytes(content)
    return ["inspect", save(place, {"a": good_picture(1)}), "--recipe", "disc"]


def spoil_truncated_model(home: Path, place: Path) -> list[object]:
    model_of(home).write_bytes(model_of(home).read_bytes()[:1000])
    return ["inspect", save(place, {"a": good_picture(1)}), "--recipe", "disc"]


def spoil_recipe_name(home: Path, place: Path) -> list[object]:
    save(place, {f"{i}": good_picture(i) for i in range(9)})
    return ["teach", place, "--recipe", "../escape", *SMALL]


def spoil_ledger(home: Path, place: Path) -> list[object]:
    with Ledger.open(Home(home)):
        pass
    with closing(sqlite3.connect(Home(home).ledger)) as connection:
        connection.execute("PRAGMA user_version = 99")
    return ["inspect", save(place, {"a": good_picture(1)}), "--recipe", "disc"]


def spoil_zero_length_ledger(home: Path, place: Path) -> list[object]:
    Home(home).ledger.write_bytes(b"")
    return ["report", "--from", "2000-01-01", "--to", "2100-01-01", "--out", place / "a.csv"]


def spoil_data_set(home: Path, place: Path) -> list[object]:
    return ["evaluate", place]


def spoil_backbone(home: Path, place: Path) -> list[object]:
    save(place, {f"{i}": good_picture(i) for i in range(9)})
    return ["teach", place, "--recipe", "new", "--backbone", "vgg16"]


def spoil_weights(home: Path, place: Path) -> list[object]:
    save(place, {f"{i}": good_picture(i) for i in range(9)})
    (place / "weights.pth").write_bytes(b"\x80\x04cos\nsystem\n")
    return ["teach", place, "--recipe", "new", "--weights", place / "weights.pth"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_truncated_jpeg, "truncated"),
        (spoil_16_bit_png, "16 bits a channel"),
        (spoil_alpha, "alpha channel"),
        (spoil_missing_file, "there is no such file"),
        (spoil_black_picture, "blank"),
        (spoil_other_size, "taught on 128 × 96"),
        (spoil_unknown_runtime, "No runtime 'vulkan'"),
        (spoil_empty_folder, "has no pictures"),
        (spoil_one_image, "too few"),
        (spoil_copies_of_one_image, "1 different good picture"),
        (spoil_unfit_among_good, "x.png' is an empty file"),
        (spoil_unknown_recipe, "There is no recipe 'disk'"),
        (spoil_tampered_model, "model.npz"),
        (spoil_truncated_model, "model.npz"),
        (spoil_recipe_name, "name"),
        (spoil_ledger, "ledger"),
        (spoil_zero_length_ledger, "ledger"),
        (spoil_data_set, "train/good"),
        (spoil_backbone, "Choose one of"),
        (spoil_weights, "does not hold weights"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_input_is_a_sentence_and_nothing_is_lost(home, tmp_path, capsys, spoil, sentence):
    place = tmp_path / "place"
    place.mkdir()
    arguments = spoil(home, place)
    waiting = Home(home).audit_spool  # What waits there goes into the ledger.
    files = [p for p in home.rglob("*") if p.is_file() and p.parent != waiting]
    before = {p: p.read_bytes() for p in files}
    assert run(home, *arguments) == 1
    said = capsys.readouterr()
    assert sentence in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert "unexpected" not in said.err
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_ledger_that_is_none_is_put_away_and_the_command_says_so(home, tmp_path, capsys) -> None:
    diary = b"no ledger at all, but longer than a header" * 40
    Home(home).ledger.write_bytes(diary)
    assert run(home, "inspect", save(tmp_path, {"b": good_picture(90)}), "--recipe", "disc") == 0
    said = capsys.readouterr().err
    assert "is not a ledger, or is damaged" in said
    assert "a new ledger was begun" in said
    (folder,) = Home(home).quarantine.iterdir()
    assert (folder / "ledger.sqlite3").read_bytes() == diary


def test_pictures_that_cannot_be_judged_become_fault_rows(home, tmp_path) -> None:
    arguments = spoil_truncated_jpeg(home, tmp_path)
    save(tmp_path, {"b": good_picture(90)})
    assert run(home, *arguments[:2], tmp_path / "b.png", *arguments[2:]) == 1
    with LedgerReader.open(Home(home)) as reader:
        rows = [reader.row(1), reader.row(2)]
    assert [row.verdict.value for row in rows] == ["FAULT", "OK"]
    assert "truncated" in rows[0].text


@pytest.mark.parametrize(
    "arguments",
    [
        ["teach"],
        ["no-such-command"],
        ["report", "--from", "yesterday", "--to", "2100-01-01", "--out", "a.pdf"],
        ["report", "--from", "2000-01-01", "--to", "2100-01-01", "--out", "a.docx"],
        ["report", "--shift", "night", "--day", "Friday", "--out", "a.pdf"],
        ["demo", "--parts", "0"],
        ["evaluate", ".", "--side", "7"],
    ],
)
def test_wrong_use_is_exit_code_2(arguments, capsys) -> None:
    with pytest.raises(SystemExit) as wrong:
        main(arguments)
    assert wrong.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_bug_is_a_sentence_with_its_details_in_a_log(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("station.commands.open_folders", lambda paths: 1 / 0)
    monkeypatch.setattr("station.commands.choose_recipe", lambda *a: None)
    assert run(tmp_path, "inspect", "x", "--recipe", "y") == 1
    assert "unexpected ZeroDivisionError" in capsys.readouterr().err
    assert "Traceback" in (tmp_path / "logs" / "crash.log").read_text()
