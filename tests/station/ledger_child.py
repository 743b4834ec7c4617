"""A station that records until it is killed: prints each number once its row is committed."""

import sys
from itertools import count
from pathlib import Path

from ledger_parts import faulted, judged, recipe

from station.clock import utc_now
from station.home import Home
from station.ledger import Ledger

if __name__ == "__main__":
    with Ledger.open(Home(Path(sys.argv[1])), ok_sample=3) as ledger:
        run = ledger.begin_run(recipe(), device="cpu", operator="Ada", camera="made up")
        triggers = ledger.journal(run)
        for sequence in count(run.first_sequence):
            triggers.fired(utc_now())
            triggers.numbered(sequence, utc_now())
            score = 7.0 if sequence % 4 == 0 else 1.0
            part = faulted(sequence) if sequence % 7 == 0 else judged(sequence, score)
            print(ledger.record(run, part).sequence, flush=True)
