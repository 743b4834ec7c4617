"""A whole station around a scorer that needs no network: brightness is what is unlike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import footprint
from engine.progress import IsCancelled, Progress, raise_if
from engine.rates import Rate
from engine.resolution import choose
from engine.score import Score
from engine.teach import TeachSettings
from engine.threshold import Threshold
from station.cameras.catalogue import build_camera
from station.clock import utc_now
from station.drafts import DraftSession, Taught
from station.home import Home
from station.inspection.events import Recorded
from station.inspection.inspector import Scorer
from station.ledger.row import Row
from station.parts import Verdict
from station.recipes.recipe import Draft, Recipe
from station.recipes.store import RecipeStore
from station.resolution import Prediction
from station.ui.services import Services

SCORES = (1.0, 1.1, 1.05, 0.95, 1.02, 0.98)
THRESHOLD = Threshold(2.0, "mean + k·sigma", {"k": 3.0}, Rate(0, 30), Rate(0, 0), 1.2, 4.0)
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class BrightnessScorer:
    """Scores the brightest 8 × 8 block: 50 grey levels are 1."""

    device = "brightness"

    def score(self, image: NDArray[np.uint8], /) -> Score:
        """Return the map of block brightness and its peak."""
        grey = image.mean(axis=2).astype(np.float32) / 50
        return Score(float(cv2.blur(grey, (8, 8)).max()), cv2.blur(grey, (8, 8)))


@dataclass
class Loaded:
    """What the station gets of a recipe: a scorer, and why others do not judge."""

    model: Scorer
    refused: tuple[str, ...] = ()

    def close(self) -> None:
        pass


def picture(number: int, bad: bool = False) -> NDArray[np.uint8]:
    """uint8 (48, 64, 3), dark noise; a bad one has a bright spot."""
    noise = np.random.default_rng(number).integers(20, 70, (48, 64, 3), dtype=np.uint8)
    if bad:
        noise[10:26, 20:36] = 180
    return noise


def write_pictures(folder: Path, bad: Sequence[bool]) -> Path:
    """One PNG a part."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, is_bad in enumerate(bad):
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture(number, is_bad))
    return folder


def draft(name: str, camera: Path | None = None) -> Draft:
    """A draft whose camera plays that folder once."""
    settings = {"kind": "folder", "path": str(camera)} if camera else {}
    return Draft(name, THRESHOLD, None, (48, 64), settings, {"good_images": 30}, {}, "test", "")


def publish(home: Home, name: str = "board", camera: Path | None = None) -> Recipe:
    """A real revision in the home's store, with a model nobody opens."""
    return RecipeStore(home).publish(draft(name, camera), _write_model)


def quick_teach(session: DraftSession, progress: Progress, cancelled: IsCancelled) -> None:
    """Leave scores and no model."""
    for stage in ("reading", "features", "coreset", "calibrating"):
        for done in range(1, 4):
            raise_if(cancelled)
            progress(stage, done, 3)
    names = [each.file for each in session.draft.kept]
    session.change(
        taught=Taught(
            session.draft.teaching_key, tuple(names[6:]), tuple(names[:6]), SCORES, (48, 64),
            "openvino", "brightness", {"bank_vectors": 300},
        )
    )  # fmt: skip


def quick_predict(settings: TeachSettings, images: Sequence[Path]) -> Prediction:
    """Choose for 12 megapixels without measuring: a tile takes 100 ms."""
    chosen = choose((3000, 4000), settings.side, (8, 16), settings.smallest_defect)
    teaching = footprint.predict(len(images), (3000, 4000), chosen, 152, settings)
    return Prediction(chosen, 100.0 * chosen.tiles, "brightness", teaching, 80.0)


def make_services(home: Home) -> Services:
    return Services(
        home=home,
        store=RecipeStore(home),
        build_camera=build_camera,
        load_engine=lambda recipe, cancelled: Loaded(BrightnessScorer()),
        teach=quick_teach,
        predict=quick_predict,
        clock=utc_now,
        operator="A. Berger",
    )


def row(sequence: int, verdict: Verdict, text: str = "") -> Row:
    """A committed row as the ledger would give it, half a second after the one before."""
    fault = verdict is Verdict.FAULT
    when = NOON + timedelta(seconds=sequence / 2)
    score = None if fault else 3.0 if verdict is Verdict.NG else 1.0 + sequence % 7 / 10
    return Row(
        sequence=sequence,
        run=1,
        verdict=verdict,
        score=score,
        threshold=None if fault else 2.0,
        reason="no frame" if fault else "",
        text=text,
        recipe="board",
        revision=1,
        source=f"{sequence}.png",
        captured_at=when,
        recorded_at=when,
        elapsed_ms=100.0 + sequence % 10,
        device="brightness",
        operator="A. Berger",
        image_path="",
        map_path="",
    )


def recorded(sequence: int, verdict: Verdict, text: str = "", picture: bool = True) -> Recorded:
    """The event of that row; rejects have a thumbnail unless told otherwise."""
    shown = verdict is not Verdict.OK and picture
    size = (48, 64, 3) if shown else (0, 0, 3)
    return Recorded(row(sequence, verdict, text), np.full(size, 90, np.uint8), 0)


def _write_model(path: Path) -> None:
    path.write_bytes(b"nobody opens this")
