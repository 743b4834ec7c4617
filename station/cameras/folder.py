"""Plays a folder of pictures as if a camera had taken them."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from engine.errors import ImageError
from engine.images import is_image, load_image
from station.cameras.camera import Camera, Picture
from station.errors import CameraError, EndOfImages
from station.pictures import natural_key


class FolderCamera(Camera):
    """The pictures of one folder (not of folders in it), in the order people would number them.

    A file that cannot be used fails its own grab only; the next grab goes on with the next file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rate_hz: float = 0.0,
        loop: bool = False,
        shuffle_seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            rate_hz: pictures a second; 0 gives each as soon as it is asked for.
            loop: begin again after the last one, for ever.
            shuffle_seed: another order in every round, the same after every `open`; None sorts.
            clock: monotonic seconds.

        Raises:
            CameraError: the rate is negative or no number.
        """
        if not 0 <= rate_hz < float("inf"):
            raise CameraError(f"A folder cannot be played at {rate_hz} pictures a second.")
        self._folder = folder.absolute()
        self._rate_hz = rate_hz
        self._loop = loop
        self._shuffle_seed = shuffle_seed
        self._clock = clock
        self._closed = threading.Event()
        self._closed.set()
        self._files: list[Path] = []
        self._next = 0
        self._due_s = 0.0
        self._order = random.Random(shuffle_seed)

    @property
    def name(self) -> str:
        """The folder's own name."""
        return f"folder {self._folder.name}/"

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """Path, rate, loop and, where shuffled, the seed."""
        settings: dict[str, str | float | bool] = {
            "kind": "folder",
            "path": str(self._folder),
            "rate_hz": self._rate_hz,
            "loop": self._loop,
        }
        if self._shuffle_seed is not None:
            settings["shuffle_seed"] = self._shuffle_seed
        return settings

    def open(self) -> None:
        """List the pictures. Raises CameraError: no such folder, or no picture in it."""
        self._files = self._listed()
        self._order = random.Random(self._shuffle_seed)
        self._begin_round()
        self._due_s = self._clock()
        self._closed.clear()

    def grab(self) -> Picture:
        """Return the next picture when its time has come.

        Raises:
            EndOfImages: played once, and all were given.
            CameraError: closed, or this file cannot be used.
        """
        if self._closed.is_set():
            raise CameraError(f"Camera '{self.name}' is closed. Start it first.")
        if self._next >= len(self._files) and self._loop:
            self._begin_round()
        if self._next >= len(self._files):
            raise EndOfImages(f"All {len(self._files)} pictures of {self.name} were played.")
        self._wait_until_due()
        file = self._files[self._next]
        self._next += 1
        try:
            return Picture(load_image(file), file.name)
        except ImageError as error:
            raise CameraError(str(error)) from error

    def close(self) -> None:
        """Stop playing; a grab that waits in another thread ends with CameraError."""
        self._closed.set()

    def _listed(self) -> list[Path]:
        try:
            found = [file for file in self._folder.iterdir() if is_image(file) and file.is_file()]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CameraError(
                f"The folder '{self._folder}' cannot be opened: {reason}. Choose another folder."
            ) from error
        if not found:
            raise CameraError(
                f"The folder '{self._folder}' has no picture (png, jpg, bmp, tif). "
                "Choose the folder that holds the pictures."
            )
        return sorted(found, key=natural_key)

    def _begin_round(self) -> None:
        self._next = 0
        if self._shuffle_seed is not None:
            self._order.shuffle(self._files)

    def _wait_until_due(self) -> None:
        if self._closed.wait(max(0.0, self._due_s - self._clock())):
            raise CameraError(f"Camera '{self.name}' was closed while it waited.")
        if self._rate_hz:
            self._due_s = max(self._due_s, self._clock() - 1 / self._rate_hz) + 1 / self._rate_hz
