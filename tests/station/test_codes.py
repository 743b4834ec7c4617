import numpy as np
import pytest
import zxingcpp

from station.cameras.virtual_line import VirtualLine
from station.codes import MAX_SIDE, read_part_id

KINDS = {
    "DataMatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "QR": zxingcpp.BarcodeFormat.QRCode,
    "Code 128": zxingcpp.BarcodeFormat.Code128,
}


def code(kind, text, scale=3):
    grey = np.array(zxingcpp.create_barcode(text, KINDS[kind]).to_image(scale=scale))
    return np.stack([grey] * 3, axis=-1)


@pytest.fixture(scope="module")
def board():
    with VirtualLine(0, 0.0, (480, 640)) as line:
        return line.grab().pixels


def on(board, *codes):
    """The board with codes put on it, each a picture and its (top, left)."""
    pixels = board.copy()
    for picture, (top, left) in codes:
        pixels[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return pixels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_code_on_a_board_is_read_in_any_direction(board, kind, turns):
    pixels = on(board, (code(kind, "SN-0042/7", 2), (60, 80)))
    assert read_part_id(np.rot90(pixels, turns)) == "SN-0042/7"


def test_light_on_dark_is_read(board):
    assert read_part_id(on(board, (255 - code("DataMatrix", "A1"), (60, 80)))) == "A1"


def test_letters_beyond_ascii_and_separators_come_out_readable(board):
    assert read_part_id(on(board, (code("QR", "Zoë\x1d17\n"), (60, 80)))) == "Zoë 17"


def test_a_board_without_a_code_has_no_id(board):
    assert read_part_id(board) == ""
    assert read_part_id(np.zeros((0, 0, 3), np.uint8)) == ""
    assert read_part_id(np.full((1, 1, 3), 7, np.uint8)) == ""


def test_other_kinds_of_codes_are_no_part_ids(board):
    ean = zxingcpp.create_barcode("5901234123457", zxingcpp.BarcodeFormat.EAN13)
    grey = np.array(ean.to_image(scale=2))
    assert read_part_id(on(board, (np.stack([grey] * 3, -1), (60, 80)))) == ""


def test_of_several_codes_the_same_one_is_taken_whatever_their_size(board):
    datamatrix = code("DataMatrix", "below", 2), (300, 300)
    qr = code("QR", "large", 5), (20, 20)
    assert read_part_id(on(board, qr, datamatrix)) == "below"
    upper = code("DataMatrix", "above", 4), (200, 400)
    assert read_part_id(on(board, qr, datamatrix, upper)) == "above"


def test_a_large_picture_is_reduced_and_still_read(board):
    large = np.repeat(np.repeat(board, 4, 0), 4, 1)
    assert max(large.shape) > MAX_SIDE
    assert read_part_id(on(large, (code("DataMatrix", "SN 9", 6), (700, 900)))) == "SN 9"
    too_fine = code("DataMatrix", "SN 9", 2), (700, 900)
    assert read_part_id(on(large, too_fine)) == ""
    assert read_part_id(on(board, (too_fine[0], (60, 80)))) == "SN 9"
