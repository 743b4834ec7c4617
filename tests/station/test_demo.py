"""The demo's tally against the truth of the line."""

from dataclasses import replace
from datetime import datetime, timezone

from engine.rates import Rate
from station.cameras.virtual_line import DefectKind, VirtualLine
from station.demo import tally
from station.ledger.row import Row
from station.parts import Verdict

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
LINE = VirtualLine(3, defect_rate=0.5)


def row(board: int, verdict: Verdict) -> Row:
    return Row(
        sequence=board + 1, run=1, verdict=verdict, score=1.0, threshold=2.0, reason="", text="",
        recipe="demo board", revision=1, source=f"board {board:06d}", captured_at=NOW,
        recorded_at=NOW, elapsed_ms=1.0, device="", operator="", image_path="", map_path="",
    )  # fmt: skip


def test_a_perfect_and_a_blind_station() -> None:
    boards = range(40)
    truth = {board: LINE.defect(board) for board in boards}
    bad = sum(defect is not None for defect in truth.values())
    perfect = [row(b, Verdict.NG if truth[b] else Verdict.OK) for b in boards]
    result = tally(LINE, perfect, 40)
    assert (result.escapes, result.false_rejects) == (Rate(0, bad), Rate(0, 40 - bad))
    assert sum(rate.total for rate in result.by_kind.values()) == bad
    blind = tally(LINE, [replace(each, verdict=Verdict.OK) for each in perfect], 40)
    assert blind.escapes == Rate(bad, bad)
    assert all(rate.count == rate.total for rate in blind.by_kind.values())


def test_a_fault_is_a_reject_and_never_an_escape() -> None:
    result = tally(LINE, [row(board, Verdict.FAULT) for board in range(30)], 30)
    assert result.escapes.count == 0
    assert result.false_rejects.count == result.false_rejects.total > 0
    assert result.to_json()["fault"] == 30


def test_kinds_that_did_not_come_claim_nothing() -> None:
    result = tally(LINE, [], 0)
    assert set(result.by_kind) == {kind.value for kind in DefectKind}
    assert "nothing can be said" in result.table()
    assert result.to_json()["escape_rate"] == {"rate": None, "low": 0.0, "high": 1.0}
