"""Step 2: rows in a chain, lanes, part ids, reasons of NG parts, pictures removed on purpose.

Rows that were there before keep their content and get their place; they have no hash. The chain
starts at the first row recorded after this step. Published: never edited.
"""

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
    lane TEXT NOT NULL,
    ended_at TEXT,
    ending TEXT CHECK (ending IN ('complete', 'interrupted')),
    triggers INTEGER CHECK (triggers >= 0),
    rows_at_end INTEGER,
    CHECK ((ended_at IS NULL) = (ending IS NULL)),
    CHECK ((ended_at IS NULL) = (rows_at_end IS NULL)),
    CHECK (ending IS NOT 'complete' OR triggers IS NOT NULL),
    CHECK (ending IS NOT NULL OR triggers IS NULL)
)
"""

_PARTS = """
CREATE TABLE parts (
    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
    place INTEGER NOT NULL UNIQUE CHECK (place >= 1),
    run INTEGER NOT NULL REFERENCES runs (number),
    verdict TEXT NOT NULL CHECK (verdict IN ('OK', 'NG', 'FAULT')),
    score REAL,
    threshold REAL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    part_id TEXT NOT NULL,
    source TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    elapsed_ms REAL NOT NULL,
    image_path TEXT NOT NULL,
    map_path TEXT NOT NULL,
    image_sha256 TEXT NOT NULL,
    map_sha256 TEXT NOT NULL,
    previous_sha256 TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    CHECK ((verdict = 'FAULT') = (threshold IS NULL)),
    CHECK (verdict <> 'FAULT' OR (score IS NULL AND reason <> '')),
    CHECK (verdict <> 'OK' OR (score IS NOT NULL AND score < threshold AND reason = '')),
    CHECK (verdict <> 'NG' OR score IS NULL OR score >= threshold),
    CHECK (image_path <> '' OR image_sha256 = ''),
    CHECK (map_path <> '' OR map_sha256 = '')
)
"""

_REMOVALS = """
CREATE TABLE removals (
    sequence INTEGER PRIMARY KEY REFERENCES parts (sequence),
    removed_at TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason <> '')
)
"""

_VERDICTS = """
CREATE VIEW verdicts AS
SELECT parts.*, runs.recipe, runs.revision, runs.model_sha256, runs.device, runs.operator, runs.lane
FROM parts JOIN runs ON runs.number = parts.run
"""

_OPENING = (
    "number, first_sequence, started_at, recipe, revision, model_sha256, threshold, device, "
    "operator, camera"
)
_ENDING = "ended_at, ending, triggers, rows_at_end"
_MOVE = (
    "DROP VIEW verdicts",
    "ALTER TABLE parts RENAME TO old_parts",
    "ALTER TABLE runs RENAME TO old_runs",
    _RUNS,
    _PARTS,
    f"INSERT INTO runs ({_OPENING}, lane, {_ENDING}) "
    f"SELECT {_OPENING}, '', {_ENDING} FROM old_runs",
    "INSERT INTO parts SELECT sequence, ROW_NUMBER() OVER (ORDER BY sequence), run, verdict, "
    "score, threshold, reason, text, '', source, captured_at, recorded_at, elapsed_ms, image_path, "
    "map_path, '', '', '', '' FROM old_parts ORDER BY sequence",
    "DROP TABLE old_parts",
    "DROP TABLE old_runs",
)

_OLD = ", ".join(f"OLD.{name}" for name in (*_OPENING.split(", "), "lane"))
_NEW = ", ".join(f"NEW.{name}" for name in (*_OPENING.split(", "), "lane"))
_UNHASHED = (
    "length(NEW.sha256) <> 64 OR (NEW.image_path <> '') <> (length(NEW.image_sha256) = 64) "
    "OR (NEW.map_path <> '') <> (length(NEW.map_sha256) = 64)"
)
_BROKEN = (
    "NEW.place <> (SELECT COALESCE(MAX(place), 0) + 1 FROM parts) OR NEW.previous_sha256 <> "
    "COALESCE((SELECT sha256 FROM parts ORDER BY place DESC LIMIT 1), '')"
)

# INSERT OR REPLACE deletes without firing a DELETE trigger: the "twice" triggers stop it first.
_RULES = (
    refuse("parts_update", "UPDATE ON parts", "", "a recorded part is never changed"),
    refuse("parts_delete", "DELETE ON parts", "", "a recorded part is never deleted"),
    refuse(
        "parts_twice",
        "INSERT ON parts",
        "EXISTS (SELECT 1 FROM parts WHERE sequence = NEW.sequence)",
        "this part has its row already",
    ),
    refuse("parts_broken", "INSERT ON parts", _BROKEN, "this row does not follow the last one"),
    refuse("parts_unhashed", "INSERT ON parts", _UNHASHED, "this row or a file of it has no hash"),
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
        "EXISTS (SELECT 1 FROM runs WHERE number = NEW.number "
        "OR (ended_at IS NULL AND lane = NEW.lane))",
        "another run is still open in this lane, or has this number",
    ),
    refuse("removals_update", "UPDATE ON removals", "", "a removal is never changed"),
    refuse("removals_delete", "DELETE ON removals", "", "a removal is never deleted"),
    refuse(
        "removals_twice",
        "INSERT ON removals",
        "EXISTS (SELECT 1 FROM removals WHERE sequence = NEW.sequence)",
        "these files were removed already",
    ),
)

_INDEXES = (
    "CREATE INDEX parts_by_time ON parts (captured_at, verdict)",
    "CREATE INDEX parts_by_verdict ON parts (verdict, captured_at)",
    "CREATE INDEX parts_by_run ON parts (run)",
    "CREATE INDEX parts_kept ON parts (sequence) WHERE image_path <> ''",
)

STEP = (*_MOVE, _REMOVALS, _VERDICTS, *_RULES, *_INDEXES)
