"""A stroke typeface, as silkscreen plotters and laser markers draw it; the same in every OpenCV."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CAP_HEIGHT = 6.0
"""Glyph units from the top of a capital to its foot; all other sizes follow from it."""

_GAP = 2.0
_SPACE = 3.0

# One string a glyph, one word a stroke, two digits a point: x 0..4, y 0 (top)..6 (foot).
_GLYPHS = {
    "A": "062046 0545",
    "B": "00063645443303 3342413000",
    "C": "4130100105163645",
    "D": "00062644422000",
    "E": "40000646 0333",
    "F": "400006 0333",
    "G": "41301001051636454323",
    "H": "0006 4046 0343",
    "I": "0006",
    "J": "3035261605",
    "K": "0006 4004 1346",
    "L": "000636",
    "M": "0600234046",
    "N": "06004640",
    "O": "103041453616050110",
    "P": "06003041423303",
    "Q": "103041453616050110 2446",
    "R": "06003041423303 2346",
    "S": "413010010213334445361605",
    "T": "0040 2026",
    "U": "000516364540",
    "V": "002640",
    "W": "0016233640",
    "X": "0046 4006",
    "Y": "002340 2326",
    "Z": "00400646",
    "0": "102031352616050110",
    "1": "011016",
    "2": "01102031320636",
    "3": "0110203132233435261605 1323",
    "4": "26200434",
    "5": "300002223335261605",
    "6": "312010010516263534231304",
    "7": "003016",
    "8": "102031322313020110 132334352616050413",
    "9": "051626353120100102132332",
    "-": "0323",
    "+": "0343 2125",
    "/": "0630",
    ".": "0506",
}

Stroke = NDArray[np.float64]


def _strokes_of(glyph: str) -> list[Stroke]:
    """Return the glyph's polylines, each float64 (n, 2) of x, y in glyph units."""
    words = _GLYPHS[glyph].split()
    return [np.array([int(c) for c in word], np.float64).reshape(-1, 2) for word in words]


def _laid_out(text: str) -> Iterator[tuple[list[Stroke], float]]:
    """Yield each glyph's strokes with the pen position where it starts."""
    pen = 0.0
    for character in text:
        if character == " ":
            pen += _SPACE
            continue
        strokes = _strokes_of(character)
        yield strokes, pen
        pen += max(stroke[:, 0].max() for stroke in strokes) + _GAP


def text_strokes(text: str, height: float) -> list[Stroke]:
    """Return the text's polylines, float64 (n, 2), centred on (0, 0), in the unit of `height`.

    Raises KeyError for a character the typeface lacks.
    """
    strokes = [stroke + np.array([pen, 0]) for glyph, pen in _laid_out(text) for stroke in glyph]
    right = max(stroke[:, 0].max() for stroke in strokes)
    centre = np.array([right / 2, CAP_HEIGHT / 2])
    return [(stroke - centre) * (height / CAP_HEIGHT) for stroke in strokes]
