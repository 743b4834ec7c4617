"""A real disk that is small: a tmpfs of a few megabytes, where this machine lets us mount one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Mount it for the time of a `with`; skips the test where that is not allowed."""
    folder.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("Mounting a small disk needs Linux and root.")
    options = f"size={mebibytes}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"This machine mounts no tmpfs: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(folder: Path, leave_bytes: int) -> Path:
    """Take all but so many bytes of the disk, though others go on writing; remove the file to give
    them back."""
    filler = folder / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while (spare := _free(folder) - leave_bytes) > 0:
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), min(spare, 8 << 20))
    return filler


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize
