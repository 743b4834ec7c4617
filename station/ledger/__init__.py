"""What the station has seen: one row a part, written once, never changed."""

from station.ledger.check import check
from station.ledger.journal import TriggerJournal
from station.ledger.ledger import OK_SAMPLE, FaultInstead, Ledger, Run
from station.ledger.reader import Counts, LedgerReader, RunRecord
from station.ledger.reconcile import Interrupted
from station.ledger.row import Row
from station.ledger.shared import SharedLedger

__all__ = [
    "OK_SAMPLE",
    "Counts",
    "FaultInstead",
    "Interrupted",
    "Ledger",
    "LedgerReader",
    "Row",
    "Run",
    "RunRecord",
    "SharedLedger",
    "TriggerJournal",
    "check",
]
