"""How good a model would be on a labelled data set in MVTec layout."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import calibration, metrics
from engine.detector import Detector, Teach
from engine.errors import NotInPlace
from engine.images import load_mask
from engine.patchcore import PatchCore
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.rates import Rate
from engine.score import Score
from engine.teach import TeachSettings
from engine.teach import teach as teach_patchcore
from station.errors import StationError
from station.locating import locate_all, refuse_lost
from station.pictures import check_pictures, find_pictures, load_fit
from station.teaching import score_all, split
from station.timing import Timer


@dataclass(frozen=True, slots=True)
class Labelled:
    """A test picture; `kind` is "good" or the defect's folder; `mask` is None without truth."""

    path: Path
    kind: str
    mask: Path | None

    @property
    def bad(self) -> bool:
        """True for a defective part."""
        return self.kind != "good"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `patchlight evaluate` found; nan where the data set cannot say.

    Rates carry their exact two-sided 95 % interval; times in the unit of their name.
    bank_vectors: 0 for a method without a memory bank. not_in_place: test parts that their anchor
        did not locate; they count as rejected, above every score.
    """

    image_auroc: float
    pixel_auroc: float
    aupro: float
    threshold: float
    threshold_method: str
    false_rejects: Rate
    escapes: Rate
    by_kind: dict[str, Rate]
    teach_seconds: float
    score_ms_median: float
    bank_vectors: int
    backbone: str
    strides: tuple[int, ...]
    input_size: tuple[int, int]
    device: str
    taught: int
    held_out: int
    tested: int
    not_in_place: int = 0

    def to_json(self) -> dict[str, object]:
        """Flat names, rates with `_low` and `_high`; null where there is no number."""
        data = asdict(self)
        for name, rate in (
            ("false_reject_rate", self.false_rejects),
            ("escape_rate", self.escapes),
        ):
            data |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
        data["by_kind"] = {
            kind: {"escapes": rate.count, "parts": rate.total}
            for kind, rate in self.by_kind.items()
        }
        del data["false_rejects"], data["escapes"]
        return {name: _json_number(value) for name, value in data.items()}

    def as_text(self) -> str:
        """The same for people."""
        rejects, lost = self.false_rejects, self.escapes
        kinds = "".join(
            f"  {kind:24} {rate.count:4} of {rate.total:4} missed\n"
            for kind, rate in self.by_kind.items()
        )
        return (
            f"image AUROC {self.image_auroc:.4f}   pixel AUROC {self.pixel_auroc:.4f}   "
            f"AUPRO to 0.3 {self.aupro:.4f}\n"
            f"threshold {self.threshold:.4f} ({self.threshold_method}) from {self.held_out} "
            "held-out good pictures\n"
            f"false rejects {rejects.count} of {rejects.total} "
            f"(true rate {rejects.low:.1%} – {rejects.high:.1%}, 95 %)\n"
            f"{self._lost()}"
            f"escapes {lost.count} of {lost.total} "
            f"(true rate {lost.low:.1%} – {lost.high:.1%}, 95 %)\n{kinds}"
            f"{self.backbone}, strides {' '.join(map(str, self.strides))}, input "
            f"{self.input_size[0]} × {self.input_size[1]}, {self._bank()}{self.device}\n"
            f"taught {self.taught} pictures in {self.teach_seconds:.1f} s; "
            f"{self.score_ms_median:.1f} ms a picture (median)"
        )

    def _lost(self) -> str:
        lost = self.not_in_place
        return f"{lost} of {self.tested} not in place, counted as rejected\n" if lost else ""

    def _bank(self) -> str:
        return f"{self.bank_vectors} bank vectors, " if self.bank_vectors else ""


def _json_number(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def evaluate(
    dataset: Path,
    settings: TeachSettings,
    timer: Timer,
    *,
    held_out: float = 0.2,
    teach: Teach = teach_patchcore,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Evaluation:
    """Teach on `train/good`, calibrate on a held-out part of it, score `test/*`.

    teach: the method; PatchCore, or another with the same arguments.

    Raises:
        StationError: a folder of the layout is missing. EngineError, Cancelled as they come.
    """
    tests = find_tests(dataset)
    start = timer()
    checked = check_pictures(find_pictures([dataset / "train" / "good"]), progress, cancelled)
    if settings.anchor is not None:
        refuse_lost(locate_all(checked.paths, settings, progress, cancelled))
    taught, rest = split(checked.paths, held_out, settings.seed)
    model = teach([partial(load_fit, path) for path in taught], settings, progress, cancelled)
    threshold = calibration.mean_sigma(score_all(model, rest, progress, cancelled))
    teach_seconds = timer() - start
    scored = _Scored.of(model, tests, timer, progress, cancelled)
    value = threshold.value
    return Evaluation(
        image_auroc=metrics.auroc(scored.scores, [test.bad for test in tests]),
        pixel_auroc=metrics.pixel_auroc(scored.maps, scored.masks),
        aupro=metrics.aupro(scored.maps, scored.masks),
        threshold=value,
        threshold_method=threshold.method,
        false_rejects=metrics.false_rejects(scored.of_kind(tests, {"good"}), value),
        escapes=metrics.escapes(scored.of_kind(tests, _bad_kinds(tests)), value),
        by_kind={
            kind: metrics.escapes(scored.of_kind(tests, {kind}), value)
            for kind in sorted(_bad_kinds(tests))
        },
        teach_seconds=teach_seconds,
        score_ms_median=statistics.median(scored.elapsed_ms),
        bank_vectors=len(model.bank.vectors) if isinstance(model, PatchCore) else 0,
        backbone=settings.backbone.name,
        strides=settings.backbone.strides,
        input_size=model.preprocessing.input_size,
        device=model.device,
        taught=len(taught),
        held_out=len(rest),
        tested=len(tests),
        not_in_place=sum(map(math.isinf, scored.scores)),
    )


def find_tests(dataset: Path) -> list[Labelled]:
    """List the test pictures, each defective one with its mask where there is one.

    Raises:
        StationError: no `train/good` or no pictures in `test`.
    """
    for needed in (dataset / "train" / "good", dataset / "test"):
        if not needed.is_dir():
            raise StationError(
                f"'{needed}' is missing. A data set has train/good, test/good, test/<defect> and "
                "ground_truth/<defect>/<name>_mask.png."
            )
    kinds = sorted(folder for folder in (dataset / "test").iterdir() if folder.is_dir())
    tests = [
        Labelled(path, kind.name, _mask_path(dataset, kind.name, path))
        for kind in kinds
        for path in find_pictures([kind])
    ]
    if not tests:
        raise StationError(f"'{dataset / 'test'}' has no folders of pictures.")
    return tests


def _mask_path(dataset: Path, kind: str, picture: Path) -> Path | None:
    path = dataset / "ground_truth" / kind / f"{picture.stem}_mask.png"
    return path if path.exists() else None


def _bad_kinds(tests: Sequence[Labelled]) -> set[str]:
    return {test.kind for test in tests if test.bad}


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Scores of all tests; maps and masks of those whose truth is known pixel by pixel."""

    scores: list[float]
    elapsed_ms: list[float]
    maps: list[NDArray[np.float32]]
    masks: list[NDArray[np.bool_]]

    @classmethod
    def of(
        cls,
        model: Detector,
        tests: Sequence[Labelled],
        timer: Timer,
        progress: Progress,
        cancelled: IsCancelled,
    ) -> "_Scored":
        scored = cls([], [], [], [])
        for done, test in enumerate(tests, start=1):
            raise_if(cancelled)
            scored._add(model, test, timer)
            progress("testing", done, len(tests))
        return scored

    def _add(self, model: Detector, test: Labelled, timer: Timer) -> None:
        pixels = load_fit(test.path)
        start = timer()
        score = _scored(model, pixels)
        self.elapsed_ms.append((timer() - start) * 1000)
        self.scores.append(score.value)
        if test.mask is not None or not test.bad:
            self.maps.append(score.anomaly_map)
            self.masks.append(load_truth(test, pixels.shape[:2]))

    def of_kind(self, tests: Sequence[Labelled], kinds: set[str]) -> list[float]:
        return [s for s, test in zip(self.scores, tests, strict=True) if test.kind in kinds]


def _scored(model: Detector, pixels: NDArray[np.uint8]) -> Score:
    """Score one part; the line rejects one that is not in place, wherever its defect lies."""
    try:
        return model.score(pixels)
    except NotInPlace:
        return Score(math.inf, np.zeros(pixels.shape[:2], np.float32))


def load_truth(test: Labelled, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Say which pixels are defective, bool (H, W); none where there is no mask.

    Raises:
        StationError: the mask is not of the picture's size, (H, W).
    """
    if test.mask is None:
        return np.zeros(size, bool)
    mask = load_mask(test.mask)
    if mask.shape != size:
        raise StationError(f"The mask '{test.mask}' does not have the size of its picture.")
    return mask
