"""Step 3: the audit trail, chained and append-only as the parts are. Published: never edited."""

from station.ledger.rules import refuse

_AUDIT = """
CREATE TABLE audit (
    place INTEGER PRIMARY KEY CHECK (place >= 1),
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    text TEXT NOT NULL,
    previous_sha256 TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
)
"""

_BROKEN = (
    "NEW.place <> (SELECT COALESCE(MAX(place), 0) + 1 FROM audit) OR NEW.previous_sha256 <> "
    "COALESCE((SELECT sha256 FROM audit ORDER BY place DESC LIMIT 1), '')"
)

# INSERT OR REPLACE deletes without firing a DELETE trigger: "twice" stops it first.
_RULES = (
    refuse("audit_update", "UPDATE ON audit", "", "an audit entry is never changed"),
    refuse("audit_delete", "DELETE ON audit", "", "an audit entry is never deleted"),
    refuse(
        "audit_twice",
        "INSERT ON audit",
        "EXISTS (SELECT 1 FROM audit WHERE place = NEW.place OR key = NEW.key)",
        "this audit entry is there already",
    ),
    refuse("audit_broken", "INSERT ON audit", _BROKEN, "this entry does not follow the last one"),
)

_INDEXES = ("CREATE INDEX audit_by_time ON audit (at)",)

STEP = (_AUDIT, *_RULES, *_INDEXES)
