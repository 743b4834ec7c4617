"""What industrial cameras send, as RGB. Pixel formats have the GenICam PFNC's names, or older."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.errors import CameraError, IncompletePicture


@dataclass(frozen=True, slots=True)
class _Layout:
    """channels: values a pixel. code: OpenCV's conversion. bits: that count in a value."""

    channels: int
    code: int | None
    bits: int = 8


_COLOURS = {
    "RGB8": _Layout(3, None),
    "RGB8Packed": _Layout(3, None),
    "BGR8": _Layout(3, cv2.COLOR_BGR2RGB),
    "BGR8Packed": _Layout(3, cv2.COLOR_BGR2RGB),
    "RGBa8": _Layout(4, cv2.COLOR_RGBA2RGB),
    "RGBA8Packed": _Layout(4, cv2.COLOR_RGBA2RGB),
    "BGRa8": _Layout(4, cv2.COLOR_BGRA2RGB),
    "BGRA8Packed": _Layout(4, cv2.COLOR_BGRA2RGB),
}
_FILTERS = {
    "RG": cv2.COLOR_BayerRGGB2RGB,
    "GR": cv2.COLOR_BayerGRBG2RGB,
    "GB": cv2.COLOR_BayerGBRG2RGB,
    "BG": cv2.COLOR_BayerBGGR2RGB,
}
_BAYER = {
    f"Bayer{order}{bits}": _Layout(1, code, bits)
    for bits in (8, 10, 12, 16)
    for order, code in _FILTERS.items()
}
_YUV = {
    "YUV422_8_UYVY": _Layout(2, cv2.COLOR_YUV2RGB_UYVY),
    "YUV422Packed": _Layout(2, cv2.COLOR_YUV2RGB_UYVY),
    "YUV422_8": _Layout(2, cv2.COLOR_YUV2RGB_YUY2),
    "YUV422_YUYV_Packed": _Layout(2, cv2.COLOR_YUV2RGB_YUY2),
}
_GREY = {f"Mono{bits}": _Layout(1, cv2.COLOR_GRAY2RGB, bits) for bits in (8, 10, 12, 14, 16)}
_LAYOUTS = {**_COLOURS, **_BAYER, **_YUV, **_GREY}

FORMATS = tuple(_LAYOUTS)
"""Those that can be read, the best first: finished colours, then raw ones, grey last."""


def decode(
    data: NDArray[np.uint8], pixel_format: str, size: tuple[int, int], padding: int = 0
) -> NDArray[np.uint8]:
    """Return the picture as uint8 (H, W, 3) RGB, contiguous, read-only and its own.

    Args:
        data: uint8, flat: the camera's bytes, little-endian where a value has two.
        pixel_format: the camera's name for their order, one of `FORMATS`.
        size: (H, W) in pixels.
        padding: bytes after each row that mean nothing.

    Raises:
        CameraError: a format that is not known here.
        IncompletePicture: fewer bytes than the picture has.
    """
    layout = _LAYOUTS.get(pixel_format)
    if layout is None:
        raise CameraError(
            f"Pixel format '{pixel_format}' cannot be read. Choose one of {', '.join(FORMATS)}."
        )
    values = _rows(data, layout, size, padding)
    if layout.bits > 8:
        values = (values.view(np.uint16) >> (layout.bits - 8)).astype(np.uint8)
    values = values.reshape(*size, layout.channels)
    pixels = np.array(
        values if layout.code is None else cv2.cvtColor(values, layout.code), np.uint8
    )
    pixels.setflags(write=False)
    return pixels


def _rows(
    data: NDArray[np.uint8], layout: _Layout, size: tuple[int, int], padding: int
) -> NDArray[np.uint8]:
    row = size[1] * layout.channels * (2 if layout.bits > 8 else 1)
    needed = size[0] * (row + padding) - padding
    if data.size < needed or 0 in size:
        raise IncompletePicture(f"A picture came with {data.size} bytes of {needed}.")
    if not padding:
        return np.ascontiguousarray(data[:needed])
    padded = np.resize(data[:needed], (size[0], row + padding))
    return np.ascontiguousarray(padded[:, :row])
