"""What each stage of a part's journey costs on this machine, and the least it could cost."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import operations
from engine.calibration import mean_sigma
from engine.fitness import Examined
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing
from engine.projection import for_timing
from engine.runtimes import BankMatcher, Runtime
from engine.runtimes.opening import open_first, open_model, open_runtime
from engine.teach import TeachSettings
from engine.threshold import Threshold
from engine.tiling import Tiling
from station import heatmap
from station.home import Home
from station.journey_handing import noted_ms, over_and_back_ms
from station.ledger.ledger import Ledger
from station.parts import Frame, Judged, Verdict
from station.recipes.recipe import Draft, Recipe
from station.timing import RUNS, Timer, median_ms, time_s, times_s

USUAL_BANK = TeachSettings().size.cap
SIDE = TeachSettings().side
PRODUCT_SIDE = 1024
COPIED_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, its median, and what it cannot do without.

    operations: multiplications and additions; moved_bytes: read and written once. Both 0 where the
        stage waits for something else than the processor.
    """

    name: str
    median_ms: float
    operations: int = 0
    moved_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine reaches at best, in float32 and on both sides of a copy."""

    operations_per_s: float
    bytes_per_s: float

    @classmethod
    def measure(cls, timer: Timer) -> "Machine":
        """Take the best run of a large float32 matrix product and of a large copy."""
        multiply_s = min(times_s(operations.large_product(PRODUCT_SIDE), timer))
        source = np.ones(COPIED_BYTES, np.uint8)
        target = np.empty_like(source)
        copy_s = min(times_s(lambda: np.copyto(target, source), timer))
        return cls(2 * PRODUCT_SIDE**3 / multiply_s, 2 * COPIED_BYTES / copy_s)

    def floor_ms(self, stage: Stage) -> float:
        """The least the stage can take; 0 where neither operations nor bytes bound it."""
        multiplied = stage.operations / self.operations_per_s
        return 1000 * (multiplied + stage.moved_bytes / self.bytes_per_s)


def usual_model() -> PatchCore:
    """Return an untaught model of usual size, for timing only."""
    size = (SIDE, SIDE)
    usual = TeachSettings()
    projection = for_timing(usual.backbone, usual.dimensions)
    network = Network.build(usual.backbone, size, projection)
    name, runtime = open_first(network)
    dimensions = runtime.patches(np.zeros((1, *size, 3), np.uint8)).shape[-1]
    vectors = np.random.default_rng(0).random((USUAL_BANK, dimensions), np.float32)
    bank = MemoryBank.build(vectors, np.zeros((USUAL_BANK, 3), np.int32))
    return open_model(Model(network, Preprocessing(Tiling(size, size), None), bank), name)


def stages(model: PatchCore, pixels: NDArray[np.uint8], timer: Timer) -> Iterator[Stage]:
    """Time the stages that one picture, uint8 (H, W, 3), goes through, in their order."""
    tiles = model.preprocessing(pixels)
    part = _judged(model, pixels)
    prepared = pixels.nbytes + tiles.nbytes
    yield Stage("trigger noted on the disk", noted_ms(timer))
    fit_ms = median_ms(lambda: Examined.of(pixels), timer)
    yield Stage("is the picture fit?", fit_ms, 0, pixels.nbytes)
    yield Stage(
        "to the judging process and back",
        over_and_back_ms(_recipe(part), pixels, timer),
        moved_bytes=2 * (pixels.nbytes + part.score.anomaly_map.nbytes),
    )
    drawn = pixels.nbytes + part.score.anomaly_map.nbytes
    yield Stage("preprocessing", median_ms(lambda: model.preprocessing(pixels), timer), 0, prepared)
    network, search = _network_and_search(model, tiles, timer)
    yield network
    yield search
    whole = median_ms(lambda: model.score(pixels), timer)
    multiplied = network.operations + search.operations
    yield Stage("picture to score and map", whole, multiplied, prepared)
    yield Stage("heatmap for the screen", median_ms(lambda: _draw(part), timer), 0, drawn)
    yield Stage("ledger row without its picture", _record_ms(part, 0, timer))
    yield Stage("ledger row with picture and map", _record_ms(part, 1, timer))


def _network_and_search(
    model: PatchCore, tiles: NDArray[np.uint8], timer: Timer
) -> tuple[Stage, Stage]:
    """Time the network alone and with the search, in turns; the search is the difference."""
    alone = _network_alone(model)
    run = lambda: [alone.patches(tile[None]) for tile in tiles]  # noqa: E731
    match = lambda: [model.matcher.nearest(t[None], n) for n, t in enumerate(tiles)]  # noqa: E731
    (network_s, matched_s) = _in_turns_s(run, match, timer)
    height, width, dimensions = alone.patches(tiles[:1])[0].shape
    bank = model.bank.compared
    multiplied = len(tiles) * operations.of_network(model.model.network)
    searched = len(tiles) * operations.of_search(height * width, bank, dimensions)
    return (
        Stage("network and patches", network_s * 1000, multiplied),
        Stage("nearest neighbours", max(matched_s - network_s, 0.0) * 1000, searched),
    )


def _network_alone(model: PatchCore) -> Runtime:
    """The matcher's own runtime; a matcher that is one graph is OpenVINO's."""
    matcher = model.matcher
    if isinstance(matcher, BankMatcher):
        return matcher.runtime
    return open_runtime("openvino", model.model.network)


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
        median = median_ms(record, timer)
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


def _in_turns_s(
    one: Callable[[], object], other: Callable[[], object], timer: Timer
) -> tuple[float, float]:
    """Medians of both; taking turns, a busy moment of the machine meets both."""
    one()
    other()
    pairs = [(time_s(one, timer), time_s(other, timer)) for _ in range(RUNS)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)
