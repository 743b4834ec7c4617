"""PaDiM (Defard et al., "PaDiM: a Patch Distribution Modeling Framework", ICPR 2021).

For parts that always lie alike: one Gaussian a position, over the patch vectors that good parts
show there. Of a part in tiles each patch is kept once, so that every position of the whole part
has one Gaussian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from engine.anomaly_map import lay_over
from engine.errors import TeachError
from engine.gaussians import BLOCK, Gaussians, Moments, taught_bytes
from engine.network import Network
from engine.preprocessing import Preprocessing
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.region import Look
from engine.runtimes import Runtime
from engine.runtimes.opening import open_first, open_runtime
from engine.score import Score
from engine.teach import MIN_IMAGES, ReadImage, TeachSettings, choose_preprocessing

DIMENSIONS = 100
DIMENSIONS_OF_WIDE = 550
WIDE = 512
"""The paper keeps 100 of ResNet18's 448 dimensions and 550 of WideResNet50's 1,792."""
MEMORY_LIMIT = 4 << 30
"""Bytes that the Gaussians may take; more is refused before a part is read."""


@dataclass(frozen=True, slots=True, eq=False)
class PartReader:
    """From a picture to the vectors of the whole part's positions.

    dimensions: int64 (d,), which of a patch vector's D dimensions are looked at.
    """

    network: Network
    preprocessing: Preprocessing
    runtime: Runtime
    dimensions: NDArray[np.int64]

    @property
    def grid(self) -> tuple[int, int]:
        """(h, w) of the whole part's patches."""
        height, width = self.preprocessing.tiling.size
        return height // self.network.stride, width // self.network.stride

    def read(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe uint8 (H, W, 3) RGB by float32 (h·w, d). Raises ImageError as the roi does."""
        return self.describe(self.preprocessing.look(image))

    def describe(self, look: Look) -> NDArray[np.float32]:
        """Describe what is looked at by float32 (h·w, d)."""
        tiles = self.preprocessing.tiles(look)
        kept = list(self.preprocessing.tiling.kept(self.network.stride))
        whole = np.empty((*self.grid, len(self.dimensions)), np.float32)
        for start in range(0, len(tiles), self.runtime.batch):
            found = self.runtime.patches(tiles[start : start + self.runtime.batch])
            for patches, place in zip(found, kept[start:], strict=False):
                whole[place.whole] = patches[place.inside][..., self.dimensions]
        return whole.reshape(-1, len(self.dimensions))


@dataclass(frozen=True, slots=True, eq=False)
class Padim:
    """A taught model on one runtime. Scoring is pure: same picture, same score."""

    reader: PartReader
    gaussians: Gaussians

    @property
    def device(self) -> str:
        """What judges, for people."""
        return self.reader.runtime.device

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures reach the network."""
        return self.reader.preprocessing

    def score(self, image: NDArray[np.uint8]) -> Score:
        """Score one picture, uint8 (H, W, 3) RGB. Raises ImageError where the roi does not fit.

        The image score is the maximum of the map, as in the paper.
        """
        look = self.preprocessing.look(image)
        distances = self.gaussians.distances(self.reader.describe(look)).reshape(self.reader.grid)
        anomaly_map = lay_over(distances, self.preprocessing, image.shape, look)
        return Score(float(anomaly_map.max()), anomaly_map)


def teach(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
    dimensions: int | None = None,
) -> Padim:
    """Fit one Gaussian a position on good pictures; the coreset's settings are not used.

    Args:
        images: one call a picture, returning uint8 (H, W, 3) RGB; some are called twice.
        progress: told the stages "features" and "gaussians".
        dimensions: how many are drawn by the seed; None for the paper's numbers.

    Raises:
        TeachError: fewer than 2 pictures, or Gaussians beyond `MEMORY_LIMIT`. BackboneError,
            ImageError, Cancelled as they come.
    """
    if len(images) < MIN_IMAGES:
        raise TeachError(f"{len(images)} good picture(s) cannot show what varies. Give 20 or more.")
    reader = _open(choose_preprocessing(images, settings, stretch=True), settings, dimensions)
    moments = _moments(reader, len(images))
    for done, read in enumerate(images, start=1):
        raise_if(cancelled)
        moments.add(reader.read(read()))
        progress("features", done, len(images))
    return Padim(reader, moments.gaussians(progress, cancelled))


def _open(
    preprocessing: Preprocessing, settings: TeachSettings, dimensions: int | None
) -> PartReader:
    network = Network.build(settings.backbone, preprocessing.input_size)
    name = settings.runtime
    runtime = open_first(network)[1] if name == "auto" else open_runtime(name, network)
    length = runtime.patches(np.zeros((1, *preprocessing.input_size, 3), np.uint8)).shape[-1]
    return PartReader(
        network, preprocessing, runtime, draw_dimensions(length, dimensions, settings.seed)
    )


def draw_dimensions(length: int, wanted: int | None, seed: int) -> NDArray[np.int64]:
    """Draw `wanted` of `length` dimensions, in order; all where there are no more.

    Raises:
        TeachError: fewer than 1 wanted.
    """
    usual = DIMENSIONS if length <= WIDE else DIMENSIONS_OF_WIDE
    count = min(usual if wanted is None else wanted, length)
    if count < 1:
        raise TeachError(f"{wanted} dimensions describe nothing. Give 1 or more.")
    return np.sort(np.random.default_rng(seed).permutation(length)[:count])


def _moments(reader: PartReader, images: int) -> Moments:
    """Make room for the Gaussians. Raises TeachError where they go beyond `MEMORY_LIMIT`."""
    positions, length, block = prod(reader.grid), len(reader.dimensions), min(BLOCK, images)
    needed = taught_bytes(positions, length, block)
    if needed > MEMORY_LIMIT:
        raise TeachError(
            f"PaDiM would take {needed / (1 << 30):.1f} GiB: a Gaussian of {length} dimensions at "
            f"each of {positions} positions. Teach at a smaller size, or teach PatchCore."
        )
    return Moments(positions, length, block)
