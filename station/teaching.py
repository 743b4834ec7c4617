"""From good pictures to a published recipe, and from more pictures to a better threshold."""

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import calibration, model_file, parity, resemblance
from engine.detector import Detector
from engine.errors import NotInPlace
from engine.fitness import Examined, Limits
from engine.model import Model
from engine.parity import Golden
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.runtimes.opening import REFERENCE
from engine.score import Score
from engine.teach import TeachSettings
from engine.teach import teach as fit
from engine.threshold import Threshold
from engine.thresholds.table import Wanted, evidence
from station import golden
from station.cameras.camera import Camera
from station.errors import StationError
from station.files import make_folder, write_durably
from station.inspection.expected import Expected
from station.judging import AUTO
from station.locating import Located, locate_all, refuse_lost
from station.pictures import Checked, check_pictures, load_fit
from station.recipes.names import checked_name
from station.recipes.recipe import Draft, Recipe
from station.recipes.store import RecipeStore

HELD_OUT = 0.3
"""Share of the good pictures that is never taught and sets the threshold."""
MIN_PICTURES = calibration.MIN_GOOD + 2

logger = logging.getLogger(__name__)

ChooseThreshold = Callable[[Sequence[float], Sequence[float]], Threshold]
"""(good scores, bad scores) -> threshold; a method of engine.calibration with its parameters."""


Examine = Callable[["Taught", Progress, IsCancelled], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TeachRequest:
    """What a technician hands over.

    images: good pictures; a share `held_out` of them, drawn by the seed, is never taught and
        sets the threshold.
    mm_per_px: what one pixel shows; None where nobody said.
    evidence: what was found out about the pictures beforehand; published with the revision.
    examine: finds out more once it is taught, as plain JSON, published likewise.
    """

    name: str
    images: Sequence[Path]
    camera: dict[str, str | float | bool]
    published_by: str
    note: str = ""
    held_out: float = HELD_OUT
    settings: TeachSettings = field(default_factory=TeachSettings)
    mm_per_px: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    examine: Examine | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A model with the threshold that its held-out good pictures set."""

    model: PatchCore
    threshold: Threshold
    pictures: Checked
    taught: Sequence[Path]
    held_out: Sequence[Path]
    scores: Sequence[float]
    """Of `held_out`, in its order."""
    located: Located | None = None
    """Of all pictures; None without an anchor."""
    limits: Limits | None = None
    """What a picture must be like to be judged, learned from all of them; None from too few."""
    unlike: float | None = None
    """`engine.resemblance.reached` from which a part is another product."""


def teach(
    request: TeachRequest,
    store: RecipeStore,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Recipe:
    """Teach, calibrate on the held-out good pictures and publish the next revision.

    Raises:
        StationError, EngineError: what is wrong and what to do; nothing was published.
    """
    checked_name(request.name)
    taught, witnesses = proven(
        request.images, request.settings, request.held_out, progress, cancelled
    )
    draft = Draft(
        name=request.name,
        threshold=taught.threshold,
        roi=request.settings.roi,
        frame_size=taught.pictures.frame_size,
        camera=request.camera,
        teaching=summary(taught, request.settings),
        golden=scores_of(witnesses),
        published_by=request.published_by,
        note=request.note,
        ignored=request.settings.ignored,
        anchor=request.settings.anchored,
        mm_per_px=request.mm_per_px,
        limits=taught.limits,
        unlike=taught.unlike,
    )
    more = request.examine(taught, progress, cancelled) if request.examine else {}
    own = {
        "threshold": evidence(taught.threshold, taught.scores, (), Wanted()),
        "device": taught.model.device,
        "part_ms": golden.part_ms(taught.model, witnesses, perf_counter),
    }
    return store.publish(
        draft,
        partial(_save, taught.model.model),
        pictures_of(witnesses),
        evidence={**request.evidence, **own, **more},
    )


def proven(
    images: Sequence[Path],
    settings: TeachSettings,
    held_out: float,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> tuple[Taught, list[Golden]]:
    """Teach, and hold the runtime that set the threshold against the reference.

    Where the station's own choice of runtime fails, teach once more on the reference.

    Raises:
        StationError: as `learn`, or the runtime asked for does not reproduce the reference.
    """
    for tried in (settings, replace(settings, runtime=REFERENCE)):
        taught = learn(images, tried, held_out, progress, cancelled)
        threshold = taught.threshold.value
        witnesses = golden.from_held_out(
            taught.model.model, taught.held_out, taught.scores, threshold
        )
        found = parity.check(taught.model, witnesses, threshold)
        if found.passed:
            return taught, witnesses
        logger.warning("%s", found.refusal)
        if tried.runtime != AUTO:
            break
    raise StationError(f"{found.refusal} Nothing was published. Teach with --runtime {REFERENCE}.")


def scores_of(witnesses: Sequence[Golden]) -> dict[str, float]:
    """Their reference scores by name."""
    return {each.name: each.reference for each in witnesses}


def pictures_of(witnesses: Sequence[Golden]) -> dict[str, NDArray[np.uint8]]:
    """Their pixels by name."""
    return {each.name: each.pixels for each in witnesses}


def learn(
    images: Sequence[Path],
    settings: TeachSettings,
    held_out: float,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Taught:
    """Teach on a part of `images` and set a mean + 3·σ threshold on the rest.

    Raises:
        StationError: unfit pictures, parts that are not located, or too few. EngineError,
            Cancelled as they come.
    """
    examined: list[Examined] = []
    checked = check_pictures(
        images, progress, cancelled, seen=lambda it: examined.append(Examined.of(it, settings.roi))
    )
    located = None
    if settings.anchor is not None:
        located = locate_all(checked.paths, settings, progress, cancelled)
        refuse_lost(located)
    taught, rest = split(checked.paths, held_out, settings.seed)
    model = fit([partial(load_fit, path) for path in taught], settings, progress, cancelled)
    scores, unlike = _score_held_out(model, rest, settings, progress, cancelled)
    threshold = calibration.mean_sigma(scores)
    limits = Limits.of(examined)
    return Taught(model, threshold, checked, taught, rest, scores, located, limits, unlike)


def _score_held_out(
    model: PatchCore,
    paths: Sequence[Path],
    settings: TeachSettings,
    progress: Progress,
    cancelled: IsCancelled,
) -> tuple[list[float], float]:
    """Return the scores, and from what on a part is another product."""
    reached: list[float] = []
    expected = Expected(roi=settings.roi, ignored=settings.ignored)
    scores = score_all(
        model, paths, progress, cancelled, seen=lambda it: reached.append(expected.reached(it))
    )
    return scores, resemblance.limit(reached, scores)


def split(paths: Sequence[Path], held_out: float, seed: int) -> tuple[list[Path], list[Path]]:
    """Draw (taught, held out); at least 2 are taught and at least 5 held out.

    Raises:
        StationError: fewer than 7 different pictures, or a share outside (0, 1).
    """
    if len(paths) < MIN_PICTURES:
        raise StationError(
            f"{len(paths)} different good picture(s) are too few: teaching and setting the "
            f"threshold take at least {MIN_PICTURES}, and 20 or more to be of use."
        )
    if not 0 < held_out < 1:
        raise StationError(f"A held-out share of {held_out} is not between 0 and 1. Try 0.3.")
    count = min(max(round(len(paths) * held_out), calibration.MIN_GOOD), len(paths) - 2)
    order = np.random.default_rng(seed).permutation(len(paths))
    rest, taught = sorted(order[:count]), sorted(order[count:])
    return [paths[i] for i in taught], [paths[i] for i in rest]


def score_all(
    model: Detector,
    paths: Sequence[Path],
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
    stage: str = "calibrating",
    *,
    seen: Callable[[Score], object] | None = None,
) -> list[float]:
    """Return the raw score of each picture, in order. Raises ImageError naming it, Cancelled.

    seen: is shown each score with its map.
    """
    scores = []
    for done, path in enumerate(paths, start=1):
        raise_if(cancelled)
        try:
            score = model.score(load_fit(path))
        except NotInPlace as error:
            raise NotInPlace(f"'{path}': {error}") from error
        scores.append(score.value)
        if seen is not None:
            seen(score)
        progress(stage, done, len(paths))
    return scores


def collect(
    camera: Camera, folder: Path, count: int, progress: Progress, cancelled: IsCancelled
) -> list[Path]:
    """Save `count` pictures of an open camera as PNG files.

    Raises:
        CameraError: the camera stopped; what was saved stays. StationError: the disk refuses.
    """
    make_folder(folder)
    paths = []
    for done in range(1, count + 1):
        raise_if(cancelled)
        paths.append(_save_png(folder, camera.grab().pixels))
        progress("collecting", done, count)
    return paths


def _save_png(folder: Path, pixels: NDArray[np.uint8]) -> Path:
    number = 1 + max((int(p.stem) for p in folder.glob("*.png") if p.stem.isdigit()), default=0)
    path = folder / f"{number:06d}.png"
    _, encoded = cv2.imencode(".png", pixels[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    try:
        write_durably(path, encoded.tobytes())
    except OSError as error:
        raise StationError(f"'{path}' cannot be written: {error.strerror}.") from error
    return path


def summary(taught: Taught, settings: TeachSettings) -> dict[str, str | float | bool]:
    """Say what was taught, for people and reports."""
    return {
        "good_images": len(taught.pictures.paths),
        "copies_left_out": taught.pictures.copies,
        "taught": len(taught.taught),
        "held_out": len(taught.held_out),
        "seed": settings.seed,
        "backbone": settings.backbone.name,
        "strides": " ".join(str(stride) for stride in settings.backbone.strides),
        "input_size": "{} × {}".format(*taught.model.preprocessing.input_size),
        **_finesse(taught, settings),
        **_looked(taught, settings),
        "bank_vectors": len(taught.model.bank.vectors),
        "device": taught.model.device,
    }


def _finesse(taught: Taught, settings: TeachSettings) -> dict[str, str | float | bool]:
    tiling = taught.model.preprocessing.tiling
    height, width = tiling.grid(settings.backbone.grid_stride)
    every = settings.taught_every(len(taught.taught), height * width)
    return {
        "working_size": "{} × {}".format(*tiling.size),
        "tiles": len(tiling.corners),
        "taught_every": every,
        "smallest_defect_px": settings.smallest_defect or 0.0,
        "by_position": settings.by_position,
    }


def _looked(taught: Taught, settings: TeachSettings) -> dict[str, str | float | bool]:
    found: dict[str, str | float | bool] = {"ignored_regions": len(settings.ignored)}
    if taught.located is not None:
        found["located"] = len(taught.located.found)
        found["least_confidence"] = round(taught.located.least_confidence, 4)
    return found


def _save(model: Model, path: Path) -> None:
    model_file.save(path, model)


def copy_model(source: Path, target: Path) -> None:
    """Copy a model file. Raises StationError."""
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise StationError(f"'{source}' cannot be copied: {error.strerror}.") from error
