"""Every row carries the hash of its content and of the row before it.

A row that another tool changes no longer matches its own hash; one that is deleted leaves a gap in
the places; one that is replaced, hash and all, no longer matches what the next row carries.
"""

import hashlib
import json
from collections.abc import Mapping

Value = str | int | float | None

PART_FIELDS = (
    "sequence", "place", "run", "verdict", "score", "threshold", "reason", "text", "part_id",
    "source", "captured_at", "recorded_at", "elapsed_ms", "image_path", "map_path",
    "image_sha256", "map_sha256", "previous_sha256",
)  # fmt: skip
"""Of the row; fixed with step 2 of the schema: a later column needs a list of its own."""

RUN_FIELDS = (
    "number", "first_sequence", "started_at", "recipe", "revision", "model_sha256", "threshold",
    "device", "operator", "camera", "lane",
)  # fmt: skip
"""Of its run: what it was judged with, by whom and where."""


def row_sha256(part: Mapping[str, Value], run: Mapping[str, Value]) -> str:
    """SHA-256 (hex) over the canonical text of a row and of its run, as SQLite gives them back."""
    fields = [part[name] for name in PART_FIELDS], [run[name] for name in RUN_FIELDS]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode("ascii")).hexdigest()


def as_stored(value: Value) -> Value:
    """What SQLite gives back for a value: NULL for nan, 0.0 for -0.0, text that is valid UTF-8."""
    if isinstance(value, float):
        return value + 0.0 if value == value else None  # noqa: PLR0124
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value
