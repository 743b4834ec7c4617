"""At the end of a shift: did every trigger get its row?"""

from collections.abc import Callable

from station.clock import Clock
from station.errors import LedgerError
from station.home import Home
from station.ledger import journal
from station.ledger.chain import Value
from station.ledger.reader import LedgerReader, RunRecord
from station.ledger.sql import stamp
from station.shifts import Shift, Shifts

GRACE_S = 60.0
"""Parts that were in hand at the shift's end have their rows after this time."""


class ShiftWatch:
    """Notices that a shift is over, whichever way the computer's clock was set meanwhile."""

    def __init__(
        self, home: Home, shifts: Shifts, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        """Look at nothing yet. monotonic: seconds, for what no change of the clock may shorten."""
        self._home = home
        self._shifts = shifts
        self._clock = clock
        self._monotonic = monotonic
        self._now: Shift | None = None
        self._ended: Shift | None = None
        self._last_number = 0
        self._due_s = 0.0

    def look(self) -> bool:
        """True once after each shift's end."""
        moment, before = self._clock(), self._now
        if before is not None and before.start <= moment < before.end:
            return False
        self._now = self._shifts.shift_at(moment)
        if before is None or self._now.start <= before.start:
            return False  # The station has just started, or its clock was put back.
        self._ended, self._due_s = before, self._monotonic() + GRACE_S
        self._last_number = _last_number(self._home)
        return True

    @property
    def is_due(self) -> bool:
        """True when `differences` should be asked, once a shift."""
        return self._ended is not None and self._monotonic() >= self._due_s

    def differences(self) -> str:
        """Hold the triggers of the shift that is over against their rows; "" where they agree.

        Raises:
            LedgerError: ledger or journals cannot be read.
        """
        shift, self._ended = self._ended, None
        if shift is None or not self._home.ledger.exists():
            return ""
        with LedgerReader.open(self._home) as reader:
            runs = reader.runs(shift.start, shift.end)
            found = [self._difference(reader, run) for run in runs]
        wrong = "; ".join(filter(None, found))
        return (
            f"At the end of shift {shift.name} triggers and rows did not agree: {wrong}. Run "
            "'patchlight ledger verify', and tell who keeps the records."
            if wrong
            else ""
        )

    def _difference(self, reader: LedgerReader, run: RunRecord) -> str:
        if run.ended_at is None:
            return self._without_row(reader, run)
        if run.reconciles is False:
            return f"run {run.number} had {run.triggers:,} triggers and has {run.rows:,} rows"
        return ""

    def _without_row(self, reader: LedgerReader, run: RunRecord) -> str:
        known: dict[str, Value] = {"number": run.number, "started_at": stamp(run.started_at)}
        left = journal.read(journal.path_of(self._home, known))
        if left is None:
            return ""
        given = {each.sequence for each in left.numbered if each.sequence <= self._last_number}
        missing = sorted(given - reader.numbers_of(run.number))
        named = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
        return f"run {run.number} has no row of part {named}" if missing else ""


def _last_number(home: Home) -> int:
    """Return the highest number that has a row: what came before it was in hand or is lost."""
    try:
        with LedgerReader.open(home) as reader:
            return reader.last_number()
    except LedgerError:
        return 0
