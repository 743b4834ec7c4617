"""What a resolution costs on this machine: the time a part takes, and what teaching it takes."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import footprint
from engine.anomaly_map import lay_over
from engine.footprint import Footprint
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.placed_bank import kept_at_place
from engine.places import Places
from engine.preprocessing import Preprocessing
from engine.projection import for_timing
from engine.registration import Registration
from engine.resolution import NEEDED, Resolution, Size, choose, defect_in_pixels
from engine.runtimes.opening import open_first, open_model
from engine.teach import TeachSettings
from engine.tiling import Tiling
from station.errors import StationError
from station.pictures import load_fit
from station.timing import Timer

RUNS = 3
LAZY = 2.5
"""How many products of all patches with all picks the coreset costs in time (2.4 measured on
322,560 patches of 128 dimensions to 10,000)."""
PRODUCT = 2048
"""Rows on both sides of the product that is timed for it."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What looking at one product will be like.

    part_ms: one part on this machine, from its picture to score and map; `device` judged it.
    teaching_s: about how long teaching and scoring the pictures kept aside takes, without reading.
    """

    resolution: Resolution
    part_ms: float
    device: str
    teaching: Footprint
    teaching_s: float

    @property
    def cut(self) -> str:
        """Size and tiles, for people."""
        chosen = self.resolution
        (height, width), (tile_height, tile_width) = chosen.tiling.size, chosen.tiling.tile
        if chosen.tiles == 1:
            return f"whole, at {width} × {height} pixels"
        return (
            f"{width} × {height} pixels in {chosen.tiles} tiles of {tile_width} × {tile_height}, "
            f"{chosen.tiling.overlap} overlapping"
        )

    @property
    def pace(self) -> str:
        """Time a part and parts a minute, for people."""
        return f"about {self.part_ms:,.0f} ms a part, {60_000 / self.part_ms:,.3g} parts a minute"

    @property
    def duration(self) -> str:
        """Time that teaching takes, for people."""
        if self.teaching_s < 90:
            return f"about {max(5, round(self.teaching_s / 5) * 5)} s"
        return f"about {round(self.teaching_s / 60)} min"

    def lines(self, mm_per_px: float | None = None) -> list[str]:
        """Everything, for people."""
        chosen = self.resolution
        seen = f"one network pixel sees {1 / chosen.scale:.2f} pixels of the picture"
        if mm_per_px:
            seen += f", {mm_per_px / chosen.scale:.3g} mm"
        if chosen.defect_seen is not None:
            seen += f"; the smallest defect covers {chosen.defect_seen:.1f} of {NEEDED:.0f} wanted"
        found = [f"Looked at {self.cut}.", f"Then {seen}.", f"{self.device}: {self.pace}."]
        return found + ([chosen.shortfall] if chosen.shortfall else [])


def smallest_defect(
    pixels: float | None, millimetres: float | None, mm_per_px: float | None
) -> float | None:
    """Return the smallest defect in pixels of the picture; None where none was named.

    Raises:
        StationError: two answers, or millimetres without a scale. TeachError: not above 0.
    """
    if pixels is not None and millimetres is not None:
        raise StationError("Name the smallest defect in pixels or in millimetres, not in both.")
    if millimetres is None:
        return pixels
    if mm_per_px is None:
        raise StationError(
            f"A smallest defect of {millimetres:g} mm needs the camera's scale: give the mm per "
            "pixel as well, or the defect in pixels."
        )
    return defect_in_pixels(millimetres, mm_per_px)


def predict(
    settings: TeachSettings, picture: Size, pictures: int, timer: Timer, held_out: int = 0
) -> Prediction:
    """Choose the resolution and measure, on one tile with a bank of random vectors, what it costs.

    Args:
        picture: (H, W) of the camera's. pictures: how many will be taught. timer: seconds.
        held_out: how many will only be scored.

    Raises:
        TeachError, BackboneError, EngineError: what is wrong with the settings.
    """
    region = settings.roi[2:] if settings.roi else picture
    chosen = choose(region, settings.side, settings.backbone.strides, settings.smallest_defect)
    preprocessing = Preprocessing(
        chosen.tiling,
        settings.roi,
        ignored=settings.ignored,
        anchor=settings.anchor,
        registration=Registration.on(_grains(chosen.tiling.size)) if settings.by_position else None,
    )
    one = Preprocessing(Tiling(chosen.tiling.tile, chosen.tiling.tile), None)
    channels = sum(settings.backbone.build()[0].channels())
    projection = for_timing(settings.backbone, settings.dimensions, settings.by_position)
    network = Network.build(settings.backbone, preprocessing.input_size, projection)
    dimensions = channels if projection is None else len(projection)
    tile = np.zeros((1, *preprocessing.input_size, 3), np.uint8)
    teaching = footprint.predict(pictures, picture, chosen, channels, settings)
    bank = _random_bank(teaching.vectors, dimensions, chosen.tiling, settings)
    model = open_model(Model(network, one, bank), open_first(network)[0])
    tile_ms = _median_ms(lambda: model.matcher.nearest(tile), timer)
    rest_ms = _around_ms(preprocessing, picture, network.stride, timer)
    part_ms = tile_ms * chosen.tiles + rest_ms
    picking_s = _coreset_s(teaching.vectors, model.bank, timer)
    teaching_s = (2 * pictures + held_out) * part_ms / 1000 + picking_s
    return Prediction(chosen, part_ms, model.device, teaching, teaching_s)


def predict_for(
    settings: TeachSettings, images: Sequence[Path], held_out: float, timer: Timer
) -> Prediction:
    """Predict for good pictures of which a share `held_out` is not taught; as `predict`."""
    picture = load_fit(images[0]).shape
    taught = max(1, len(images) - round(len(images) * held_out))
    return predict(settings, (picture[0], picture[1]), taught, timer, len(images) - taught)


def _coreset_s(vectors: int, bank: MemoryBank, timer: Timer) -> float:
    """Estimate the coreset's time from one product of float32 matrices on this machine."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((PRODUCT, bank.vectors.shape[1]), np.float32)
    product_s = _median_ms(lambda: rows @ rows.T, timer) / 1000
    return LAZY * product_s * vectors * bank.compared / PRODUCT**2


def _around_ms(preprocessing: Preprocessing, picture: Size, stride: int, timer: Timer) -> float:
    """Time locating a part, registering it, cutting it and laying its map over the picture."""
    pixels = _grains(picture)
    if (anchor := preprocessing.anchor) is not None:
        top, left, height, width = anchor.rectangle
        pixels[top : top + height, left : left + width] = anchor.template[:, :, None]
    scores = np.zeros(preprocessing.tiling.grid(stride), np.float32)

    def journey() -> NDArray[np.float32]:
        found = preprocessing.look(pixels)
        preprocessing.tiles(found)
        return lay_over(scores, preprocessing, picture, found)

    return _median_ms(journey, timer)


def _grains(size: Size) -> NDArray[np.uint8]:
    """Return a picture with something to hold on to everywhere, uint8 (H, W, 3)."""
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def _random_bank(
    vectors: int, dimensions: int, tiling: Tiling, settings: TeachSettings
) -> MemoryBank:
    """Return a bank for timing only, for one tile: the search takes as long whatever is in it."""
    random, places, count = np.random.default_rng(0), None, settings.size.of(vectors)
    if settings.by_position:
        stride = settings.backbone.grid_stride
        each = kept_at_place(settings.size, vectors, Places.of(tiling, stride))
        places = Places.of(Tiling(tiling.tile, tiling.tile), stride)
        count, dimensions = places.count * each, dimensions + 2
    found = random.standard_normal((count, dimensions), np.float32)
    return MemoryBank(found, np.zeros((count, 3), np.int32), np.zeros((count, 1), np.int32), places)


def _median_ms(work: Callable[[], object], timer: Timer) -> float:
    work()
    times = []
    for _ in range(RUNS):
        start = timer()
        work()
        times.append(1000 * (timer() - start))
    return statistics.median(times)
