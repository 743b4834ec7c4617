"""The one door through which faults reach the person: hook -> log -> `ErrorDoor.reported`."""

import logging
import sys
import threading
import traceback
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError
from station.errors import StationError
from station.home import Home
from station.ui.threads import UNEXPECTED

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

    def install(self) -> None:
        """Become the process's exception hooks."""
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        """Give the former hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

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
