"""Every picture that a decoder would quietly spoil is refused with its reason."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine import image_checks
from engine.errors import ImageError
from engine.images import load_image, load_mask

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)


def test_png_comes_back_as_rgb_read_only(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    loaded = load_image(tmp_path / "a.png")
    np.testing.assert_array_equal(loaded, PIXELS)
    assert not loaded.flags.writeable


def test_grey_is_repeated(tmp_path) -> None:
    Image.fromarray(PIXELS[:, :, 0]).save(tmp_path / "a.bmp")
    loaded = load_image(tmp_path / "a.bmp")
    np.testing.assert_array_equal(loaded, np.repeat(PIXELS[:, :, :1], 3, axis=2))


def test_exif_orientation_is_applied(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").shape == (80, 60, 3)


def save_truncated_jpeg(path: Path) -> None:
    Image.fromarray(PIXELS).save(path, "JPEG")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def save_truncated_png(path: Path) -> None:
    Image.fromarray(PIXELS).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:-200])


def save_empty(path: Path) -> None:
    path.write_bytes(b"")


def save_text(path: Path) -> None:
    path.write_text("hello")


def save_16_bit_grey(path: Path) -> None:
    cv2.imwrite(str(path.with_suffix(".png")), PIXELS[:, :, 0].astype(np.uint16) * 256)
    path.with_suffix(".png").replace(path)


def save_16_bit_rgb(path: Path) -> None:
    cv2.imwrite(str(path.with_suffix(".png")), PIXELS.astype(np.uint16) * 256)
    path.with_suffix(".png").replace(path)


def save_alpha(path: Path) -> None:
    Image.fromarray(np.dstack([PIXELS, PIXELS[:, :, 0]])).save(path, "PNG")


def save_cmyk(path: Path) -> None:
    Image.fromarray(PIXELS).convert("CMYK").save(path, "JPEG")


def save_palette(path: Path) -> None:
    Image.fromarray(PIXELS).convert("P").save(path, "PNG")


def save_float_tiff(path: Path) -> None:
    Image.fromarray(PIXELS[:, :, 0].astype(np.float32)).save(path, "TIFF")


def save_absurd(path: Path) -> None:
    """A valid header of 40,000 × 30,000 pixels in a hundred bytes."""
    header = struct.pack(">IIBBBBB", 40_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    start = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    path.write_bytes(
        start + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


@pytest.mark.parametrize(
    ("save", "text"),
    [
        (save_truncated_jpeg, "truncated"),
        (save_truncated_png, "truncated"),
        (save_empty, "empty file"),
        (save_text, "not a picture"),
        (save_16_bit_grey, "16 bits"),
        (save_16_bit_rgb, "16 bits"),
        (save_alpha, "alpha"),
        (save_cmyk, "CMYK"),
        (save_palette, "palette"),
        (save_float_tiff, "floating-point"),
        (save_absurd, "far too large"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_refused(tmp_path, save, text) -> None:
    path = tmp_path / "picture.img"
    save(path)
    with pytest.raises(ImageError, match=text) as refused:
        load_image(path)
    assert "picture.img" in str(refused.value)


def test_more_pixels_than_wanted_are_refused_before_decoding(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="80 × 60 pixels, more than 4,000"):
        load_image(tmp_path / "a.png", max_pixels=4000)


def test_missing_file_and_folder(tmp_path) -> None:
    with pytest.raises(ImageError, match="no such file"):
        load_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="cannot be read"):
        load_image(tmp_path)


def test_mask_is_true_where_not_black(tmp_path) -> None:
    mask = PIXELS[:, :, 0] > 100
    Image.fromarray(mask).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png"), mask)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_are_unfit(level: int) -> None:
    noise = np.random.default_rng(0).normal(0, 1, (60, 80, 3))
    with pytest.raises(ImageError, match="blank"):
        image_checks.check((level + noise).clip(0, 255).astype(np.uint8), (0, 0))


def test_size_must_be_the_taught_one() -> None:
    image_checks.check(PIXELS, (60, 80))
    with pytest.raises(ImageError, match="taught on 60 × 80"):
        image_checks.check(PIXELS, (80, 60))
