"""Threads: progress, cancel, failure, stop."""

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import TeachError
from engine.progress import IsCancelled, Progress, raise_if
from station.ui.error_door import ErrorDoor, Trouble
from station.ui.threads import UNEXPECTED, Job, LoopThread


def test_a_job_reports_progress_and_its_result(qtbot: QtBot) -> None:
    def work(progress: Progress, cancelled: IsCancelled) -> str:
        progress("reading", 1, 2)
        progress("reading", 2, 2)
        progress("features", 1, 1)
        return "a recipe"

    job, told = Job(work), []
    job.progress.connect(lambda *progress: told.append(progress))
    with qtbot.waitSignal(job.done) as result:
        job.start()
    job.wait()
    assert result.args == ["a recipe"]
    assert told == [("reading", 1, 2), ("reading", 2, 2), ("features", 1, 1)]


def test_a_job_does_not_flood_the_screen_but_never_withholds_the_end(qtbot: QtBot) -> None:
    def work(progress: Progress, cancelled: IsCancelled) -> None:
        for done in range(1, 1001):
            progress("coreset", done, 1000)

    job, told = Job(work, clock=lambda: 7.0), []
    job.progress.connect(lambda *progress: told.append(progress))
    with qtbot.waitSignal(job.done):
        job.start()
    job.wait()
    assert told == [("coreset", 1, 1000), ("coreset", 1000, 1000)]


def test_a_cancelled_job_says_so_and_nothing_else(qtbot: QtBot) -> None:
    begun = threading.Event()

    def work(progress: Progress, cancelled: IsCancelled) -> None:
        begun.set()
        while True:
            raise_if(cancelled)

    job, others = Job(work), []
    job.done.connect(others.append)
    job.failed.connect(others.append)
    with qtbot.waitSignal(job.cancelled):
        job.start()
        assert begun.wait(5)
        job.cancel()
    job.wait()
    assert others == []


def test_a_job_that_fails_tells_the_sentence(qtbot: QtBot) -> None:
    def work(progress: Progress, cancelled: IsCancelled) -> None:
        raise TeachError("2 pictures cannot show what varies. Give 20 or more.")

    job = Job(work)
    with qtbot.waitSignal(job.failed) as failed:
        job.start()
    job.wait()
    assert failed.args == ["2 pictures cannot show what varies. Give 20 or more."]


def test_a_bug_in_a_job_goes_through_the_error_door(qtbot: QtBot) -> None:
    def work(progress: Progress, cancelled: IsCancelled) -> None:
        raise ZeroDivisionError("nobody meant this")

    job, door = Job(work), ErrorDoor()
    sentences: list[str] = []
    troubles: list[Trouble] = []
    job.failed.connect(sentences.append)
    door.reported.connect(troubles.append)
    door.install()
    try:
        with qtbot.waitSignals([job.failed, door.reported]):
            job.start()
        job.wait()
    finally:
        door.uninstall()
    assert sentences == [UNEXPECTED]
    assert "nobody meant this" in troubles[0].details


class _Counting:
    def run(self, stop: threading.Event, publish: Callable[[object], None]) -> None:
        publish("begun")
        stop.wait()
        publish("ended")


class _Broken:
    def run(self, stop: threading.Event, publish: Callable[[object], None]) -> None:
        raise RuntimeError("the loop broke")


def test_a_loop_publishes_and_ends_when_stopped(qtbot: QtBot) -> None:
    thread, told = LoopThread(_Counting()), []
    thread.published.connect(told.append)
    with qtbot.waitSignal(thread.published):
        thread.start()
    with qtbot.waitSignal(thread.finished):
        assert thread.stop()
    assert told == ["begun", "ended"]


def test_a_broken_loop_hands_over_its_exception(qtbot: QtBot) -> None:
    thread = LoopThread(_Broken())
    with qtbot.waitSignal(thread.failed) as failed:
        thread.start()
    thread.wait()
    with pytest.raises(RuntimeError, match="the loop broke"):
        raise failed.args[0]
