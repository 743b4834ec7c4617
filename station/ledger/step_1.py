"""Step 1: runs and parts, one row a part. Published: never edited."""

from station.ledger.rules import refuse

_RUNS = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    recipe TEXT NOT NULL,
    revision INTEGER NOT NULL,
    model_sha256 TEXT NOT NULL,
    threshold REAL NOT NULL,
    device TEXT NOT NULL,
    operator TEXT NOT NULL,
    camera TEXT NOT NULL,
    ended_at TEXT,
    ending TEXT CHECK (ending IN ('complete', 'interrupted')),
    triggers INTEGER CHECK (triggers >= 0),
    rows_at_end INTEGER,
    CHECK ((ended_at IS NULL) = (ending IS NULL)),
    CHECK ((ended_at IS NULL) = (rows_at_end IS NULL)),
    CHECK ((triggers IS NOT NULL) = (ending IS 'complete'))
)
"""

_PARTS = """
CREATE TABLE parts (
    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
    run INTEGER NOT NULL REFERENCES runs (number),
    verdict TEXT NOT NULL CHECK (verdict IN ('OK', 'NG', 'FAULT')),
    score REAL,
    threshold REAL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    elapsed_ms REAL NOT NULL,
    image_path TEXT NOT NULL,
    map_path TEXT NOT NULL,
    CHECK ((verdict = 'FAULT') = (threshold IS NULL)),
    CHECK ((verdict = 'FAULT') = (reason <> '')),
    CHECK (verdict <> 'FAULT' OR score IS NULL),
    CHECK (verdict <> 'OK' OR (score IS NOT NULL AND score < threshold)),
    CHECK (verdict <> 'NG' OR score IS NULL OR score >= threshold)
)
"""

_VERDICTS = """
CREATE VIEW verdicts AS
SELECT parts.*, runs.recipe, runs.revision, runs.model_sha256, runs.device, runs.operator
FROM parts JOIN runs ON runs.number = parts.run
"""

_OPENING_FIELDS = (
    "number, first_sequence, started_at, recipe, revision, model_sha256, threshold, device, "
    "operator, camera"
)
_OLD = ", ".join(f"OLD.{name}" for name in _OPENING_FIELDS.split(", "))
_NEW = ", ".join(f"NEW.{name}" for name in _OPENING_FIELDS.split(", "))

# INSERT OR REPLACE deletes without firing a DELETE trigger: the two "twice" triggers stop it first.
_RULES = (
    refuse("parts_update", "UPDATE ON parts", "", "a recorded part is never changed"),
    refuse("parts_delete", "DELETE ON parts", "", "a recorded part is never deleted"),
    refuse(
        "parts_twice",
        "INSERT ON parts",
        "EXISTS (SELECT 1 FROM parts WHERE sequence = NEW.sequence)",
        "this part has its row already",
    ),
    refuse(
        "parts_closed",
        "INSERT ON parts",
        "(SELECT ended_at FROM runs WHERE number = NEW.run) IS NOT NULL",
        "this run is closed",
    ),
    refuse(
        "parts_before",
        "INSERT ON parts",
        "NEW.sequence < (SELECT first_sequence FROM runs WHERE number = NEW.run)",
        "this part was triggered before its run",
    ),
    refuse(
        "runs_update",
        "UPDATE ON runs",
        f"OLD.ended_at IS NOT NULL OR ({_OLD}) IS NOT ({_NEW})",
        "a run may only be closed, and only once",
    ),
    refuse("runs_delete", "DELETE ON runs", "", "a run is never deleted"),
    refuse(
        "runs_twice",
        "INSERT ON runs",
        "EXISTS (SELECT 1 FROM runs WHERE number = NEW.number OR ended_at IS NULL)",
        "another run is still open, or has this number",
    ),
)

_INDEXES = (
    "CREATE INDEX parts_by_time ON parts (captured_at, verdict)",
    "CREATE INDEX parts_by_verdict ON parts (verdict, captured_at)",
    "CREATE INDEX parts_by_run ON parts (run)",
    "CREATE INDEX parts_kept ON parts (sequence) WHERE image_path <> ''",
)

STEP = (_RUNS, _PARTS, _VERDICTS, *_RULES, *_INDEXES)
