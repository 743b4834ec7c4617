"""What each stage of a part's journey costs on this machine, measured stage by stage."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.backbone import Backbone
from engine.calibration import mean_sigma
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.runtimes.opening import available, open_model, open_runtime
from engine.teach import TeachSettings
from engine.threshold import Threshold
from engine.tiling import Tiling
from station import heatmap
from station.evaluation import Timer
from station.home import Home
from station.ledger.ledger import Ledger
from station.parts import Frame, Judged, Verdict
from station.recipes.recipe import Draft, Recipe

RUNS = 15
USUAL_BANK = TeachSettings().size.cap
SIDE = TeachSettings().side


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its median, and the least it could take where that is known (else 0)."""

    name: str
    median_ms: float
    floor_ms: float = 0.0


def usual_model() -> PatchCore:
    """Return an untaught model of usual size, for timing only."""
    size = (SIDE, SIDE)
    network = Network.build(Backbone(), size)
    name = available()[0]
    runtime = open_runtime(name, network)
    dimensions = runtime.patches(np.zeros((1, *size, 3), np.uint8)).shape[-1]
    vectors = np.random.default_rng(0).random((USUAL_BANK, dimensions), np.float32)
    bank = MemoryBank.build(vectors, np.zeros((USUAL_BANK, 3), np.int32))
    return open_model(Model(network, Preprocessing(Tiling(size, size), None), bank), name)


def stages(model: PatchCore, pixels: NDArray[np.uint8], timer: Timer) -> Iterator[Stage]:
    """Time the stages that one picture, uint8 (H, W, 3), goes through, in their order."""
    tiles = model.preprocessing(pixels)
    yield Stage("preprocessing", _median_ms(lambda: model.preprocessing(pixels), timer))
    match = lambda: [model.matcher.nearest(tile[None]) for tile in tiles]  # noqa: E731
    yield Stage("network and nearest neighbours", _median_ms(match, timer))
    yield Stage("picture to score and map", _median_ms(lambda: model.score(pixels), timer))
    part = _judged(model, pixels)
    yield Stage("heatmap for the screen", _median_ms(lambda: _draw(part), timer))
    yield Stage("ledger row without its picture", _record_ms(part, 0, timer))
    yield Stage("ledger row with picture and map", _record_ms(part, 1, timer))


def _judged(model: PatchCore, pixels: NDArray[np.uint8]) -> Judged:
    score = model.score(pixels)
    frame = Frame(pixels, datetime.now(timezone.utc), 1, "doctor")
    return Judged(frame, score, score.value * 2, Verdict.OK, 0.0)


def _draw(part: Judged) -> None:
    score = part.score
    heatmap.render_view(part.frame.pixels, score.anomaly_map, score.value, _threshold(part), 1)


def _record_ms(part: Judged, ok_sample: int, timer: Timer) -> float:
    """Median of committing an OK row, in a ledger of its own that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="patchlight-") as folder,
        Ledger.open(Home(Path(folder)), ok_sample=ok_sample) as ledger,
    ):
        run = ledger.begin_run(_recipe(part), device="", operator="doctor", camera="")
        numbers = iter(range(run.first_sequence, run.first_sequence + RUNS + 1))
        record = lambda: ledger.record(run, _numbered(part, next(numbers)))  # noqa: E731
        median = _median_ms(record, timer)
        ledger.end_run(run, RUNS + 1)
    return median


def _numbered(part: Judged, sequence: int) -> Judged:
    return replace(part, frame=replace(part.frame, sequence=sequence))


def _recipe(part: Judged) -> Recipe:
    draft = Draft("doctor", _threshold(part), None, (0, 0), {}, {}, {}, "doctor", "")
    return Recipe(draft, 1, part.frame.captured_at, Path(), "")


def _threshold(part: Judged) -> Threshold:
    """Make one below the part's score, so that there is a heatmap to draw."""
    return mean_sigma([part.score.value * factor for factor in (0.3, 0.35, 0.4, 0.45, 0.5)])


def _median_ms(stage: Callable[[], object], timer: Timer) -> float:
    stage()
    times = []
    for _ in range(RUNS):
        start = timer()
        stage()
        times.append(timer() - start)
    return statistics.median(times) * 1000
