"""Was anything in the ledger touched? Names each row and each file that was, and changes nothing.

`check` asks whether the ledger is whole; this walks the chain from the first row to the last,
hashes every kept file, and holds the newest backup against what stands there now.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from station.errors import LedgerError
from station.home import Home
from station.ledger import backup, schema
from station.ledger.chain import RUN_FIELDS, row_sha256
from station.ledger.check import check
from station.ledger.connection import BUSY_TIMEOUT_S, connect, explained
from station.ledger.verify_files import Files, Progress, look_at_files
from station.ledger.verify_trail import look_at_trail

_CHAIN_QUERY = (
    "SELECT parts.*, "
    + ", ".join(f"runs.{name} AS run_{name}" for name in RUN_FIELDS)
    + " FROM parts LEFT JOIN runs ON runs.number = parts.run ORDER BY parts.place"
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found.

    findings: what is wrong, a sentence each; empty where nothing was touched.
    rows: in the ledger; unchained: of them, the first ones, from before rows had hashes.
    files: kept files that are as they were recorded. removed: parts whose files retention took.
    audited: entries of the audit trail.
    """

    findings: tuple[str, ...]
    rows: int = 0
    unchained: int = 0
    files: int = 0
    removed: int = 0
    audited: int = 0


@dataclass(slots=True)
class _Walk:
    findings: list[str] = field(default_factory=list)
    changed: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    chained: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    unchained: int = 0
    audited: int = 0
    place: int = 0
    sequence: int = 0
    sha256: str = ""


def verify(home: Home, *, progress: Progress = lambda *_: None) -> Verified:
    """Look at everything: file, schema, runs, every row's hash, every kept file, the last backup.

    A station may go on writing meanwhile; what it adds is not looked at.
    """
    found = check(home)
    walk, files = _Walk(), Files()
    try:
        with explained(home.ledger, "it was being verified"):
            _look(home, walk, files, progress)
    except LedgerError as error:
        found += [] if str(error) in found else [str(error)]
    findings = (*found, *walk.findings, *files.findings)
    return Verified(findings, walk.rows, walk.unchained, files.sound, files.removed, walk.audited)


def _look(home: Home, walk: _Walk, files: Files, progress: Progress) -> None:
    if not home.ledger.exists():
        return
    with closing(connect(home.ledger, "ro", BUSY_TIMEOUT_S)) as connection:
        connection.execute("BEGIN")
        if schema.version(connection) < 2:
            return
        total = int(connection.execute("SELECT COUNT(*) FROM parts").fetchone()[0])
        for row in connection.execute(_CHAIN_QUERY):
            _follow(walk, row)
            progress("rows", walk.rows, total)
        walk.findings += _changed(walk)
        walk.findings += _backup_findings(home, connection)
        audited = look_at_trail(home, connection)
        walk.findings += audited.findings
        walk.audited = audited.entries
        look_at_files(home, connection, files, progress)


def _follow(walk: _Walk, row: sqlite3.Row) -> None:
    walk.rows += 1
    gap = row["place"] != walk.place + 1
    if gap:
        walk.findings.append(_deleted(walk, row))
    if not row["sha256"] and not walk.sha256:
        walk.unchained += 1
    else:
        _hold_against_hash(walk, row, after_gap=gap)
    walk.place, walk.sequence, walk.sha256 = row["place"], row["sequence"], row["sha256"]


def _hold_against_hash(walk: _Walk, row: sqlite3.Row, *, after_gap: bool) -> None:
    walk.chained[row["run"]] += 1
    run = {name: row[f"run_{name}"] for name in RUN_FIELDS}
    if row_sha256(dict(row), run) != row["sha256"]:
        walk.changed[row["run"]].append(row["sequence"])
    elif row["previous_sha256"] != walk.sha256 and not after_gap:
        walk.findings.append(
            f"Part {walk.sequence}: its row was replaced, hash and all; the row of part "
            f"{row['sequence']} was recorded after another one."
        )


def _deleted(walk: _Walk, row: sqlite3.Row) -> str:
    missing = row["place"] - walk.place - 1
    first, last = walk.sequence + 1, row["sequence"] - 1
    if last - first + 1 == missing:
        return (
            f"Part {first}: its row was deleted." if first == last else _deleted_rows(first, last)
        )
    rows = "1 row was" if missing == 1 else f"{missing} rows were"
    after = f"between part {walk.sequence} and" if walk.sequence else "before"
    return f"{rows} deleted {after} part {row['sequence']} (in the order of recording)."


def _deleted_rows(first: int, last: int) -> str:
    return f"Parts {first} to {last}: their rows were deleted."


def _changed(walk: _Walk) -> Iterator[str]:
    for run, sequences in walk.changed.items():
        if len(sequences) == walk.chained[run] > 1:
            yield (
                f"Run {run}: its recipe, model, threshold or another entry was changed after it "
                f"began, or all of its {len(sequences)} rows were."
            )
        else:
            yield from (
                f"Part {sequence}: its row was changed after it was recorded."
                for sequence in sequences
            )


def _backup_findings(home: Home, connection: sqlite3.Connection) -> Iterator[str]:
    """Name what the newest good backup has and the ledger has not, or has otherwise."""
    newest = next(backup.good_backups(home), None)
    if newest is None:
        return
    with closing(connect(newest.path, "ro", BUSY_TIMEOUT_S)) as copy:
        if schema.version(copy) < 2:
            return
        last = copy.execute("SELECT * FROM parts ORDER BY place DESC LIMIT 1").fetchone()
    if last is None:
        return
    query = "SELECT sha256 FROM parts WHERE place = ?"
    now = connection.execute(query, (last["place"],)).fetchone()
    if now is None or now["sha256"] != last["sha256"]:
        yield (
            f"Part {last['sequence']} is in the backup '{newest.path.name}', but its row is not in "
            "the ledger any more, or is another one."
        )
