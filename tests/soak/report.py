"""The soak's report: for people, and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from tests.soak.conveyor import Boards
from tests.soak.reckoning import Reckoning
from tests.soak.saboteur import Injected
from tests.soak.sampling import Drift, Slope

MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak found. left_out: faults that could not be injected here, and why.

    troubles: exceptions that nobody caught, threads that stuck, a stop that took too long.
    """

    seed: int
    seconds: float
    boards: Boards
    reckoning: Reckoning
    injected: Sequence[Injected]
    drifts: Sequence[Drift]
    left_out: Sequence[str]
    troubles: Sequence[str]

    @property
    def failures(self) -> list[str]:
        """Why it failed, nothing if it passed."""
        return [*self.reckoning.findings, *_unequal(self.reckoning), *self._unseen, *self.troubles]

    @property
    def _unseen(self) -> Iterator[str]:
        for each in self.injected:
            if each.seen_s is None:
                yield f"{each.kind} at {each.at_s:.0f} s was not seen."
            if each.back_s is None:
                yield f"Nothing was judged any more after {each.kind} at {each.at_s:.0f} s."

    def to_json(self) -> dict[str, object]:
        """Everything but the single boards."""
        boards = self.boards
        return {
            "seed": self.seed,
            "seconds": self.seconds,
            "boards": {
                "offered": boards.offered,
                "passed": len(boards.passed),
                "acknowledged": len(boards.accepted),
                "refused": len(boards.missed),
                "in_doubt": len(boards.in_doubt),
            },
            "reckoning": asdict(self.reckoning),
            "faults": [asdict(each) for each in self.injected],
            "drift": [asdict(each) for each in self.drifts],
            "left_out": list(self.left_out),
            "failures": self.failures,
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from self._line_lines()
        yield from self._ledger_lines()
        yield from _fault_lines(self.injected)
        yield from (f"  left out: {each}" for each in self.left_out)
        yield from _drift_lines(self.drifts)
        failures = self.failures
        yield from (f"FAILED: {each}" for each in failures[:MOST_FINDINGS])
        if len(failures) > MOST_FINDINGS:
            yield f"FAILED: and {len(failures) - MOST_FINDINGS} more."
        if not failures:
            yield "PASSED: every trigger has its row, every fault was seen."

    def _line_lines(self) -> Iterator[str]:
        boards, minutes = self.boards, self.seconds / 60
        yield f"Soaked for {minutes:.1f} min, seed {self.seed}."
        yield (
            f"boards     {boards.offered} offered ({boards.offered / minutes:.0f} a minute): "
            f"{len(boards.accepted)} triggers acknowledged "
            f"({len(boards.accepted) / minutes:.0f} a minute), {len(boards.missed)} refused, "
            f"{len(boards.in_doubt)} cut off, {len(boards.passed)} passed an unready station"
        )

    def _ledger_lines(self) -> Iterator[str]:
        found = self.reckoning
        yield (
            f"ledger     {found.triggers} triggers, {found.rows} rows in {found.runs} runs "
            f"({found.interrupted} interrupted); {found.doubtful_rows} rows of boards cut off, "
            f"{found.nameless} without part id; {found.answers} answers heard"
        )
        counted = ", ".join(f"{count} {name}" for name, count in found.verdicts.items())
        yield f"verdicts   {counted}"
        yield f"reasons    {_counted(found.reasons)}"
        for each in found.spoiled:
            yield f"  {each.kind:12} {each.pictures:5} pictures: {_counted(each.verdicts)}"


def _fault_lines(injected: Sequence[Injected]) -> Iterator[str]:
    yield f"faults     {len(injected)} injected, {sum(_is_seen(each) for each in injected)} seen"
    yield f"  {'kind':20} {'injected':>8} {'seen':>5} {'seen after s':>18} {'judging again s':>18}"
    for kind in dict.fromkeys(each.kind for each in injected):
        mine = [each for each in injected if each.kind == kind]
        seen = _spread([each.seen_s for each in mine])
        back = _spread([each.back_s for each in mine])
        count = sum(map(_is_seen, mine))
        yield f"  {kind:20} {len(mine):8} {count:5} {seen:>18} {back:>18}"


def _drift_lines(drifts: Sequence[Drift]) -> Iterator[str]:
    yield "drift      an hour, in the longest life of each process, without its warm-up"
    for each in drifts:
        yield f"  {each.process:10} {each.seconds:.0f} s, the longest of {each.lives} lives"
        yield f"    memory   {_slope(each.memory_mib, ' MiB')}"
        yield f"    threads  {_slope(each.threads)}"
        yield f"    handles  {_slope(each.handles)}"


def _unequal(found: Reckoning) -> Iterator[str]:
    if found.triggers != found.rows:
        yield f"{found.triggers} triggers, but {found.rows} rows."


def _is_seen(each: Injected) -> bool:
    return each.seen_s is not None


def _spread(seconds: Sequence[float | None]) -> str:
    """Median and most."""
    known = [each for each in seconds if each is not None]
    return f"{np.median(known):.2f}, most {max(known):.2f}" if known else "never"


def _slope(slope: Slope | None, unit: str = "") -> str:
    if slope is None:
        return "too short a life to tell"
    return (
        f"{slope.per_hour:+.2f} ± {slope.bound:.2f}{unit} an hour "
        f"({slope.first:.1f} to {slope.last:.1f}{unit})"
    )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
