"""The rows of a time range as a table for other programs, one line a row."""

import csv
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path

from station.errors import StationError
from station.files import replacing
from station.ledger.row import Row

COLUMNS = (
    "sequence",
    "run",
    "verdict",
    "score",
    "threshold",
    "margin",
    "reason",
    "text",
    "recipe",
    "revision",
    "source",
    "captured_at",
    "recorded_at",
    "elapsed_ms",
    "device",
    "operator",
    "image_path",
    "map_path",
    "lane",
    "part_id",
)


def write_csv(report_rows: Iterable[Row], path: Path) -> None:
    """Write UTF-8 CSV with a header line, ISO 8601 UTC times and "." decimals, all or nothing.

    Text that a spreadsheet would run as a formula gets a leading apostrophe.

    Raises:
        StationError: the file cannot be written there.
    """
    try:
        with (
            replacing(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            table = csv.writer(file)
            table.writerow(COLUMNS)
            table.writerows(map(_cells, report_rows))
    except OSError as error:
        raise StationError(
            f"The table could not be written to '{path}': {error.strerror}. Choose another place, "
            "or close the program that has it open."
        ) from error


def _cells(row: Row) -> tuple[str | int | float | None, ...]:
    return (
        row.sequence,
        row.run,
        row.verdict.value,
        row.score,
        row.threshold,
        None if row.score is None or row.threshold is None else row.threshold - row.score,
        _text(row.reason),
        _text(row.text),
        _text(row.recipe),
        row.revision,
        _text(row.source),
        _time(row.captured_at),
        _time(row.recorded_at),
        row.elapsed_ms,
        _text(row.device),
        _text(row.operator),
        _text(row.image_path),
        _text(row.map_path),
        _text(row.lane),
        _text(row.part_id),
    )


def _text(text: str) -> str:
    line = " ".join(text.splitlines())
    return f"'{line}" if line.startswith(("=", "+", "-", "@", "\t")) else line


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
