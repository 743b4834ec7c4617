"""Coverage: how much the newest pictures still add to what the earlier ones show.

Each picture's patch vectors are compared with a bank of the earlier ones'; its farthest patch is
what it adds, as the farthest patch is what a part is judged by. Then the patches that add most join
the bank. It is a fast double of teaching: small input, two stages of the network, no projection.

When to stop is taken from the rule that sets a threshold, mean + 3 sigma. Additions fall as a power
of the number of pictures; around that they vary as good parts vary. Where the level of 15 pictures
ago lies less than 3 - 1.645 of those sigmas above today's, a part seen with the knowledge of then
is beyond today's mean + 3 sigma with a chance below 5 %: the last 15 pictures have then spared no
false rejects that anyone could tell from chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, isnan, log

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from engine import coreset
from engine.backbone import Backbone
from engine.network import Network
from engine.preprocessing import Preprocessing, Roi, choose_input_size, crop
from engine.runtimes import Runtime
from engine.runtimes.opening import open_first
from engine.tiling import Tiling

WINDOW = 15
"""The newest pictures, which have to have added nothing."""
SKIPPED = 5
"""Pictures at the beginning whose additions follow no law yet."""
SIGMAS = 3.0
"""Of the usual threshold (engine.calibration.mean_sigma)."""
CHANCE = 0.05
ALLOWED = SIGMAS - float(norm.isf(CHANCE))
"""Sigmas by which the level of 15 pictures ago may lie above today's."""
NOVEL = 0.01
"""Chance at which the newest 15 may look new although they are not."""
NEW_SIGMAS = float(norm.isf(NOVEL)) / WINDOW**0.5
SIDE = 256
STRIDES = (8, 16)
JOINING = 0.06
"""Share of a picture's patches that join the bank."""
MOST = 12_000
"""Vectors in the bank; beyond, a coreset of three quarters of them goes on."""

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pixels, uint8 (H, W, 3) RGB -> patch vectors, float32 (P, D)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether more pictures are worth taking.

    sentence: for people. lacking: about how many more; 0 where it is enough.
    spared: share of good parts that would be rejected, had collecting stopped 15 pictures ago; nan
        where that cannot be said yet.
    """

    enough: bool
    sentence: str
    lacking: int
    spared: float


class PatchDescriber:
    """The default backbone on a small input, shaped by the first picture."""

    def __init__(self, roi: Roi | None = None, backbone: Backbone | None = None) -> None:
        """roi: region of interest. Nothing is loaded before the first picture."""
        self._roi = roi
        self._backbone = backbone or Backbone(strides=STRIDES)
        self._opened: tuple[Preprocessing, Runtime] | None = None

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the patch vectors, float32 (P, D). Raises ImageError, BackboneError."""
        preprocessing, runtime = self._opened or self._open(pixels)
        patches = runtime.patches(preprocessing(pixels))[0]
        return np.array(patches.reshape(-1, patches.shape[-1]), np.float32)

    def _open(self, pixels: NDArray[np.uint8]) -> tuple[Preprocessing, Runtime]:
        region = crop(pixels, self._roi)
        size = choose_input_size((region.shape[0], region.shape[1]), SIDE)
        _, runtime = open_first(Network.build(self._backbone, size))
        self._opened = Preprocessing(Tiling(size, size), self._roi), runtime
        return self._opened


@dataclass(eq=False)
class Coverage:
    """What was covered so far. The same pictures in the same order give the same curve.

    added: what each picture added when it came, a distance in feature space; the first, which has
        nothing to be compared with, added nan.
    enough_after: number of pictures at which it was enough for the first time; None before.
    """

    describe: Describe
    added: list[float] = field(default_factory=list)
    enough_after: int | None = None
    _bank: "_Bank | None" = None

    def add(self, pixels: NDArray[np.uint8]) -> float:
        """Take one more picture, uint8 (H, W, 3) RGB; return what it added."""
        return self.add_patches(self.describe(pixels))

    def add_patches(self, patches: NDArray[np.float32]) -> float:
        """Take a picture's patch vectors, float32 (P, D); return what it added."""
        self._bank = self._bank or _Bank(patches.shape[1])
        squared = self._bank.squared_distances(patches)
        self._bank.join(patches, squared)
        added = float(np.sqrt(squared.max()))
        self.added.append(added if np.isfinite(added) else float("nan"))
        if self.enough_after is None and self.verdict.enough:
            self.enough_after = len(self.added)
        return self.added[-1]

    @property
    def verdict(self) -> Verdict:
        """Say whether it is enough."""
        return judge(self.added)

    def to_json(self) -> dict[str, object]:
        """Curve and verdict; the first picture's addition is null."""
        verdict = self.verdict
        return {
            "pictures": len(self.added),
            "added": [None if isnan(value) else value for value in self.added],
            "enough": verdict.enough,
            "enough_after": self.enough_after,
            "sentence": verdict.sentence,
        }


def judge(added: Sequence[float]) -> Verdict:
    """Say from what each picture added whether more are worth taking."""
    count = len(added)
    if count < SKIPPED + WINDOW:
        lacking = SKIPPED + WINDOW - count
        return Verdict(False, f"Keep going: {lacking} more before it can be said.", lacking, _NAN)
    law = _Law.fit(added)
    ago = law.sigmas_above(count - WINDOW, count)
    spared = float(norm.sf(SIGMAS - ago))
    if law.newest > NEW_SIGMAS:
        sentence = "Keep going: the newest pictures show something that the others do not."
        return Verdict(False, sentence, WINDOW, spared)
    if ago >= ALLOWED:
        lacking = max(1, law.enough_at() - count)
        sentence = f"Keep going: the last {WINDOW} still added something. About {lacking} more."
        return Verdict(False, sentence, lacking, spared)
    return Verdict(True, f"Enough: the last {WINDOW} added nothing.", 0, spared)


@dataclass(frozen=True, slots=True)
class _Law:
    """log(added) = level + slope · log(pictures before), about which additions vary by `sigma`.

    newest: by how many sigmas the newest 15 lie above it in the mean.
    """

    slope: float
    sigma: float
    newest: float

    @classmethod
    def fit(cls, added: Sequence[float]) -> "_Law":
        values = np.asarray(added[SKIPPED:], np.float64)
        least = max(1e-3 * float(np.median(values)), 1e-12)
        heights = np.log(np.maximum(values, least))
        places = np.log(np.arange(SKIPPED, len(added)))
        slope, level = np.polyfit(places, heights, 1)
        residuals = heights - (slope * places + level)
        sigma = max(float(residuals.std(ddof=2)), 1e-9)
        return cls(float(slope), sigma, float(residuals[-WINDOW:].mean()) / sigma)

    def sigmas_above(self, before: int, now: int) -> float:
        """How far the level after `before` pictures lies above the one after `now`."""
        return -self.slope * log(now / before) / self.sigma

    def enough_at(self) -> int:
        """After how many pictures the last 15 will have added nothing, if this goes on."""
        allowed = ALLOWED * self.sigma
        return ceil(WINDOW / (1 - exp(-allowed / max(-self.slope, 1e-9))))


class _Bank:
    """Patch vectors of the pictures so far, thinned out greedily."""

    def __init__(self, dimensions: int) -> None:
        import faiss

        self._index = faiss.IndexFlatL2(dimensions)

    def squared_distances(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each patch's squared distance to the bank, float32 (P,); inf while it is empty."""
        if not self._index.ntotal:
            return np.full(len(patches), np.inf, np.float32)
        squared, _ = self._index.search(np.ascontiguousarray(patches), 1)
        return np.asarray(np.maximum(squared[:, 0], 0), np.float32)

    def join(self, patches: NDArray[np.float32], squared: NDArray[np.float32]) -> None:
        """Take in those patches that are farthest from the bank and from one another."""
        nearest, chosen = squared.copy(), []
        for _ in range(ceil(JOINING * len(patches))):
            farthest = int(nearest.argmax())
            chosen.append(farthest)
            difference = patches - patches[farthest]
            np.minimum(nearest, np.einsum("pd,pd->p", difference, difference), out=nearest)
        self._index.add(np.ascontiguousarray(patches[chosen]))
        if self._index.ntotal > MOST:
            self._thin_out()

    def _thin_out(self) -> None:
        vectors = self._index.reconstruct_n(0, self._index.ntotal)
        kept = coreset.select(vectors, MOST * 3 // 4)
        self._index.reset()
        self._index.add(np.ascontiguousarray(vectors[kept]))


_NAN = float("nan")
