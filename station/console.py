"""What commands say while they work and leave behind."""

import json
import sys
from pathlib import Path

from station.errors import StationError
from station.files import replacing


class Bar:
    """Progress on one line of standard error; on a file only each stage's end."""

    def show(self, stage: str, done: int, total: int) -> None:
        """Say how far it is."""
        if sys.stderr.isatty():
            end = "\n" if done >= total else ""
            print(f"\r{stage}: {done} of {total}   ", end=end, file=sys.stderr, flush=True)
        elif done >= total:
            print(f"{stage}: {total}", file=sys.stderr)


def write_json(path: Path, data: object) -> None:
    """Write JSON so that a power cut leaves all of it or nothing. Raises StationError."""
    try:
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", "utf-8")
    except OSError as error:
        raise StationError(f"'{path}' cannot be written: {error.strerror}.") from error
