"""The writer: every part becomes one committed row before anybody hears of its verdict."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import numpy as np

from station import audit
from station.clock import Clock, utc_now
from station.errors import LedgerError
from station.home import Home
from station.ledger import ballast, journal, kept, opening, reconcile, rescue, trail, writing
from station.ledger.chain import Value
from station.ledger.connection import DiskFull, atomic, explained
from station.ledger.journal import TriggerJournal
from station.ledger.lock import sole_writer
from station.ledger.numbers import Numbers
from station.ledger.reconcile import Interrupted
from station.ledger.rescue import Ready
from station.ledger.retention import Spare
from station.ledger.row import Row
from station.ledger.sql import stamp
from station.parts import Faulted, FaultReason, Inspection, Verdict
from station.recipes.recipe import Recipe

OK_SAMPLE = 50
"""One OK part in this many keeps its picture and map."""

BORDERLINE = 0.1
"""An OK part whose score is this near to the threshold keeps them too: from 90 % of it on."""


@dataclass(frozen=True, slots=True)
class Run:
    """One start to one stop of one lane. first_sequence: none of its parts has a lower number."""

    number: int
    first_sequence: int
    lane: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which OK parts keep their files; see `Ledger.open`."""

    ok_sample: int
    borderline: float


class FaultInstead(DiskFull):
    """The disk was full, so the part in hand has a FAULT row without picture. Stop the run.

    row: the committed row; the line and the screen may know it.
    """

    def __init__(self, text: str, row: Row) -> None:
        """Take the sentence for people, and the row."""
        super().__init__(text)
        self.row = row


class Ledger:
    """The only writer of a home's ledger; all lanes share it, from any thread.

    numbers: where triggers get their numbers, one sequence over all lanes.
    interrupted: the runs that nobody ended (a crash, a power cut), closed when this ledger was
        opened, and how many of their triggers became FAULT rows. Say so at start.
    opened: what had to be done about a ledger that could not be used, a sentence each; empty where
        all was well. Raise an alarm.
    """

    def __init__(
        self, home: Home, clock: Clock, keeping: Keeping, ready: Ready, held: ExitStack
    ) -> None:
        """Use `Ledger.open`; `held` is what it opened so far."""
        self._home = home
        self._clock = clock
        self._keeping = keeping
        self._ok_seen = 0
        self._lock = threading.RLock()
        self._journals: dict[int, TriggerJournal] = {}
        self._connection = held.enter_context(opening.writable(home.ledger))
        self.opened = ready.said
        self.numbers = Numbers(ready.last_number + 1)
        with self._writing("closing an interrupted run"):
            self.interrupted = reconcile.close_interrupted(
                self._connection, home, clock, self.numbers
            )
            trail.append(self._connection, self._first_notes(), clock)
        self.take_in_notes()
        kept.sweep(home)
        self._held = held.pop_all()

    @classmethod
    def open(
        cls,
        home: Home,
        clock: Clock = utc_now,
        *,
        ok_sample: int = OK_SAMPLE,
        borderline: float = BORDERLINE,
    ) -> "Ledger":
        """Make, verify or rescue the ledger of this home and close its interrupted runs.

        One that is empty, damaged or no ledger is moved to the quarantine, and the newest good
        backup, or else a new ledger, takes its place (`opened` says so).

        Args:
            ok_sample: one OK part in this many keeps its picture; 0 keeps none, 1 all.
            borderline: OK parts with a score from (1 - this) x threshold on keep theirs anyway.

        Raises:
            LedgerError: another station writes here; the file is newer than this program, was
                altered, or may not be written.
        """
        with ExitStack() as held:
            held.enter_context(sole_writer(home))
            keeping = Keeping(ok_sample, borderline)
            return cls(home, clock, keeping, rescue.make_ready(home, clock), held)

    def begin_run(
        self, recipe: Recipe, *, device: str, operator: str, camera: str, lane: str = ""
    ) -> Run:
        """Open a run of this lane; number its triggers with `numbers`.

        Raises:
            LedgerError: a run of this lane is open already, the disk has too little room left to
                record its last parts, or the row could not be committed.
        """
        ballast.refuse_without_room(self._home)
        with self._writing("starting a run"):
            number = writing.next_number(self._connection, "runs", "number")
            run = Run(number, self.numbers.next, lane, self._clock())
            columns: dict[str, Value] = {
                "number": run.number,
                "first_sequence": run.first_sequence,
                "started_at": stamp(run.started_at),
                "recipe": recipe.name,
                "revision": recipe.revision,
                "model_sha256": recipe.model_sha256,
                "threshold": float(recipe.threshold.value),
                "device": device,
                "operator": operator,
                "camera": camera,
                "lane": lane,
            }
            writing.insert_run(self._connection, columns)
        return run

    def journal(self, run: Run) -> TriggerJournal:
        """Begin the file that keeps the run's triggers until a backup has their rows.

        Raises:
            LedgerError: it cannot be written. The station must not take triggers then.
        """
        with self._lock, explained(self._home.ledger, "triggers were about to be noted"):
            columns = writing.run_columns(self._connection, run.number)
            path = journal.path_of(self._home, columns)
            made = TriggerJournal(path, columns, self._make_room)
            self._journals[run.number] = made
        return made

    def record(self, run: Run, inspection: Inspection) -> Row:
        """Keep the part's picture if it is to be kept, then commit its row.

        Raises:
            FaultInstead: the disk was full; the part has a FAULT row. Stop.
            LedgerError: the part has a row already, or picture or row could not be written. Stop.
        """
        sequence = kept.picture_of(inspection).sequence
        self.numbers.used(sequence)
        self._refuse_second_row(sequence)
        try:
            return self._keep_and_commit(run, inspection)
        except DiskFull as full:
            if not self._make_room():
                raise
            row = self._commit(run, _unrecorded(inspection), kept.NOTHING_KEPT)
            raise FaultInstead(f"{full} Part {sequence} was recorded as FAULT.", row) from full

    def end_run(self, run: Run, triggers: int) -> None:
        """Close the run with the number of triggers it accepted.

        Raises:
            LedgerError: the run is closed already, or the row could not be committed.
        """
        ended_at = stamp(self._clock())
        with self._writing(f"ending run {run.number}"):
            writing.close_run(self._connection, run.number, ended_at, "complete", triggers)
        self._close_journal(run)

    def interrupt_run(self, run: Run) -> Interrupted:
        """Close a run that failed, as the next `open` would: triggers without a row become FAULT.

        Raises:
            LedgerError: the run is closed already, or the rows could not be committed.
        """
        with self._writing("closing an interrupted run"):
            closed = reconcile.close_one(
                self._connection, self._home, self._clock, self.numbers, run.number
            )
        if closed is None:
            raise LedgerError(f"The ledger {self._home.ledger} has no open run {run.number}.")
        self._close_journal(run)
        return closed

    def note(self, kind: audit.Kind, text: str, who: str = "") -> None:
        """Add an entry to the audit trail. Who has no ledger at hand: `station.audit.leave`.

        Raises:
            LedgerError: it could not be committed.
        """
        made = audit.note(kind, text, who, self._clock())
        with self._writing("writing the audit trail"):
            trail.append(self._connection, [made], self._clock)

    def take_in_notes(self) -> None:
        """Add what others left for the audit trail. Raises LedgerError."""
        with self._lock, explained(self._home.ledger, "taking in notes for the audit trail"):
            trail.take_in(self._home, self._connection, self._clock)

    def let_go(self, spare: Sequence[Spare], reason: str) -> None:
        """Remove kept files for good: first it is on record, then they go.

        Raises:
            LedgerError: it could not be recorded, or one was removed before; no file went.
        """
        with self._writing("removing pictures"):
            for each in spare:
                writing.insert_removal(
                    self._connection, each.sequence, stamp(self._clock()), reason
                )
            text = f"Kept pictures of {len(spare)} OK parts were removed: {reason}."
            made = audit.note(audit.Kind.RETENTION, text, "", self._clock())
            trail.append(self._connection, [made], self._clock)
        for each in spare:
            kept.remove(self._home, each.files)

    def close(self) -> None:
        """Let go of the file. Safe to call twice; an open run counts as interrupted."""
        with self._lock:
            for each in self._journals.values():
                each.close()
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
        with self._lock, explained(self._home.ledger, doing), atomic(self._connection):
            yield

    def _first_notes(self) -> list[audit.Note]:
        """What had to be done when the ledger was opened."""
        said = [(audit.Kind.QUARANTINED, " ".join(self.opened))] if self.opened else []
        said += [(audit.Kind.INTERRUPTED, each.text) for each in self.interrupted]
        return [audit.note(kind, text, "", self._clock()) for kind, text in said]

    def _close_journal(self, run: Run) -> None:
        with self._lock:
            ended = self._journals.pop(run.number, None)
        if ended is not None:
            ended.close()

    def _make_room(self) -> bool:
        return ballast.let_go(self._home)

    def _refuse_second_row(self, sequence: int) -> None:
        with self._lock, explained(self._home.ledger, f"looking for part {sequence}"):
            found = writing.find_row(self._connection, sequence)
        if found:
            raise LedgerError(
                f"Part {sequence} has its row already ({found.verdict.value}, recorded "
                f"{stamp(found.recorded_at)}); the second one was refused. Stop, then start again."
            )

    def _keep_and_commit(self, run: Run, inspection: Inspection) -> Row:
        # The files outside the lock: one lane's picture must not hold up another lane's row.
        if not self._is_kept(inspection):
            return self._commit(run, inspection, kept.NOTHING_KEPT)
        with explained(self._home.ledger, _recording(inspection)):
            files = kept.keep(self._home, inspection)
        try:
            return self._commit(run, inspection, files)
        except DiskFull:
            kept.remove(self._home, files)
            raise

    def _commit(self, run: Run, inspection: Inspection, files: kept.Kept) -> Row:
        with self._lock:
            with self._writing(_recording(inspection)):
                writing.insert_part(self._connection, run.number, inspection, files, self._clock)
            return self._row(kept.picture_of(inspection).sequence)

    def _row(self, sequence: int) -> Row:
        with explained(self._home.ledger, f"reading part {sequence} back"):
            row = writing.find_row(self._connection, sequence)
        assert row is not None, f"part {sequence} was committed"
        return row

    def _is_kept(self, inspection: Inspection) -> bool:
        if isinstance(inspection, Faulted) or inspection.verdict is not Verdict.OK:
            return True
        if inspection.score.value >= (1.0 - self._keeping.borderline) * inspection.threshold:
            return True
        with self._lock:
            self._ok_seen += 1
            sample = self._keeping.ok_sample
            return sample > 0 and (self._ok_seen - 1) % sample == 0


def _recording(inspection: Inspection) -> str:
    return f"recording part {kept.picture_of(inspection).sequence}"


def _unrecorded(inspection: Inspection) -> Faulted:
    of = kept.picture_of(inspection)
    nothing = np.zeros((0, 0, 3), np.uint8)
    text = "The disk was full, so its verdict could not be kept. Treat the part as not inspected."
    return Faulted(
        of.sequence, of.captured_at, of.source, FaultReason.STOPPED, text, nothing, of.part_id
    )
