"""What the station asks of a camera."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from station.parts import NO_FRAME_ID


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a camera gives: pixels uint8 (H, W, 3) RGB read-only, and what it calls them.

    frame_id: the camera's own number of the picture, where it numbers them; else `NO_FRAME_ID`. One
        that comes twice is a frozen picture, one that is skipped a lost one.
    """

    pixels: NDArray[np.uint8]
    source: str
    frame_id: int = NO_FRAME_ID


class Camera(Protocol):
    """A source of pictures, used by one thread at a time.

    Cameras inherit from it: `with camera:` then opens and closes them. `grab` blocks until the
    next picture is there.
    """

    @property
    def name(self) -> str:
        """What people call it: "folder parts/", "virtual line"."""

    @property
    def settings(self) -> dict[str, str | float | bool]:
        """Enough to build the same camera again; kept in the recipe."""

    def open(self) -> None:
        """Connect. Raises CameraError with what to do."""

    def grab(self) -> Picture:
        """Return the next picture.

        Raises:
            EndOfImages: none are left and none will come.
            NothingYet: it waits for its own trigger, and no part came in a moment's time.
            IncompletePicture: it came with parts missing; asking once more is worth it.
            CameraLost: the camera is gone; only `open` brings it back.
            CameraError: this one could not be had (truncated file, time-out); the next may.
        """

    def wait_until_ready(self, timeout_s: float) -> bool:  # noqa: ARG002
        """True when pictures can be had; False while a lost camera is still being reached anew.

        Waits for it, at most `timeout_s`. A camera that is never lost is always ready.
        """
        return True

    def close(self) -> None:
        """Disconnect. Safe to call twice and from another thread: it ends a grab that waits."""

    def __enter__(self: "SomeCamera") -> "SomeCamera":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


SomeCamera = TypeVar("SomeCamera", bound=Camera)
