"""The writer: every part becomes one committed row before anybody hears of its verdict."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType

from station.clock import Clock, utc_now
from station.errors import LedgerError
from station.home import Home
from station.ledger import kept, opening
from station.ledger.connection import atomic, explained
from station.ledger.lock import sole_writer
from station.ledger.row import Row
from station.ledger.sql import row_from, stamp
from station.parts import Faulted, Inspection, Judged, Verdict
from station.recipes.recipe import Recipe

OK_SAMPLE = 50
"""One OK part in this many keeps its picture and map."""


@dataclass(frozen=True, slots=True)
class Run:
    """One start to one stop. first_sequence: the number its first trigger gets."""

    number: int
    first_sequence: int


class Ledger:
    """The only writer of a home's ledger, used by one thread (the one that opened it).

    interrupted: numbers of the runs that nobody ended (a crash, a power cut), closed when this
        ledger was opened. Say so at start.
    """

    def __init__(self, home: Home, clock: Clock, ok_sample: int, held: ExitStack) -> None:
        """Use `Ledger.open`; `held` is what it opened so far."""
        self._home = home
        self._clock = clock
        self._ok_sample = ok_sample
        self._ok_seen = 0
        self._connection = held.enter_context(opening.writable(home.ledger))
        self.interrupted = self._close_interrupted()
        kept.sweep(home)
        self._held = held.pop_all()

    @classmethod
    def open(cls, home: Home, clock: Clock = utc_now, *, ok_sample: int = OK_SAMPLE) -> "Ledger":
        """Make, or verify and bring up to date, the ledger of this home; close interrupted runs.

        Args:
            ok_sample: one OK part in this many keeps its picture; 0 keeps none, 1 all.

        Raises:
            LedgerError: another station writes here, or the file may not be trusted or written.
        """
        with ExitStack() as held:
            held.enter_context(sole_writer(home))
            if not home.ledger.exists():
                opening.create(home.ledger)
            opening.verify(home.ledger)
            return cls(home, clock, ok_sample, held)

    def begin_run(self, recipe: Recipe, *, device: str, operator: str, camera: str) -> Run:
        """Open a run; its first trigger gets the number after the last one recorded.

        Raises:
            LedgerError: a run is open already, or the row could not be committed.
        """
        with self._writing("starting a run"):
            run = Run(self._next("runs", "number"), self._next("parts", "sequence"))
            self._insert(
                "runs",
                number=run.number,
                first_sequence=run.first_sequence,
                started_at=stamp(self._clock()),
                recipe=recipe.name,
                revision=recipe.revision,
                model_sha256=recipe.model_sha256,
                threshold=float(recipe.threshold.value),
                device=device,
                operator=operator,
                camera=camera,
            )
        return run

    def record(self, run: Run, inspection: Inspection) -> Row:
        """Keep the part's picture if it is to be kept, then commit its row.

        Raises:
            LedgerError: the part has a row already, or picture or row could not be written. Stop.
        """
        sequence = kept.picture_of(inspection).sequence
        self._refuse_second_row(sequence)
        doing = f"recording part {sequence}"
        with explained(self._home.ledger, doing):
            paths = kept.keep(self._home, inspection) if self._is_kept(inspection) else ("", "")
        with self._writing(doing):
            self._insert("parts", **self._columns(run, inspection, paths))
        return self._row(sequence)

    def end_run(self, run: Run, triggers: int) -> None:
        """Close the run with the number of triggers it accepted.

        Raises:
            LedgerError: the run is closed already, or the row could not be committed.
        """
        with self._writing(f"ending run {run.number}"):
            self._close_run(run.number, stamp(self._clock()), "complete", triggers)

    def close(self) -> None:
        """Let go of the file. Safe to call twice; an open run counts as interrupted."""
        self._held.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        with explained(self._home.ledger, doing), atomic(self._connection):
            yield

    def _next(self, table: str, column: str) -> int:
        query = f"SELECT COALESCE(MAX({column}), 0) + 1 FROM {table}"
        return int(self._connection.execute(query).fetchone()[0])

    def _insert(self, table: str, **columns: str | float | None) -> None:
        names = ", ".join(columns)
        values = ", ".join(f":{name}" for name in columns)
        self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", columns)

    def _refuse_second_row(self, sequence: int) -> None:
        with explained(self._home.ledger, f"looking for part {sequence}"):
            found = self._connection.execute(
                "SELECT verdict, recorded_at FROM parts WHERE sequence = ?", (sequence,)
            ).fetchone()
        if found:
            raise LedgerError(
                f"Part {sequence} has its row already ({found['verdict']}, recorded "
                f"{found['recorded_at']}); the second one was refused. Stop, then start again."
            )

    def _is_kept(self, inspection: Inspection) -> bool:
        if kept.verdict_of(inspection) is not Verdict.OK:
            return True
        self._ok_seen += 1
        return self._ok_sample > 0 and (self._ok_seen - 1) % self._ok_sample == 0

    def _columns(
        self, run: Run, inspection: Inspection, paths: tuple[str, str]
    ) -> dict[str, str | float | None]:
        of = kept.picture_of(inspection)
        return {
            "sequence": of.sequence,
            "run": run.number,
            "verdict": kept.verdict_of(inspection).value,
            **(_judgement(inspection) if isinstance(inspection, Judged) else _fault(inspection)),
            "source": of.source,
            "captured_at": stamp(of.captured_at),
            "recorded_at": stamp(self._clock()),
            "image_path": paths[0],
            "map_path": paths[1],
        }

    def _row(self, sequence: int) -> Row:
        with explained(self._home.ledger, f"reading part {sequence} back"):
            return row_from(
                self._connection.execute(
                    "SELECT * FROM verdicts WHERE sequence = ?", (sequence,)
                ).fetchone()
            )

    def _close_run(self, number: int, ended_at: str, ending: str, triggers: int | None) -> None:
        closed = self._connection.execute(
            "UPDATE runs SET ended_at = ?, ending = ?, triggers = ?, rows_at_end = "
            "(SELECT COUNT(*) FROM parts WHERE run = number) WHERE number = ?",
            (ended_at, ending, triggers, number),
        )
        if closed.rowcount != 1:
            raise LedgerError(f"The ledger {self._home.ledger} has no run {number} to end.")

    def _close_interrupted(self) -> list[int]:
        with self._writing("closing an interrupted run"):
            found = self._connection.execute(
                "SELECT number, COALESCE((SELECT MAX(recorded_at) FROM parts WHERE run = number), "
                "started_at) FROM runs WHERE ended_at IS NULL"
            ).fetchall()
            for number, last_seen_at in found:
                self._close_run(number, last_seen_at, "interrupted", None)
        return [int(number) for number, _ in found]


def _judgement(judged: Judged) -> dict[str, str | float | None]:
    return {
        "score": float(judged.score.value),
        "threshold": float(judged.threshold),
        "reason": "",
        "text": "",
        "elapsed_ms": float(judged.elapsed_ms),
    }


def _fault(faulted: Faulted) -> dict[str, str | float | None]:
    return {
        "score": None,
        "threshold": None,
        "reason": faulted.reason.value,
        "text": faulted.text,
        "elapsed_ms": 0.0,
    }
