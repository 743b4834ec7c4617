"""`patchlight ledger …`: is the record whole, and what to do where it is not."""

import argparse
import json
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from station import audit
from station.arguments import Subparsers, add_command, count, home_of
from station.audit_command import add_audit
from station.clock import utc_now
from station.console import Bar
from station.home import Home
from station.ledger import backup, rescue
from station.ledger.ledger import Ledger
from station.ledger.lock import LedgerInUse, sole_writer
from station.ledger.reader import LedgerReader, RunRecord
from station.ledger.verify import Verified
from station.ledger.verify import verify as verify_ledger
from station.teach_commands import user_name

_EVER = (datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc))


def add_ledger(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    """Add `ledger` with its own commands."""
    text = "verify, back up, restore or reconcile the record of all parts"
    ledger = sub.add_parser("ledger", help=text, description=f"{text[0].upper()}{text[1:]}.")
    inner = ledger.add_subparsers(required=True, metavar="COMMAND")
    _add_verify(inner)
    _add_backup(inner)
    _add_restore(inner)
    add_audit(inner)
    text = "give triggers that have no row theirs, and hold triggers against rows"
    add_command(inner, "reconcile", reconcile, text)


def _add_verify(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "name every row and every kept file that was changed, deleted or swapped"
    parser = add_command(sub, "verify", verify, text)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def _add_backup(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "copy the ledger and check the copy; the station may go on running"
    parser = add_command(sub, "backup", make_backup, text)
    parser.add_argument(
        "--keep", type=count, default=backup.KEEP, metavar="N",
        help=f"backups that stay (default: {backup.KEEP})",
    )  # fmt: skip


def _add_restore(sub: "Subparsers[argparse.ArgumentParser]") -> None:
    text = "put a backup in the ledger's place; the file that was there is kept as evidence"
    parser = add_command(sub, "restore", restore, text)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="default: the newest good backup"
    )


def verify(args: argparse.Namespace) -> int:
    """Print what was touched; 1 where anything was."""
    bar = Bar()
    found = verify_ledger(home_of(args), progress=lambda *done: _tell(bar, *done))
    if args.json:
        print(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        print("\n".join(found.findings) or _sound(found))
    return 1 if found.findings else 0


def make_backup(args: argparse.Namespace) -> int:
    """Make a backup now."""
    made = backup.make_backup(home_of(args), keep=args.keep)
    print(f"Copied and checked: {made.path} ({_rows(made.rows)})")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Put a backup in place; the next start of the station goes on from there."""
    home = home_of(args)
    with sole_writer(home):
        said = rescue.restore(home, utc_now, args.file).said
    audit.leave(home, audit.Kind.RESTORED, " ".join(said), user_name())
    print("\n".join(said))
    return 0


def reconcile(args: argparse.Namespace) -> int:
    """Close interrupted runs, then compare triggers and rows; 1 where they differ."""
    home = home_of(args)
    with LedgerReader.open(home):
        pass  # Only to say that there is none, before one is made.
    try:
        with Ledger.open(home) as ledger:
            said = [*ledger.opened, *(each.text for each in ledger.interrupted)]
    except LedgerInUse:
        said = ["A station is running: its runs under way are not judged here."]
    return _print_runs(home, said)


def _print_runs(home: Home, said: list[str]) -> int:
    with LedgerReader.open(home) as reader:
        runs = reader.runs(*_EVER)
    differing = [run for run in runs if run.reconciles is False]
    ended = [run for run in runs if run.triggers is not None]
    print("\n".join([*said, *map(_difference, differing), *_unknown(runs), _total(ended)]))
    return 1 if differing else 0


def _difference(run: RunRecord) -> str:
    return f"Run {run.number}: {run.triggers:,} triggers, but {_rows(run.rows)}."


def _unknown(runs: list[RunRecord]) -> list[str]:
    return [
        f"Run {run.number} was interrupted after {_rows(run.rows)} and left no journal: its "
        "triggers are not known."
        for run in runs
        if run.interrupted and run.triggers is None
    ]


def _total(runs: list[RunRecord]) -> str:
    triggers, rows = (sum(run.triggers or 0 for run in runs), sum(run.rows for run in runs))
    return f"Ended runs: {len(runs):,}. Triggers: {triggers:,}. Rows: {rows:,}."


def _sound(found: Verified) -> str:
    before = f" The first {found.unchained:,} are from before rows were chained."
    return (
        f"Nothing was touched: {found.rows:,} rows in an unbroken chain, {found.audited:,} audit "
        f"entries in another, {found.files:,} kept files as they were recorded, {found.removed:,} "
        f"pictures removed to free space."
        f"{before if found.unchained else ''}"
    )


def _rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _tell(bar: Bar, stage: str, done: int, total: int) -> None:
    if done % 500 == 0 or done == total:
        bar.show(stage, done, total)
