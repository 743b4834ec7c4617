"""How finely a part is looked at: its working size and its tiles, from the smallest defect wanted.

Pure: sizes in, sizes out. What the choice costs on a machine is measured elsewhere.
"""

from dataclasses import dataclass
from itertools import product
from math import ceil, isfinite

from engine.backbone import COLOURS, DEFAULT, GRID_STRIDE, STRIDES, Backbone
from engine.errors import TeachError
from engine.preprocessing import STRIDE, choose_input_size, to_stride
from engine.tiling import Tiling

NEEDED = 12.0
"""Pixels of the network's input that a defect must cover to be found."""
LEAST = 1.0
"""Pixels of the picture below which a defect leaves nothing to look at."""
PATCHES = 9216
"""Most patches of one tile: 96 × 96, what side 768 has at stride 8. The fused search holds one
float32 a patch and bank vector: 368 MB at 10,000 vectors."""
MARGINS = {4: 32, 8: 32, 16: 96, 32: 96}
"""By deepest stride: pixels at a tile's border whose patches are not kept.

There the network sees zeros instead of the part. Measured with efficientnet_lite0 on tiles of 384
cut from whole pictures (virtual panel, bottle, magnetic tile): the mean patch vector that far from
the border differs from the whole picture's by

    32 px: 20, 26 and 30 % with strides 8 + 16; 0.4 % with 4 + 8 (panel only)
    64 px: 5.6, 9.5 and 11 %
    96 px: 1.3, 4.0 and 3.4 %
    128 px: 0.2, 1.5 and 0.9 %
    160 px: 0.1 % and less

and 96 is taken: only the outermost kept patches differ as much. With stride 32 tiles and whole
pictures never agree (13 % at 160 px, panel).
"""

Size = tuple[int, int]
"""(H, W) in pixels."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The choice for one product.

    region: the part in the picture. tiling: its working size and tiles, in network pixels.
    smallest_defect: in picture pixels; None where none was named.
    """

    region: Size
    tiling: Tiling
    smallest_defect: float | None

    @property
    def scale(self) -> float:
        """Network pixels for one pixel of the picture, along the longer axis."""
        return max(self.tiling.size) / max(self.region)

    @property
    def tiles(self) -> int:
        """How many times the network runs for one part."""
        return len(self.tiling.corners)

    @property
    def defect_seen(self) -> float | None:
        """Network pixels that the smallest defect covers."""
        return None if self.smallest_defect is None else self.smallest_defect * self.scale

    @property
    def shortfall(self) -> str:
        """What the camera lacks for the smallest defect, for people; empty where it suffices."""
        if self.smallest_defect is None or self.smallest_defect > 0.99 * NEEDED:
            return ""
        height, width = (round(length * NEEDED / self.smallest_defect) for length in self.region)
        return (
            f"The smallest defect covers {self.smallest_defect:.1f} pixels of the picture; "
            f"{NEEDED:.0f} are needed to find it reliably. It takes a camera that shows this "
            f"region on {width} × {height} pixels, or a larger smallest defect."
        )


def choose(region: Size, side: int, strides: tuple[int, ...], defect: float | None) -> Resolution:
    """Choose the working size and the tiles of parts that fill `region`.

    Without a smallest defect the part becomes one input with the area of a square of `side`. With
    one, the part is brought to the scale at which the defect covers 12 network pixels, never
    beyond the picture's own and never below what `side` gives. A working size that fits one tile
    is not cut.

    Args:
        side: of the usual input. strides: of the backbone. defect: in picture pixels.

    Raises:
        TeachError: a defect smaller than one pixel.
    """
    usual = choose_input_size(region, min(side, round((region[0] * region[1]) ** 0.5)))
    if defect is None:
        return Resolution(region, Tiling(usual, usual), None)
    _check_visible(region, defect)
    scale = min(1.0, NEEDED / defect)
    wanted = (to_stride(region[0] * scale), to_stride(region[1] * scale))
    if wanted[0] * wanted[1] <= usual[0] * usual[1]:
        return Resolution(region, Tiling(usual, usual), defect)
    return Resolution(region, _cheapest(wanted, strides), defect)


def usual_backbone(
    defect: float | None,
    by_position: bool = False,
    *,
    name: str = DEFAULT,
    strides: tuple[int, ...] = (),
    weights_file: str = "",
) -> Backbone:
    """Return the backbone with the strides to tap, where none are given.

    All; without 32 where a smallest defect is named: it tells what a part is and blurs what is
    small, and tiles never agree with it. By position the colours and stride 4 only, with patches 4
    pixels apart: the place tells what a part is, and comparing with one place only is cheap.
    """
    if defect is None:
        return Backbone(name, strides or STRIDES, weights_file)
    if not by_position:
        return Backbone(name, strides or STRIDES[:-1], weights_file)
    return Backbone(name, strides or (COLOURS, min(STRIDES)), weights_file, min(STRIDES))


def defect_in_pixels(defect_mm: float, mm_per_px: float) -> float:
    """Turn millimetres into picture pixels. Raises TeachError where either is not above 0."""
    for value, what in ((mm_per_px, "mm per pixel"), (defect_mm, "smallest defect in mm")):
        if not (isfinite(value) and value > 0):
            raise TeachError(
                f"{value} is no {what}. Measure something of known length in a picture: its "
                "millimetres divided by its pixels are the mm per pixel, 0.05 for example."
            )
    return defect_mm / mm_per_px


def margin(strides: tuple[int, ...]) -> int:
    """Return how many pixels at a tile's border are not kept, a multiple of 32."""
    return MARGINS[max(strides)]


def _check_visible(region: Size, defect: float) -> None:
    if not (isfinite(defect) and defect > 0):
        raise TeachError(f"A smallest defect of {defect} pixels is none. Give 12, for example.")
    if defect < LEAST:
        height, width = (round(length * NEEDED / defect) for length in region)
        raise TeachError(
            f"A defect of {defect:.2g} pixels leaves nothing in the picture to find. To cover "
            f"{NEEDED:.0f} pixels it takes a camera that shows this region on {width} × {height} "
            f"pixels instead of {region[1]} × {region[0]}: a closer look, more cameras, or a "
            "larger smallest defect."
        )


def _cheapest(size: Size, strides: tuple[int, ...]) -> Tiling:
    """Cut `size` so that the fewest pixels go through the network; few tiles break ties."""
    most = PATCHES * max(GRID_STRIDE, min(strides)) ** 2
    if size[0] * size[1] <= most:
        return Tiling(size, size)
    overlap = 2 * margin(strides)
    cuts = (
        Tiling(size, (height, width), overlap)
        for height, width in product(_lengths(size[0], overlap), _lengths(size[1], overlap))
        if height * width <= most
    )
    return min(cuts, key=lambda cut: (len(cut.corners) * cut.tile[0] * cut.tile[1], -cut.tile[0]))


def _lengths(length: int, overlap: int) -> set[int]:
    """Return the tile lengths that cut `length` into 1, 2, 3 … tiles."""
    counts = range(2, (length - overlap) // STRIDE + 1)
    cut = (ceil((length + (n - 1) * overlap) / n / STRIDE) * STRIDE for n in counts)
    return {length, *cut}
