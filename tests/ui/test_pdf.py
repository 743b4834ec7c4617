import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread
from PySide6.QtGui import QFontDatabase, QTextDocument

from station.errors import StationError
from station.ledger import Counts, Row, RunRecord
from station.parts import Verdict
from station.reports.page import footer, page
from station.reports.shift_report import LaneLine, Latency, RecipeLine, Reject, ShiftReport
from station.ui.pdf import write_pdf

START = datetime(2026, 3, 4, 21, 0, tzinfo=timezone.utc)


def reject(sequence, size=(120, 160)):
    row = Row(
        sequence=sequence,
        run=1,
        verdict=Verdict.NG,
        score=7.25,
        threshold=5.0,
        reason="",
        text="",
        recipe="board",
        revision=3,
        source="x",
        captured_at=START + timedelta(seconds=sequence),
        recorded_at=START,
        elapsed_ms=50.0,
        device="cpu",
        operator="Ada",
        image_path="",
        map_path="",
    )
    return Reject(row, np.full((*size, 3), 120, np.uint8))


def run(number=1, triggers=605, rows=605, interrupted=False):
    ended_at = START + timedelta(hours=1)
    return RunRecord(
        number,
        1,
        START,
        ended_at,
        interrupted,
        triggers,
        rows,
        "board",
        3,
        "ab",
        5.0,
        "cpu",
        "",
        "",
    )


@pytest.fixture
def report(qapp):
    counts = Counts(590, 10, 5)
    return ShiftReport(
        start=START,
        end=START + timedelta(hours=8),
        counts=counts,
        faults=(("queue full", 4), ("no frame", 1)),
        recipes=(RecipeLine("board", 3, 5.0, counts, ("0 of 30 rejected.",)),),
        parts_per_minute=85.71,
        latency=Latency(50.2, 71.0, 93.7),
        lanes=(LaneLine("", counts, Latency(50.2, 71.0, 93.7), None, 0),),
        runs=(run(),),
        rejects=tuple(reject(n) for n in range(10, 0, -1)),
        operators=("Ada",),
        devices=("torch on CPU",),
        station="line 3 · /data",
        made_at=START + timedelta(hours=8, minutes=3),
        program="Patchlight 1.2.3",
    )


def text_of(report, shown=12):
    document = QTextDocument()
    document.setHtml(page(report, shown))
    return document.toPlainText()


def pages(path: Path) -> int:
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    return data.count(b"/Type /Page\n")


def test_the_page_says_how_much_how_well_and_what_is_known_of_it(report):
    text = text_of(report)
    for words in (
        "Judged\n600",
        "NG\n10",
        "FAULT\n5",
        "98.3 %\n97.0 to 99.2 %",
        "85.7 parts a minute",
        "50 ms (median), 71 ms (95 % of the parts are faster), 94 ms (99 %)",
        "FAULT by reason: 4 queue full, 1 no frame",
        "0 of 30 rejected.",
        "Triggers and rows agree: 1 run, 605 triggers, 605 rows.",
        "NG parts (all 10, newest first)",
        "Part 10",
        f"score 7.250, NG from 5.000\n{START.astimezone():%d %b} · board r3",
    ):
        assert words in text, words
    assert "by Patchlight 1.2.3" in footer(report)


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is the system's there")
def test_times_are_local_with_their_offset(report, berlin):
    assert "Wednesday, 04 March 2026, 22:00 to Thursday, 05 March 2026, 06:00 UTC+01:00" in text_of(
        report
    )
    assert footer(report).startswith("Made 2026-03-05 06:03:00 UTC+01:00 by")
    spring = datetime(2026, 3, 28, 21, 0, tzinfo=timezone.utc)
    night = replace(report, start=spring, end=spring + timedelta(hours=7))
    assert (
        "Saturday, 28 March 2026, 22:00 UTC+01:00 to Sunday, 29 March 2026, 06:00 UTC+02:00"
        in text_of(night)
    )


def test_it_says_how_many_rejects_are_not_shown(report):
    text = text_of(replace(report, counts=Counts(590, 40, 5)), shown=8)
    assert "the newest 8 of 40; 32 more are in the table export" in text
    assert "Part 2" not in text


def test_lost_and_interrupted_parts_are_named(report):
    runs = (run(1, triggers=7, rows=6), run(2, triggers=None, rows=17, interrupted=True))
    text = text_of(replace(report, runs=runs))
    assert "Triggers and rows do not agree (run 1: 7 triggers, 6 rows)." in text
    assert "Run 2 was interrupted (by a crash, a power cut or a full disk) after 17 rows" in text


def test_a_run_under_way_is_no_loss(report):
    text = text_of(replace(report, runs=(replace(run(4, triggers=None), ended_at=None),)))
    assert "Run 4 is still under way (605 rows so far)." in text
    assert "do not agree" not in text


def test_an_empty_range_says_so(report, tmp_path):
    empty = replace(
        report,
        counts=Counts(0, 0, 0),
        faults=(),
        recipes=(),
        parts_per_minute=0.0,
        latency=None,
        lanes=(),
        runs=(),
        rejects=(),
        operators=(),
        devices=(),
    )
    assert "No part was recorded." in text_of(empty)
    write_pdf(empty, tmp_path / "empty.pdf")
    assert pages(tmp_path / "empty.pdf") == 1


def test_only_faults_is_no_yield_of_nan(report):
    counts = Counts(0, 0, 3)
    line = RecipeLine("board", 3, float("nan"), counts, ())
    text = text_of(replace(report, counts=counts, recipes=(line,), latency=None, rejects=()))
    assert "nan" not in text
    assert "no part was judged" in text


def test_each_lane_says_how_long_its_parts_took_against_its_takt(report):
    counts, infinite = report.counts, float("inf")
    lanes = (
        LaneLine("top", counts, Latency(50.2, 71.0, 1093.7), 1.5, 0),
        LaneLine("<side>", counts, Latency(50.0, 990.0, infinite), 1.0, 7),
        LaneLine("under", counts, None, None, 0),
    )
    text = text_of(replace(report, lanes=lanes))
    for words in (
        "Lane top, takt 1,500 ms: half of the parts within 50 ms, 95 % within 71 ms, "
        "99 % within 1,094 ms; none late.",
        "Lane <side>, takt 1,000 ms: half of the parts within 50 ms, 95 % within 990 ms, "
        "99 % not in time; 7 late.",
        "Lane under: no part was judged; none late.",
    ):
        assert words in text, words
    assert "late" not in text_of(report)
    many = tuple(replace(lanes[0], lane=f"lane {n}") for n in range(7))
    assert "… and 2 more lanes." in text_of(replace(report, lanes=many))


def test_a_reject_shows_what_the_part_is_called(report):
    called = replace(report.rejects[0], row=replace(report.rejects[0].row, part_id="SN <7>"))
    long = replace(report.rejects[1], row=replace(report.rejects[1].row, part_id="N" * 99))
    text = text_of(replace(report, rejects=(called, long)))
    assert "SN <7>\nscore" in text
    assert f"{'N' * 24}…\nscore" in text


def test_what_people_typed_is_text_not_markup(report):
    text = text_of(replace(report, operators=("<b>Ada</b> & Bo",)))
    assert "Operator: <b>Ada</b> & Bo" in text


def test_one_page_with_real_pictures_and_letters(report, tmp_path):
    path = tmp_path / "new" / "shift.pdf"
    write_pdf(report, path)
    assert pages(path) == 1
    assert path.read_bytes().count(b"/Subtype /Image") >= len(report.rejects)
    assert b"/FontFile" in path.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == ["shift.pdf"]


def test_too_much_for_a_page_shows_fewer_pictures(report, tmp_path):
    lines = tuple(
        RecipeLine(f"a product with a long name {n}", n, 5.0, Counts(9, 1, 0), ("Sentence. " * 40,))
        for n in range(8)
    )
    tall = tuple(reject(n, size=(900, 100)) for n in range(12, 0, -1))
    full = replace(report, recipes=lines, rejects=tall)
    write_pdf(full, tmp_path / "full.pdf")
    write_pdf(replace(report, rejects=tall), tmp_path / "usual.pdf")
    full_data, usual_data = ((tmp_path / f"{n}.pdf").read_bytes() for n in ("full", "usual"))
    assert pages(tmp_path / "full.pdf") == 1
    assert full_data.count(b"/Subtype /Image") < usual_data.count(b"/Subtype /Image")


def test_a_missing_thumbnail_is_said(report, tmp_path):
    gone = replace(report, rejects=(Reject(reject(1).row, np.zeros((0, 0, 3), np.uint8)),))
    assert "picture not available" in text_of(gone)
    write_pdf(gone, tmp_path / "gone.pdf")


def test_it_may_be_written_in_a_worker_thread(report, tmp_path, qtbot):
    class Export(QThread):
        def run(self):
            write_pdf(report, tmp_path / "worker.pdf")

    export = Export()
    with qtbot.waitSignal(export.finished, timeout=20_000):
        export.start()
    export.wait()
    assert pages(tmp_path / "worker.pdf") == 1


def test_a_place_that_cannot_be_written_is_a_sentence(report, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StationError, match=r"could not be written to .* Choose another place"):
        write_pdf(report, tmp_path / "file" / "shift.pdf")


def test_no_font_is_a_sentence_not_a_blank_page(report, tmp_path, monkeypatch):
    monkeypatch.setattr(QFontDatabase, "families", lambda: [])
    with pytest.raises(StationError, match="no font on this machine"):
        write_pdf(report, tmp_path / "blank.pdf")
    assert not list(tmp_path.iterdir())
