"""The pieces of the loop, one by one, without threads where none are needed."""

import threading
from datetime import datetime, timezone
from itertools import count

import numpy as np
import pytest
from scripted_station import PATIENCE_S, Engine, picture

from engine.errors import ImageError, NotInPlace
from engine.score import Score
from station.inspection.events import Event, RunState
from station.inspection.expected import Expected
from station.inspection.handover import Ending, Handover
from station.inspection.inspector import Inspector
from station.inspection.latest import LatestSlot
from station.inspection.part_queue import PartQueue
from station.inspection.triggers import FreeRun, Interval, KeyTrigger
from station.parts import Faulted, FaultReason, Frame, Judged, Missed, Verdict

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


def frame(sequence: int, pixels: np.ndarray | None = None) -> Frame:
    return Frame(picture(10) if pixels is None else pixels, NOW, sequence, "a picture")


def missed(sequence: int) -> Missed:
    return Missed(sequence, NOW, FaultReason.NO_FRAME, "cable")


def test_a_slot_keeps_only_the_newest() -> None:
    slot: LatestSlot[int] = LatestSlot()
    assert slot.take() is None
    slot.put(1)
    slot.put(2)
    assert slot.take() == 2
    assert slot.take() is None


def test_a_full_queue_turns_the_picture_into_a_fault_in_its_place() -> None:
    queue = PartQueue(2)
    queue.number_with(count(7).__next__)
    for make in (frame, missed, frame, frame, missed):
        assert queue.accept(make, 1.5)
    assert (queue.accepted, len(queue)) == (5, 5)
    parts = [queue.get(0).part for _ in range(5)]
    assert [part.sequence for part in parts] == [7, 8, 9, 10, 11]
    assert [type(part) for part in parts] == [Frame, Missed, Frame, Missed, Missed]
    assert (parts[3].reason, parts[3].triggered_at) == (FaultReason.QUEUE_FULL, NOW)
    assert queue.get(0) is None


def test_the_queue_has_room_again_when_a_picture_is_taken() -> None:
    queue = PartQueue(1)
    queue.accept(frame, 0)
    assert not queue.wait_for_room(0)
    queue.get(0)
    assert queue.wait_for_room(0)
    queue.accept(missed, 0)
    assert queue.wait_for_room(0), "a missed part takes no room"


def test_a_closed_queue_accepts_and_counts_nothing_but_gives_what_it_has() -> None:
    queue = PartQueue(3)
    queue.accept(frame, 0)
    queue.close()
    assert not queue.accept(frame, 0)
    assert not queue.wait_for_room(PATIENCE_S)
    assert (queue.accepted, queue.closed, queue.drained) == (1, True, False)
    assert queue.get(0).part.sequence == 0
    assert queue.get(PATIENCE_S) is None
    assert queue.drained


def test_a_queue_needs_room() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        PartQueue(0)


def test_a_waiting_get_is_woken_by_a_part() -> None:
    queue, found = PartQueue(1), []
    thread = threading.Thread(target=lambda: found.append(queue.get(PATIENCE_S)))
    thread.start()
    queue.accept(frame, 0)
    thread.join(PATIENCE_S)
    assert found[0].part.sequence == 0


@pytest.mark.parametrize("trigger", [FreeRun(), Interval(0.001), KeyTrigger()])
def test_a_trigger_fires_only_while_armed(trigger) -> None:
    queue = PartQueue(1)
    fire = getattr(trigger, "fire", lambda: None)
    fire()
    assert not trigger.wait(queue, 0)
    trigger.arm()
    fire()
    assert trigger.wait(queue, 0)
    trigger.disarm()
    fire()
    assert not trigger.wait(queue, PATIENCE_S)


def test_free_run_waits_for_room() -> None:
    queue, trigger = PartQueue(1), FreeRun()
    trigger.arm()
    queue.accept(frame, 0)
    assert not trigger.wait(queue, 0)
    queue.get(0)
    assert trigger.wait(queue, 0)


def test_each_press_fires_once_and_a_press_before_a_pause_still_counts() -> None:
    queue, key = PartQueue(1), KeyTrigger()
    key.arm()
    assert key.fire()
    assert key.fire()
    key.disarm()
    assert not key.fire()
    assert [bool(key.wait(queue, 0)) for _ in range(3)] == [True, True, False]


def test_an_interval_keeps_its_beat_and_catches_up() -> None:
    now = [10.0]
    queue, trigger = PartQueue(1), Interval(2.0, clock=lambda: now[0])
    trigger.arm()
    assert [bool(trigger.wait(queue, 0)) for _ in range(2)] == [True, False]
    now[0] = 13.0
    assert [bool(trigger.wait(queue, 0)) for _ in range(2)] == [True, False]
    now[0] = 18.5
    assert [bool(trigger.wait(queue, 0)) for _ in range(4)] == [True, True, True, False]
    trigger.disarm()
    now[0] = 60.0
    trigger.arm()
    assert [bool(trigger.wait(queue, 0)) for _ in range(2)] == [True, False], (
        "a pause is not made up for"
    )


@pytest.mark.parametrize("period_s", [0.0, -1.0, float("nan")])
def test_an_impossible_interval_is_refused(period_s: float) -> None:
    with pytest.raises(ValueError, match="more than 0 seconds"):
        Interval(period_s)


def test_nothing_is_told_after_the_final_state() -> None:
    told: list[Event] = []
    handover = Handover(FreeRun(), 1)
    for state in (RunState.STARTING, RunState.RUNNING, RunState.FAILED, RunState.PAUSED):
        handover.tell(told.append, state, "why")
    handover.tell(told.append, RunState.STOPPED, "why")
    assert [event.state for event in told] == [
        *(RunState.STARTING, RunState.RUNNING, RunState.FAILED),
    ]


def test_the_first_reason_to_end_stands() -> None:
    handover = Handover(FreeRun(), 1)
    handover.end(RunState.FINISHED, "all played")
    handover.end(RunState.STOPPED, "stopped")
    assert handover.ending == Ending(RunState.FINISHED, "all played")


class Answers(Engine):
    """An engine that gives or raises what the test says."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def score(self, image: np.ndarray) -> Score:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def inspect(engine: Engine, pixels: np.ndarray | None = None, size=(0, 0)):
    inspector = Inspector(engine, 100.0, Expected(size), clock=lambda: 3.5)
    return inspector.inspect(frame(4, pixels), 3.0)


def answer(value: float, peak: float = 1.0, size: tuple[int, int] = (24, 32)) -> Answers:
    return Answers(Score(value, np.full(size, peak, np.float32)))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(99.999, Verdict.OK), (100.0, Verdict.NG), (100.001, Verdict.NG)],
)
def test_ng_starts_at_the_threshold(value: float, verdict: Verdict) -> None:
    judged = inspect(answer(value))
    assert isinstance(judged, Judged)
    assert (judged.verdict, judged.threshold, judged.score.value) == (verdict, 100.0, value)
    assert judged.elapsed_ms == pytest.approx(500.0)


@pytest.mark.parametrize(
    ("engine", "reason", "says"),
    [
        (answer(float("nan")), FaultReason.SCORING_FAILED, "not a number"),
        (answer(float("inf")), FaultReason.SCORING_FAILED, "not a number"),
        (answer(1.0, peak=float("nan")), FaultReason.SCORING_FAILED, "not a number"),
        (answer(1.0, size=(32, 24)), FaultReason.SCORING_FAILED, "anomaly map is (32, 24)"),
        (Answers(MemoryError()), FaultReason.SCORING_FAILED, "MemoryError"),
        (Answers(ImageError("Outside the region.")), FaultReason.UNFIT, "Outside the region."),
        (Answers(NotInPlace("Lay it straight.")), FaultReason.NOT_IN_PLACE, "Lay it straight."),
    ],
)
def test_scoring_that_goes_wrong_is_a_fault(engine, reason: FaultReason, says: str) -> None:
    fault = inspect(engine)
    assert isinstance(fault, Faulted)
    assert fault.reason is reason
    assert says in fault.text
    assert (fault.sequence, fault.source, fault.captured_at) == (4, "a picture", NOW)
    assert fault.pixels.shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("pixels", "size", "reason", "says"),
    [
        (np.full((24, 32, 3), 128, np.uint8), (0, 0), FaultReason.UNFIT, "blank"),
        (np.full((24, 32, 3), 3, np.uint8), (0, 0), FaultReason.BLACK, "blank: black"),
        (np.full((24, 32, 3), 255, np.uint8), (0, 0), FaultReason.OVEREXPOSED, "blank: white"),
        (picture(10, (30, 40)), (24, 32), FaultReason.WRONG_SIZE, "40 × 30 pixels"),
    ],
)
def test_an_unfit_picture_is_never_scored(pixels: np.ndarray, size, reason, says: str) -> None:
    engine = Engine()
    fault = inspect(engine, pixels, size)
    assert isinstance(fault, Faulted)
    assert fault.reason is reason
    assert says in fault.text
    assert engine.scored == 0


def test_free_run_lets_no_picture_wait_behind_another() -> None:
    queue, trigger = PartQueue(8), FreeRun()
    trigger.arm()
    assert trigger.wait(queue, 0)
    queue.accept(frame, 0)
    assert not trigger.wait(queue, 0)
    queue.get(0)
    assert trigger.wait(queue, 0)
