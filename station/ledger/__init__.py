"""What the station has seen: one row a part, written once, never changed."""

from station.ledger.check import check
from station.ledger.ledger import OK_SAMPLE, Ledger, Run
from station.ledger.reader import Counts, LedgerReader, RunRecord
from station.ledger.row import Row

__all__ = ["OK_SAMPLE", "Counts", "Ledger", "LedgerReader", "Row", "Run", "RunRecord", "check"]
