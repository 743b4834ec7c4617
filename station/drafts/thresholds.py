"""Choosing a draft's threshold: every method on its scores, one chosen, all of it kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from engine.calibration import by_hand
from engine.errors import CalibrationError
from engine.threshold import BY_HAND, METHODS, Threshold
from engine.thresholds.cost import Prices, ShiftCost
from engine.thresholds.table import Alternative, Alternatives, Wanted, alternatives, evidence
from station.drafts.session import DraftSession

USUAL_PRICES = Prices(escape=500, false_reject=5, defect_rate=0.001, parts_per_shift=5000)


@dataclass(frozen=True)
class Choosing:
    """One choice among the methods, on the scores of held-out good parts and of bad parts.

    wanted: what the methods are asked for, with prices. method: the chosen one.
    """

    good: tuple[float, ...]
    bad: tuple[float, ...]
    wanted: Wanted
    method: str

    @classmethod
    def of(cls, session: DraftSession) -> "Choosing":
        """Go on with what the draft holds; a choice that cannot be backed any more is made anew.

        Raises:
            CalibrationError: no method can be backed by the draft's scores.
        """
        kept = session.draft.threshold
        wanted, method = _asked(kept)
        begun = cls(tuple(session.good_scores()), tuple(session.bad_scores()), wanted, method)
        return begun if begun._is_backed(method) else begun._anew()

    @cached_property
    def table(self) -> Alternatives:
        """Every method but the hand's."""
        return alternatives(self.good, self.bad, replace(self.wanted, value=None))

    @cached_property
    def threshold(self) -> Threshold:
        """Where NG starts by this choice."""
        if self.method == BY_HAND:
            assert self.wanted.value is not None
            return by_hand(self.good, self.bad, self.wanted.value)
        return self.table.of(self.method).threshold

    @property
    def prices(self) -> Prices:
        """What mistakes cost."""
        return self.wanted.prices or USUAL_PRICES

    @property
    def values(self) -> list[float]:
        """Where the methods that can be backed put the threshold, and where it is."""
        found = [row.threshold.value for row in self.table if isinstance(row, Alternative)]
        return [*found, self.threshold.value]

    @property
    def cost(self) -> ShiftCost:
        """What this choice costs a shift."""
        return self.prices.per_shift(self.threshold.false_rejects, self.threshold.escapes)

    def by(self, method: str) -> "Choosing":
        """Choose that method. Raises CalibrationError where it cannot be backed."""
        self.table.of(method)
        return self._with(method=method)

    def at(self, value: float) -> "Choosing":
        """Choose that threshold by hand. Raises CalibrationError where it is no number."""
        by_hand(self.good, self.bad, value)
        return self._with(method=BY_HAND, wanted=replace(self.wanted, value=value))

    def asked(self, prices: Prices, escape_limit: float) -> "Choosing":
        """The same asked otherwise; where that leaves the chosen method unbacked, another one."""
        wanted = replace(self.wanted, prices=prices, escape_limit=escape_limit)
        other = Choosing(self.good, self.bad, wanted, self.method)
        return other if other._is_backed(self.method) else other._anew()

    def to_json(self, key: str) -> dict[str, Any]:
        """What the draft and then the revision keep. key: what the scores were computed from."""
        found = evidence(self.threshold, self.good, self.bad, self.wanted)
        return {
            "key": key,
            "value": self.threshold.value,
            "method": self.method,
            "wanted": asdict(self.wanted),
            **found,
        }

    def save(self, session: DraftSession) -> None:
        """Leave it in the draft. Raises StationError where the disk refuses."""
        session.change(threshold=self.to_json(session.draft.teaching_key))

    def _is_backed(self, method: str) -> bool:
        if method == BY_HAND:
            return self.wanted.value is not None
        try:
            self.table.of(method)
        except CalibrationError:
            return False
        return True

    def _anew(self) -> "Choosing":
        """The first method that can be backed; the sentence of the first one where none can."""
        for method in METHODS:
            if method != BY_HAND and self._is_backed(method):
                return self._with(method=method)
        return self.by(METHODS[0])

    def _with(self, **changed: Any) -> "Choosing":
        """A copy that need not weigh the methods again."""
        copy = replace(self, **changed)
        if "table" in self.__dict__:
            copy.__dict__["table"] = self.table
        return copy


def _asked(kept: Mapping[str, Any]) -> tuple[Wanted, str]:
    usual = Wanted(prices=USUAL_PRICES)
    if "wanted" not in kept:
        return usual, METHODS[0]
    prices = kept["wanted"]["prices"]
    given = {**kept["wanted"], "prices": Prices(**prices) if prices else USUAL_PRICES}
    return Wanted(**given), str(kept["method"])


def histogram_range(
    good: Sequence[float], bad: Sequence[float], marks: Sequence[float] = ()
) -> tuple[float, float]:
    """Scores that a picture of both should show: all good ones; others as far as they help.

    A few bad parts far out would press the good ones into one bar; what lies beyond is drawn at
    the edge.

    Args:
        marks: thresholds that should be in sight too.
    """
    low, high = min(good), max(good)
    spread = max(high - low, abs(high) * 0.1, 1e-9)
    far = min(max([*bad, *marks, high + spread]), high + 6 * spread)
    near = max(min([*bad, *marks, low]), low - 2 * spread)
    room = (far - near) * 0.06
    return near - room, far + room
