"""Does the coverage meter say "enough" when false rejects stop falling? Run by hand; prints JSON.

    python -m tests.benchmarks.coverage_meter --seed 2

Good boards of the virtual line are taught in shuffled orders. After every few pictures a bank is
made of those so far, with the product's own coreset, and good boards that were never taught are
scored against it. The threshold is fixed: mean + 3 sigma of further good boards, as the product
sets it, on the bank of all pictures. (One set anew for every bank would hide what is asked: it
rises with the scores, and about as many are rejected with 5 pictures as with 150.)

n*, after which false rejects stop falling: the first count from which on not significantly more
boards are rejected than with all pictures (McNemar's exact test, one-sided, 5 %).

Input and bank are a product's with `side` 384 made smaller alike: its cap of 10,000 vectors fills
with 45 pictures, and so does the one used here.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from engine import calibration, coreset, projection
from engine.backbone import Backbone
from engine.coreset import CoresetSize
from engine.coverage import Coverage, PatchDescriber
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


class Replayed:
    """A runtime that has seen every picture before, so that the network runs once for each."""

    batch = 1
    device = "replayed"

    def __init__(self, network: Network) -> None:
        self._runtime = open_first(network)[1]
        self._known: dict[bytes, Patches] = {}

    def patches(self, pictures: Picture) -> Patches:
        key = hashlib.blake2b(pictures.tobytes()).digest()
        if key not in self._known:
            self._known[key] = self._runtime.patches(pictures).copy()
        return self._known[key]


class Teaching:
    """Banks of any number of pictures, with one network."""

    def __init__(self, pictures: Sequence[Picture], side: int) -> None:
        size = choose_input_size(SIZE, side)
        usual = choose_input_size(SIZE, USUAL_SIDE)
        self.cap = round(CoresetSize().cap * size[0] * size[1] / (usual[0] * usual[1]))
        self.preprocessing = Preprocessing(Tiling(size, size), None)
        whole = Network.build(Backbone(), size)
        runtime = open_first(whole)[1]

        def read(picture: int) -> list[Patches]:
            found = runtime.patches(self.preprocessing(pictures[picture]))
            return [found.reshape(-1, found.shape[-1])]

        axes = projection.learn(read, len(pictures), 128, no_progress, never_cancelled)
        self.network = Network.build(Backbone(), size, axes)
        self.runtime = Replayed(self.network)

    def taught(self, pictures: Sequence[Picture]) -> PatchCore:
        found = [self.runtime.patches(self.preprocessing(each))[0] for each in pictures]
        points = np.concatenate([each.reshape(-1, each.shape[-1]) for each in found])
        chosen = coreset.select(points, CoresetSize(cap=self.cap).of(len(points)))
        bank = MemoryBank.build(points[chosen], np.zeros((len(chosen), 3), np.int32))
        model = Model(self.network, self.preprocessing, bank)
        return PatchCore(model, BankMatcher(self.runtime, bank))


def main() -> None:
    """Print one line a shuffled order, then the whole as JSON."""
    args = _arguments()
    total = args.pool + args.held + args.calibration
    line = VirtualLine(args.seed, 0.0, SIZE)
    boards = [line.board(STEP * index).pixels for index in range(total)]
    pool, held = boards[: args.pool], boards[args.pool : args.pool + args.held]
    teaching = Teaching(pool, args.side)
    whole = teaching.taught(pool)
    threshold = calibration.mean_sigma(_scores(whole, boards[args.pool + args.held :])).value
    finally_rejected = np.array(_scores(whole, held)) >= threshold
    _tell({"threshold": threshold, "cap": teaching.cap, "in_the_end": int(finally_rejected.sum())})
    rows = []
    for number in range(args.orders):
        order = np.random.default_rng([args.seed, number]).permutation(args.pool)
        shown = [pool[index] for index in order]
        row = {"order": number, **_metered(shown)}
        row |= _falling(teaching, shown, held, args.counts, (threshold, finally_rejected))
        both = row["enough_after"] and row["stops_falling"]
        row["ratio"] = row["enough_after"] / row["stops_falling"] if both else None
        _tell(row)
        rows.append(row)
    print(json.dumps({**vars(args), "threshold": threshold, "orders": rows}, indent=1))


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


def _falling(
    teaching: Teaching,
    shown: Sequence[Picture],
    held: Sequence[Picture],
    counts: Sequence[int],
    final: tuple[float, NDArray[np.bool_]],
) -> dict[str, object]:
    threshold, finally_rejected = final
    rejected, more = {}, {}
    for count in counts:
        now = np.array(_scores(teaching.taught(shown[:count]), held)) >= threshold
        rejected[count] = int(now.sum())
        more[count] = _significantly_more(now, finally_rejected)
        _tell({"pictures": count, "rejected": rejected[count], "more": more[count]})
    last = max((count for count in counts if more[count]), default=0)
    stops = next((count for count in counts if count > last), None)
    return {"rejected": rejected, "stops_falling": stops}


def _significantly_more(now: NDArray[np.bool_], finally_: NDArray[np.bool_]) -> bool:
    """McNemar's exact test, one-sided: the parts judged differently, a coin each."""
    only_now, only_finally = int((now & ~finally_).sum()), int((finally_ & ~now).sum())
    return bool(binom.sf(only_now - 1, only_now + only_finally, 0.5) < 0.05)


def _scores(model: PatchCore, pictures: Sequence[Picture]) -> list[float]:
    return [model.score(each).value for each in pictures]


def _tell(row: dict[str, object]) -> None:
    print(json.dumps({key: value for key, value in row.items() if key != "added"}), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--pool", type=int, default=160)
    parser.add_argument("--held", type=int, default=200)
    parser.add_argument("--calibration", type=int, default=200)
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--side", type=int, default=192)
    counts = [25, 30, 35, 40, 45, 50, 55, 60, 70, 85, 100]
    parser.add_argument("--counts", type=int, nargs="+", default=counts)
    return parser.parse_args()


if __name__ == "__main__":
    main()
