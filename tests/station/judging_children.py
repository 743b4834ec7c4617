"""Child processes that judge by a picture's first pixel, and crash or hang where it says so."""

import os
import signal
import sys
import threading

import numpy as np

from engine.errors import ImageError, NotInPlace
from engine.score import Score
from station.judging_child import READY, REFUSED, serve_scorer
from station.judging_retry import Retrying

CRASHES, HANGS, UNFIT, UNPLACED, FAILS = 1, 2, 3, 4, 5


class Model:
    """Scores by the first pixel."""

    device = "scripted child"

    def score(self, image: np.ndarray) -> Score:
        told = int(image[0, 0, 0])
        if told == CRASHES:
            os.kill(os.getpid(), signal.SIGSEGV)
        if told == HANGS:
            threading.Event().wait()
        if told in _RAISED:
            raise _RAISED[told]
        anomaly_map = image[..., 1].astype(np.float32) / 2
        return Score(float(told), anomaly_map)


_RAISED = {
    UNFIT: ImageError("blank"),
    UNPLACED: NotInPlace("turned"),
    FAILS: ValueError("a bug."),
}


def serve(pipe, recipe, runtime, crash_log) -> None:
    pipe.send((READY, f"{Model.device} {runtime}", ("none refused",)))
    try:
        serve_scorer(pipe, Model())
    except (EOFError, OSError):
        sys.exit(0)


class Full(Model):
    """A graphics card without memory."""

    device = "a card"

    def score(self, image: np.ndarray) -> Score:
        raise RuntimeError("CUDA error: out of memory")


def serve_full_card(pipe, recipe, runtime, crash_log) -> None:
    pipe.send((READY, Full.device, ("none refused",)))
    try:
        serve_scorer(pipe, Retrying(Full(), Model))
    except (EOFError, OSError):
        sys.exit(0)


def refuse(pipe, recipe, runtime, crash_log) -> None:
    pipe.send((REFUSED, "Recipe 'board' is not judged on this machine."))


def die_at_once(pipe, recipe, runtime, crash_log) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def never_ready(pipe, recipe, runtime, crash_log) -> None:
    threading.Event().wait()
