"""A file that only takes up room: let go on a full disk, so that the last rows fit."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from station.errors import LedgerError
from station.files import fsync_folder, make_folder, replacing
from station.home import Home

BALLAST_BYTES = 64 << 20
"""What the last rows and the end of a run may take, with much to spare."""

LEAST_ROOM_BYTES = 80 << 20
"""Free, or in the ballast, before a run may begin: more than the ballast alone gives back."""

_CHUNK = 1 << 20

MakeRoom = Callable[[], bool]
"""Let go of what can be spared; False where there is nothing left to let go of."""


def no_room() -> bool:
    """For a file that has no ballast beside it."""
    return False


def let_go(home: Home) -> bool:
    """Remove the ballast. False where there is none: then the disk is really full."""
    try:
        home.ballast.unlink()
    except OSError:
        return False
    with suppress(OSError):
        fsync_folder(home.root)
    return True


def free_bytes(home: Home) -> int:
    """Room left for this user on the disk of the station's home."""
    return shutil.disk_usage(home.root).free


def take_on(
    home: Home, size: int = BALLAST_BYTES, free: Callable[[Home], int] = free_bytes
) -> bool:
    """Make the ballast where it is missing and leaves as much room again; True where it is there.

    Raises:
        OSError: the disk refuses.
    """
    if home.ballast.exists():
        return True
    make_folder(home.root)
    if free(home) < 2 * size:
        return False
    with replacing(home.ballast) as temporary:
        _fill(temporary, size)
    return True


def refuse_without_room(home: Home) -> None:
    """Raise LedgerError where a run could not be sure to record its last parts."""
    room = free_bytes(home) + (home.ballast.stat().st_size if home.ballast.exists() else 0)
    if room < LEAST_ROOM_BYTES:
        raise LedgerError(
            f"Only {room / (1 << 20):.0f} MiB are free on the disk of {home.root}: too little to "
            "record a run. Free some space on it, then start again."
        )


def _fill(path: Path, size: int) -> None:
    # Bytes that do not compress, lest a disk that packs its files gives them no room at all.
    with path.open("wb") as file:
        for start in range(0, size, _CHUNK):
            file.write(os.urandom(min(_CHUNK, size - start)))
