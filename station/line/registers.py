"""One lane's block of holding registers on the PLC, and what its words mean.

The register map for people is the manual's page on the PLC; the two must agree. Numbers of two
registers have their high word first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from station.ledger.row import Row
from station.parts import FaultReason, NgReason, Verdict

FROM_PLC = 0
"""Offset of what the PLC writes: control, heartbeat, part number (2), part id (16)."""

FROM_PLC_WORDS = 20
DATA = 20
"""Offset of the result: part number (2), verdict, reason, ledger number (2); then the number of the
part that was accepted last (2) and of the one that was missed last (2)."""

STATUS = 30
"""Offset of the status bits and the station's heartbeat."""

TEXT_WORDS = 16
WORD = 0xFFFF


class Control(IntFlag):
    """Bits that the PLC raises."""

    TRIGGER_ENABLE = 1
    TRIGGER = 2
    RESULTS_ACK = 4


class Status(IntFlag):
    """Bits that the station raises."""

    TRIGGER_READY = 1
    TRIGGER_ACK = 2
    MISSED_ACQUISITION = 4
    BUSY = 8
    INSPECTION_COMPLETED = 16
    RESULTS_VALID = 32
    LINE_CONTROLLED = 64


class Answer(IntEnum):
    """A verdict as the PLC reads it; anything but OK is a reject."""

    NONE = 0
    OK = 1
    NG = 2
    FAULT = 3


REASONS: dict[str, int] = {
    FaultReason.NO_FRAME.value: 1,
    FaultReason.QUEUE_FULL.value: 2,
    FaultReason.LATE.value: 3,
    FaultReason.UNFIT.value: 4,
    FaultReason.BLACK.value: 5,
    FaultReason.OVEREXPOSED.value: 6,
    FaultReason.BLURRED.value: 7,
    FaultReason.FROZEN.value: 8,
    FaultReason.TORN.value: 9,
    FaultReason.WRONG_SIZE.value: 10,
    FaultReason.NOT_IN_PLACE.value: 11,
    FaultReason.SCORING_FAILED.value: 12,
    FaultReason.STOPPED.value: 13,
    NgReason.WRONG_PRODUCT.value: 100,
}
OTHER_REASON = 99


@dataclass(frozen=True, slots=True)
class Signals:
    """What the PLC says. number: of the part at the trigger; part_id: its text, or ""."""

    control: Control
    heartbeat: int
    number: int
    part_id: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the station answers. number: of the part as the PLC gave it, 0 where it gave none.

    sequence: the part's number in the ledger.
    """

    number: int = 0
    answer: Answer = Answer.NONE
    reason: int = 0
    sequence: int = 0


NOTHING = Result()
"""No result: what the registers hold while Results Valid is low."""


def read_signals(words: Sequence[int]) -> Signals:
    """Decode the `FROM_PLC_WORDS` registers that the PLC writes; bits unknown to us are ignored."""
    control = Control(words[0] & 0b111)
    return Signals(control, words[1], _joined(words[2:4]), _text(words[4 : 4 + TEXT_WORDS]))


def result_of(row: Row, number: int) -> Result:
    """Return the answer for a committed row."""
    reason = REASONS.get(row.reason, OTHER_REASON) if row.reason else 0
    return Result(number, _ANSWERS[row.verdict], reason, row.sequence)


def data_words(result: Result, triggered: int, missed: int) -> list[int]:
    """Encode the registers from `DATA` on, with the numbers accepted and missed last."""
    return [
        *_split(result.number),
        int(result.answer),
        result.reason,
        *_split(result.sequence),
        *_split(triggered),
        *_split(missed),
    ]


_ANSWERS = {Verdict.OK: Answer.OK, Verdict.NG: Answer.NG, Verdict.FAULT: Answer.FAULT}


def _joined(words: Sequence[int]) -> int:
    return words[0] << 16 | words[1]


def _split(number: int) -> tuple[int, int]:
    return number >> 16 & WORD, number & WORD


def _text(words: Sequence[int]) -> str:
    data = b"".join(word.to_bytes(2, "big") for word in words)
    text = data.split(b"\0")[0].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
