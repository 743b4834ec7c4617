"""Teaching: good pictures in, a memory bank out, with memory bounded in the number of pictures."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import coreset
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.errors import TeachError
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing, Roi, choose_input_size, crop
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.runtimes import Runtime
from engine.runtimes.opening import available, open_model, open_runtime
from engine.tiling import Tiling

ReadImage = Callable[[], NDArray[np.uint8]]
MIN_IMAGES = 2
SAMPLED = 9
"""Pictures looked at to choose the input's shape."""


@dataclass(frozen=True, slots=True)
class TeachSettings:
    """What a technician may choose; the defaults are measured (ARCHITECTURE.md, Defaults).

    side: the network's input has the area of a square of `side` pixels.
    runtime: which one reads the pictures; "auto" is the fastest installed.
    """

    backbone: Backbone = field(default_factory=Backbone)
    side: int = 384
    size: CoresetSize = field(default_factory=CoresetSize)
    roi: Roi | None = None
    seed: int = 0
    runtime: str = "auto"


def teach(
    images: Sequence[ReadImage],
    settings: TeachSettings,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> PatchCore:
    """Fit a PatchCore model on good pictures.

    Args:
        images: one call a picture, returning uint8 (H, W, 3) RGB; some are called twice.
        progress: told the stages "features" and "coreset".

    Raises:
        TeachError: fewer than 2 pictures. BackboneError, ImageError, Cancelled as they come.
    """
    if len(images) < MIN_IMAGES:
        raise TeachError(f"{len(images)} good picture(s) cannot show what varies. Give 20 or more.")
    preprocessing = choose_preprocessing(images, settings)
    network = Network.build(settings.backbone, preprocessing.input_size)
    name = available()[0] if settings.runtime == "auto" else settings.runtime
    runtime = open_runtime(name, network)
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        features = _Features(Path(folder) / "features.f32")
        _extract(images, preprocessing, runtime, features, progress=progress, cancelled=cancelled)
        bank = _bank(features, settings, progress, cancelled)
    return open_model(Model(network, preprocessing, bank), name)


def choose_preprocessing(images: Sequence[ReadImage], settings: TeachSettings) -> Preprocessing:
    """Choose the input for the picture of median aspect ratio; a camera's are all the same."""
    some = images[:: max(1, len(images) // SAMPLED)]
    regions = [crop(read(), settings.roi).shape for read in some]
    regions.sort(key=lambda shape: shape[1] / shape[0])
    height, width = regions[len(regions) // 2][:2]
    size = choose_input_size((height, width), settings.side)
    return Preprocessing(Tiling(size, size), settings.roi)


class _Features:
    """Patch vectors of all teaching pictures, on disk: memory does not grow with pictures.

    Written with plain writes, so that a full disk is an error and not a crash.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.grid = (0, 0, 0)

    def append(self, grid: NDArray[np.float32]) -> None:
        """Add one picture's float32 (h, w, D)."""
        self.grid = (grid.shape[0], grid.shape[1], grid.shape[2])
        try:
            with self._path.open("ab") as file:
                file.write(grid.tobytes())
        except OSError as error:
            raise TeachError(
                f"The features do not fit on the disk ({error.strerror}). Free some space in "
                f"'{self._path.parent.parent}' or teach with fewer pictures."
            ) from error

    def take(self, select: Callable[[NDArray[np.float32]], NDArray[np.int64]]) -> MemoryBank:
        """Build the bank from the vectors that `select` picks from float32 (N, D)."""
        height, width, dimensions = self.grid
        points = np.memmap(self._path, np.float32, "r").reshape(-1, dimensions)
        chosen = select(points)
        image, position = np.divmod(chosen, height * width)
        origins = np.stack([image, *np.divmod(position, width)], axis=1).astype(np.int32)
        return MemoryBank.build(np.array(points[chosen]), origins)


def _extract(
    images: Sequence[ReadImage],
    preprocessing: Preprocessing,
    runtime: Runtime,
    features: _Features,
    *,
    progress: Progress,
    cancelled: IsCancelled,
) -> None:
    for done, read in enumerate(images, start=1):
        raise_if(cancelled)
        features.append(runtime.patches(preprocessing(read()))[0])
        progress("features", done, len(images))


def _bank(
    features: _Features, settings: TeachSettings, progress: Progress, cancelled: IsCancelled
) -> MemoryBank:
    def select(points: NDArray[np.float32]) -> NDArray[np.int64]:
        return coreset.select(
            coreset.project(points, settings.seed),
            settings.size.of(len(points)),
            seed=settings.seed,
            progress=progress,
            cancelled=cancelled,
        )

    return features.take(select)
