"""Whole runs triggered by a PLC: a real server, a real ledger, and what the gate lets through."""

from contextlib import contextmanager

import pytest
from plc import Plc
from scripted_station import BAD, GOOD, Camera, Engine, Station
from test_line_modbus import running

from station.home import Home
from station.inspection.events import RunState
from station.line.registers import Answer, Status
from station.parts import FaultReason, Verdict


@contextmanager
def inspecting(tmp_path, script, engine=None, **options):
    """A PLC's program, the line and a run that it triggers."""
    with Plc() as plc, running(plc.port) as line:
        line.wait_told(controlled=True)
        run = Station(
            Home(tmp_path),
            Camera(script),
            line.line.trigger,
            engine,
            answer=line.line.answer,
            **options,
        ).start()
        run.wait_for_state(RunState.RUNNING)
        yield plc, line, run


def test_the_gate_lets_through_exactly_the_parts_that_are_ok(tmp_path):
    pictures = [BAD if n % 3 == 0 else GOOD for n in range(1, 13)]
    with inspecting(tmp_path, pictures) as (plc, _, run):
        plc.program.trigger(*((1000 + n, f"SN-{n:02d}") for n in range(1, 13)))
        plc.program.wait(lambda: len(plc.program.heard) == 12)
        run.finish()
    assert [plc.program.passes(1000 + n) for n in range(1, 13)] == [
        n % 3 != 0 for n in range(1, 13)
    ]
    rows = run.rows()
    assert [row.part_id for row in rows] == [f"SN-{n:02d}" for n in range(1, 13)]
    assert [heard.sequence for _, heard in plc.program.heard] == [row.sequence for row in rows]


def test_more_triggers_than_can_be_judged_are_rejected_each_with_its_row(tmp_path):
    engine = Engine(gate_open=False)
    with inspecting(tmp_path, [GOOD] * 40, engine, queue_capacity=2) as (plc, _, run):
        program = plc.program
        program.impatient = True
        program.trigger(*range(1, 41))
        program.wait(lambda: len(program.accepted) == 40)
        assert not program.status() & Status.TRIGGER_READY
        run.until(lambda: run.session.triggers == 40)
        engine.gate.set()
        program.wait(lambda: len(program.heard) == 40)
        assert program.status() & Status.MISSED_ACQUISITION
        run.finish()
    answers = dict(program.heard)
    passed = [number for number in range(1, 41) if program.passes(number)]
    full = [row for row in run.rows() if row.reason == FaultReason.QUEUE_FULL.value]
    assert len(run.rows()) == len(answers) == 40
    assert len(passed) + len(full) == 40
    assert len(full) >= 37
    assert all(answers[int(row.part_id)].answer is Answer.FAULT for row in full)


def test_a_plc_that_is_lost_gets_no_verdict_of_before_and_every_part_its_row(tmp_path):
    engine = Engine(gate_open=False)
    with inspecting(tmp_path, [GOOD] * 5, engine) as (plc, line, run):
        program = plc.program
        program.trigger(1, 2, 3)
        program.wait(lambda: len(program.accepted) == 3)
        plc.stop()
        line.wait_told(controlled=False)
        engine.gate.set()
        run.wait_for_rows(3)
        plc.start()
        line.wait_told(controlled=True)
        program.trigger(4, 5)
        program.wait(lambda: len(program.heard) == 2)
        run.finish()
    assert [row.verdict for row in run.rows()] == [Verdict.OK] * 5
    assert [row.part_id for row in run.rows()] == ["1", "2", "3", "4", "5"]
    assert [program.passes(number) for number in range(1, 6)] == [False, False, False, True, True]


def test_paused_and_stopped_the_plc_is_not_ready_and_a_trigger_is_missed(tmp_path):
    with inspecting(tmp_path, [GOOD] * 3) as (plc, _, run):
        program = plc.program
        program.wait(lambda: bool(program.status() & Status.TRIGGER_READY))
        run.session.pause()
        run.wait_for_state(RunState.PAUSED)
        program.impatient = True
        program.trigger(1)
        program.wait(lambda: program.missed == [1])
        run.session.resume()
        program.trigger(2)
        program.wait(lambda: len(program.heard) == 1)
        run.finish()
        program.trigger(3)
        program.wait(lambda: program.missed == [1, 3])
    assert [row.part_id for row in run.rows()] == ["2"]


@pytest.mark.parametrize("camera_gives", ["nothing", "a picture of another size"])
def test_a_part_that_cannot_be_judged_is_a_fault_to_the_plc_too(tmp_path, camera_gives):
    from station.errors import CameraError

    odd = CameraError("No picture came.") if camera_gives == "nothing" else GOOD[:10]
    with inspecting(tmp_path, [odd, GOOD]) as (plc, _, run):
        program = plc.program
        program.trigger(1, 2)
        program.wait(lambda: len(program.heard) == 2)
        run.finish()
    (_, first), (_, second) = program.heard
    assert (first.answer, second.answer) == (Answer.FAULT, Answer.OK)
    assert first.reason == (1 if camera_gives == "nothing" else 10)
