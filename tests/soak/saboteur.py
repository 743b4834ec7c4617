"""Does one thing after the other to the station, at moments and in an order drawn by a seed."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tests.soak.faults import Fault, Site, faults
from tests.soak.plant import Happened

GAP_S = (2.0, 8.0)
"""Quiet between two faults."""

SEEN_S = 20.0
BACK_S = 60.0
AGAIN_S = 1.0
FIRST_S = 90.0


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault. at_s: seconds into the soak.

    seen_s: from its beginning until the station said so, None: never. A station that was killed
        can say so only once it has been started again. back_s: from its end until a part was judged
        again; None: never.
    """

    kind: str
    at_s: float
    seen_s: float | None
    back_s: float | None


class Saboteur:
    """Injects faults for as long as it is given.

    What ends a process's life happens in the first half only, so that the drift of memory is
    watched over the other half at least.
    """

    def __init__(self, site: Site, seed: int, only: Sequence[str] = ()) -> None:
        """Prepare.

        Args:
            only: kinds of faults that are injected, all the time then; none means all.

        Raises:
            ValueError: there is no such kind here.
        """
        known = {fault.kind for fault in faults(site, np.random.default_rng(0))}
        if unknown := set(only) - known:
            raise ValueError(f"No fault is called {unknown}. Choose from {sorted(known)}.")
        self.injected: list[Injected] = []
        self._site = site
        self._log = site.plant.log
        self._chance = np.random.default_rng(seed)
        self._stop = threading.Event()
        self._only = frozenset(only)

    def run(self, seconds: float) -> None:
        """Do it until the time is over."""
        start_s = time.monotonic()
        self._log.wait(0, _is_judged, FIRST_S)
        for fault in self._drawn():
            self._stop.wait(self._chance.uniform(*GAP_S))
            share = (time.monotonic() - start_s) / seconds
            if share >= 1:
                return
            if share < 0.5 or self._only or not fault.ends_life:
                self._inject(fault, start_s)

    def _drawn(self) -> Iterator[Fault]:
        while True:
            every = faults(self._site, self._chance)
            yield from (each for each in every if not self._only or each.kind in self._only)

    def _inject(self, fault: Fault, start_s: float) -> None:
        mark, begun_s = self._log.mark, time.monotonic()
        self._log.add("injected", fault.kind)
        fault.begin(self._site)
        hold_s = self._chance.uniform(*fault.hold_s)
        while fault.until_seen and not self._log.wait(mark, fault.is_seen, AGAIN_S):
            if time.monotonic() - begun_s > SEEN_S:
                break
            fault.begin(self._site)
        self._stop.wait(max(0.0, begun_s + hold_s - time.monotonic()))
        fault.end(self._site)
        ended, ended_s = self._log.mark, time.monotonic()
        seen = self._log.wait(mark, fault.is_seen, SEEN_S)
        back = self._back(mark, ended, seen.at_s if seen else ended_s)
        self.injected.append(
            Injected(
                fault.kind,
                begun_s - start_s,
                _since(seen, begun_s),
                _since(back, ended_s),
            )
        )

    def _back(self, mark: int, ended: int, since_s: float) -> Happened | None:
        """Wait for a verdict; a run that has stopped is started again, as an operator would."""

        def wanted(each: Happened) -> bool:
            return _is_over(each) or (_is_judged(each) and each.at_s > since_s)

        while True:
            if any(_is_over(each) for each in self._log.since(mark)):
                self._site.plant.start()
                mark = ended = self._log.mark
            each = self._log.wait(ended, wanted, BACK_S)
            if each is None or _is_judged(each):
                return each


def _is_judged(each: Happened) -> bool:
    return each.kind == "row" and each.told[1] != "FAULT"


def _is_over(each: Happened) -> bool:
    return each.kind == "ended"


def _since(each: Happened | None, since_s: float) -> float | None:
    return None if each is None else each.at_s - since_s
