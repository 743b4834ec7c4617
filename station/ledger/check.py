"""Does the ledger still hold what it was given? Looks at everything, changes nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from station.errors import LedgerError
from station.home import Home
from station.ledger import opening, schema
from station.ledger.connection import BUSY_TIMEOUT_S, connect, explained

_RUN_QUERY = """
SELECT number, triggers, rows_at_end, COUNT(sequence) AS n
FROM runs LEFT JOIN parts ON parts.run = runs.number
WHERE ended_at IS NOT NULL GROUP BY number
"""

# A run under way may have taken a number whose part is still being judged.
_GAP_QUERY = """
SELECT before + 1 AS first, sequence - 1 AS last
FROM (SELECT sequence, LAG(sequence, 1, 0) OVER (ORDER BY sequence) AS before FROM parts)
WHERE sequence > before + 1 AND sequence <=
    COALESCE((SELECT MIN(first_sequence) FROM runs WHERE ended_at IS NULL), sequence)
"""


def check(home: Home) -> list[str]:
    """Check file, schema, runs and kept pictures; return what is wrong, nothing if all is sound.

    A run still under way is left out: its triggers and rows meet when it ends.
    """
    if not home.ledger.exists():
        return [f"There is no ledger in {home.root}."]
    try:
        opening.verify(home.ledger)
        with explained(home.ledger, "it was being checked"):
            return _findings(home)
    except LedgerError as error:
        return [str(error)]


def _findings(home: Home) -> list[str]:
    with closing(connect(home.ledger, "ro", BUSY_TIMEOUT_S)) as connection:
        connection.execute("BEGIN")
        return [
            *_file_findings(connection),
            *_run_findings(connection),
            *_picture_findings(home, connection),
        ]


def _file_findings(connection: sqlite3.Connection) -> Iterator[str]:
    for (finding,) in connection.execute("PRAGMA integrity_check"):
        if finding != "ok":
            yield f"The ledger's file is damaged: {finding}."
    for found in connection.execute("PRAGMA foreign_key_check"):
        yield f"Row {found[1]} of {found[0]} belongs to a run that is not there."


def _run_findings(connection: sqlite3.Connection) -> Iterator[str]:
    for run in connection.execute(_RUN_QUERY):
        if run["n"] != run["rows_at_end"]:
            yield f"Run {run['number']} ended with {run['rows_at_end']} rows, but has {run['n']}."
        if run["triggers"] not in (None, run["n"]):
            yield f"Run {run['number']} had {run['triggers']} triggers, but has {run['n']} rows."
    for gap in connection.execute(_GAP_QUERY):
        yield _without_row(gap["first"], gap["last"])


def _without_row(first: int, last: int) -> str:
    return f"Part {first} has no row." if first == last else f"Parts {first} to {last} have no row."


def _picture_findings(home: Home, connection: sqlite3.Connection) -> Iterator[str]:
    kept = connection.execute(
        "SELECT sequence, image_path, map_path FROM parts WHERE image_path <> ''"
        + _unless_removed(connection)
    )
    for part in kept:
        for path in filter(None, (part["image_path"], part["map_path"])):
            if not (home.root / path).is_file():
                yield f"Part {part['sequence']}: its kept file {path} is missing."


def _unless_removed(connection: sqlite3.Connection) -> str:
    if schema.version(connection) < 2:
        return ""
    return " AND sequence NOT IN (SELECT sequence FROM removals)"
