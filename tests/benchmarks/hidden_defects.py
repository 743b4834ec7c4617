"""Bad pictures hidden among good ones: how often are all of them at the top of the list?

    python -m tests.benchmarks.hidden_defects DATASET [--draws 10] [--hidden 5] [--good 100]

Each draw hides pictures of mixed defects; every second one hides pictures of one defect alone,
which could cover one another. DATASET is in MVTec layout.
"""

import argparse
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from engine.images import load_image
from engine.suspects import find_suspects
from engine.teach import TeachSettings

GOOD = "good"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw found. ranks: of the hidden pictures, from 1, ascending."""

    kind: str
    ranks: tuple[int, ...]
    flagged_bad: int
    flagged_good: int
    seconds: float
    processor_seconds: float

    def all_in(self, first: int) -> bool:
        """Whether all hidden ones are among the `first`."""
        return self.ranks[-1] <= first

    def line(self) -> str:
        """For people."""
        return (
            f"{self.kind:16} ranks {' '.join(map(str, self.ranks)):20} stand out: "
            f"{self.flagged_bad} bad, {self.flagged_good} good; {self.seconds:.0f} s "
            f"({self.processor_seconds:.0f} s of processor)"
        )


def draw(dataset: Path, number: int, good: int = 100, hidden: int = 5) -> Drawn:
    """Hide `hidden` pictures among `good` ones, drawn by `number`; odd ones of a single defect."""
    random = np.random.default_rng(number)
    kinds = sorted(
        each.name for each in (dataset / "test").iterdir() if each.is_dir() and each.name != GOOD
    )
    kind = kinds[number // 2 % len(kinds)] if number % 2 else "mixed"
    bad = [
        path
        for name in (kinds if kind == "mixed" else [kind])
        for path in sorted((dataset / "test" / name).glob("*.*"))
    ]
    fine = sorted((dataset / "train" / GOOD).glob("*.*"))
    chosen = [fine[i] for i in random.permutation(len(fine))[:good]]
    chosen += [bad[i] for i in random.permutation(len(bad))[:hidden]]
    return _judged([chosen[i] for i in random.permutation(len(chosen))], kind)


def _judged(paths: list[Path], kind: str) -> Drawn:
    start, processor = time.perf_counter(), time.process_time()
    found = find_suspects([partial(load_image, path) for path in paths], TeachSettings())
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    bad = [paths[each.picture].parent.name != GOOD for each in found.ranked]
    outstanding = bad[: len(found.outstanding)]
    ranks = tuple(int(rank) + 1 for rank in np.flatnonzero(bad))
    flagged = sum(outstanding)
    return Drawn(kind, ranks, flagged, len(outstanding) - flagged, seconds, processor)


def main() -> None:
    """Print every draw and how often all hidden ones were in the first eight."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--good", type=int, default=100)
    parser.add_argument("--hidden", type=int, default=5)
    parser.add_argument("--first", type=int, default=8)
    args = parser.parse_args()
    drawn = []
    for number in range(args.draws):
        drawn.append(draw(args.dataset, number, args.good, args.hidden))
        print(drawn[-1].line(), flush=True)
    whole = sum(each.all_in(args.first) for each in drawn)
    within = sum(sum(rank <= args.first for rank in each.ranks) for each in drawn)
    print(
        f"All {args.hidden} in the first {args.first}: {whole} of {len(drawn)} draws; "
        f"{within} of {args.hidden * len(drawn)} pictures; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
