"""Where a draft looks: the picture that is drawn on, and what its anchor finds."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import model_file
from engine.errors import EngineError
from engine.location import locate
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.region import brought, check_settings
from station.cameras.camera import Camera
from station.drafts.draft import Looking
from station.drafts.session import DraftSession
from station.drafts.teaching import settings_of
from station.errors import StationError
from station.files import fsync_folder, make_folder, write_durably
from station.locating import Located, Whereabouts, locate_all
from station.pictures import load_fit
from station.recipes.recipe import Recipe
from station.recipes.store import golden_pictures

TAKEN = 5
"""Pictures that the camera is asked for where a draft has none to try the anchor on."""

OpenCamera = Callable[[], Camera]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What trying the anchor found. pixels: of the worst picture, uint8 (H, W, 3)."""

    located: Located
    worst: Whereabouts
    pixels: NDArray[np.uint8]


def reference_path(session: DraftSession) -> Path | None:
    """Return the picture to draw on: the one drawn on before, else the first good one."""
    named = session.draft.looking.reference
    if named and (session.good_folder / named).is_file():
        return session.good_folder / named
    return next((path for path in session.kept_good() if path.is_file()), None)


def take_picture(
    open_camera: OpenCamera,
    _progress: Progress = no_progress,
    _cancelled: IsCancelled = never_cancelled,
) -> NDArray[np.uint8]:
    """Grab one picture. Raises CameraError."""
    with open_camera() as camera:
        return camera.grab().pixels


def keep_reference(session: DraftSession, pixels: NDArray[np.uint8]) -> str:
    """Write uint8 (H, W, 3) RGB beside the good parts, as none of them; return its file name.

    Raises:
        StationError: the disk refuses.
    """
    number = 1 + len(list(session.good_folder.glob("reference-*.png")))
    name = f"reference-{number}.png"
    try:
        make_folder(session.good_folder)
        write_durably(session.good_folder / name, _png(pixels))
        fsync_folder(session.good_folder)
    except OSError as error:
        raise StationError(
            f"'{session.good_folder / name}' cannot be written: {error.strerror}. Check the "
            "disk's free space and its rights."
        ) from error
    return name


def restore_anchor(session: DraftSession, recipe: Recipe) -> None:
    """Give a draft the recipe's anchor, on a golden picture brought to the reference's place.

    The picture that was drawn on does not travel in a recipe; a located part shows the same.

    Raises:
        StationError: the disk refuses. EngineError: the model or the picture cannot be read.
    """
    anchor = model_file.load(recipe.model_path).preprocessing.anchor
    path = next(iter(golden_pictures(recipe).values()), None)
    if anchor is None or path is None:
        return
    pixels = load_fit(path)
    whole = (0, 0, pixels.shape[0], pixels.shape[1])
    name = keep_reference(session, brought(pixels, whole, locate(pixels, anchor)))
    looking = replace(session.draft.looking, anchor=anchor.rectangle, reference=name)
    session.change(looking=looking)


def objection(looking: Looking, size: tuple[int, int]) -> str:
    """Say what is wrong with what was drawn on a picture of (H, W) pixels; "" where nothing is."""
    try:
        check_settings(size, looking.roi, looking.ignored, looking.anchor)
    except EngineError as error:
        return str(error)
    return ""


def try_anchor(
    session: DraftSession,
    open_camera: OpenCamera,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Tried:
    """Locate the part in the draft's pictures, or in a few that the camera takes now.

    Raises:
        EngineError: the anchor does not hold. StationError: no camera. Cancelled.
    """
    settings = settings_of(session)
    paths = session.kept_good()
    with tempfile.TemporaryDirectory(prefix="patchlight-") as folder:
        if not paths:
            paths = _taken(open_camera, Path(folder), cancelled)
        located = locate_all(paths, settings, progress, cancelled)
        worst = located.worst
        if worst is None:
            raise StationError("There are no pictures to try the anchor on. Check the camera.")
        return Tried(located, worst, load_fit(worst.path))


def _taken(open_camera: OpenCamera, folder: Path, cancelled: IsCancelled) -> list[Path]:
    paths = []
    with open_camera() as camera:
        for number in range(1, TAKEN + 1):
            raise_if(cancelled)
            path = folder / f"picture {number}.png"
            path.write_bytes(_png(camera.grab().pixels))
            paths.append(path)
    return paths


def _png(pixels: NDArray[np.uint8]) -> bytes:
    _, encoded = cv2.imencode(".png", pixels[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return encoded.tobytes()
