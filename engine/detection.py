"""How small a defect is found: synthetic defects in held-out good parts, judged one by one.

A trial is one defect in one picture, judged by the image score. Only pictures that are OK without
a defect are drawn into, so an NG is the defect's doing; those that are NG anyway are false rejects
and are counted apart. A part that its anchor no longer locates is rejected too: that counts as NG.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import DetectionError, NotInPlace
from engine.findings import (
    ALL_KINDS,
    BlindMap,
    Detection,
    DetectionSettings,
    Finding,
    Outcome,
    conclude,
)
from engine.preprocessing import Preprocessing
from engine.progress import IsCancelled, Progress, never_cancelled, no_progress, raise_if
from engine.rates import Rate
from engine.region import laid_back
from engine.score import Score
from engine.size_search import decided, next_size
from engine.synthetic.drawing import Defect, draw
from engine.synthetic.placing import free_centres, largest_size, pick_centre
from engine.synthetic.shapes import SMALLEST, Kind
from engine.teach import ReadImage

STAGE = "synthetic defects"
WHOLLY = 0.999
"""Share of a pixel that must be judged, where the region was turned into place."""
LEAST_RANGE = 3.0
"""Sizes must be able to differ by this factor for a curve over size."""

USUAL = DetectionSettings()

Picture = NDArray[np.uint8]
Allowed = Callable[[Picture], NDArray[np.bool_]]
"""Says where in a picture defects may lie, bool (H, W): judged, and not ignored."""


def area_of(preprocessing: Preprocessing, picture: Picture) -> NDArray[np.bool_]:
    """Say which pixels of uint8 (H, W, 3) are judged, bool (H, W), wherever the part lies in it.

    Raises:
        ImageError: the region does not fit. NotInPlace: the part is not located.
    """
    look = preprocessing.look(picture)
    inside = np.ones(look.pixels.shape[:2], np.float32)
    if look.ignored is not None:
        inside[look.ignored] = 0
    roi, ignored = preprocessing.roi, preprocessing.ignored
    return laid_back(inside, picture.shape, roi, ignored, look.location) > WHOLLY


class Judge(Protocol):
    """What scores a picture: a taught model."""

    def score(self, image: Picture, /) -> Score:
        """Score uint8 (H, W, 3) RGB."""


@dataclass(slots=True)
class _Counter:
    """Tells how many of the judgements are done; those that turn out needless count as done."""

    total: int
    progress: Progress
    cancelled: IsCancelled
    done: int = 0

    def step(self) -> None:
        raise_if(self.cancelled)
        self.go_to(self.done + 1)

    def go_to(self, done: int) -> None:
        self.done = min(done, self.total)
        self.progress(STAGE, self.done, self.total)


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """Pictures that are OK without a defect, and what judges them."""

    judge: Judge
    threshold: float
    usable: Sequence[ReadImage]
    allowed: Allowed
    largest: float
    counter: _Counter

    def trial(
        self, read: ReadImage, defect: Defect, random: np.random.Generator, cell: "_Cell | None"
    ) -> bool | None:
        """Draw and judge one defect; None where none of that size fits into the cell."""
        self.counter.step()
        picture = read()
        allowed = self.allowed(picture)
        free = free_centres(allowed, defect.size)
        if cell is not None:
            free &= cell.of(allowed)
        if not free.any():
            return None
        drawn = draw(picture, defect, pick_centre(free, random), allowed, random)
        return _rejected(self.judge, drawn.picture, self.threshold)

    def shuffled(self, random: np.random.Generator) -> Iterator[ReadImage]:
        """All pictures in random order, again and again."""
        return cycle([self.usable[i] for i in random.permutation(len(self.usable))])


@dataclass(frozen=True, slots=True)
class _Cell:
    """One of rows × columns cells of what may be drawn on."""

    row: int
    column: int
    rows: int
    columns: int

    def of(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        top, left, height, width = _box(allowed)
        mask = np.zeros_like(allowed)
        rows = [top + height * i // self.rows for i in (self.row, self.row + 1)]
        columns = [left + width * j // self.columns for j in (self.column, self.column + 1)]
        mask[slice(*rows), slice(*columns)] = True
        return mask


def detect(
    judge: Judge,
    threshold: float,
    good: Sequence[ReadImage],
    allowed: Allowed,
    *,
    settings: DetectionSettings = USUAL,
    progress: Progress = no_progress,
    cancelled: IsCancelled = never_cancelled,
) -> Detection:
    """Find out which sizes of synthetic defects the recipe finds, and where it is blind.

    Args:
        threshold: NG is `score >= threshold`. good: held-out pictures, never taught.
        allowed: where in a picture defects may lie.

    Raises:
        DetectionError: nothing to draw into. ImageError, Cancelled as they come.
    """
    counter = _Counter(len(good) + settings.judgements, progress, cancelled)
    bench, rate = _prepared(judge, threshold, good, allowed, counter)
    findings = [
        _searched(bench, settings, kind, contrast, len(good) + n * settings.trials)
        for n, (kind, contrast) in enumerate(settings.curves)
    ]
    pooled = [_pooled(findings, contrast, bench.largest) for contrast in settings.contrasts]
    findings += [each for each in pooled if each is not None]
    blind = _blind_map(bench, settings, findings) if settings.cells else None
    counter.go_to(counter.total)
    return Detection(settings, threshold, rate, tuple(findings), blind)


def _prepared(
    judge: Judge, threshold: float, good: Sequence[ReadImage], allowed: Allowed, counter: _Counter
) -> tuple[_Bench, Rate]:
    """Judge the pictures without a defect, and find the largest size that fits all that are OK."""
    usable, largest = [], float("inf")
    for read in good:
        counter.step()
        picture = read()
        if not _rejected(judge, picture, threshold):
            usable.append(read)
            largest = min(largest, largest_size(allowed(picture)))
    if not usable:
        raise DetectionError(
            f"All {len(good)} held-out good pictures are NG without any defect: a defect cannot be "
            "told from that. Raise the threshold, or show other good parts."
        )
    if largest < LEAST_RANGE * SMALLEST:
        raise DetectionError(
            "The region of interest leaves no room for defects of different sizes. Draw it larger, "
            "or ignore less of it."
        )
    bench = _Bench(judge, threshold, usable, allowed, largest, counter)
    return bench, Rate(len(good) - len(usable), len(good))


def _rejected(judge: Judge, picture: Picture, threshold: float) -> bool:
    """NG, or a fault: a defect over the anchor may keep a part from being located."""
    try:
        return judge.score(picture).value >= threshold
    except NotInPlace:
        return True


def _searched(
    bench: _Bench, settings: DetectionSettings, kind: Kind, contrast: float, start: int
) -> Finding:
    """Draw one kind at one contrast, each size chosen by what the last ones showed."""
    random = np.random.default_rng([settings.seed, list(Kind).index(kind), round(contrast * 1000)])
    pictures = bench.shuffled(random)
    sizes: list[float] = []
    hits: list[bool] = []
    while len(sizes) < settings.trials and not decided(sizes, hits, SMALLEST):
        size = next_size(sizes, hits, SMALLEST, bench.largest, random)
        hit = bench.trial(next(pictures), Defect(kind, size, contrast), random, None)
        sizes.append(size)
        hits.append(bool(hit))
    bench.counter.go_to(start + settings.trials)
    return conclude(kind.value, contrast, sizes, hits, (SMALLEST, bench.largest))


def _pooled(findings: Sequence[Finding], contrast: float, largest: float) -> Finding | None:
    """All kinds drawn with that contrast as one; None where there are not two of them."""
    alike = [each for each in findings if each.contrast == contrast]
    if len(alike) < 2:
        return None
    sizes = [size for each in alike for size in each.sizes]
    hits = [hit for each in alike for hit in each.hits]
    return conclude(ALL_KINDS, contrast, sizes, hits, (SMALLEST, largest))


def _blind_map(bench: _Bench, settings: DetectionSettings, findings: Sequence[Finding]) -> BlindMap:
    """Draw one size, the kinds in turn, into every cell of the part.

    A cell that misses one is tried as often again: where few are found is known better than where
    all are.
    """
    chosen = _for_map(findings)
    first = bench.usable[0]()
    allowed = bench.allowed(first)
    box = _box(allowed)
    rows, columns = _grid(box, settings.cells)
    kinds = [each for each in settings.kinds if (each is Kind.PATCH) == (chosen.contrast == 0)]
    random = np.random.default_rng([settings.seed, len(Kind)])
    pictures, turns = bench.shuffled(random), cycle(kinds)
    hits, trials = np.zeros((rows, columns), int), np.zeros((rows, columns), int)
    size = _map_size(chosen)
    for i, j in np.ndindex(rows, columns):
        for again in range(2):
            if again and hits[i, j] == trials[i, j]:
                break
            for _ in range(settings.trials_a_cell):
                defect = Defect(next(turns), size, chosen.contrast)
                cell = _Cell(i, j, rows, columns)
                hit = bench.trial(next(pictures), defect, random, cell)
                hits[i, j] += hit is True
                trials[i, j] += hit is not None
    return BlindMap(
        tuple(kind.value for kind in kinds), chosen.contrast, size, first.shape[:2], box,
        _cells(hits), _cells(trials),
    )  # fmt: skip


def _for_map(findings: Sequence[Finding]) -> Finding:
    """Take the finding of the strongest contrast over the most kinds."""
    return max(findings, key=lambda each: (each.contrast, each.kind == ALL_KINDS))


def _map_size(finding: Finding) -> float:
    """A size that is found in about 90 %: a90, or the end of the range it lies beyond."""
    if finding.a90 is not None:
        return finding.a90
    return SMALLEST if finding.outcome is Outcome.BELOW else finding.largest


def _grid(box: tuple[int, int, int, int], cells: int) -> tuple[int, int]:
    """Rows and columns of about square cells."""
    columns = max(1, round((cells * box[3] / box[2]) ** 0.5))
    return max(1, round(cells / columns)), columns


def _box(allowed: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """(top, left, height, width) around all that is allowed."""
    rows, columns = np.flatnonzero(allowed.any(axis=1)), np.flatnonzero(allowed.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left


def _cells(counts: NDArray[np.int_]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(count) for count in row) for row in counts)
