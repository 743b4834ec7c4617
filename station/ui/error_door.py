"""The one door through which faults reach the person: hook -> log -> `ErrorDoor.reported`."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from engine.errors import EngineError
from station.errors import StationError
from station.home import Home
from station.ui.threads import UNEXPECTED

QtHandler = Callable[[QtMsgType, QMessageLogContext, str], object]

LOG = logging.getLogger(__name__)
LOG_BYTES = 2_000_000
LOG_FILES = 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong. `details` is a traceback, empty for errors that we expected."""

    sentence: str
    details: str

    @classmethod
    def of(cls, error: BaseException) -> "Trouble":
        """Known errors speak for themselves; a bug says where its details are."""
        if isinstance(error, EngineError | StationError):
            return cls(str(error), "")
        return cls(UNEXPECTED, "".join(traceback.format_exception(error)))


class ErrorDoor(QObject):
    """Takes every uncaught exception of every thread; may be called from any of them."""

    reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hooks = (sys.excepthook, threading.excepthook)
        self._qt_handler: QtHandler | None = None

    def install(self) -> None:
        """Become the process's exception hooks; what Qt has to say goes to the log."""
        self._hooks = (sys.excepthook, threading.excepthook)
        self._qt_handler = qInstallMessageHandler(_log_qt)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        """Give the former hooks back."""
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(self._qt_handler)

    def report(self, error: BaseException) -> None:
        """Log `error` and show it."""
        trouble = Trouble.of(error)
        LOG.error(trouble.details or trouble.sentence)
        self.reported.emit(trouble)

    def tell(self, sentence: str) -> None:
        """Log and show a sentence that is already written for the person."""
        LOG.warning(sentence)
        self.reported.emit(Trouble(sentence, ""))

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.report(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    serious = kind in {QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}
    LOG.log(logging.ERROR if serious else logging.INFO, "Qt: %s", message)


def open_log(home: Home) -> RotatingFileHandler:
    """Log to `home.logs`; the caller hands the result to `close_log`."""
    home.logs.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        home.logs / "patchlight.log",
        maxBytes=LOG_BYTES,
        backupCount=LOG_FILES,
        encoding="utf-8",
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler


def close_log(handler: RotatingFileHandler) -> None:
    """Stop logging to `handler` and close its file."""
    logging.getLogger().removeHandler(handler)
    handler.close()
