"""The line against a real Modbus TCP server whose PLC program rejects all but a fresh OK."""

import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from plc import PATIENCE_S, Plc
from test_line_handshake import row

from station.inspection.events import LineChanged
from station.inspection.part_queue import PartQueue
from station.line import NoLine, open_line
from station.line.backoff import BackOff
from station.line.registers import Answer, Status
from station.parts import Verdict
from station.settings import LaneSettings, LineSettings

ROOT = Path(__file__).resolve().parents[2]
QUEUE = PartQueue(8)
PATIENT = {"poll_ms": 2.0, "answer_ms": 5000.0, "heartbeat_ms": 5000.0, "ack_ms": 20_000.0}
"""For tests that are not about a PLC that is slow: the machine that tests may be."""

USUAL = LineSettings()


class Station:
    """A line that runs, what it published, and parts taken by hand."""

    def __init__(self, port, lane=None, **line):
        settings = LineSettings("modbus", "127.0.0.1", port, **{**PATIENT, **line})
        self.line = open_line(settings, lane or LaneSettings(trigger="line"))
        self.told: list[LineChanged] = []
        self.changed = threading.Condition()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.line.run, args=(self.stop, self.hear))
        self.sequence = 0

    def hear(self, event):
        with self.changed:
            self.told.append(event)
            self.changed.notify_all()

    def wait_told(self, *, controlled, says=""):
        """Wait until the newest event is this one."""

        def newest():
            return (
                self.told and self.told[-1].controlled is controlled and says in self.told[-1].text
            )

        with self.changed:
            assert self.changed.wait_for(newest, PATIENCE_S), self.told
        return self.told[-1].text

    def take(self):
        """Take the next triggered part; its ledger number."""
        fired = self.line.trigger.wait(QUEUE, PATIENCE_S)
        assert fired
        self.sequence += 1
        self.part_id = fired.part_id
        self.line.trigger.numbered(self.sequence)
        return self.sequence

    def finish(self):
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@contextmanager
def running(port, lane=None, **line):
    station = Station(port, lane, **line)
    station.line.trigger.arm()
    station.thread.start()
    try:
        yield station
    finally:
        station.finish()


@pytest.fixture
def plc():
    with Plc() as made:
        yield made


@pytest.fixture
def station(plc):
    with running(plc.port) as made:
        made.wait_told(controlled=True)
        yield made


def test_every_part_gets_its_own_verdict_under_its_own_number(plc, station):
    program = plc.program
    program.trigger((70_001, "SN-1"), 70_002, (70_003, "SN-3"))
    numbers, names = [], []
    for _ in range(3):
        numbers.append(station.take())
        names.append(station.part_id)
    assert names == ["SN-1", "70002", "SN-3"]
    for number, verdict in zip(numbers, (Verdict.OK, Verdict.NG, Verdict.FAULT), strict=True):
        station.line.answer(row(number, verdict, "late" if verdict is Verdict.FAULT else ""))
    program.wait(lambda: len(program.heard) == 3)
    assert program.accepted == [70_001, 70_002, 70_003]
    assert [(part, heard.answer) for part, heard in program.heard] == [
        (70_001, Answer.OK),
        (70_002, Answer.NG),
        (70_003, Answer.FAULT),
    ]
    assert [heard.sequence for _, heard in program.heard] == [1, 2, 3]
    assert program.heard[2][1].reason == 3
    assert [program.passes(part) for part in (70_001, 70_002, 70_003, 70_004)] == [
        True,
        False,
        False,
        False,
    ]


def test_a_burst_of_triggers_that_does_not_wait_is_answered_part_by_part(plc, station):
    program = plc.program
    program.impatient = True
    program.trigger(*range(1, 61))
    taken = [station.take() for _ in range(60)]
    program.wait(lambda: len(program.accepted) == 60)
    for sequence in taken:
        fits = sequence % 4
        station.line.answer(
            row(sequence, Verdict.OK) if fits else row(sequence, Verdict.FAULT, "queue full")
        )
        program.wait(lambda sequence=sequence: len(program.heard) == sequence)
    program.wait(lambda: bool(program.status() & Status.MISSED_ACQUISITION))
    assert [part for part, _ in program.heard] == list(range(1, 61))
    assert all(program.passes(part) is bool(part % 4) for part in range(1, 61))


def test_a_server_that_goes_down_ends_control_and_its_parts_are_never_answered(plc, station):
    program = plc.program
    program.trigger(7)
    old = station.take()
    program.wait(lambda: program.accepted == [7])
    plc.stop()
    text = station.wait_told(controlled=False)
    assert "The line is not controlled: the PLC at 127.0.0.1" in text
    assert "every part must be rejected" in text
    assert not station.line.controlled
    plc.start()
    station.wait_told(controlled=True)
    station.line.answer(row(old))
    program.trigger(8)
    station.line.answer(row(station.take()))
    program.wait(lambda: len(program.heard) == 1)
    assert program.passes(8)
    assert not program.passes(7)


def test_a_program_in_stop_is_a_line_not_controlled(plc):
    with running(plc.port, heartbeat_ms=USUAL.heartbeat_ms) as station:
        station.wait_told(controlled=True)
        plc.program.running = False
        text = station.wait_told(controlled=False)
        assert "its heartbeat register stands still. Switch its program to RUN" in text
        plc.program.wait(lambda: plc.words[30] == 0)
        plc.program.running = True
        station.wait_told(controlled=True)


def test_a_plc_that_acknowledges_nothing_is_named_and_gets_no_old_result(plc):
    with running(plc.port, ack_ms=500.0) as station:
        station.wait_told(controlled=True)
        plc.program.acknowledges = False
        plc.program.trigger(7, 8)
        station.line.answer(row(station.take()))
        station.wait_told(controlled=False, says="did not acknowledge the result of part 7")
        plc.program.acknowledges = True
        station.wait_told(controlled=True)
        plc.program.trigger(9)
        while station.take() and station.part_id != "9":
            pass
        station.line.answer(row(station.sequence))
        plc.program.wait(lambda: [part for part, _ in plc.program.heard] == [9])


def test_a_server_that_is_frozen_ends_control_and_comes_back(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.station.plc"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        with running(int(child.stdout.readline()), answer_ms=USUAL.answer_ms) as station:
            station.wait_told(controlled=True)
            child.send_signal(signal.SIGSTOP)
            assert "does not answer" in station.wait_told(controlled=False)
            child.send_signal(signal.SIGCONT)
            station.wait_told(controlled=True)
            child.send_signal(signal.SIGKILL)
            station.wait_told(controlled=False)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_lanes_share_a_plc_and_keep_to_their_own_registers():
    lanes = [
        LaneSettings("top", trigger="line"),
        LaneSettings("side", trigger="line", registers=50),
    ]
    with (
        Plc(0, 50) as plc,
        running(plc.port, lanes[0]) as top,
        running(plc.port, lanes[1]) as side,
    ):
        for number, (station, program) in enumerate(zip((top, side), plc.programs, strict=True)):
            station.wait_told(controlled=True)
            program.trigger(number + 10)
            station.line.answer(row(station.take()))
        for number, program in enumerate(plc.programs):
            program.wait(lambda program=program: program.heard)
            assert [part for part, _ in program.heard] == [number + 10]


def test_a_lane_with_its_own_sensor_answers_without_a_part_number(plc):
    with running(plc.port, LaneSettings(trigger="camera", registers=0)) as station:
        station.wait_told(controlled=True)
        station.line.answer(row(41, Verdict.NG))
        plc.program.wait(lambda: plc.program.heard)
        ((part, heard),) = plc.program.heard
        assert (part, heard.answer, heard.sequence) == (0, Answer.NG, 41)


@pytest.mark.parametrize(
    ("lane", "line", "says"),
    [
        (LaneSettings(trigger="line", registers=190), {}, "does not let registers 210 to 219"),
        (LaneSettings(trigger="line"), {"device_id": 9}, "'device_id'"),
    ],
)
def test_a_plc_that_refuses_is_a_sentence_about_the_settings(plc, lane, line, says):
    with running(plc.port, lane, **line) as station:
        text = station.wait_told(controlled=False, says="Modbus exception")
    assert says in text


def test_after_a_stop_the_last_result_is_handed_out_and_the_safe_state_left(plc, station):
    program = plc.program
    program.trigger(7)
    station.line.answer(row(station.take()))
    station.line.trigger.disarm()
    station.finish()
    assert program.passes(7)
    assert Status(plc.words[30]) == Status(0)
    assert plc.words[20:30] == [0] * 10
    assert not station.line.controlled
    assert "the station has stopped" in station.told[-1].text


@contextmanager
def deaf():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_stop_ends_waiting_for_a_plc_that_is_away_or_mute():
    with deaf() as port, running(port, answer_ms=USUAL.answer_ms) as station:
        assert "does not answer" in station.wait_told(controlled=False, says="answer")
    with running(port) as station:
        assert "cannot be reached" in station.wait_told(controlled=False, says="reached")


class StopAfter:
    """An event that is never set, whose waits pass at once and are noted on a made-up clock."""

    def __init__(self):
        self.now_s = 0.0

    def wait(self, timeout_s):
        self.now_s += timeout_s
        return False


def test_waiting_doubles_to_thirty_seconds_and_ends_when_it_is_back():
    stop = StopAfter()
    backoff, waited = BackOff(lambda: stop.now_s), []
    for _ in range(7):
        begun = stop.now_s
        backoff.wait(stop, lambda: False)
        waited.append(stop.now_s - begun)
    assert waited == [1, 2, 4, 8, 16, 30, 30]
    begun = stop.now_s
    backoff.wait(stop, lambda: True)
    assert stop.now_s - begun == 0.5
    backoff.reset()
    begun = stop.now_s
    backoff.wait(stop, lambda: False)
    assert stop.now_s - begun == 1


def test_a_lane_off_the_line_needs_no_plc():
    line = open_line(LineSettings(), LaneSettings())
    assert isinstance(line, NoLine)
    assert line.controlled
    assert line.guard(line.trigger) is line.trigger
    line.answer(row(1))
    stop = threading.Event()
    stop.set()
    line.run(stop, lambda event: None)


def test_settings_put_a_lane_on_the_line():
    line = LineSettings("modbus", "127.0.0.1")
    assert isinstance(open_line(line, LaneSettings(trigger="free")), NoLine)
    assert not isinstance(open_line(line, LaneSettings(trigger="line")), NoLine)
    assert not isinstance(open_line(line, LaneSettings(registers=50)), NoLine)
