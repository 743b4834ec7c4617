"""Teaching: good pictures in, a memory bank out, with memory bounded in the number of pictures."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import coreset, placed_bank, projection
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.errors import TeachError
from engine.features import MOST, Features, taught_every
from engine.location import Anchor
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.places import PlacedPoints, Places
from engine.preprocessing import Preprocessing, choose_brightness
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.region import Polygon, Roi, check_settings, look
from engine.registration import Registration
from engine.resolution import choose
from engine.runtimes import Runtime
from engine.runtimes.opening import open_first, open_model, open_runtime
from engine.tiling import STEP, Kept, Tiling

ReadImage = Callable[[], NDArray[np.uint8]]
MIN_IMAGES = 2
SAMPLED = 16
"""About so many pictures are looked at to choose the input's shape and the brightness."""
MORE_BY_POSITION = 20
"""How many times as many patches are taught by position, where each coreset sees few of them."""


@dataclass(frozen=True, slots=True)
class TeachSettings:
    """What a technician may choose; the defaults are measured (ARCHITECTURE.md, Defaults).

    side: the network's input has the area of a square of `side` pixels.
    runtime: which one reads the pictures; "auto" is the fastest installed.
    smallest_defect: in pixels of the picture; parts are then looked at finely enough for it, in
        tiles where needed. None: in one input of `side`.
    dimensions: patch vectors are reduced to so many principal components; 0 keeps all.
    level_light: bring every picture to the taught brightness; None decides from how much the good
        pictures differ.
    most_vectors: patches taught at most; with more, every n-th is, drawn by the seed.
    by_position: parts lie in a fixture; each place of a part is compared with what good parts show
        there. Many more patches are then taught.
    ignored: regions of the (located) picture that take no part in anything. anchor: what parts
        are located by; needs a roi.
    """

    backbone: Backbone = field(default_factory=Backbone)
    side: int = 384
    size: CoresetSize = field(default_factory=CoresetSize)
    roi: Roi | None = None
    seed: int = 0
    runtime: str = "auto"
    smallest_defect: float | None = None
    most_vectors: int = MOST
    level_light: bool | None = None
    dimensions: int = 128
    by_position: bool = False
    ignored: tuple[Polygon, ...] = ()
    anchor: Anchor | None = None

    @property
    def anchored(self) -> Roi | None:
        """The anchor's rectangle."""
        return self.anchor.rectangle if self.anchor else None

    def taught_every(self, pictures: int, patches: int) -> int:
        """Say that every n-th patch of `pictures` × `patches` is taught."""
        most = self.most_vectors * (MORE_BY_POSITION if self.by_position else 1)
        return taught_every(pictures, patches, most)


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """The patches of all pictures, on disk, and what read them. runtime: its name."""

    preprocessing: Preprocessing
    network: Network
    runtime: str
    features: Features

    @property
    def places(self) -> Places:
        """Places of a part that lies the same way in every picture."""
        return Places.of(self.preprocessing.tiling, self.network.stride)


def teach(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> PatchCore:
    """Fit a PatchCore model on good pictures.

    Args:
        images: one call a picture, returning uint8 (H, W, 3) RGB; some are called twice.
        progress: told the stages "projection", "features" and "coreset".

    Raises:
        TeachError: fewer than 2 pictures. BackboneError, ImageError, Cancelled as they come.
    """
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        read = extract(images, settings, Path(folder), progress, cancelled)
        network = read.network
        if settings.by_position:
            bank, whitening = _by_position(
                read.features, read.places, settings, progress, cancelled
            )
            whole = projection.applied(whitening, network.projection)
            network = Network.build(network.backbone, network.input_size, whole)
        else:
            bank = _bank(read.features, settings, progress, cancelled)
    return open_model(Model(network, read.preprocessing, bank), read.runtime)


def extract(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    folder: Path,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Extracted:
    """Write the patches of good pictures into `folder`, as `settings` wish them looked at.

    Args:
        images: one call a picture, returning uint8 (H, W, 3) RGB; some are called twice.
        progress: told the stages "projection" and "features".

    Raises:
        TeachError: fewer than 2 pictures. BackboneError, ImageError, Cancelled as they come.
    """
    if len(images) < MIN_IMAGES:
        raise TeachError(f"{len(images)} good picture(s) cannot show what varies. Give 20 or more.")
    preprocessing = choose_preprocessing(images, settings, stretch=settings.by_position)
    if settings.by_position:
        preprocessing = _registered(preprocessing, images, progress, cancelled)
    network = _network(images, preprocessing, settings, progress, cancelled)
    name, runtime = _runtime(settings.runtime, network)
    features = _features(folder, len(images), preprocessing, settings)
    for picture, read in enumerate(images):
        raise_if(cancelled)
        features.begin(picture)
        for place, patches in tile_patches(preprocessing, runtime, read()):
            features.add(picture, place, patches)
        progress("features", picture + 1, len(images))
    return Extracted(preprocessing, network, name, features)


def _registered(
    preprocessing: Preprocessing,
    images: Sequence[ReadImage],
    progress: Progress,
    cancelled: IsCancelled,
) -> Preprocessing:
    """Lay parts on the mean of some good ones, where that makes them more alike."""
    shown = images[:: ceil(len(images) / SAMPLED)]

    def read(number: int) -> NDArray[np.uint8]:
        raise_if(cancelled)
        return preprocessing.levelled(preprocessing.look(shown[number]()))

    found = Registration.learn(read, len(shown), progress)
    return replace(preprocessing, registration=found)


def _network(
    images: Sequence[ReadImage],
    preprocessing: Preprocessing,
    settings: TeachSettings,
    progress: Progress,
    cancelled: IsCancelled,
) -> Network:
    """Build the network; reduce its patch vectors as the settings wish."""
    whole = Network.build(settings.backbone, preprocessing.input_size)
    if not settings.dimensions:
        return whole
    _, runtime = _runtime(settings.runtime, whole)

    def read(picture: int) -> Iterator[NDArray[np.float32]]:
        for place, patches in tile_patches(preprocessing, runtime, images[picture]()):
            yield place.vectors(patches)

    found = projection.learn(read, len(images), settings.dimensions, progress, cancelled)
    if found is None:
        return whole
    return Network.build(settings.backbone, preprocessing.input_size, found)


def _runtime(name: str, network: Network) -> tuple[str, Runtime]:
    return open_first(network) if name == "auto" else (name, open_runtime(name, network))


def choose_preprocessing(
    images: Sequence[ReadImage], settings: TeachSettings, stretch: bool = False
) -> Preprocessing:
    """Choose the input for the picture of median aspect ratio; a camera's are all the same.

    stretch: bring pictures of other sizes to that shape instead of keeping theirs.
    """
    shapes, lights = [], []
    for read in images[:: max(1, len(images) // SAMPLED)]:
        image = read()
        check_settings(image.shape, settings.roi, settings.ignored, settings.anchored)
        found = look(image, settings.roi, settings.ignored, settings.anchor)
        shapes.append((found.pixels.shape[0], found.pixels.shape[1]))
        lights.append(found.brightness())
    if settings.ignored and len(set(shapes)) > 1:
        raise TeachError(
            "The pictures differ in size, so an ignored region lies elsewhere in each. Give "
            "pictures of one size, or draw a region of interest as well."
        )
    height, width = sorted(shapes, key=lambda shape: shape[1] / shape[0])[len(shapes) // 2]
    strides = settings.backbone.strides
    chosen = choose((height, width), settings.side, strides, settings.smallest_defect)
    tiling, scale = chosen.tiling, None
    if len(set(shapes)) > 1 and not stretch and tiling.tile == tiling.size:
        tiling, scale = _roomy(shapes, tiling)
    brightness = _brightness(lights, settings)
    return Preprocessing(tiling, settings.roi, brightness, scale, settings.ignored, settings.anchor)


def _roomy(shapes: Sequence[tuple[int, int]], usual: Tiling) -> tuple[Tiling, float]:
    """Make room for pictures that differ in size, at the scale of the one that `usual` is for.

    Squeezing them all into one shape changes what a good part looks like from picture to picture.
    """
    areas = [height * width for height, width in shapes]
    scale = min(1.0, (usual.size[0] * usual.size[1] / float(np.median(areas))) ** 0.5)
    height, width = (
        ceil(max(shape[axis] for shape in shapes) * scale / STEP) * STEP for axis in (0, 1)
    )
    return Tiling((height, width), (height, width)), scale


def _brightness(lights: Sequence[float], settings: TeachSettings) -> float | None:
    if settings.level_light is None:
        return choose_brightness(lights)
    return float(np.median(lights)) if settings.level_light else None


def _features(
    folder: Path, pictures: int, preprocessing: Preprocessing, settings: TeachSettings
) -> Features:
    grid = preprocessing.tiling.grid(settings.backbone.grid_stride)
    every = settings.taught_every(pictures, grid[0] * grid[1])
    return Features(folder / "features.f32", grid, every, settings.seed)


def tile_patches(
    preprocessing: Preprocessing, runtime: Runtime, image: NDArray[np.uint8]
) -> Iterator[tuple[Kept, NDArray[np.float32]]]:
    """Yield what each tile keeps, and its patch vectors, float32 (h, w, D).

    Tiles go through in batches of the runtime's; a tile's vectors are overwritten by the next's.
    """
    look = preprocessing.look(image)
    tiles = preprocessing.tiles(look)
    kept: Iterator[Kept] | None = None
    for start in range(0, len(tiles), runtime.batch):
        found = runtime.patches(tiles[start : start + runtime.batch])
        if kept is None:
            stride = preprocessing.input_size[0] // found.shape[1]
            kept = iter(preprocessing.kept(look, stride))
        for patches in found:
            place = next(kept)
            if not place.empty:
                yield place, patches


def _bank(
    features: Features, settings: TeachSettings, progress: Progress, cancelled: IsCancelled
) -> MemoryBank:
    points, origins = features.take()
    chosen = coreset.select(
        coreset.project(points, settings.seed),
        settings.size.of(len(points)),
        seed=settings.seed,
        progress=progress,
        cancelled=cancelled,
    )
    return MemoryBank.build(np.array(points[chosen]), origins[chosen])


def _by_position(
    features: Features,
    places: Places,
    settings: TeachSettings,
    progress: Progress,
    cancelled: IsCancelled,
) -> tuple[MemoryBank, NDArray[np.float32]]:
    placed = PlacedPoints(places, *features.take())
    return placed_bank.fill(placed, settings.size, settings.seed, progress, cancelled)
