"""Faults reach the log and the person, whichever thread they come from."""

import sys
import threading

import pytest
from PySide6.QtWidgets import QDialog, QPlainTextEdit
from pytestqt.qtbot import QtBot

from station.errors import CameraError
from station.home import Home
from station.ui.banner import Banner
from station.ui.conductor import Conductor
from station.ui.error_door import ErrorDoor, Trouble, close_log, open_log

SENTENCE = "Camera 'top' stopped sending frames. Check the cable, then press Start."


def test_a_known_error_shows_its_sentence_and_goes_when_dismissed(conductor: Conductor) -> None:
    banner = conductor.window.banner
    conductor.door.report(CameraError(SENTENCE))
    assert banner.isVisible()
    assert banner.sentence.text() == SENTENCE
    assert not banner.details_button.isVisible()
    banner.close_button.click()
    assert not banner.isVisible()


def test_a_bug_shows_where_its_details_are(conductor: Conductor, qtbot: QtBot) -> None:
    conductor.door.report(ValueError("nobody meant this"))
    banner = conductor.window.banner
    assert "details are in the log" in banner.sentence.text()
    banner.details_button.click()
    dialog = conductor.window.findChild(QDialog)
    assert "nobody meant this" in dialog.findChild(QPlainTextEdit).toPlainText()
    dialog.close()


def test_uncaught_exceptions_of_any_thread_are_reported(qtbot: QtBot) -> None:
    door, banner = ErrorDoor(), Banner()
    qtbot.addWidget(banner)
    door.reported.connect(banner.show_trouble)
    door.install()
    try:
        with qtbot.waitSignal(door.reported) as reported:
            threading.Thread(target=_fail).start()
        assert reported.args == [Trouble(SENTENCE, "")]
        with qtbot.waitSignal(door.reported):
            sys.excepthook(ValueError, ValueError("x"), None)
    finally:
        door.uninstall()
    assert not banner.isHidden()


def test_the_log_keeps_the_traceback(home: Home) -> None:
    log = open_log(home)
    try:
        ErrorDoor().report(ValueError("nobody meant this"))
    finally:
        close_log(log)
    text = (home.logs / "patchlight.log").read_text(encoding="utf-8")
    assert "ValueError: nobody meant this" in text


def test_a_person_can_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    door, reported = ErrorDoor(), []
    door.reported.connect(reported.append)
    door.install()
    try:
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        door.uninstall()
    assert reported == []
    assert "KeyboardInterrupt" in capsys.readouterr().err


def _fail() -> None:
    raise CameraError(SENTENCE)
