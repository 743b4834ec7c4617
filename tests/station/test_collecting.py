"""Pictures are examined as they come, kept or refused with reasons; nothing is lost."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.images import load_image
from engine.teach import TeachSettings
from station.cameras.virtual_line import VirtualLine
from station.collecting import Examiner, Pixels, examine
from station.drafts import DraftSession, DraftStore, Looking, State
from station.drafts.collecting import Collector
from station.errors import StationError
from station.home import Home

GOOD = 8


@pytest.fixture(scope="module")
def boards() -> list[Pixels]:
    line = VirtualLine(5, 0.0, (240, 320))
    return [line.board(29 * index).pixels for index in range(GOOD)]


@pytest.fixture
def session(tmp_path) -> DraftSession:
    return DraftStore(Home(tmp_path / "home")).begin()


def squares(pixels: Pixels) -> np.ndarray:
    """Describe a picture by its 16 × 16 squares: quick, and enough to count by."""
    small = cv2.resize(pixels, (48, 36), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.ascontiguousarray(
        small.reshape(9, 4, 12, 4, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 48)
    )


def collector(session: DraftSession) -> Collector:
    made = Collector(session, squares)
    made.resume()
    return made


def blurred(pixels: Pixels) -> Pixels:
    return cv2.GaussianBlur(pixels, (0, 0), 2)


def write(folder: Path, boards: list[Pixels]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"part {index}.png" for index in range(len(boards))]
    for path, board in zip(paths, boards, strict=True):
        cv2.imwrite(str(path), board[:, :, ::-1])
    return paths


def test_pictures_are_kept_with_their_source_and_counted(session, boards) -> None:
    filled = collector(session)
    taken = [filled.take(board, f"board {index}") for index, board in enumerate(boards)]
    assert all(picture.state is State.KEPT for picture in taken)
    assert [each.source for each in session.draft.good] == [f"board {i}" for i in range(GOOD)]
    np.testing.assert_array_equal(load_image(session.good_folder / taken[3].file), boards[3])
    assert session.draft.coverage["pictures"] == GOOD
    assert session.draft.coverage["key"] == session.draft.teaching_key


def test_a_refused_picture_stays_with_its_reason_and_is_not_counted(session, boards) -> None:
    filled = collector(session)
    for index, board in enumerate(boards[:-1]):
        filled.take(board, f"board {index}")
    refused = filled.take(blurred(boards[-1]), "board 7")
    assert refused.state is State.REFUSED
    assert refused.findings[0].startswith("Blurred")
    assert (session.good_folder / refused.file).exists()
    assert len(session.draft.kept) == session.draft.coverage["pictures"] == GOOD - 1


def test_kept_on_purpose_stays_kept_and_is_counted(session, boards) -> None:
    filled = collector(session)
    for index, board in enumerate(boards[:-2]):
        filled.take(board, f"board {index}")
    refused = filled.take(blurred(boards[-2]), "blurred")
    filled.decide(refused.file, State.KEPT)
    assert not filled.counted
    filled.recount()
    assert filled.counted
    assert session.draft.coverage["pictures"] == GOOD - 1
    filled.take(boards[-1], "one more")
    kept = next(each for each in session.draft.good if each.file == refused.file)
    assert (kept.state, kept.on_purpose) == (State.KEPT, True)
    assert kept.findings


def test_an_early_blurred_one_is_refused_once_the_others_show_it(session, boards) -> None:
    filled = collector(session)
    first = filled.take(blurred(boards[0]), "early")
    assert first.state is State.KEPT
    for board in boards[1:7]:
        filled.take(board, "later")
    assert session.draft.good[0].state is State.REFUSED
    filled.recount()
    assert session.draft.coverage["pictures"] == 6


def test_after_a_crash_everything_is_there_and_the_curve_is_the_same(session, boards) -> None:
    filled = collector(session)
    for board in boards[:6]:
        filled.take(board, "board")
    filled.take(blurred(boards[6]), "blurred")
    before = session.draft
    reopened = DraftSession.open(session.folder)
    resumed = collector(reopened)
    assert reopened.draft == before
    assert resumed.take(boards[7], "after").state is State.KEPT
    assert reopened.draft.coverage["pictures"] == 7


def test_a_folder_is_copied_and_what_cannot_be_read_is_said_one_by_one(
    session, boards, tmp_path
) -> None:
    paths = write(tmp_path / "parts", boards[:5])
    (tmp_path / "parts" / "part 5.png").write_bytes(b"no picture")
    (tmp_path / "parts" / "part 6.png").write_bytes(b"")
    complaints = collector(session).take_files(tmp_path / "parts")
    assert ["part 5.png" in complaints[0], "part 6.png" in complaints[1]] == [True, True]
    assert [each.source for each in session.draft.good] == [path.name for path in paths]
    for path in paths:
        path.unlink()
    assert len(session.kept_good()) == 5
    assert all(path.exists() for path in session.kept_good())
    with pytest.raises(StationError, match="no file or folder"):
        collector(session).take_files(tmp_path / "nowhere")


def test_bad_parts_go_to_their_own_folder_and_are_not_compared(session, boards) -> None:
    filled = collector(session)
    for board in boards[:6]:
        filled.take(board, "good")
    bad = filled.take(boards[2], "bad", bad=True)
    assert (bad.state, bad.findings) == (State.KEPT, ())
    assert (session.bad_folder / bad.file).exists()
    assert filled.take(blurred(boards[2]), "bad", bad=True).state is State.REFUSED
    assert len(session.draft.good) == 6
    assert session.draft.coverage["pictures"] == 6


def test_a_part_that_is_not_in_place_is_refused(session, boards) -> None:
    reference = collector(session).take(boards[0], "reference")
    looking = Looking(roi=(20, 20, 200, 280), anchor=(60, 80, 90, 120), reference=reference.file)
    session.change(looking=looking)
    filled = collector(session)
    turned = np.ascontiguousarray(boards[1][::-1, ::-1])
    assert filled.take(boards[2], "in place").state is State.KEPT
    refused = filled.take(turned, "turned")
    assert refused.state is State.REFUSED
    assert session.draft.coverage["pictures"] == 2


def test_ignored_regions_add_nothing(boards) -> None:
    corner = ((0.0, 0.0), (120.0, 0.0), (120.0, 120.0), (0.0, 120.0))
    painted = boards[0].copy()
    painted[:110, :110] = 250

    def adds(second: Pixels, *ignored) -> float:
        examiner = Examiner(TeachSettings(ignored=ignored), squares)
        examiner.cover(boards[0])
        examiner.cover(second)
        return examiner.coverage.added[1]

    assert adds(painted) > 1.2 * adds(boards[0])
    assert adds(painted, corner) == adds(boards[0], corner)


@pytest.fixture
def folder(tmp_path, boards) -> list[Path]:
    return write(tmp_path / "parts", [*boards[:6], blurred(boards[6]), boards[2]])


def test_a_folder_examined_for_the_command_line(folder) -> None:
    found = examine(folder, TeachSettings(), describe=squares)
    assert found.used == folder[:6]
    assert [each.path for each in found.refused] == folder[6:]
    assert any("Blurred" in line and "part 6.png" in line for line in found.lines)
    assert any("part 7.png" in line and "part 2.png" in line for line in found.lines)
    assert "--keep-all" in " ".join(found.lines)
    content = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert content["coverage"]["pictures"] == 6
    assert [each["source"] for each in content["spoken_against"]] == ["part 6.png", "part 7.png"]
    assert "Blurred" in content["spoken_against"][0]["findings"][0]
    assert content["pictures"] == {"good": {"kept": 6, "refused": 2}}


def test_keep_all_uses_refused_ones_on_purpose_but_no_unreadable_file(folder) -> None:
    folder[0].write_bytes(b"")
    found = examine(folder, TeachSettings(), keep_all=True, describe=squares)
    assert found.used == folder[1:]
    assert found.unreadable == folder[:1]
    assert "empty file" in found.lines[0]
    assert found.to_json()["spoken_against"][-1]["state"] == "kept"
