"""The child's side of `judging_process`: opens the recipe, then scores what it is shown."""

import faulthandler
import logging
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, ImageError, NotInPlace
from station.errors import StationError
from station.inspection.inspector import Scorer
from station.judging import open_recipe
from station.judging_retry import Retrying, retrying
from station.recipes.recipe import Recipe

READY, REFUSED = "ready", "refused"
SCORED, UNFIT, UNPLACED, WRONG = "scored", "unfit", "unplaced", "wrong"
MOVED = "moved"

Shape = tuple[int, int, int]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """Where a picture lies and its map goes. block: the shared memory. shape: (H, W, 3)."""

    block: str
    shape: Shape


class Exchange:
    """Shared memory for one picture and its map; grows with the largest, is otherwise reused."""

    def __init__(self) -> None:
        self._block: SharedMemory | None = None
        self._shape: Shape = (0, 0, 0)

    @property
    def ask(self) -> Ask:
        """What the child must know of the picture put last."""
        assert self._block is not None
        return Ask(self._block.name, self._shape)

    def put_picture(self, image: NDArray[np.uint8]) -> None:
        """Copy a picture in, uint8 (H, W, 3)."""
        height, width, channels = image.shape
        self._shape = (height, width, channels)
        needed = _map_start(self._shape) + 4 * height * width
        if self._block is None or self._block.size < needed:
            self.close()
            self._block = SharedMemory(create=True, size=needed)
        np.copyto(_picture(self._block, self._shape), image)

    def take_map(self) -> NDArray[np.float32]:
        """Copy the map out, float32 (H, W)."""
        assert self._block is not None
        return _map(self._block, self._shape).copy()

    def close(self) -> None:
        """Give the memory back. Safe to call twice."""
        if self._block is not None:
            self._block.close()
            self._block.unlink()
            self._block = None


class _Seen:
    """The child's view of the exchange; opened anew when the parent grew it."""

    def __init__(self) -> None:
        self._block: SharedMemory | None = None

    def at(self, ask: Ask) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        if self._block is None or self._block.name != ask.block:
            if self._block is not None:
                self._block.close()
            self._block = SharedMemory(ask.block)
        return _picture(self._block, ask.shape), _map(self._block, ask.shape)


def judge_until_told(pipe: Connection, recipe: Recipe, runtime: str, crash_log: Path) -> None:
    """Open the recipe, say so, and score every picture asked for until the parent is gone.

    What goes wrong here is written to `crash_log`, a native crash with its stack too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then ends this.
    logging.basicConfig(filename=crash_log, level=logging.WARNING)
    with crash_log.open("a") as crashes:
        faulthandler.enable(crashes)
        try:
            model = _opened(pipe, recipe, runtime)
            with suppress(EOFError, OSError):
                serve_scorer(pipe, model)
        finally:
            faulthandler.disable()


def serve_scorer(pipe: Connection, model: Scorer) -> None:
    """Score every picture asked for, and say beforehand where another device did it.

    Raises:
        EOFError, OSError: the parent is gone.
    """
    seen = _Seen()
    device = model.device
    while True:
        ask: Ask = pipe.recv()
        answer = _answer(model, seen, ask)
        if isinstance(model, Retrying) and model.device != device:
            device = model.device
            pipe.send((MOVED, device, model.alarm))
        pipe.send(answer)


def _opened(pipe: Connection, recipe: Recipe, runtime: str) -> Scorer:
    """Open the recipe and say so; without it there is nothing to do here."""
    try:
        opened = open_recipe(recipe, runtime)
    except (StationError, EngineError) as error:
        pipe.send((REFUSED, str(error)))
        sys.exit(1)
    pipe.send((READY, opened.model.device, opened.refused))
    return retrying(recipe, opened)


def _answer(model: Scorer, seen: _Seen, ask: Ask) -> tuple[str, str | float]:
    try:
        return SCORED, _score_into(model, *seen.at(ask))
    except NotInPlace as error:
        return UNPLACED, str(error)
    except ImageError as error:
        return UNFIT, str(error)
    except Exception as error:
        logger.exception("A picture could not be scored.")
        return WRONG, f"{str(error).rstrip('.') or type(error).__name__}"


def _score_into(
    model: Scorer, pixels: NDArray[np.uint8], anomaly_map: NDArray[np.float32]
) -> float:
    score = model.score(pixels)
    if score.anomaly_map.shape != anomaly_map.shape:
        raise ValueError(f"the anomaly map is {score.anomaly_map.shape}")
    np.copyto(anomaly_map, score.anomaly_map)
    return score.value


def _picture(block: SharedMemory, shape: Shape) -> NDArray[np.uint8]:
    return np.ndarray(shape, np.uint8, block.buf)


def _map(block: SharedMemory, shape: Shape) -> NDArray[np.float32]:
    return np.ndarray(shape[:2], np.float32, block.buf, offset=_map_start(shape))


def _map_start(shape: Shape) -> int:
    """Bytes: behind the picture, at a multiple of 64."""
    height, width, channels = shape
    return -(-height * width * channels // 64) * 64
