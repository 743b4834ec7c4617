"""What the line knows held against what the ledger knows, once everything has stopped."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from station.home import Home
from station.ledger import LedgerReader, Row, RunRecord, check
from station.ledger.verify import verify
from station.line.registers import Answer
from station.parts import FaultReason, Verdict
from tests.soak.conveyor import Boards, part_id
from tests.soak.spoiling import SPOILERS

_EVER = (datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc))


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Pictures with the same thing wrong with them, or nothing, and how their parts ended."""

    kind: str
    pictures: int
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Triggers against rows.

    triggers: as the station's runs count them. acknowledged: as the line does. nameless: rows of
        triggers whose part id was not on the disk yet when the station was killed.
    doubtful_rows: rows of boards whose trigger was neither acknowledged nor refused in time.
    answers: results that the line heard, each of them held against its row. findings: everything
    that does not add up.
    """

    triggers: int
    rows: int
    runs: int
    interrupted: int
    acknowledged: int
    nameless: int
    doubtful_rows: int
    answers: int
    verdicts: dict[str, int]
    reasons: dict[str, int]
    spoiled: tuple[Spoiled, ...]
    findings: tuple[str, ...]


def reckon(home: Home, boards: Boards) -> Reckoning:
    """Read the whole ledger and hold it against the boards."""
    with LedgerReader.open(home) as reader:
        rows, runs = reader.rows(*_EVER), reader.runs(*_EVER)
    named = {row.part_id: row for row in rows if row.part_id}
    doubtful = {part_id(number) for number in boards.in_doubt}
    return Reckoning(
        triggers=sum(run.triggers or 0 for run in runs),
        rows=len(rows),
        runs=len(runs),
        interrupted=sum(run.interrupted for run in runs),
        acknowledged=len(boards.accepted),
        nameless=len(rows) - len(named),
        doubtful_rows=len(doubtful & named.keys()),
        answers=sum(map(len, boards.heard.values())),
        verdicts={each.value: sum(row.verdict is each for row in rows) for each in Verdict},
        reasons=dict(Counter(row.reason for row in rows if row.reason).most_common()),
        spoiled=tuple(_spoiled(rows)),
        findings=(
            *_ledger_findings(home, runs),
            *_without_row(boards, rows, named),
            *_unasked(boards, rows, named),
            *_wrong_answers(boards, named),
        ),
    )


def _ledger_findings(home: Home, runs: Sequence[RunRecord]) -> Iterator[str]:
    yield from dict.fromkeys((*check(home), *verify(home).findings))
    for run in runs:
        if run.ended_at is None or not run.reconciles:
            yield f"Run {run.number}: {run.triggers} triggers, {run.rows} rows."


def _without_row(boards: Boards, rows: Sequence[Row], named: dict[str, Row]) -> Iterator[str]:
    """An acknowledged trigger has a row under its part id, or one of the nameless ones."""
    lost = [number for number in boards.accepted if part_id(number) not in named]
    nameless = len(rows) - len(named)
    if len(lost) > nameless:
        some = ", ".join(map(part_id, lost[:5]))
        yield (
            f"{len(lost)} acknowledged triggers have no row of their own ({some} …), and only "
            f"{nameless} rows have no part id: {len(lost) - nameless} were lost."
        )


def _unasked(boards: Boards, rows: Sequence[Row], named: dict[str, Row]) -> Iterator[str]:
    """No row without a trigger, and none twice."""
    twice = [name for name, n in Counter(row.part_id for row in rows).items() if name and n > 1]
    if twice:
        yield f"{len(twice)} parts have more than one row: {', '.join(twice[:5])} …"
    triggered = {part_id(number) for number in {*boards.accepted} | boards.in_doubt}
    if strangers := sorted(named.keys() - triggered):
        yield f"{len(strangers)} rows of parts that were not triggered: {', '.join(strangers[:5])}"


def _wrong_answers(boards: Boards, named: dict[str, Row]) -> Iterator[str]:
    """Whatever the line was told stands in the ledger: under that part, with that verdict."""
    for number, heard in boards.heard.items():
        row = named.get(part_id(number))
        told = [(Answer[row.verdict.value], row.sequence)] if row else []
        if heard != told:
            yield f"{part_id(number)}: the line heard {heard}, its row says {told}."


def _spoiled(rows: Sequence[Row]) -> Iterator[Spoiled]:
    for kind in SPOILERS:
        mine = [row for row in rows if row.source.endswith(kind)]
        yield Spoiled(kind, len(mine), dict(Counter(map(_ended, mine)).most_common()))
    whole = [row for row in rows if row.source and not row.source.endswith(tuple(SPOILERS))]
    untouched = [row for row in whole if row.reason != FaultReason.FROZEN.value]
    yield Spoiled("untouched", len(untouched), dict(Counter(map(_ended, untouched)).most_common()))
    frozen = [row for row in rows if row.reason == FaultReason.FROZEN.value]
    yield Spoiled("frozen", len(frozen), dict(Counter(map(_ended, frozen))))


def _ended(row: Row) -> str:
    return row.reason or row.verdict.value
