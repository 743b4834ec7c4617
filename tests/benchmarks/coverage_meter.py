"""Does the coverage meter say "enough" when false rejects stop falling? Run by hand; prints JSON.

    python -m tests.benchmarks.coverage_meter --seed 3

Good boards of the virtual line are taught in shuffled orders. After every few pictures a bank is
made of those so far, with the product's own coreset, and good boards that were never taught are
scored against it. The threshold is fixed: mean + 3 sigma of further good boards, as the product
sets it, on the bank of all pictures. (One set anew for every bank would hide what is asked: it
rises with the scores, and about as many are rejected with 5 pictures as with 150.)

n*, after which false rejects stop falling: the bend of the line that falls and then stays level
and fits best (segmented regression: Muggeo, "Estimating regression models with unknown
break-points", 2003), through the probits of the rejected shares over the logarithm of the number of
pictures, each weighted by how exactly its share is known; from 20 pictures on, before which the
meter says nothing. The first count from which on not significantly more boards are rejected than in
the end would be no measure: the more boards are held out, the later it comes.

Input and bank are a product's with `side` 384 made smaller alike: its cap of 10,000 vectors fills
with 45 pictures, and so does the one used here.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from engine import calibration, coreset, projection
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.coverage import SKIPPED, WINDOW, Coverage, PatchDescriber
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.patchcore import PatchCore
from engine.preprocessing import Preprocessing, choose_input_size
from engine.progress import never_cancelled, no_progress
from engine.runtimes import BankMatcher
from engine.runtimes.opening import open_first
from engine.tiling import Tiling
from station.cameras.virtual_line import VirtualLine

Picture = NDArray[np.uint8]
Patches = NDArray[np.float32]
SIZE = (480, 640)
USUAL_SIDE = 384
STEP = 29
"""The light drifts from board to board, so they are taken far apart."""


class Teaching:
    """Banks of any number of boards, each seen once by one network."""

    def __init__(self, pool: Sequence[Picture], side: int) -> None:
        size = choose_input_size(SIZE, side)
        usual = choose_input_size(SIZE, USUAL_SIDE)
        self.cap = round(CoresetSize().cap * size[0] * size[1] / (usual[0] * usual[1]))
        self.preprocessing = Preprocessing(Tiling(size, size), None)
        whole = open_first(Network.build(Backbone(), size))[1]

        def read(picture: int) -> list[Patches]:
            found = whole.patches(self.preprocessing(pool[picture]))
            return [found.reshape(-1, found.shape[-1])]

        axes = projection.learn(read, len(pool), 128, no_progress, never_cancelled)
        self.network = Network.build(Backbone(), size, axes)
        self._runtime = open_first(self.network)[1]
        self.pool = self.seen(pool)

    def seen(self, boards: Iterable[Picture]) -> Patches:
        """Return the boards' patch vectors, float32 (N, P, D)."""
        found = (self._runtime.patches(self.preprocessing(each))[0] for each in boards)
        return np.stack([each.reshape(-1, each.shape[-1]).copy() for each in found])

    def scores(self, taught: Sequence[int], boards: Patches) -> NDArray[np.float64]:
        """Return the boards' scores by a bank of those of the pool that are `taught`."""
        points = np.concatenate(self.pool[list(taught)])
        chosen = coreset.select(points, CoresetSize(cap=self.cap).of(len(points)))
        bank = MemoryBank.build(points[chosen], np.zeros((len(chosen), 3), np.int32))
        model = PatchCore(
            Model(self.network, self.preprocessing, bank), BankMatcher(self._runtime, bank)
        )
        distances, nearest = bank.nearest(boards.reshape(-1, boards.shape[-1]))
        farthest = distances.reshape(len(boards), -1).argmax(axis=1)
        nearest = nearest.reshape(len(boards), -1)
        found = zip(boards, nearest, farthest, strict=True)
        return np.array([model._reweighted(board[at], int(near[at])) for board, near, at in found])


def main() -> None:
    """Print one line a shuffled order, then the whole as JSON."""
    args = _arguments()
    line = VirtualLine(args.seed, 0.0, SIZE)
    boards = (line.board(STEP * index).pixels for index in count())
    pool = list(islice(boards, args.pool))
    teaching = Teaching(pool, args.side)
    held = teaching.seen(islice(boards, args.held))
    further = teaching.seen(islice(boards, args.calibration))
    everything = range(args.pool)
    threshold = calibration.mean_sigma(teaching.scores(everything, further).tolist()).value
    finally_rejected = int((teaching.scores(everything, held) >= threshold).sum())
    _tell({"threshold": threshold, "cap": teaching.cap, "in_the_end": finally_rejected})
    rows = []
    for number in range(args.orders):
        order = np.random.default_rng([args.seed, number]).permutation(args.pool)
        row = {"order": number, **_metered([pool[index] for index in order])}
        rejected = [
            int((teaching.scores(order[:taught], held) >= threshold).sum())
            for taught in args.counts
        ]
        row["rejected"] = dict(zip(args.counts, rejected, strict=True))
        row["stops_falling"] = bend(args.counts, rejected, args.held)
        if row["enough_after"]:
            row["ratio"] = row["enough_after"] / row["stops_falling"]
        _tell(row)
        rows.append(row)
    print(json.dumps({**vars(args), "threshold": threshold, "orders": rows}, indent=1))


def bend(counts: Sequence[int], rejected: Sequence[int], held: int) -> float:
    """Return the count after which the rejected of `held` stop falling; see above.

    A share's probit is known as exactly as the share is, by the slope of one over the other. Half a
    board is added on either side, so that none and all have a probit too.
    """
    shares = (np.array(rejected) + 0.5) / (held + 1)
    probits = norm.isf(shares)
    weights = norm.pdf(probits) / np.sqrt(shares * (1 - shares) / held)
    places = np.log(counts)

    def misfit(bend: float) -> float:
        line = np.stack([np.ones(len(places)), np.minimum(places - np.log(bend), 0)], axis=1)
        left = np.linalg.lstsq(line * weights[:, None], probits * weights)[1]
        return float(left[0])

    return float(min(np.arange(counts[1], counts[-2], 0.5), key=misfit))


def _metered(shown: Sequence[Picture]) -> dict[str, object]:
    coverage = Coverage(PatchDescriber())
    coverage.add(shown[0])
    start = time.perf_counter()
    for pixels in shown[1:]:
        coverage.add(pixels)
    elapsed_ms = 1000 * (time.perf_counter() - start) / (len(shown) - 1)
    return {
        "enough_after": coverage.enough_after,
        "picture_ms": elapsed_ms,
        "verdict_in_the_end": coverage.verdict.sentence,
        "added": [round(value, 3) for value in coverage.added[1:]],
    }


def _tell(row: dict[str, object]) -> None:
    print(json.dumps({key: value for key, value in row.items() if key != "added"}), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pool", type=int, default=160)
    parser.add_argument("--held", type=int, default=600)
    parser.add_argument("--calibration", type=int, default=300)
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--side", type=int, default=192)
    counts = [*range(SKIPPED + WINDOW, 71, 5), 80, 90, 100, 120, 140]
    parser.add_argument("--counts", type=int, nargs="+", default=counts)
    return parser.parse_args()


if __name__ == "__main__":
    main()
