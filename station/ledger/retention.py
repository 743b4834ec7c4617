"""Which kept pictures may be let go when space is short: only of OK parts, the oldest first."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from station.home import Home
from station.ledger.connection import READER_TIMEOUT_S, connect, explained
from station.ledger.kept import Kept

REASON = "space was short"

_QUERY = """
SELECT sequence, sha256, image_path, image_sha256, map_path, map_sha256
FROM parts WHERE image_path <> '' AND verdict = 'OK' AND score < :limit * threshold
AND sequence NOT IN (SELECT sequence FROM removals) ORDER BY sequence
"""
_LATELY = """
SELECT sequence, sha256, image_path, image_sha256, map_path, map_sha256
FROM removals JOIN parts USING (sequence) ORDER BY removed_at DESC LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Spare:
    """Files of an OK part that are not needed for good."""

    sequence: int
    files: Kept


def spare(home: Home, *, ok_share: float, borderline_share: float, at_most: int) -> list[Spare]:
    """Return pictures that may go, the oldest first.

    Those of NG and FAULT parts stay, and of OK parts the borderline ones and a random share.

    Args:
        ok_share: of the OK pictures, 0 to 1. Which, the row's hash decides: nobody can choose.
        borderline_share: scores from (1 - this) x threshold on are borderline.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with (
        explained(home.ledger, "old pictures were being looked for"),
        closing(connect(home.ledger, "ro", READER_TIMEOUT_S)) as connection,
    ):
        found = connection.execute(_QUERY, {"limit": 1.0 - borderline_share})
        return list(islice(_not_drawn(found, ok_share), at_most))


def left_over(home: Home) -> list[Spare]:
    """Return files that were listed as removed when the station died before it removed them."""
    with (
        explained(home.ledger, "removed pictures were being looked for"),
        closing(connect(home.ledger, "ro", READER_TIMEOUT_S)) as connection,
    ):
        lately = map(_spare, connection.execute(_LATELY))
        return [each for each in lately if (home.root / each.files.image_path).exists()]


def _not_drawn(found: sqlite3.Cursor, ok_share: float) -> Iterator[Spare]:
    for line in found:
        if _lot(line) >= ok_share:
            yield _spare(line)


def _lot(line: sqlite3.Row) -> float:
    """Draw from [0, 1), the same for a row each time; rows from before hashes by their number."""
    drawn = int(line["sha256"][:8], 16) if line["sha256"] else zlib.crc32(b"%d" % line["sequence"])
    return drawn / 2**32


def _spare(line: sqlite3.Row) -> Spare:
    names = ("image_path", "image_sha256", "map_path", "map_sha256")
    return Spare(line["sequence"], Kept(*(line[name] for name in names)))
