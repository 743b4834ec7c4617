"""What cameras send becomes RGB, in every format that the station says it reads."""

import numpy as np
import pytest

from station.cameras.decoding import FORMATS, decode
from station.errors import CameraError, IncompletePicture

SIZE = (8, 12)
RED, GREEN, BLUE = 200, 100, 48
COLOUR = np.full((*SIZE, 3), (RED, GREEN, BLUE), np.uint8)
PLACES = {"R": RED, "G": GREEN, "B": BLUE}


def mosaic(first_row: str) -> np.ndarray:
    """A colour filter whose first row begins with these two colours."""
    second = {"RG": "GB", "GR": "BG", "GB": "RG", "BG": "GR"}[first_row]
    square = np.array([[PLACES[c] for c in row] for row in (first_row, second)], np.uint8)
    return np.tile(square, (SIZE[0] // 2, SIZE[1] // 2))


def yuv(format_: str) -> np.ndarray:
    """ITU-R BT.601, studio range."""
    weights = [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]
    y, u, v = np.rint(np.array(weights) @ np.array([RED, GREEN, BLUE]) / 255 + [16, 128, 128])
    pair = [u, y, v, y] if format_ in ("YUV422_8_UYVY", "YUV422Packed") else [y, u, y, v]
    return np.tile(np.array(pair, np.uint8), SIZE[0] * SIZE[1] // 2)


def sent(format_: str) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of one picture, and the RGB that they mean."""
    name = format_.removesuffix("Packed").lower()
    if format_.startswith("YUV"):
        return yuv(format_), COLOUR
    if format_.startswith("Mono"):
        grey = np.full(SIZE, 150, np.uint8)
        return wide(grey, int(format_.removeprefix("Mono"))), np.dstack([grey] * 3)
    if format_.startswith("Bayer"):
        return wide(mosaic(format_[5:7]), int(format_[7:])), COLOUR
    order = {"rgb8": [0, 1, 2], "bgr8": [2, 1, 0], "rgba8": [0, 1, 2, 3], "bgra8": [2, 1, 0, 3]}
    return np.dstack([COLOUR, np.full(SIZE, 9, np.uint8)])[..., order[name]], COLOUR


def wide(values: np.ndarray, bits: int) -> np.ndarray:
    return values if bits == 8 else values.astype(np.uint16) << (bits - 8)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_becomes_rgb(format_: str) -> None:
    given, meant = sent(format_)
    data = np.frombuffer(given.tobytes(), np.uint8)
    pixels = decode(data, format_, SIZE)
    tolerance = 4 if format_.startswith("YUV") else 0
    assert pixels.shape == (*SIZE, 3)
    assert pixels.astype(int) == pytest.approx(meant.astype(int), abs=tolerance)
    assert not pixels.flags.writeable
    assert pixels.flags.c_contiguous
    assert not np.shares_memory(pixels, data)


def test_what_lies_after_a_row_is_left_out() -> None:
    padded = np.pad(COLOUR.reshape(SIZE[0], -1), ((0, 0), (0, 5)), constant_values=255)
    pixels = decode(padded.ravel(), "RGB8", SIZE, padding=5)
    assert (pixels == COLOUR).all()
    assert (decode(padded.ravel()[:-5], "RGB8", SIZE, padding=5) == COLOUR).all()


def test_too_few_bytes_are_no_picture() -> None:
    with pytest.raises(IncompletePicture, match="287 bytes of 288"):
        decode(COLOUR.ravel()[:-1], "RGB8", SIZE)
    with pytest.raises(IncompletePicture):
        decode(np.empty(0, np.uint8), "Mono8", (0, 0))


def test_a_format_that_is_not_known_is_refused() -> None:
    with pytest.raises(CameraError, match=r"'Mono12p' cannot be read\. Choose one of RGB8, "):
        decode(COLOUR.ravel(), "Mono12p", SIZE)
