"""The handshake's rules one by one, on made-up time; and what the registers mean."""

from dataclasses import fields, replace

import pytest

from station.errors import LedgerError
from station.inspection.part_queue import PartQueue
from station.inspection.triggers import Interval, KeyTrigger
from station.ledger.row import Row
from station.line.handshake import REST, REST_S, Handshake
from station.line.outbox import MOST_RESULTS, Outbox
from station.line.registers import (
    OTHER_REASON,
    REASONS,
    Answer,
    Control,
    Result,
    Signals,
    Status,
    data_words,
    read_signals,
    result_of,
)
from station.line.trigger import GuardedTrigger, LineTrigger
from station.parts import FaultReason, NgReason, Verdict

HEARTBEAT_S, ACK_S, SCAN_S = 0.5, 1.0, 0.01
QUEUE = PartQueue(8)
NONE, UP, ACK = Control(0), Control.TRIGGER, Control.RESULTS_ACK
OK_1 = Result(7, Answer.OK, 0, 1)


def row(sequence: int, verdict: Verdict = Verdict.OK, reason: str = "") -> Row:
    values = {field.name: "" for field in fields(Row)}
    return Row(**{**values, "sequence": sequence, "verdict": verdict, "reason": reason})


class Bench:
    """A handshake, and a PLC that says what the test wants, scan by scan."""

    def __init__(self, capacity: int = 2, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.trigger, self.outbox = LineTrigger(capacity), Outbox()
        self.shake = Handshake(self.trigger, self.outbox, heartbeat_s=heartbeat_s, ack_s=ACK_S)
        self.now_s, self.beat, self.said = 0.0, 0, REST

    def scan(self, control=NONE, number=0, text="", *, alive=True, wait_s=SCAN_S):
        self.now_s += wait_s
        self.beat += alive
        plc = Signals(Control.TRIGGER_ENABLE | control, self.beat, number, text)
        self.said = self.shake.step(plc, self.now_s)
        return self.said

    def control(self):
        self.scan()
        self.scan(wait_s=REST_S)
        assert self.scan().status & Status.LINE_CONTROLLED
        return self

    def offer(self, *results):
        for result in results:
            self.outbox.put(result, self.outbox.cleared)

    def part(self, number, sequence):
        """One part triggered, its picture taken, its trigger done."""
        self.scan(UP, number)
        assert self.trigger.wait(QUEUE, 0)
        self.trigger.numbered(sequence)
        self.scan()


@pytest.fixture
def bench():
    made = Bench().control()
    made.trigger.arm()
    return made


def has(said, *bits):
    return all(said.status & bit for bit in bits)


def test_the_line_is_controlled_once_the_heartbeat_moves_and_both_sides_rested():
    bench = Bench()
    assert bench.scan(alive=False) == REST
    assert bench.scan(alive=False, wait_s=REST_S) == REST
    assert "heartbeat register stands still" in bench.shake.trouble
    assert has(bench.scan(), Status.LINE_CONTROLLED)


def test_a_plc_without_a_heartbeat_may_be_allowed():
    bench = Bench(heartbeat_s=0)
    bench.scan(alive=False)
    bench.scan(alive=False, wait_s=REST_S)
    assert has(bench.scan(alive=False, wait_s=99), Status.LINE_CONTROLLED)


def test_a_heartbeat_that_stands_still_ends_control_and_forgets_all(bench):
    bench.part(7, 1)
    bench.offer(OK_1)
    assert bench.scan(alive=False, wait_s=HEARTBEAT_S) != REST
    assert bench.scan(alive=False) == REST
    assert not bench.shake.controlled
    assert "heartbeat" in bench.shake.trouble
    assert bench.scan(wait_s=REST_S / 2) == REST
    assert not has(bench.scan(wait_s=REST_S), Status.RESULTS_VALID)
    assert bench.shake.controlled
    assert bench.trigger.answered(1) == 0


@pytest.mark.parametrize(("bit", "name"), [(UP, "Trigger"), (ACK, "Results Ack")])
def test_a_bit_held_from_before_is_no_signal(bit, name):
    bench = Bench()
    bench.trigger.arm()
    bench.scan(bit, 7)
    assert bench.scan(bit, 7, wait_s=REST_S) == REST
    assert f"still holds {name} from before" in bench.shake.trouble
    assert has(bench.scan(), Status.LINE_CONTROLLED)
    assert not bench.trigger.wait(QUEUE, 0)


def test_a_trigger_is_acknowledged_until_it_falls_and_counted_once(bench):
    assert has(bench.scan(), Status.TRIGGER_READY)
    for _ in range(3):
        said = bench.scan(UP, 7, "SN 7")
        assert has(said, Status.TRIGGER_ACK, Status.BUSY)
        assert not said.status & (Status.TRIGGER_READY | Status.MISSED_ACQUISITION)
        assert said.triggered == 7
    assert bench.trigger.wait(QUEUE, 0).part_id == "SN 7"
    assert not bench.trigger.wait(QUEUE, 0)
    said = bench.scan()
    assert not has(said, Status.TRIGGER_ACK)
    assert has(said, Status.TRIGGER_READY)


def test_a_part_that_is_answered_before_its_trigger_falls_is_not_taken_again(bench):
    bench.scan(UP, 7)
    assert bench.trigger.wait(QUEUE, 0)
    bench.trigger.numbered(1)
    assert bench.trigger.answered(1) == 7
    bench.scan(UP, 7)
    assert not bench.trigger.wait(QUEUE, 0)


def test_without_a_text_the_number_is_the_part_id(bench):
    bench.scan(UP, 70_000)
    assert bench.trigger.wait(QUEUE, 0).part_id == "70000"


def test_a_part_that_a_code_is_to_name_is_not_called_by_its_number():
    trigger = LineTrigger(2, numbers_are_ids=False)
    trigger.arm()
    assert trigger.fire(7, "")
    assert trigger.fire(8, "SN 8")
    assert [trigger.wait(QUEUE, 0).part_id for _ in range(2)] == ["", "SN 8"]


def test_a_trigger_is_noted_before_the_plc_hears_that_it_was_accepted(bench):
    noted = []
    assert bench.trigger.note_in(noted.append)
    said = bench.scan(UP, 7)
    assert noted == ["7"]
    assert has(said, Status.TRIGGER_ACK)


def test_a_trigger_that_cannot_be_noted_is_missed(bench):
    def refuse(part_id: str) -> None:
        raise LedgerError("The disk is full.")

    bench.trigger.note_in(refuse)
    bench.scan(UP, 7)
    assert not bench.trigger.wait(QUEUE, 0)
    assert not bench.trigger.under_way


def test_without_trigger_enable_nothing_is_triggered(bench):
    for control in (Control(0), UP):
        bench.now_s, bench.beat = bench.now_s + SCAN_S, bench.beat + 1
        said = bench.shake.step(Signals(control, bench.beat, 7, ""), bench.now_s)
        assert not has(said, Status.TRIGGER_READY)
        assert not has(said, Status.TRIGGER_ACK)
    assert not bench.trigger.wait(QUEUE, 0)


def test_a_trigger_while_nobody_inspects_is_missed_and_says_which(bench):
    bench.trigger.disarm()
    assert not has(bench.scan(), Status.TRIGGER_READY)
    said = bench.scan(UP, 7)
    assert has(said, Status.MISSED_ACQUISITION)
    assert (said.missed, said.triggered) == (7, 0)
    assert has(said, Status.TRIGGER_ACK)
    assert not has(bench.scan(), Status.TRIGGER_ACK)
    bench.trigger.arm()
    assert not has(bench.scan(UP, 8), Status.MISSED_ACQUISITION)


@pytest.mark.parametrize("number", [0, 7])
def test_a_part_number_of_nobody_or_of_a_part_under_way_is_refused(bench, number):
    bench.part(7, 1)
    said = bench.scan(UP, number)
    assert has(said, Status.MISSED_ACQUISITION)
    assert (said.missed, said.triggered) == (number, 7)
    assert not bench.trigger.wait(QUEUE, 0)


def test_the_plc_is_asked_to_wait_while_enough_parts_are_under_way(bench):
    bench.part(7, 1)
    assert has(bench.scan(), Status.TRIGGER_READY)
    bench.part(8, 2)
    assert not has(bench.scan(), Status.TRIGGER_READY)
    bench.part(9, 3)  # It did not wait: accepted all the same, and answered.
    assert bench.trigger.answered(3) == 9
    bench.trigger.answered(2)
    assert has(bench.scan(), Status.TRIGGER_READY)


def test_a_part_that_did_not_fit_is_named_as_missed(bench):
    bench.part(7, 1)
    bench.outbox.note_missed(bench.trigger.answered(1))
    said = bench.scan()
    assert has(said, Status.MISSED_ACQUISITION)
    assert said.missed == 7


def test_results_are_offered_one_by_one_each_until_acknowledged(bench):
    second = replace(OK_1, number=8, answer=Answer.NG)
    bench.offer(OK_1, second)
    first = bench.scan()
    assert has(first, Status.RESULTS_VALID, Status.INSPECTION_COMPLETED)
    assert first.result == OK_1
    assert bench.scan() == first
    taken = bench.scan(ACK)
    assert not has(taken, Status.RESULTS_VALID)
    assert taken.result == Result()
    assert not has(bench.scan(ACK), Status.RESULTS_VALID)
    said = bench.scan()
    assert said.result == second
    assert has(said, Status.RESULTS_VALID)
    assert not has(said, Status.INSPECTION_COMPLETED)
    bench.scan(ACK)
    assert not bench.scan().status & (Status.RESULTS_VALID | Status.BUSY)


def test_a_result_that_is_not_acknowledged_ends_control(bench):
    bench.offer(OK_1, replace(OK_1, number=8))
    bench.scan()
    assert bench.scan(wait_s=ACK_S) != REST
    assert bench.scan() == REST
    assert "it did not acknowledge the result of part 7 within 1 s" in bench.shake.trouble
    assert bench.control().said.result == Result()


def test_an_acknowledgement_that_stays_ends_control(bench):
    bench.offer(OK_1, replace(OK_1, number=8))
    bench.scan()
    bench.scan(ACK)
    assert bench.scan(ACK, wait_s=ACK_S) != REST
    assert bench.scan(ACK) == REST
    assert "it did not lower Results Ack within 1 s" in bench.shake.trouble
    assert bench.control().said.result == Result()


def test_an_answer_that_was_being_made_when_the_plc_was_lost_is_never_offered(bench):
    bench.part(7, 1)
    cleared = bench.outbox.cleared
    number = bench.trigger.answered(1)
    bench.shake.begin()
    bench.control()
    bench.outbox.put(replace(OK_1, number=number), cleared)
    assert bench.scan().result == Result()


def test_results_that_nobody_takes_are_bounded(bench):
    bench.offer(*(replace(OK_1, number=n) for n in range(1, MOST_RESULTS + 6)))
    assert len(bench.outbox) == MOST_RESULTS
    assert bench.scan().result.number == 6


def test_a_trigger_that_got_no_row_is_answered_by_no_other_row(bench):
    bench.scan(UP, 7)
    assert bench.trigger.wait(QUEUE, 0)
    bench.trigger.withdrawn()
    assert bench.trigger.under_way == 0
    bench.trigger.numbered(1)
    bench.scan()
    bench.part(8, 2)
    assert bench.trigger.answered(1) == 0
    assert bench.trigger.answered(2) == 8
    assert bench.trigger.under_way == 0


def test_every_reason_has_a_code_of_its_own():
    reasons = [reason.value for kind in (FaultReason, NgReason) for reason in kind]
    codes = [REASONS[reason] for reason in reasons]
    assert len(set(codes)) == len(codes)
    assert not {0, OTHER_REASON} & set(codes)


@pytest.mark.parametrize(
    ("verdict", "reason", "words"),
    [
        (Verdict.OK, "", [1, 4464, 1, 0, 0, 9]),
        (Verdict.NG, "", [1, 4464, 2, 0, 0, 9]),
        (Verdict.NG, "wrong product", [1, 4464, 2, 100, 0, 9]),
        (Verdict.FAULT, "late", [1, 4464, 3, 3, 0, 9]),
        (Verdict.FAULT, "new one", [1, 4464, 3, 99, 0, 9]),
    ],
)
def test_a_row_as_registers(verdict, reason, words):
    result = result_of(row(9, verdict, reason), 70_000)
    assert data_words(result, 3, 65_537) == [*words, 0, 3, 1, 1]


def test_registers_as_signals():
    text = [0x5A6F, 0xC3AB, 0x0A37, 0x0041, *[0x4141] * 12]  # "Zoë\n7", an end, and old text
    found = read_signals([0xFFFD, 65_535, 1, 4464, *text])
    assert found == Signals(Control.TRIGGER_ENABLE | ACK, 65_535, 70_000, "Zoë 7")


class Controlled:
    on = False

    def __call__(self) -> bool:
        return self.on


def test_a_guarded_trigger_fires_only_while_the_line_is_controlled():
    key, controlled = KeyTrigger(), Controlled()
    guarded = GuardedTrigger(key, controlled)
    guarded.arm()
    assert not key.fire()
    assert not guarded.wait(QUEUE, 0)
    controlled.on = True
    assert not guarded.wait(QUEUE, 0)
    assert key.fire()
    controlled.on = False
    assert guarded.wait(QUEUE, 0)  # It had been promised before.
    assert not key.fire()
    controlled.on = True
    guarded.disarm()
    assert not guarded.wait(QUEUE, 0)
    assert not key.fire()


def test_a_guarded_interval_does_not_catch_up():
    now_s = 0.0
    controlled = Controlled()
    guarded = GuardedTrigger(Interval(1.0, lambda: now_s), controlled)
    controlled.on = True
    guarded.arm()
    assert guarded.wait(QUEUE, 0)
    controlled.on = False
    assert not guarded.wait(QUEUE, 0)
    now_s, controlled.on = 100.0, True
    assert [bool(guarded.wait(QUEUE, 0)) for _ in range(3)] == [True, False, False]
