"""How much memory and disk teaching will take, said before it starts."""

from dataclasses import dataclass
from math import ceil

from engine import coreset
from engine.placed_bank import kept_at_place
from engine.places import Places
from engine.resolution import Resolution, Size
from engine.teach import TeachSettings

ACTIVATIONS = 600
"""Bytes a network input pixel that a runtime holds while it runs; 350 measured with OpenVINO and
efficientnet_lite0 at 384² and 768², more with the torch reference."""
PROGRAM = 192 * 2**20
"""What exporting the network, whole and reduced, compiling it, alone and with the bank, and the
reference that scores the golden pictures leave behind."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one teaching takes, beyond the program that starts it.

    memory_bytes: the most at any time, without what the system merely keeps of files.
    disk_bytes: in the folder for temporary files.
    patches: of one picture. every: every n-th of them is taught. vectors: taught of all pictures.
    """

    memory_bytes: int
    disk_bytes: int
    patches: int
    every: int
    vectors: int

    @property
    def sentence(self) -> str:
        """For people, before teaching starts."""
        share = "every patch" if self.every == 1 else f"every {_ordinal(self.every)} patch"
        return (
            f"{share} taught, {self.vectors:,} in all; takes up to "
            f"{self.memory_bytes / 2**20:,.0f} MiB of memory and "
            f"{self.disk_bytes / 2**20:,.0f} MiB of disk for a while"
        )


def predict(
    pictures: int, picture: Size, resolution: Resolution, channels: int, settings: TeachSettings
) -> Footprint:
    """Say what teaching will take.

    Args:
        pictures: how many are taught. picture: (H, W) of one. channels: of a patch vector as
            the network gives it, before it is reduced.
    """
    grid = resolution.tiling.grid(settings.backbone.grid_stride)
    patches = grid[0] * grid[1]
    every = settings.taught_every(pictures, patches)
    vectors = pictures * -(-patches // every)
    dimensions = min(channels, settings.dimensions or channels)
    reading = _reading(picture, resolution, channels, settings) + 24 * channels**2
    keep, picking = _picking(resolution, vectors, dimensions, settings)
    judging = _judging(picture, resolution, dimensions, keep, settings)
    pixels = resolution.tiling.tile[0] * resolution.tiling.tile[1]
    network = ACTIVATIONS * pixels
    memory = PROGRAM + max(network + reading + 12 * vectors, network + picking, judging)
    return Footprint(memory, 4 * vectors * dimensions, patches, every, vectors)


def _picking(
    resolution: Resolution, vectors: int, dimensions: int, settings: TeachSettings
) -> tuple[int, int]:
    """Return the size of the bank, and the memory that picking it takes."""
    if not settings.by_position:
        keep = settings.size.of(vectors)
        return keep, 24 * vectors + coreset.memory_bytes(vectors, dimensions, keep)
    places = Places.of(resolution.tiling, settings.backbone.grid_stride)
    each = kept_at_place(settings.size, vectors, places)
    at_place = ceil(vectors / places.count * places.reached)
    one = coreset.memory_bytes(at_place, dimensions + 2, each)
    keep = places.count * each
    return keep, 48 * vectors + keep * (4 * dimensions + 80) + one


def _reading(
    picture: Size, resolution: Resolution, dimensions: int, settings: TeachSettings
) -> int:
    """One picture decoded, resized, registered, cut; a tile's patches, as they come and as kept."""
    tile, size = resolution.tiling.tile, resolution.tiling.size
    wholes = 2 if settings.by_position else 1
    stride = settings.backbone.grid_stride
    cut = resolution.tiles * tile[0] * tile[1]
    pixels = 3 * (2 * picture[0] * picture[1] + wholes * size[0] * size[1] + cut)
    return pixels + 12 * dimensions * (tile[0] // stride) * (tile[1] // stride)


def _judging(
    picture: Size, resolution: Resolution, dimensions: int, keep: int, settings: TeachSettings
) -> int:
    """The bank thrice, the map, and all distances of one tile where the activations were."""
    tile, size = resolution.tiling.tile, resolution.tiling.size
    stride = settings.backbone.grid_stride
    compared = 0 if settings.by_position else keep
    distances = 4 * compared * (tile[0] // stride) * (tile[1] // stride)
    graph = max(distances, ACTIVATIONS * tile[0] * tile[1])
    bank = 3 * 4 * keep * dimensions
    maps = 4 * (2 * size[0] * size[1] + picture[0] * picture[1])
    return bank + graph + maps + _reading(picture, resolution, dimensions, settings)


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
