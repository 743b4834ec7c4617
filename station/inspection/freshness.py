"""Has the camera frozen? A picture that was there before is no picture of this part."""

import zlib
from collections.abc import Mapping

import numpy as np

from station.parts import NO_FRAME_ID, Frame

LIVE_KINDS = frozenset({"usb", "basler", "genicam", "aravis"})
"""Cameras that look at the world. Others play pictures back: two files, or two boards, may well be
alike to the last bit. A stream is told from a video file by its address."""


class Freshness:
    """One camera's pictures in one run, in the order they were taken; not for several threads.

    A sensor's noise never falls twice the same way, so two pictures of a live camera that are equal
    in every pixel are one picture, given twice.
    """

    def __init__(self, camera: Mapping[str, object]) -> None:
        """Watch the camera of these settings (`Camera.settings`)."""
        self._is_live = is_live(camera)
        self._frame_id = NO_FRAME_ID
        self._checksum: tuple[object, ...] = ()

    def check(self, frame: Frame) -> str | None:
        """Take the next picture; say what is wrong where it is the one before, else None.

        Costs about 1 ms for 1 megapixel of a live camera, nothing for others.
        """
        if repeats := self._repeats_id(frame):
            return repeats
        if self._is_live and self._repeats_pixels(frame):
            return _SAME_PIXELS
        return None

    def _repeats_id(self, frame: Frame) -> str | None:
        before, self._frame_id = self._frame_id, frame.frame_id
        if frame.frame_id == NO_FRAME_ID or frame.frame_id != before:
            return None
        return _SAME_ID.format(frame.frame_id)

    def _repeats_pixels(self, frame: Frame) -> bool:
        pixels = np.ascontiguousarray(frame.pixels)
        before = self._checksum
        self._checksum = (pixels.shape, zlib.crc32(pixels.data))
        return self._checksum == before


def is_live(camera: Mapping[str, object]) -> bool:
    """Whether a camera of these settings looks at the world, so that no picture comes twice."""
    kind = str(camera.get("kind", ""))
    if kind == "video":
        return "://" in str(camera.get("address", ""))
    return kind in LIVE_KINDS


_CURE = "Check its cable and power, then reconnect it."
_SAME_PIXELS = f"The camera has frozen: it gave the same picture again. {_CURE}"
_SAME_ID = f"The camera has frozen: it gave picture {{}} twice. {_CURE}"
